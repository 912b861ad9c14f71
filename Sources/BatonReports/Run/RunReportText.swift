internal import BatonCore

/// A run report for people: the verdict first, read in half a minute.
package struct RunReportText: Sendable {
    private let record: RunRecord
    private let report: RunReport
    private let stateDirectory: String
    package static let defaultState = ".baton"

    /// - Parameter stateDirectory: the directory that `--state` named, for the path of the journal.
    package init(_ record: RunRecord, stateDirectory: String = defaultState) {
        self.record = record
        self.report = RunReport(record)
        self.stateDirectory = stateDirectory
    }

    /// The whole report of one run.
    package func document() -> TextDocument {
        var document = TextDocument()
        addAcceptance(to: &document)
        for splitBrain in report.splitBrain { splitBrain.add(to: &document) }
        addVerdict(to: &document)
        addPassage(to: &document)
        if changedSomething {
            document.blank()
            if record.machine.plan.mode == .rejoin {
                addReturn(to: &document)
            } else {
                document.add(numbers().lines())
            }
            document.blank()
            document.add(RunTimeline(record).lines())
        }
        addLoss(to: &document)
        addProblems(to: &document)
        addFooter(to: &document)
        return document
    }

    /// The card that was judged, and the gates that were left out.
    private func addLoss(to document: inout TextDocument) {
        if let card = record.lossCard {
            document.blank()
            card.add(to: &document)
        }
        if !report.skippedGates.isEmpty { document.blank() }
        for gate in report.skippedGates {
            document.prose("\(gate.gate) on \(gate.target): \(gate.reason)", first: Span("skipped   ", .faint))
        }
    }

    /// First of all what nobody could prove and a person took upon themselves (I8).
    private func addAcceptance(to document: inout TextDocument) {
        guard let acceptance = report.acceptance else { return }
        if !acceptance.unfenced.isEmpty {
            document.prose(
                "\(acceptance.unfenced.joined(separator: ", ")) was not fenced, accepted by \(report.operator): "
                    + (report.reason ?? "no reason given"), first: Span("! ", .warning), .warning)
        }
        if let loss = acceptance.loss {
            let how =
                acceptance.typedBy.map { by in
                    "\(by), who typed \(report.topology.name) below the loss card"
                        + (acceptance.typedAt.map { " at \($0)" } ?? "")
                } ?? "\(report.operator) with --accept-loss \(loss)"
            document.prose(
                loss == "unknown"
                    ? "a loss that nobody knows was accepted by \(how)"
                    : "a loss of up to \(loss) bytes was accepted by \(how)", first: Span("! ", .warning),
                .warning)
        }
    }

    /// Both legs of `--and-back`: the two side by side, then what is wrong with either.
    package static func roundTrip(
        _ there: RunRecord, back: RunRecord, stateDirectory: String = defaultState
    ) -> TextDocument {
        let legs = [there, back].map { RunReportText($0, stateDirectory: stateDirectory) }
        var document = TextDocument()
        for (name, leg) in zip(["there: ", "back:  "], legs) {
            let verdict = leg.verdict
            document.prose(verdict.text, first: Span(name + verdict.mark + " ", verdict.tone), verdict.tone)
        }
        document.blank()
        document.add(compared(legs).lines())
        document.blank()
        document.add(phases(legs).lines())
        for (name, leg) in zip(["there", "back"], legs) {
            var problems = TextDocument()
            leg.addProblems(to: &problems)
            if problems.lines.isEmpty { continue }
            document.blank()
            document.add("\(name), run \(leg.report.run):", .strong)
            document.add(problems.lines)
        }
        for leg in legs { leg.addFooter(to: &document) }
        return document
    }

    private static func compared(_ legs: [RunReportText]) -> TextTable {
        var table = TextTable([.left, .right, .right, .left])
        table.head("", "there", "back", "objective")
        func row(_ name: String, _ value: (RunReportText) -> Span) {
            let objective = legs[0].measuredNumbers.first { $0.name == name }?.limit ?? ""
            table.add(Span(name), value(legs[0]), value(legs[1]), Span(objective, .faint))
        }
        row("run") { Span($0.report.run.rawValue) }
        row("from") { Span("\($0.report.from ?? "?") (\($0.report.fromNode ?? "?"))") }
        row("to") { Span("\($0.report.to) (\($0.report.toNode ?? "?"))") }
        row("took") { Span($0.record.duration.description) }
        for (index, name) in ["write pause", "recovery time", "lost bytes", "lost writes", "client errors"].enumerated()
        {
            row(name) { leg in
                let number = leg.measuredNumbers[index]
                return Span(number.value + (number.met == false ? " ✗" : number.met == true ? " ✓" : ""), number.tone)
            }
        }
        return table
    }

    /// When each phase began and how long it took, on each leg.
    private static func phases(_ legs: [RunReportText]) -> TextTable {
        var table = TextTable([.left, .right, .right, .right, .right])
        table.head("", "there at", "took", "back at", "took")
        let spans = legs.map(\.record.phaseSpans)
        for phase in Phase.allCases where spans.contains(where: { $0.contains { $0.phase == phase } }) {
            let cells = zip(legs, spans).flatMap { leg, spans in
                let span = spans.first { $0.phase == phase }
                return [
                    Span(span.map { "+\(leg.record.offset($0.began))" } ?? "-", .faint),
                    Span(span.map { span in span.ended.map { "\($0 - span.began)" } ?? "not ended" } ?? "-"),
                ]
            }
            table.add(row: [Span(phase.rawValue)] + cells)
        }
        let frozen = legs.flatMap { leg -> [Span] in
            let span = leg.record.machine.frozen
            return [
                Span(span.map { "+\(leg.record.offset($0.began))" } ?? "-", .faint),
                Span(span.map { span in span.ended.map { "\($0 - span.began)" } ?? "still" } ?? "-", .warning),
            ]
        }
        table.add(row: [Span("clients frozen", .warning)] + frozen)
        return table
    }

    // MARK: Verdict

    private var verdict: (mark: String, text: String, tone: Tone) {
        let place = "\(report.toNode ?? "?") at \(report.to)"
        let missed = report.missedObjectives
        switch report.outcome {
        case .completed where record.machine.plan.mode == .rejoin:
            return ("✓", "Completed: \(report.fromNode ?? "?") is a standby of \(report.toNode ?? "?").", .good)
        case .completedWithObligations where record.machine.plan.mode == .rejoin:
            return ("!", "\(report.fromNode ?? "?") is not back yet, or not all is done: see below.", .warning)
        case .rolledBack where record.machine.plan.mode == .rejoin:
            let node = report.fromNode ?? "?"
            return ("✗", "Broken off: \(node) is stopped and marked, and its data are as before.", .bad)
        case .completed where !missed.isEmpty:
            return ("✗", "Completed, but missed \(missed.joined(separator: ", ")): \(place) is primary.", .warning)
        case .completed:
            let met = report.objectives.filter { $0.met == true }.count
            let count = report.objectives.count
            let objectives =
                count == 0
                ? "" : met == count ? " Every objective was met." : " \(met) of \(count) objectives were met."
            return ("✓", "Completed: \(place) is primary.\(objectives)", .good)
        case .completedWithObligations: return ("!", "Completed with work left: \(place) is primary.", .warning)
        case .refused: return ("✗", "Refused: nothing was changed.", .bad)
        case .rolledBack where record.owesMoreThanPreparations:
            return ("✗", "Taken back, but clients may still wait: see what is owed.", .bad)
        case .rolledBack where !record.openObligations.isEmpty:
            return ("✗", "Rolled back: clients write on old as before; what is owed is named below.", .bad)
        case .rolledBack: return ("✗", "Rolled back: everything is as before the run.", .bad)
        case .alreadyThere: return ("✓", "Already there: nothing was changed.", .good)
        case .interrupted: return ("✗", "Interrupted before anything was changed.", .bad)
        case .halted: return ("✗", "Halted: an operator must decide. \(promotion(of: place))", .bad)
        case .unfinished:
            let phase = report.phases.last.map { " It stands in \(record.phase?.rawValue ?? $0.name.rawValue)." } ?? ""
            return ("!", "Unfinished: the record has no end.\(phase)", .warning)
        }
    }

    private func promotion(of place: String) -> String {
        if record.isPromoted { return "\(place) is primary." }
        if record.pointOfNoReturn == nil { return "No promotion was announced." }
        return "Whether \(place) was promoted is not known."
    }

    private func addVerdict(to document: inout TextDocument) {
        let verdict = verdict
        document.prose(verdict.text, first: Span(verdict.mark + " ", verdict.tone), verdict.tone)
        if let reason = record.reason { document.prose(reason, first: Span("  ")) }
    }

    private func addPassage(to document: inout TextDocument) {
        let header = record.header
        document.prose(
            "\(Passage(record.machine).text) · \(header.command) of \(header.playbook.name) on \(header.topology.name)",
            first: Span("  "))
        document.prose(
            "run \(header.run) · \(header.startedAt) · took \(record.duration) · by \(header.operatorName)",
            first: Span("  "), .faint)
        if let plan = header.savedPlan {
            document.prose(
                "followed the plan \(plan.fingerprint.prefix(12)) that \(plan.savedBy) saved at \(plan.savedAt)",
                first: Span("  "))
        }
        if let reason = header.reason { document.prose("reason given: \(reason)", first: Span("  ")) }
    }

    /// What a node had written alone, what was done about it, and where it is kept.
    private func addReturn(to document: inout TextDocument) {
        let telling: [StepKind] = [
            .gate("postgres.rejoinable"), .act("postgres.realign"), .act("postgres.reconnect"),
        ]
        for step in record.steps where telling.contains(step.step.kind) {
            guard let outcome = step.outcome else { continue }
            document.prose("\(step.step.kind.name): \(outcome.text)", first: Span("  "))
        }
    }

    // MARK: Numbers

    private var changedSomething: Bool {
        record.steps.contains { $0.step.phase > .preflight }
    }

    private var measuredNumbers: [(name: String, value: String, limit: String?, met: Bool?, tone: Tone)] {
        let measured = record.machine.measurements
        let wanted = record.machine.plan.objectives
        func number(_ name: String, _ value: String?, _ limit: String?, _ objective: String?)
            -> (name: String, value: String, limit: String?, met: Bool?, tone: Tone)
        {
            let met = objective.flatMap { name in report.objectives.first { $0.name == name }?.met }
            let tone: Tone = met == true ? .good : met == false ? .bad : value == nil ? .faint : .normal
            return (name: name, value: value ?? "not measured", limit: limit, met: met, tone: tone)
        }
        return [
            number(
                "write pause", measured?.writePause?.description, wanted.writePause?.description, "write-pause"),
            number(
                "recovery time", measured?.recoveryTime?.description, wanted.recoveryTime?.description, "recovery-time"
            ),
            number(
                "lost bytes", report.measured.lostBytes.map { $0 == 0 ? "0 B" : ByteCount($0).description },
                wanted.recoveryPoint?.description, "recovery-point"),
            number("lost writes", report.measured.lostWrites.map(String.init), nil, nil),
            number("client errors", report.measured.clientErrors.map(String.init), nil, nil),
        ]
    }

    private func numbers() -> TextTable {
        var table = TextTable([.left, .right, .left])
        for number in measuredNumbers {
            var judgement = number.limit.map { "objective \($0)" } ?? ""
            if let met = number.met { judgement += met ? "  ✓ met" : "  ✗ missed" }
            if number.name == "lost bytes", report.measured.lostBytes == 0 {
                judgement += judgement.isEmpty ? "proved" : ", proved"
            }
            table.add(Span(number.name), Span(number.value, number.tone), Span(judgement, number.tone))
        }
        return table
    }

    // MARK: What went wrong, what is left

    private func addProblems(to document: inout TextDocument) {
        let problems = RunProblems(record)
        problems.addSteps(to: &document)
        problems.addObligations(to: &document)
        problems.addLostNodes(to: &document)
        for override in report.overrides {
            document.blank()
            document.prose(
                "\(override.step) on \(override.target): \(override.choice.rawValue) by \(override.by): "
                    + override.reason, first: Span("override  ", .warning))
        }
        problems.addNotBegun(to: &document)
    }

    private func addFooter(to document: inout TextDocument) {
        addNext(to: &document)
        document.blank()
        addReturns(to: &document)
        let run = record.header.run.rawValue
        document.command("\(stateDirectory)/runs/\(run)/journal.jsonl", first: "journal   ")
        document.command(command("audit", "verify", run), first: "check it  ")
    }

    /// How the nodes that an emergency found lost come back.
    private func addReturns(to document: inout TextDocument) {
        let binding = record.machine.binding
        guard record.machine.plan.mode == .emergency, record.isPromoted else { return }
        for node in [binding.old] + binding.lost {
            document.command(command("rejoin", node, "-t", "TOPOLOGY"), first: "return    ")
        }
    }

    /// How to go on with a run that is not at its end (I5).
    private func addNext(to document: inout TextDocument) {
        let run = record.header.run.rawValue
        switch record.outcome {
        case .completed, .refused, .rolledBack, .alreadyThere, .interrupted: return
        case .halted, .unfinished, .completedWithObligations: break
        }
        document.blank()
        document.command(command("resume", run), first: "next      ")
        guard case .halted(let halt) = record.machine.state else {
            if !record.machine.goesForward { document.command(command("abort", run), first: "or        ") }
            return
        }
        if halt.beforePointOfNoReturn { document.command(command("abort", run), first: "or        ") }
        for item in halt.open {
            // The fence, its proof and the promotion are never skipped (R17).
            let phase = record.machine.items[item]?.step.phase ?? .promote
            let choice: Decision.Choice = phase < .fence || phase > .promote ? .done : .retry
            document.command(
                command(
                    "decide", run, item.step.rawValue, choice.rawValue, "--on", item.target.name, "--reason", "TEXT"),
                first: "or        ")
        }
    }

    /// The words as they work from here: another state directory has to be named again.
    private func command(_ words: String...) -> String {
        let place = stateDirectory == Self.defaultState ? [] : ["--state", stateDirectory]
        return ByHandRenderer.line(["baton"] + words + place)
    }
}
