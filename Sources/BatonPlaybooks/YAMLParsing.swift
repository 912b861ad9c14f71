import Yams

/// YAML text → values with positions. The only place that knows the parser.
enum YAMLParsing {
    /// The document's root. Throws a `LoadFailure` with all complaints when the text is not YAML that Baton accepts.
    static func parse(_ complaints: Complaints) throws -> YAMLValue {
        let source = complaints.source
        YAMLScan.examine(source, complaints)
        try complaints.throwErrors()
        do {
            // The encoding is named because the default is read from the environment. The resolver that knows no rules
            // keeps scalars raw. The parser lives until the tree is read: nodes hold their anchors weakly.
            let parser = try Parser(yaml: source.text, resolver: .basic, encoding: .utf8)
            let value = try withExtendedLifetime(parser) {
                try parser.singleRoot().map { convert($0, fallback: Position(line: 1, column: 1), complaints) }
            }
            try complaints.throwErrors()
            if let value, !value.isNull { return value }
        } catch let error as YamlError {
            complain(of: error, complaints)
            try complaints.throwErrors()
        }
        complaints.error(
            .emptyFile, at: Position(line: 1, column: 1), "The file says nothing.",
            remedy: "Begin it with `baton:` and \(alternatives(FileKind.known.map { "\($0.rawValue)/v1" })).")
        throw LoadFailure(complaints: complaints.sorted)
    }

    /// The depth is bounded by `YAMLScan`.
    private static func convert(_ node: Node, fallback: Position, _ complaints: Complaints) -> YAMLValue {
        let position = node.mark.map { Position(line: $0.line, column: $0.column) } ?? fallback
        if node.anchor != nil {
            complaints.error(
                .anchor, at: position, "This value carries a YAML anchor; Baton does not accept anchors.",
                remedy: "Remove the anchor.")
        }
        switch node {
        case .scalar(let scalar):
            let isQuoted = scalar.style != .plain && scalar.style != .any
            return YAMLValue(content: .scalar(scalar.string, isQuoted: isQuoted), position: position)
        case .sequence(let sequence):
            let values = sequence.map { convert($0, fallback: position, complaints) }
            return YAMLValue(content: .sequence(values), position: position)
        case .mapping(let mapping):
            let entries = mapping.compactMap { pair -> YAMLEntry? in
                let key = convert(pair.key, fallback: position, complaints)
                guard case .scalar(let text, let isQuoted) = key.content else {
                    complaints.error(
                        .wrongType, at: key.position, "A key is a word, not \(key.kind).",
                        remedy: "Write `key: value`; put text that begins with a bracket in quotes.")
                    return nil
                }
                if text == "<<", !isQuoted {
                    complaints.error(
                        .mergeKey, at: key.position,
                        "`<<` merges another mapping into this one; Baton does not accept that, so that every step says all "
                            + "it does.",
                        remedy: "Write the keys out.")
                }
                let value = convert(pair.value, fallback: key.position, complaints)
                return YAMLEntry(key: text, isQuoted: isQuoted, position: key.position, value: value)
            }
            return YAMLValue(content: .mapping(entries), position: position)
        case .alias:
            complaints.error(
                .alias, at: position, "This is a YAML alias; Baton does not accept aliases.",
                remedy: "Write the value out.")
            return YAMLValue(content: .scalar("", isQuoted: false), position: position)
        }
    }

    private static func complain(of error: YamlError, _ complaints: Complaints) {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            // A mark may stand behind the last line; complaints point into the file.
            let line = min(mark.line, max(1, complaints.source.lines.count))
            let position = Position(line: line, column: mark.column)
            if problem.contains("another document") {
                complaints.error(
                    .severalDocuments, at: position, "A second YAML document begins here; a file holds one.",
                    remedy: "Split the file, or remove the `---` or `...` line.")
                return
            }
            let (message, remedy, isAboutStart) = plainWords(problem)
            if isAboutStart, let start = context?.mark {
                let place = Position(line: start.line, column: start.column)
                complaints.error(.syntax, at: place, message, remedy: remedy)
            } else {
                complaints.error(.syntax, at: position, message, remedy: remedy)
            }
        case .duplicatedKeysInMapping(_, let context):
            complaints.error(
                .duplicateKey, at: Position(line: context.mark.line, column: context.mark.column),
                "This key stands twice in its mapping; which of the two counts would be a guess.",
                remedy: "Keep one of them.")
        default:
            complaints.error(
                .syntax, at: Position(line: 1, column: 1), "The text cannot be read as YAML.",
                remedy: "Check the file's encoding, indentation and quotes.")
        }
    }

    private static func plainWords(_ problem: String) -> (message: String, remedy: String, isAboutStart: Bool) {
        if let words = vocabulary.first(where: { problem.contains($0.part) }) {
            return (words.message, words.remedy, words.isAboutStart)
        }
        return (
            "The text is not YAML here: \(problem).", "Check indentation, quotes and brackets around this place.", false
        )
    }

    /// The parser's words (libyaml's, a fixed set) in plain ones. What is opened and never closed is complained about where
    /// it begins: that is where it is mended.
    private static let vocabulary: [(part: String, message: String, remedy: String, isAboutStart: Bool)] = [
        (
            "mapping values are not allowed", "A second `: ` stands on this line, or the line is indented wrongly.",
            "Put text that contains `: ` in quotes; indent keys of one mapping alike.", false
        ),
        ("tab character", "A tab stands where YAML counts spaces.", "Indent with spaces.", false),
        (
            "cannot start any token", "No value may begin with this character (a tab, `@`, `%` or a backquote).",
            "Indent with spaces; put such text in quotes.", false
        ),
        (
            "expected ',' or '}'", "The `{` that opens here is not closed.",
            "Close the bracket; put commas between its entries.", true
        ),
        (
            "expected ',' or ']'", "The `[` that opens here is not closed.",
            "Close the bracket; put commas between its entries.", true
        ),
        ("unexpected end of stream", "The quote that opens here is never closed.", "Close the quote.", true),
        ("unexpected document indicator", "The quote that opens here is never closed.", "Close the quote.", true),
        (
            "could not find expected ':'", "This is neither `key: value` nor an entry of a list.",
            "Write `key: value`, with a space behind the colon.", false
        ),
        (
            "did not find expected key",
            "A key was expected here: the line is indented unlike its neighbours, or something before it is not closed.",
            "Indent keys of one mapping alike; check quotes and brackets above.", false
        ),
        (
            "did not find expected '-' indicator", "An entry of a list was expected here.",
            "Begin it with `- ` under the other entries' dashes.", false
        ),
        (
            "escape", "This is not an escape that YAML knows in double quotes.",
            "Use single quotes, or write a backslash as `\\\\`.", false
        ),
        (
            "block sequence entries are not allowed", "A list cannot begin here.",
            "Begin the list on a line of its own below its key.", false
        ),
    ]
}
