package import BatonCore

/// Writes by-hand commands so that a person can paste them into a POSIX shell: each value reaches the program as it is.
package struct ByHandRenderer: Sendable {
    /// A directory that stands as a shell variable, so that a text is the same on every machine.
    package struct Directory: Hashable, Sendable {
        package var path: String
        /// The variable's name.
        package var variable: String

        package init(path: String, variable: String) {
            self.path = path
            self.variable = variable
        }
    }

    private let directory: Directory?

    package init(directory: Directory? = nil) { self.directory = directory }

    /// The command line, with every path as it is.
    package static func line(_ command: ByHandCommand) -> String { ByHandRenderer().line(command.line) }

    package static func line(_ words: [String]) -> String { ByHandRenderer().line(ShellLine(words: words)) }

    /// The lines of several commands, each with where it is typed when that is more than one place.
    package static func line(_ commands: [ByHandCommand]) -> String {
        let places = Set(commands.map(\.place))
        if places.count <= 1 { return commands.map(line).joined(separator: " && ") }
        return commands.map { "at \(DisplayText.sanitized($0.place)): \(line($0))" }.joined(separator: "; ")
    }

    package func line(_ line: ShellLine) -> String {
        line.parts.map { part in
            switch part {
            case .shell(let text): text
            case .value(let value): word(value)
            case .secret(let reference): secret(reference)
            }
        }.joined()
    }

    /// The first line of what the reference leads to, as Baton reads it; in double quotes, so that it stays one word.
    private func secret(_ reference: SecretReference) -> String {
        switch reference {
        case .file(let path): "\"$(head -n 1 \(word(path)))\""
        case .environment(let name): "\"$\(name)\""
        case .command(let words): "\"$(\(words.map(word).joined(separator: " ")) | head -n 1)\""
        }
    }

    /// A value, in which the directory stands as its variable wherever a path begins with it.
    private func word(_ value: String) -> String {
        guard let directory else { return Self.quoted(value) }
        let pieces = value.split(separator: directory.path, omittingEmptySubsequences: false)
        guard pieces.count > 1 else { return Self.quoted(value) }
        return pieces.map { $0.isEmpty ? "" : Self.quoted(String($0)) }.joined(separator: "\"$\(directory.variable)\"")
    }

    /// One word as a shell reads it back. Words of harmless characters stay bare; others stand in single quotes (POSIX.1
    /// shell, 2.2.2), or in double ones where they hold single ones and nothing that is special there (2.2.3). A word with control characters is printed by `printf`, so that it cannot break the line or drive the
    /// terminal; a NUL, which no argument can hold, is dropped, and so are line breaks at its end.
    package static func quoted(_ word: String) -> String {
        if word.unicodeScalars.contains(where: DisplayText.isUnsafe) { return escaped(word) }
        let isBare = !word.isEmpty && word.utf8.allSatisfy(isHarmless)
        if isBare { return word }
        // `!` would be the history's in an interactive shell.
        let scalars = word.unicodeScalars
        if scalars.contains("'"), !scalars.contains(where: { "\"$`\\!".unicodeScalars.contains($0) }) {
            return "\"\(word)\""
        }
        return ShellLine.singleQuoted(word)
    }

    private static func isHarmless(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "_-./:,=@%+".utf8.contains(byte)
        }
    }

    /// Every byte that is not harmless, and `%`, as three octal digits.
    private static func escaped(_ word: String) -> String {
        let bytes = word.utf8.filter { $0 != 0 }.map { byte -> String in
            let isPlain = isHarmless(byte) && byte != UInt8(ascii: "%") || byte == UInt8(ascii: " ")
            if isPlain { return String(Unicode.Scalar(byte)) }
            let octal = String(byte, radix: 8)
            return "\\" + String(repeating: "0", count: 3 - octal.count) + octal
        }
        return "\"$(printf -- '" + bytes.joined() + "')\""
    }
}
