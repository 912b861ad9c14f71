/// A YAML value as it stands in the file: scalars keep their raw text, because YAML 1.1's reading of `no`, `012` or
/// `1e3` is never what the author meant.
struct YAMLValue {
    enum Content {
        /// `isQuoted` also holds for literal and folded texts.
        case scalar(String, isQuoted: Bool)
        case sequence([YAMLValue])
        case mapping([YAMLEntry])
    }

    var content: Content
    var position: Position

    /// A plain scalar that YAML reads as nothing: absent, `~` or `null`.
    var isNull: Bool {
        if case .scalar(let text, isQuoted: false) = content { return PlainScalar.isNull(text) }
        return false
    }

    /// What kind of value this is, with its article.
    var kind: String {
        switch content {
        case .scalar where isNull: "nothing"
        case .scalar: "a single value"
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }

    /// The last line on which a part of the value begins.
    var lastLine: Int {
        switch content {
        case .scalar(let text, _): position.line + text.unicodeScalars.count { $0 == "\n" }
        case .sequence(let values): values.map(\.lastLine).max() ?? position.line
        case .mapping(let entries): entries.map { max($0.position.line, $0.value.lastLine) }.max() ?? position.line
        }
    }
}

struct YAMLEntry {
    var key: String
    /// Whether the key is written in quotes: `"no"` names something, `no` is a truth value.
    var isQuoted: Bool
    var position: Position
    var value: YAMLValue
}

/// How YAML 1.1 and 1.2 read plain scalars, as far as it concerns the question whether a text is meant.
enum PlainScalar {
    static func isNull(_ text: String) -> Bool { ["", "~", "null", "Null", "NULL"].contains(text) }

    /// What a parser could take the plain scalar for instead of text; nil when it can only be text.
    static func otherMeaning(_ text: String) -> String? {
        if isNull(text) { return "nothing" }
        let lower = text.lowercased()
        if ["true", "false", "yes", "no", "on", "off", "y", "n"].contains(lower) { return "a truth value" }
        if text == "=" || text == "<<" { return "an instruction to YAML" }
        if looksLikeDate(text) { return "a date" }
        if looksLikeNumber(lower) { return "a number" }
        return nil
    }

    private static func looksLikeDate(_ text: String) -> Bool {
        let parts = text.prefix { $0 != "T" && $0 != "t" && $0 != " " }.split(
            separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].utf8.count == 4 else { return false }
        return parts.allSatisfy { (1...4).contains($0.utf8.count) && $0.utf8.allSatisfy { (48...57).contains($0) } }
    }

    /// Decimal, octal, hexadecimal and binary numbers, with underscores, fractions, exponents, base 60 (`1:30`), and
    /// the words for infinity and not-a-number.
    private static func looksLikeNumber(_ lower: String) -> Bool {
        var body = lower[...]
        if let sign = body.first, sign == "+" || sign == "-" { body = body.dropFirst() }
        if [".inf", ".nan"].contains(body) { return true }
        for (prefix, digits) in [("0x", "0123456789abcdef_"), ("0o", "01234567_"), ("0b", "01_")]
        where body.hasPrefix(prefix) {
            return body.count > 2 && body.dropFirst(2).allSatisfy { digits.contains($0) }
        }
        guard let first = body.unicodeScalars.first, first.isASCIIDigit || first == "." else { return false }
        let parts = body.split(separator: ":", omittingEmptySubsequences: false)
        if parts.count > 1 {
            return parts.allSatisfy { part in
                !part.isEmpty && part.unicodeScalars.allSatisfy { $0.isASCIIDigit || $0 == "." || $0 == "_" }
            }
        }
        let halves = body.split(separator: "e", maxSplits: 1, omittingEmptySubsequences: false)
        let mantissa = halves[0].unicodeScalars
        guard mantissa.contains(where: \.isASCIIDigit), mantissa.count(where: { $0 == "." }) <= 1,
            mantissa.allSatisfy({ $0.isASCIIDigit || $0 == "." || $0 == "_" })
        else { return false }
        guard halves.count == 2 else { return true }
        let exponent = halves[1].drop { $0 == "+" || $0 == "-" }
        return !exponent.isEmpty && exponent.unicodeScalars.allSatisfy(\.isASCIIDigit)
    }
}
