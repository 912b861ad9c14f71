import BatonCore

/// The page of the words that stand in several kinds of file, and of the process's exit status.
struct WordsPage {
    let content: ReferenceContent

    var text: String {
        var page = Markdown("Words")
        page.heading("Units")
        page.paragraph(
            "A duration or a size is written as digits with a unit right behind them: `5s`, `16MiB`. There is no number "
                + "without a unit, and no fraction: `1500ms`, not `1.5s`.")
        page.table(["duration", "is in"], Units.spans.map { ["`\($0.name)`", $0.summary] })
        page.table(["size", "is in"], Units.sizes.map { ["`\($0.name)`", $0.summary] })
        page.words("Roles", "Whom a step concerns, in words that fit both directions.", Role.allCases, \.summary)
        page.words("Modes", nil, Mode.allCases, \.summary)
        page.heading("Phases")
        page.paragraph("In this order. A playbook fills them; it cannot reorder them.")
        page.table(
            ["phase", "may change something", "a gate is judged", "what it is for"],
            Phase.allCases.map {
                [
                    "`\($0.rawValue)`", $0.mayAct ? "yes" : "no", $0.awaitsGates ? "until its deadline" : "once",
                    $0.summary,
                ]
            })
        page.words("Outcomes", "How a run ends, as scenarios expect it.", Expectation.allCases, \.summary)
        page.words("Moments", "When a run tells the targets of `notify`.", NoticeMoment.allCases, \.summary)
        page.words("TLS", nil, TLSSettings.Mode.allCases, \.summary)
        page.heading("Exit status")
        page.table(["status", "meaning"], content.exits.map { ["\($0.name)", $0.summary] })
        return page.text
    }
}

extension Markdown {
    fileprivate mutating func words<Word: RawRepresentable<String>>(
        _ title: String, _ introduction: String?, _ words: [Word], _ summary: KeyPath<Word, String>
    ) {
        heading(title)
        if let introduction { paragraph(introduction) }
        table(["word", "meaning"], words.map { ["`\($0.rawValue)`", $0[keyPath: summary]] })
    }
}

/// The page of the codes of `baton check`.
struct CodesPage {
    let codes: [CodeExplanation]

    var text: String {
        var page = Markdown("Codes")
        page.paragraph("What `baton check` complains about. `baton explain CODE` says the same.")
        for code in codes {
            page.heading(code.code)
            page.paragraph(code.meaning)
            page.paragraph(code.why)
            if let wrong = code.wrong {
                page.paragraph("Wrong:")
                page.code(wrong, language: "yaml")
            }
            if let right = code.right {
                page.paragraph("Right:")
                page.code(right, language: "yaml")
            }
            if let incident = code.incident { page.paragraph("It happened: \(incident)") }
        }
        return page.text
    }
}
