/// What is wrong with a file, as the reports show it: plain values, whoever found it.
package struct Finding: Hashable, Sendable {
    package var isError: Bool
    package var code: String
    package var file: String
    /// From 1.
    package var line: Int
    /// In Unicode scalars, from 1.
    package var column: Int
    /// How many Unicode scalars of the line are meant.
    package var length: Int
    package var message: String
    package var remedy: String
    /// Nil where the line must not be shown.
    package var sourceLine: String?
    /// The shortest way to the bad end, sentence by sentence; empty where the line is wrong as it stands.
    package var way: [String]

    package init(
        isError: Bool, code: String, file: String, line: Int, column: Int, length: Int, message: String, remedy: String,
        sourceLine: String?, way: [String] = []
    ) {
        self.isError = isError
        self.code = code
        self.file = file
        self.line = line
        self.column = column
        self.length = length
        self.message = message
        self.remedy = remedy
        self.sourceLine = sourceLine
        self.way = way
    }
}

extension TextDocument {
    /// Findings as a compiler tells them: the place, the line with what is meant underlined, the remedy; at the end how
    /// many there are. Nothing is wrapped: an editor finds its way by the lines, and a terminal wraps by itself.
    package init(findings: [Finding]) {
        for finding in findings { add(finding) }
        guard let first = findings.first else { return }
        let errors = findings.count(where: \.isError)
        let counts = [(errors, "error"), (findings.count - errors, "warning")].filter { $0.0 > 0 }
        let summary = counts.map { "\($0) \($1)\($0 == 1 ? "" : "s")" }.joined(separator: ", ")
        let example = findings.first(where: \.isError) ?? first
        lines.append(
            StyledLine([
                Span(summary, errors > 0 ? .bad : .warning), Span("; more about each: "),
                Span("baton explain \(example.code)", .strong),
            ]))
    }

    private mutating func add(_ finding: Finding) {
        let tone = finding.isError ? Tone.bad : .warning
        lines.append(
            StyledLine([
                Span("\(finding.file):\(finding.line):\(finding.column): ", .strong),
                Span(finding.isError ? "error: " : "warning: ", tone), Span("\(finding.message) "),
                Span("[\(finding.code)]", .faint),
            ]))
        let number = "\(finding.line)"
        let gutter = String(repeating: " ", count: max(5, number.count + 1))
        if let source = finding.sourceLine {
            let scalars = source.unicodeScalars
            let before = String(String.UnicodeScalarView(scalars.prefix(max(0, finding.column - 1))))
            let culprit = String(
                String.UnicodeScalarView(scalars.dropFirst(max(0, finding.column - 1)).prefix(finding.length)))
            let width = max(1, DisplayText.width(DisplayText.sanitized(culprit)))
            let lead = String(repeating: " ", count: DisplayText.width(DisplayText.sanitized(before)))
            lines.append(
                StyledLine([Span(DisplayText.padding(number, before: gutter.count) + " | ", .faint), Span(source)]))
            lines.append(
                StyledLine([
                    Span(gutter + " | ", .faint), Span(lead),
                    Span("^" + String(repeating: "~", count: width - 1), tone),
                ]))
        }
        for (index, sentence) in finding.way.enumerated() {
            lines.append(StyledLine([Span(gutter + " \(index + 1). ", .faint), Span(sentence)]))
        }
        lines.append(
            StyledLine([Span(gutter + " = ", .faint), Span("remedy: ", .good), Span(finding.remedy)]))
    }
}

extension DisplayText {
    /// The text with as many spaces in front of it as are missing to `width` columns.
    fileprivate static func padding(_ text: String, before limit: Int) -> String {
        padding(text, to: limit) + text
    }
}
