/// How lines are shown: as they are, or with a terminal's colours. Who prints decides; no model holds a colour code.
package enum Style: Hashable, Sendable {
    case plain, ansi
}

/// What a piece of text means to its reader. Only `Style.ansi` shows it.
package enum Tone: Hashable, Sendable {
    case normal, good, bad, warning, strong, faint

    /// SGR parameters of ECMA-48.
    fileprivate var code: String? {
        switch self {
        case .normal: nil
        case .good: "32"
        case .bad: "31"
        case .warning: "33"
        case .strong: "1"
        case .faint: "2"
        }
    }
}

/// A piece of one line. Its text cannot hold a control character, whatever it was made from.
package struct Span: Hashable, Sendable {
    package let text: String
    package let tone: Tone

    package init(_ text: String, _ tone: Tone = .normal) {
        self.text = DisplayText.sanitized(text)
        self.tone = tone
    }

    var width: Int { DisplayText.width(text) }

    func rendered(_ style: Style) -> String {
        guard style == .ansi, let code = tone.code, !text.isEmpty else { return text }
        return "\u{1B}[\(code)m\(text)\u{1B}[0m"
    }
}

/// One line of a report.
package struct StyledLine: Hashable, Sendable {
    package var spans: [Span]

    package init(_ spans: [Span]) { self.spans = spans }
    package init(_ text: String, _ tone: Tone = .normal) { self.spans = [Span(text, tone)] }

    package var width: Int { spans.reduce(0) { $0 + $1.width } }

    /// The line without its end.
    package func rendered(_ style: Style) -> String {
        var text = spans.map { $0.rendered(style) }.joined()
        while text.hasSuffix(" ") { text.removeLast() }
        return text
    }
}

/// A report as lines, before anybody has decided how they are shown.
package struct TextDocument: Hashable, Sendable {
    /// Columns that prose and tables keep to. Commands are longer when they must be: they are copied.
    package static let width = 100

    package var lines: [StyledLine] = []

    package init() {}

    mutating func add(_ text: String, _ tone: Tone = .normal) { lines.append(StyledLine(text, tone)) }
    mutating func add(_ more: [StyledLine]) { lines += more }
    mutating func blank() { if lines.last?.spans.isEmpty == false { lines.append(StyledLine([])) } }

    /// Prose, wrapped; `first` stands before its first line and its width is the indent of the others.
    mutating func prose(_ text: String, first: Span = Span(""), _ tone: Tone = .normal) {
        let indent = String(repeating: " ", count: first.width)
        for (index, line) in DisplayText.wrapped(text, width: Self.width - first.width).enumerated() {
            lines.append(StyledLine([index == 0 ? first : Span(indent), Span(line, tone)]))
        }
    }

    /// A command to copy: never wrapped.
    mutating func command(_ text: String, first: String) {
        lines.append(StyledLine([Span(first), Span(text, .strong)]))
    }

    /// Every line with its end.
    package func rendered(_ style: Style = .plain) -> String {
        lines.map { $0.rendered(style) + "\n" }.joined()
    }
}
