/// One line for a POSIX shell, made so that no value can become a part of the shell's language: what a definition writes as a
/// literal is shell, what it interpolates is a word that reaches the program as it is.
///
///     let line: ShellLine = "rm -f \(directory)/standby.signal"
package struct ShellLine: Hashable, Codable, Sendable, ExpressibleByStringInterpolation {
    package enum Part: Hashable, Codable, Sendable {
        /// The shell's own language, from the source of a definition.
        case shell(String)
        /// A word or a part of one; whoever renders the line quotes it.
        case value(String)
        /// The secret itself, read where it is kept when the line is run: never a value of this program.
        case secret(SecretReference)
    }

    package private(set) var parts: [Part]

    private init(parts: [Part]) { self.parts = parts }

    /// A program and its arguments, each a value.
    package init(words: [String]) {
        parts = []
        for word in words { parts += (parts.isEmpty ? [] : [.shell(" ")]) + [.value(word)] }
    }

    package init(stringLiteral value: String) { parts = value.isEmpty ? [] : [.shell(value)] }

    package init(stringInterpolation: StringInterpolation) { parts = stringInterpolation.parts }

    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var parts: [Part] = []

        package init(literalCapacity: Int, interpolationCount: Int) {}

        package mutating func appendLiteral(_ literal: String) {
            if !literal.isEmpty { parts.append(.shell(literal)) }
        }
        package mutating func appendInterpolation(_ value: String) { parts.append(.value(value)) }
        package mutating func appendInterpolation(_ number: Int) { parts.append(.value("\(number)")) }
        package mutating func appendInterpolation(_ line: ShellLine) { parts += line.parts }
        package mutating func appendInterpolation(secret: SecretReference) { parts.append(.secret(secret)) }
    }

    /// A word in single quotes, as a POSIX shell reads it back to the letter (POSIX.1 shell, 2.2.2): blanks, line breaks,
    /// `$(…)` and all. By Unicode scalars: an accent behind a quote would make one character of both.
    package static func singleQuoted(_ word: String) -> String {
        var result = "'"
        for scalar in word.unicodeScalars {
            if scalar == "'" { result += "'\\''" } else { result.unicodeScalars.append(scalar) }
        }
        return result + "'"
    }

    package static func + (left: ShellLine, right: ShellLine) -> ShellLine {
        ShellLine(parts: left.parts + right.parts)
    }
}
