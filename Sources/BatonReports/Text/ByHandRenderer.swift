package import BatonCore

/// Writes by-hand commands so that a person can paste them into a shell: each word reaches the program as it is.
package enum ByHandRenderer {
    /// The command line. Words of harmless characters stay bare; others stand in single quotes (POSIX.1 shell, 2.2.2).
    /// A word with control characters stands in `$'...'` (POSIX.1-2024, 2.2.4), so that it cannot break the line or
    /// drive the terminal; a NUL, which no argument can hold, is dropped.
    package static func line(_ command: ByHandCommand) -> String { line(command.words) }

    package static func line(_ words: [String]) -> String { words.map(quoted).joined(separator: " ") }

    /// The lines of several commands, each with where it is typed when that is more than one place.
    package static func line(_ commands: [ByHandCommand]) -> String {
        let places = Set(commands.map(\.place))
        if places.count <= 1 { return commands.map(line).joined(separator: " && ") }
        return commands.map { "at \(DisplayText.sanitized($0.place)): \(line($0))" }.joined(separator: "; ")
    }

    /// One word as a shell reads it back.
    package static func quoted(_ word: String) -> String {
        if word.unicodeScalars.contains(where: DisplayText.isUnsafe) { return escaped(word) }
        let isBare = !word.isEmpty && word.utf8.allSatisfy(isHarmless)
        if isBare { return word }
        return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }

    private static func isHarmless(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "_-./:,=@%+".utf8.contains(byte)
        }
    }

    /// Every byte that is not harmless as three octal digits.
    private static func escaped(_ word: String) -> String {
        let bytes = word.utf8.filter { $0 != 0 }.map { byte -> String in
            if isHarmless(byte) || byte == UInt8(ascii: " ") { return String(Unicode.Scalar(byte)) }
            let octal = String(byte, radix: 8)
            return "\\" + String(repeating: "0", count: 3 - octal.count) + octal
        }
        return "$'" + bytes.joined() + "'"
    }
}
