import BatonCore

/// Reads single values. Each function complains and returns nil when the value is not what it must be; `what` is the
/// subject of the complaint ("The title").
extension Complaints {
    /// Text that a person wrote. Plain scalars that YAML could take for something else are refused.
    func text(_ value: YAMLValue, _ what: String, lines: Bool = false) -> String? {
        guard case .scalar(let text, let isQuoted) = value.content else {
            error(
                .wrongType, at: value.position, "\(what) is text; this is \(value.kind).",
                remedy: "Write one text there.")
            return nil
        }
        if !isQuoted, let meaning = PlainScalar.otherMeaning(text) {
            let (message, remedy) =
                PlainScalar.isNull(text)
                ? ("\(what) is empty or null.", "Write a text, or remove the key.")
                : (
                    "\(what) is text, but YAML can read \(shown(text)) as \(meaning).",
                    "Write it in quotes: \"\(printable(text))\"."
                )
            error(.ambiguousScalar, at: value.position, message, remedy: remedy)
            return nil
        }
        guard text.contains(where: { !$0.isWhitespace }) else {
            error(.emptyValue, at: value.position, "\(what) is empty.", remedy: "Write a text, or remove the key.")
            return nil
        }
        let bad = text.unicodeScalars.first { $0.isForbidden && !(lines && ($0 == "\n" || $0 == "\t")) }
        if let bad {
            let name =
                bad == "\n"
                ? "a line break" : "the control character U+\(String(bad.value, radix: 16, uppercase: true))"
            error(
                .controlCharacter, at: value.position, "\(what) contains \(name), which must not stand there.",
                remedy: "Remove it.")
            return nil
        }
        return text
    }

    /// A name: ASCII letters, digits, `.`, `_` and `-`, beginning with a letter or digit, at most 63 characters, so that
    /// it fits file names, slot names and the command line without quotes.
    func name(_ value: YAMLValue, _ what: String) -> String? {
        guard let text = text(value, what), checkName(text, at: value.position, what) else { return nil }
        return text
    }

    /// A name that stands as a mapping's key.
    func name(_ entry: YAMLEntry, _ what: String) -> String? {
        let value = YAMLValue(content: .scalar(entry.key, isQuoted: entry.isQuoted), position: entry.position)
        return name(value, what)
    }

    private func checkName(_ text: String, at position: Position, _ what: String) -> Bool {
        let scalars = text.unicodeScalars
        let isFine =
            scalars.count <= 63 && scalars.first.map { $0.isASCIILetter || $0.isASCIIDigit } == true
            && scalars.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || $0 == "." || $0 == "_" || $0 == "-" }
        if !isFine {
            error(
                .badName, at: position,
                "\(what), \(shown(text)), is not a name: it appears in file names and commands.",
                remedy:
                    "Use letters, digits, `.`, `_` and `-`, beginning with a letter or digit, at most 63 characters.")
        }
        return isFine
    }

    /// One of an enumeration's words.
    func word<Word: RawRepresentable<String> & CaseIterable>(
        _ value: YAMLValue, _ what: String, code: ComplaintCode = .unknownWord, _ type: Word.Type = Word.self,
        among allowed: [Word] = Array(Word.allCases)
    ) -> Word? {
        let words = allowed.map(\.rawValue)
        guard case .scalar(let text, _) = value.content, !value.isNull else {
            error(
                .wrongType, at: value.position, "\(what) is one word; this is \(value.kind).",
                remedy: "Write \(alternatives(words)).")
            return nil
        }
        if words.contains(text), let word = Word(rawValue: text) { return word }
        let meant = nearest(text, among: words).map { "Did you mean `\($0)`? " } ?? ""
        error(
            code, at: value.position, "\(what) cannot be \(shown(text)).",
            remedy: meant + "Write \(alternatives(words)).")
        return nil
    }

    /// A whole number within a range.
    func whole(_ value: YAMLValue, _ what: String, in range: ClosedRange<Int64>) -> Int64? {
        guard case .scalar(let text, let isQuoted) = value.content, !isQuoted, !value.isNull else {
            error(
                .wrongType, at: value.position, "\(what) is a whole number; this is not.",
                remedy: "Write digits, without quotes.")
            return nil
        }
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        let isDecimal = !digits.isEmpty && digits.unicodeScalars.allSatisfy(\.isASCIIDigit)
        guard isDecimal, digits == "0" || digits.first != "0" else {
            error(
                isDecimal ? .ambiguousScalar : .notWhole, at: value.position,
                "\(what) is a whole number; \(shown(text)) is not written as one.",
                remedy: "Write plain decimal digits without leading zeros.")
            return nil
        }
        guard digits.count == text.count || digits == "0" else {
            error(
                .negative, at: value.position, "\(what) cannot be negative.",
                remedy: "Write a number from \(range.lowerBound) to \(range.upperBound).")
            return nil
        }
        guard let number = Int64(digits), range.contains(number) else {
            error(
                .outOfRange, at: value.position, "\(what) is out of range.",
                remedy: "Write a number from \(range.lowerBound) to \(range.upperBound).")
            return nil
        }
        return number
    }

    func flag(_ value: YAMLValue, _ what: String) -> Bool? {
        switch value.content {
        case .scalar("true", isQuoted: false): return true
        case .scalar("false", isQuoted: false): return false
        default:
            error(
                .wrongType, at: value.position, "\(what) is a truth value; this is not one.",
                remedy: "Write `true` or `false`, without quotes.")
            return nil
        }
    }

    /// A value of the kind that a parameter is declared with.
    func argument(_ value: YAMLValue, _ what: String, _ kind: ParameterKind) -> ArgumentValue? {
        switch kind.form {
        case .span(let range, let why):
            span(value, what, in: range, why: why, example: kind.example).map { .span($0) }
        case .bytes: bytes(value, what).map { .bytes($0) }
        case .count(let range): whole(value, what, in: range).map { .count($0) }
        case .flag: flag(value, what).map { .flag($0) }
        case .text(let lines): text(value, what, lines: lines).map { .text($0) }
        default: nil
        }
    }
}
