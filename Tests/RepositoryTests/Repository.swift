import Foundation
import Testing

/// The files of this repository, found from the place of this file.
enum Repository {
    static let root: String = {
        var components = #filePath.split(separator: "/").map(String.init)
        components.removeLast(3)  // Tests/RepositoryTests/Repository.swift
        return "/" + components.joined(separator: "/")
    }()

    /// The text of a file, by its path from the root.
    static func text(_ path: String) throws -> String {
        let url = URL(fileURLWithPath: "\(root)/\(path)")
        return String(decoding: try Data(contentsOf: url), as: UTF8.self)
    }

    static func lines(of path: String) throws -> [Substring] {
        try text(path).split(separator: "\n", omittingEmptySubsequences: false)
    }

    static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: "\(root)/\(path)") }

    static func isDirectory(_ path: String) -> Bool {
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: "\(root)/\(path)", isDirectory: &isDirectory)
            && isDirectory.boolValue
    }

    /// The names directly in a directory, sorted.
    static func names(in path: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(root)/\(path)").sorted()
    }

    /// Every file below a directory, as paths from the root, sorted.
    static func files(under path: String, suffix: String = "") throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: "\(root)/\(path)").sorted()
            .map { "\(path)/\($0)" }
            .filter { $0.hasSuffix(suffix) && !isDirectory($0) }
    }

    /// What git tracks, or would on the next `git add`: everything that is not ignored.
    static func trackedFiles() throws -> [String] { try git("ls-files", "--cached", "--others", "--exclude-standard") }

    /// What git tracks now.
    static func indexedFiles() throws -> [String] { try git("ls-files", "--cached") }

    private struct GitFailed: Error { var arguments: [String] }

    private static func git(_ arguments: String...) throws -> [String] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        // The tree may belong to another user than the one who tests it.
        process.arguments = ["git", "-c", "safe.directory=*", "-C", root] + arguments + ["-z"]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw GitFailed(arguments: arguments) }
        return data.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            .filter { exists($0) && !isDirectory($0) }
    }
}

/// A line of a file, for messages.
struct Place: CustomStringConvertible {
    var path: String
    var line: Int
    var text: String

    var description: String { "\(path):\(line): \(text.trimmingCharacters(in: .whitespaces))" }
}
