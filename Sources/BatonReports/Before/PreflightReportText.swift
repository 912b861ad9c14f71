internal import BatonCore

extension PreflightReport {
    /// The preflight for people: what stands in the way first, the verdict and the next command last.
    ///
    /// - Parameters:
    ///   - verbose: lists the gates that passed, too.
    ///   - nextCommand: the words of the command to run when ready, `baton drill …`.
    package func document(verbose: Bool = false, nextCommand: [String]) -> TextDocument {
        var document = TextDocument()
        document.prose(
            "preflight of \(playbook.name) on \(topology.name): "
                + "\(from ?? "?")\(fromNode.map { " (\($0))" } ?? "") -> \(to)\(toNode.map { " (\($0))" } ?? "")")
        for decision in [Verdict.Decision.block, .unknown, .warn] + (verbose ? [.pass] : []) {
            for gate in gates where gate.verdict == decision { add(gate, to: &document) }
        }
        let passed = gates.filter { $0.verdict == .pass }.count
        document.blank()
        document.add("✓ \(passed) of \(gates.count) gates passed", passed == gates.count ? .good : .normal)
        let later = Int((coverage * 100).rounded())
        document.prose("\(later) % of the plan's gates could be judged before the run.", first: Span("  "), .faint)
        for step in prediction where step.verdict != .pass {
            document.prose(
                "\(step.step) is predicted to \(step.verdict.rawValue): \(step.reason)", first: Span("! ", .warning))
        }
        document.blank()
        addVerdict(nextCommand, to: &document)
        return document
    }

    private func add(_ gate: Gate, to document: inout TextDocument) {
        let (mark, word, tone): (String, String, Tone) =
            switch gate.verdict {
            case .block: ("✗ ", "blocks", .bad)
            case .unknown: ("✗ ", "unknown", .bad)
            case .warn: ("! ", "warns", .warning)
            case .pass: ("✓ ", "passes", .good)
            }
        if gate.verdict != .pass { document.blank() }
        document.prose("\(gate.gate) on \(gate.target) \(word): \(gate.reason)", first: Span(mark, tone))
        guard gate.verdict != .pass else { return }
        var facts: [String] = []
        if let observed = gate.observed {
            let age = observed.ageMs.map { " (\(TimeSpan(reportedMilliseconds: $0)) old)" } ?? ""
            facts.append("observed \(observed.text)\(age)")
        }
        if let limit = gate.limit { facts.append("limit \(limit.text)") }
        if !facts.isEmpty { document.prose(facts.joined(separator: " · "), first: Span("  "), .faint) }
        if let remedy = gate.remedy { document.prose(remedy, first: Span("  next: ")) }
    }

    private func addVerdict(_ nextCommand: [String], to document: inout TextDocument) {
        let count = gates.filter { $0.verdict == .block || $0.verdict == .unknown }.count
        if ready {
            document.command(ByHandRenderer.line(nextCommand), first: "Ready. Next: ")
        } else if count == 0 {
            document.prose(
                "Not ready: no single primary and standby answered. Look at the nodes, then run the preflight again.",
                .bad)
        } else {
            document.prose(
                "Not ready: \(count) \(count == 1 ? "gate stands" : "gates stand") in the way. Do what is said above, "
                    + "then run the preflight again.", .bad)
        }
    }
}
