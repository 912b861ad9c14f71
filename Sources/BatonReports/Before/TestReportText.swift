internal import BatonCore

extension TestReport {
    /// The report for people: what failed first and in full, then the passes in one line, then what was gone through.
    package func document() -> TextDocument {
        var document = TextDocument()
        for scenario in scenarios where !scenario.passed { add(scenario, to: &document) }
        let passes = scenarios.filter(\.passed).count
        document.blank()
        document.add(
            "\(passed ? "✓" : "✗") \(file): \(passes) of \(scenarios.count) scenarios of \(playbook.name) passed",
            passed ? .good : .bad)
        addCoverage(to: &document)
        return document
    }

    private func add(_ scenario: Scenario, to document: inout TextDocument) {
        document.blank()
        document.prose("\(scenario.name) (line \(scenario.line))", first: Span("✗ ", .bad))
        for problem in scenario.problems { document.prose(problem, first: Span("  ")) }
        if let reason = scenario.reason { document.prose("The run says: \(reason)", first: Span("  "), .faint) }
        document.add(scenario.story)
    }

    private func addCoverage(to document: inout TextDocument) {
        let (steps, gates) = (coverage.steps, coverage.gates)
        document.prose(
            "\(steps.reached) of \(steps.of) steps and \(gates.reached) of \(gates.of) gates were reached; "
                + "\(gates.refused) of \(gates.of) gates refused.", first: Span("  "))
        document.prose("runs went: \(coverage.branches.joined(separator: ", "))", first: Span("  "))
        for kind in Gap.Kind.allCases {
            let names = coverage.missing.filter { $0.kind == kind }.map(\.name)
            guard !names.isEmpty else { continue }
            document.prose("\(Self.words(kind)): \(names.joined(separator: ", "))", first: Span("  ! ", .warning))
        }
    }

    private static func words(_ kind: Gap.Kind) -> String {
        switch kind {
        case .step: "steps never reached"
        case .gate: "gates never reached"
        case .refusal: "gates that never refused"
        case .branch: "ways that no run went"
        }
    }
}
