package import BatonCore
import BatonEngine
import Glibc

/// Why a secret could not be had. The text never holds the secret, nor what a program printed.
package struct SecretError: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String
}

/// Fetches secrets from where a topology says they are kept.
package struct SecretResolver: Sendable {
    private let warn: @Sendable (String) -> Void

    /// - Parameter warn: told of a secret that is less well kept than it should be: a file that others can read.
    package init(warn: @escaping @Sendable (String) -> Void = { _ in }) {
        self.warn = warn
    }

    /// The first line of the file, the variable's value, or the first line that the program prints.
    ///
    /// - Throws: `SecretError` when there is none, when it is empty, or when the deadline passed.
    package func resolve(_ reference: SecretReference, deadline: Deadline) async throws -> Secret {
        switch reference {
        case .file(let path): try await file(path, deadline: deadline)
        case .environment(let name): try environment(name)
        case .command(let words): try await command(words, deadline: deadline)
        }
    }

    private func file(_ path: String, deadline: Deadline) async throws -> Secret {
        let (text, mode) = try await adapted {
            () throws(HostError) in
            try await BlockingCall.run("reading the secret file \(path)", deadline: deadline) {
                () throws(HostError) in
                var status = stat()
                let text = try DurableFile.readText(path)
                return (text, stat(path, &status) == 0 ? status.st_mode : 0)
            }
        }
        if mode & 0o077 != 0 { warn("the secret file \(path) can be read by others: chmod 600 \(path)") }
        return try firstLine(of: text, from: "the file \(path)")
    }

    private func environment(_ name: String) throws -> Secret {
        guard let value = getenv(name) else {
            throw SecretError(description: "the environment variable \(name) is not set")
        }
        return try firstLine(of: String(cString: value), from: "the environment variable \(name)")
    }

    private func command(_ words: [String], deadline: Deadline) async throws -> Secret {
        guard let program = words.first else { throw SecretError(description: "a secret's command is empty") }
        let arguments = Array(words.dropFirst())
        let result = try await adapted {
            () throws(HostError) in
            try await Program.run(program, arguments, limit: 65_536, deadline: deadline)
        }
        guard result.status == 0 else {
            throw SecretError(description: "the command \(program) for a secret ended with status \(result.status)")
        }
        return try firstLine(of: result.output, from: "the command \(program)")
    }

    private func firstLine(of text: String, from source: String) throws -> Secret {
        let line = text.prefix { !$0.isNewline }
        guard !line.isEmpty else { throw SecretError(description: "\(source) gave an empty secret") }
        return Secret(String(line))
    }

    private func adapted<Value>(_ body: () async throws(HostError) -> Value) async throws -> Value {
        do throws(HostError) {
            return try await body()
        } catch {
            throw SecretError(description: error.description)
        }
    }
}
