/// A secret's value in memory. It cannot be printed, encoded or interpolated into text; only `reveal` gives it away, and
/// the places that call `reveal` are few and easy to read.
package struct Secret: Sendable {
    private let value: String

    package init(_ value: String) { self.value = value }

    /// Calls `body` with the secret. The only way out.
    package func reveal<Result>(_ body: (String) throws -> Result) rethrows -> Result { try body(value) }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "‹secret›" }
    package var debugDescription: String { "‹secret›" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Where a secret is kept. A topology holds references only; they may be printed.
package enum SecretReference: Hashable, Codable, Sendable, CustomStringConvertible {
    /// The first line of a file; a relative path is relative to the topology's file.
    case file(String)
    /// An environment variable of Baton's process.
    case environment(String)
    /// What a program prints on its first line: the program and its arguments, no shell.
    case command([String])

    package var description: String {
        switch self {
        case .file(let path): "file:\(path)"
        case .environment(let name): "env:\(name)"
        case .command(let words): "command:\(words.joined(separator: " "))"
        }
    }
}
