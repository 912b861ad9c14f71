internal import BatonCore

extension PreflightReport {
    /// The preflight for people: what stands in the way first, the verdict and the next command last.
    ///
    /// - Parameters:
    ///   - verbose: lists the gates that passed and every step that is foretold, too.
    ///   - nextCommand: the words of the command to run when ready, `baton drill …`.
    package func document(verbose: Bool = false, nextCommand: [String]) -> TextDocument {
        var document = TextDocument()
        document.prose(
            "preflight of \(playbook.name) on \(topology.name): \(passage)"
                + (assumedDown.map { ", assuming that \($0) is down" } ?? ""))
        guard !alreadyThere else {
            document.blank()
            document.add("✓ Nothing to do: \(toNode ?? "a node") at \(to) is the primary already.", .good)
            return document
        }
        for decision in [Verdict.Decision.block, .unknown, .warn] + (verbose ? [.pass] : []) {
            for gate in gates where gate.verdict == decision { add(gate, to: &document) }
        }
        document.blank()
        let passed = gates.filter { $0.verdict == .pass }.count
        document.add("✓ \(passed) of \(gates.count) gates passed", passed == gates.count ? .good : .normal)
        addLoss(to: &document)
        if !prediction.isEmpty { addPrediction(verbose: verbose, to: &document) }
        document.blank()
        addVerdict(nextCommand, to: &document)
        return document
    }

    /// One line, for whoever runs a preflight every hour and reads it when it changes.
    package var summary: String {
        guard !alreadyThere else {
            return DisplayText.sanitized(
                "ready: \(playbook.name) on \(topology.name): \(toNode ?? "a node") at \(to) is the primary already")
        }
        func counted(_ count: Int, _ words: String) -> String? { count == 0 ? nil : "\(count) \(words)" }
        let standing = gates.filter { $0.verdict == .block || $0.verdict == .unknown }
        let later = prediction.filter { $0.verdict == .block }
        let open = prediction.filter { $0.verdict == .unknown }.count
        let parts = [
            standing.isEmpty
                ? nil : "\(standing.map { "\($0.gate) on \($0.target)" }.joined(separator: ", ")) in the way",
            later.isEmpty ? nil : "\(later.map { "\($0.step) on \($0.target)" }.joined(separator: ", ")) would block",
            "\(gates.filter { $0.verdict == .pass }.count) of \(gates.count) gates passed",
            counted(gates.filter { $0.verdict == .warn }.count, "warned"),
            counted(open, "\(open == 1 ? "step" : "steps") cannot be known before"),
            expected.writePauseMs.map { "write pause of \(TimeSpan(reportedMilliseconds: $0)) expected" },
        ].compactMap(\.self)
        let line = "\(ready ? "ready" : "not ready"): \(playbook.name) on \(topology.name), \(passage): "
        return DisplayText.sanitized(line + parts.joined(separator: ", "))
    }

    private var passage: String {
        "\(from ?? "?")\(fromNode.map { " (\($0))" } ?? "") -> \(to)\(toNode.map { " (\($0))" } ?? "")"
    }

    // MARK: The prediction

    private func addPrediction(verbose: Bool, to document: inout TextDocument) {
        let changes = prediction.reduce(0) { $0 + $1.changes.filter { $0.sort != .keep }.count }
        let percent = Int((coverage * 100).rounded(.down))
        document.blank()
        document.prose(
            "Foretold: \(changes) changes in \(Set(prediction.filter { $0.do != nil }.map(\.step)).count) steps; "
                + "\(percent) % of all checks can be judged before the run")
        if verbose {
            for step in prediction { addWhole(step, to: &document) }
        } else {
            for decision in [Verdict.Decision.block, .warn] {
                for step in prediction where step.verdict == decision { add(step, to: &document) }
            }
            addOpen(to: &document)
        }
        addExpected(to: &document)
    }

    /// What cannot be known before, in one sentence; the reasons are for whoever wants all.
    private func addOpen(to document: inout TextDocument) {
        let open = prediction.filter { $0.verdict == .unknown }.map { "\($0.step) on \($0.target)" }
        guard !open.isEmpty else { return }
        let decision = Verdict.Decision.unknown
        document.prose(
            "\(decision.foretold): \(open.joined(separator: ", "))", first: Span(decision.mark, decision.tone))
    }

    private func add(_ step: Prediction, to document: inout TextDocument) {
        document.prose(
            "\(step.step) on \(step.target) \(step.verdict.foretold): \(step.reason)",
            first: Span(step.verdict.mark, step.verdict.tone))
        if let remedy = step.remedy { document.prose(remedy, first: Span("  next: ")) }
    }

    /// A step with all that is known of it.
    private func addWhole(_ step: Prediction, to document: inout TextDocument) {
        add(step, to: &document)
        for change in step.changes {
            let (mark, tone) = change.sign
            document.prose(change.text, first: Span("    \(mark) ", tone), tone)
        }
        let undo: String? =
            switch step.undo?.kind {
            case .call: "undo \(step.undo?.text ?? "")"
            case .nothing: "needs no undo"
            case .irreversible: "cannot be undone"
            case nil: nil
            }
        let facts = [
            "at most \(TimeSpan(reportedMilliseconds: step.deadlineMs))",
            step.expectedMs.map { "\(TimeSpan(reportedMilliseconds: $0)) expected" }, undo,
        ].compactMap(\.self)
        document.prose(facts.joined(separator: " · "), first: Span("    "), .faint)
    }

    private func addExpected(to document: inout TextDocument) {
        guard expected.runs > 0 else {
            document.prose(
                "No earlier run tells how long it takes; a drill would.", first: Span("  "), .faint)
            return
        }
        let runs = expected.runs == 1 ? "one earlier run" : "the median of \(expected.runs) earlier runs"
        let parts = [("write pause", expected.writePauseMs), ("recovery time", expected.recoveryTimeMs)].compactMap {
            name, value -> String? in
            guard let value else { return nil }
            let objective = expected.objectives.first { $0.name == name.replacing(" ", with: "-") }
            let limit = objective.map { ", objective \(TimeSpan(reportedMilliseconds: $0.limit))" } ?? ""
            return "\(name) \(TimeSpan(reportedMilliseconds: value))\(limit)"
        }
        let isOutOfReach = expected.objectives.contains { $0.reachable == false }
        document.prose(
            parts.isEmpty
                ? "No earlier run measured what clients see." : "Expected: \(parts.joined(separator: "; ")) (\(runs))",
            first: Span(isOutOfReach ? "! " : "  ", .warning), isOutOfReach ? .warning : .normal)
    }

    // MARK: Gates and the verdict

    private func add(_ gate: Gate, to document: inout TextDocument) {
        let (word, isBad) =
            switch gate.verdict {
            case .block: ("blocks", true)
            case .unknown: ("unknown", true)
            case .warn: ("warns", false)
            case .pass: ("passes", false)
            }
        if gate.verdict != .pass { document.blank() }
        // A gate of preflight that nobody can answer stands in the way, whatever the reason.
        let shown = isBad ? Verdict.Decision.block : gate.verdict
        document.prose(
            "\(gate.gate) on \(gate.target) \(word): \(gate.reason)", first: Span(shown.mark, shown.tone))
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
        let later = prediction.filter { $0.verdict == .block }.count
        if ready, let assumedDown {
            document.prose(
                "It would go on if \(assumedDown) were down now, with what is accepted here. Nothing is promoted while it is up.",
                .good)
        } else if ready {
            document.command(ByHandRenderer.line(nextCommand), first: "Ready. Next: ")
        } else if count == 0, later > 0 {
            document.prose(
                "Not ready: every gate passed, and \(later == 1 ? "a later step" : "\(later) later steps") would block. "
                    + "Do what is said above, then run the preflight again.", .bad)
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

extension Verdict.Decision {
    fileprivate var mark: String {
        switch self {
        case .block: "✗ "
        case .unknown: "? "
        case .warn: "! "
        case .pass: "✓ "
        }
    }

    fileprivate var tone: Tone {
        switch self {
        case .block: .bad
        case .unknown, .warn: .warning
        case .pass: .good
        }
    }

    /// What is said of a step that has not come yet.
    fileprivate var foretold: String {
        switch self {
        case .block: "would block"
        case .unknown: "cannot be known before"
        case .warn: "would warn"
        case .pass: "would pass"
        }
    }
}
