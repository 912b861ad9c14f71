import Glibc

/// Makes relative paths absolute from the directory of the file that holds them.
struct FilePaths {
    /// Absolute.
    let directory: String

    /// `file` may itself be relative to the working directory.
    init(of file: String) {
        let absolute = file.hasPrefix("/") ? file : FilePaths.workingDirectory + "/" + file
        let normal = FilePaths.normal(absolute)
        let parent = normal.lastIndex(of: "/").map { String(normal[..<$0]) } ?? ""
        directory = parent.isEmpty ? "/" : parent
    }

    func absolute(_ path: String) -> String {
        FilePaths.normal(path.hasPrefix("/") ? path : directory + "/" + path)
    }

    /// Without empty and `.` parts. `..` stays: behind a symbolic link it does not mean the part before it.
    private static func normal(_ path: String) -> String {
        "/" + path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
    }

    /// With `..` resolved by name alone: good enough to see that two paths mean the same directory.
    static func comparable(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }

    private static var workingDirectory: String {
        guard let path = getcwd(nil, 0) else { return "" }
        defer { free(path) }
        return String(cString: path)
    }
}
