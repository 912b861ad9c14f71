/// What a code of `baton check` means, as the reports show it.
package struct CodeExplanation: Hashable, Codable, Sendable {
    package var code: String
    package var meaning: String
    package var why: String
    @OrNull package var wrong: String?
    @OrNull package var right: String?
    @OrNull package var incident: String?

    package init(code: String, meaning: String, why: String, wrong: String?, right: String?, incident: String?) {
        self.code = code
        self.meaning = meaning
        self.why = why
        self.wrong = wrong
        self.right = right
        self.incident = incident
    }

    /// The code with all that is known of it.
    package func document() -> TextDocument {
        var document = TextDocument()
        document.add(code, .strong)
        document.blank()
        document.prose(meaning, first: Span("  "))
        document.blank()
        document.prose(why, first: Span("  "))
        document.example("Wrong", wrong, .bad)
        document.example("Right", right, .good)
        if let incident {
            document.blank()
            document.prose(incident, first: Span("  It happened: ", .strong))
        }
        return document
    }

    /// Every code with its meaning.
    package static func list(_ explanations: [CodeExplanation]) -> TextDocument {
        var document = TextDocument()
        var table = TextTable([.left, .left])
        for explanation in explanations { table.add(Span(explanation.code, .strong), Span(explanation.meaning)) }
        document.add(table.lines(indent: 0))
        document.blank()
        document.add("More about one: baton explain \(explanations.first?.code ?? "CODE")", .faint)
        return document
    }
}

/// `explain/v1`.
package struct ExplanationReport: Hashable, Codable, Sendable {
    package var format = "explain/v1"
    package var codes: [CodeExplanation]

    package init(codes: [CodeExplanation]) { self.codes = codes }
}

extension TextDocument {
    fileprivate mutating func example(_ title: String, _ text: String?, _ tone: Tone) {
        guard let text else { return }
        blank()
        add("  \(title):", tone)
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) where !line.isEmpty {
            add("    \(line)")
        }
    }
}
