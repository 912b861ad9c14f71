import BatonCore

/// The page of one gate.
struct GatePage {
    let definition: GateDefinition
    let content: ReferenceContent

    var text: String {
        var page = Markdown(definition.id.rawValue)
        page.paragraph(definition.summary)
        page.table(["", ""], facts)
        page.heading("Limits")
        if definition.declarations.isEmpty {
            page.paragraph("It takes none.")
        } else {
            page.parameters(definition.declarations)
        }
        proves(&page)
        page.heading("Two answers")
        let samples = definition.samples()
        page.paragraph("They differ in one fact.")
        page.table(["verdict", "reason", "remedy"], [samples.passing, samples.refusing].map(row))
        return page.text
    }

    private var facts: [[String]] {
        let roles = Role.allCases.filter { $0.kind == definition.kind }.map(\.rawValue)
        var rows = [
            ["written", "`gate: \(definition.id)`"],
            ["concerns", "a \(definition.kind.rawValue): \(Markdown.alternatives(roles))"],
            [
                "phases",
                "every one; in \(Markdown.alternatives(Phase.allCases.filter(\.awaitsGates).map(\.rawValue), "and")) it is "
                    + "judged again until its `deadline`, which it needs there, elsewhere once",
            ],
        ]
        let implied = content.catalogue.actions.compactMap { action -> String? in
            let roles = action.gates.filter { $0.gate == definition.id }.flatMap(\.on).map(\.rawValue)
            guard !roles.isEmpty else { return nil }
            return Markdown.link("../Actions/\(action.id).md", action.id.rawValue)
                + " on \(Markdown.alternatives(roles, "and"))"
        }
        if !implied.isEmpty {
            rows.append(["judged in preflight, listed or not, because of", implied.joined(separator: "; ")])
        }
        rows.append(["source", definition.source])
        return rows
    }

    private func proves(_ page: inout Markdown) {
        let target = Role.allCases.lazy.filter { $0.kind == definition.kind && $0 != .old }
            .compactMap(ReferenceExample.target).first
        guard let target else { return }
        let facts = definition.establishes(target, ReferenceExample.scope)
        guard !facts.isEmpty else { return }
        page.heading("What it proves when it passes")
        page.list(facts.map { "`\($0.key)` is `\($0.value)`" })
    }

    private func row(_ verdict: Verdict) -> [String] {
        [verdict.decision.rawValue, verdict.reason, verdict.remedy ?? ""]
    }
}
