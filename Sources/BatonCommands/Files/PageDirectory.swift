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

    /// Makes the directory, with those that lead to it.
    func make() throws {
        var made = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            made += "/" + part
            guard mkdir(made, 0o755) == 0 || errno == EEXIST else { throw problem("cannot make the directory \(made)") }
        }
    }

    /// Replaces a page as a whole: a reader sees the old one or the new one.
    func write(_ text: String, to name: String) throws {
        let (page, temporary) = ("\(path)/\(name)", "\(path)/.\(name).\(getpid()).new")
        guard let file = fopen(temporary, "wbx") else { throw problem("cannot write in \(path)") }
        let bytes = Array(text.utf8)
        let isWritten = fwrite(bytes, 1, bytes.count, file) == bytes.count
        guard fclose(file) == 0, isWritten, rename(temporary, page) == 0 else {
            let failure = problem("cannot write \(page)")
            unlink(temporary)
            throw failure
        }
    }

    /// Names of the other Markdown files here, sorted.
    func pages(except names: Set<String>) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var found: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(".md"), !name.hasPrefix("."), !names.contains(name) { found.append(name) }
        }
        return found.sorted()
    }

    private func problem(_ what: String) -> CommandProblem {
        CommandProblem(
            .error, "\(what): \(String(cString: strerror(errno)))", remedy: "give another directory with -o")
    }
}
