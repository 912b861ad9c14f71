import Glibc

/// A directory of generated pages.
struct PageDirectory {
    let path: String

    /// The page's text; nil where there is none, or none that can be read.
    func text(of name: String) -> String? {
        guard let file = fopen("\(path)/\(name)", "rb") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            guard count > 0 else { return ferror(file) == 0 ? String(decoding: bytes, as: UTF8.self) : nil }
            bytes += buffer[..<count]
        }
    }

    /// Makes the directory of a page, with those that lead to it.
    private func makeDirectory(of page: String) throws {
        let path = page.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        var made = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            made += "/" + part
            guard mkdir(made, 0o755) == 0 || errno == EEXIST else { throw problem("cannot make the directory \(made)") }
        }
    }

    /// Replaces a page as a whole: a reader sees the old one or the new one.
    func write(_ text: String, to name: String) throws {
        let page = "\(path)/\(name)"
        let temporary = "\(page).\(getpid()).new"
        try makeDirectory(of: page)
        guard let file = fopen(temporary, "wbx") else { throw problem("cannot write in \(path)") }
        let bytes = Array(text.utf8)
        let isWritten = fwrite(bytes, 1, bytes.count, file) == bytes.count
        guard fclose(file) == 0, isWritten, rename(temporary, page) == 0 else {
            let failure = problem("cannot write \(page)")
            unlink(temporary)
            throw failure
        }
    }

    func remove(_ name: String) { unlink("\(path)/\(name)") }

    /// Names of the other Markdown files here and one directory further down, sorted.
    func pages(except names: Set<String>) -> [String] {
        Self.entries(of: path).flatMap { name in
            name.hasSuffix(".md") ? [name] : Self.entries(of: "\(path)/\(name)").map { "\(name)/\($0)" }
        }.filter { $0.hasSuffix(".md") && !names.contains($0) }.sorted()
    }

    /// None where there is no such directory.
    private static func entries(of path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var found: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { found.append(name) }
        }
        return found
    }

    private func problem(_ what: String) -> CommandProblem {
        CommandProblem(
            .error, "\(what): \(String(cString: strerror(errno)))", remedy: "give another directory with -o")
    }
}
