internal import BatonCore

/// The parts of a run report that ask for something: failed steps, open obligations, steps that never began.
struct RunProblems {
    private let record: RunRecord

    init(_ record: RunRecord) { self.record = record }

    /// Steps that failed or of which nobody knows, each with the reason and what to do next.
    func addSteps(to document: inout TextDocument) {
        let isOver = record.outcome != .unfinished
        let failed = (record.steps + record.undoing).filter { item in
            switch item.outcome {
            case .failed, .unknown: true
            case .done, .skipped, .undone, .adopted: false
            case nil: !isOver
            }
        }
        for item in failed {
            document.blank()
            let attempts = item.attempt > 1 ? " after \(item.attempt) attempts" : ""
            let word = item.outcome?.word ?? item.state.word
            document.prose(
                "\(item.id): \(word)\(attempts), at +\(record.offset(item.endedAt ?? item.startedAt))",
                first: Span(item.outcome == nil ? "! " : "✗ ", item.outcome == nil ? .warning : .bad), .strong)
            if let text = item.outcome?.text, !text.isEmpty { document.prose(text, first: Span("  ")) }
            if item.step.isBestEffort, item.isSettled {
                document.prose("It was a best effort, so the run went on without it.", first: Span("  "))
            }
            addNext(after: item, to: &document)
        }
    }

    private func addNext(after item: StepMachine, to document: inout TextDocument) {
        if let remedy = item.verdict?.remedy, item.verdict?.allows == false {
            document.prose(remedy, first: Span("  next: "))
        }
        switch record.outcome {
        case .refused, .rolledBack:
            if item.call != nil {
                document.prose("remove the cause, then run the preflight again", first: Span("  next: "))
            }
        case .halted, .unfinished, .completed, .completedWithObligations, .alreadyThere, .interrupted: break
        }
        // Where the work is still to be done, the commands that do it.
        switch record.outcome {
        case .halted, .unfinished, .completedWithObligations:
            if record.machine.goesForward || item.id.isUndo { addByHand(item.call, to: &document) }
        case .completed, .refused, .rolledBack, .alreadyThere, .interrupted: break
        }
    }

    private func addByHand(_ call: Call?, to document: inout TextDocument) {
        for command in call.map(record.machine.byHand) ?? [] {
            document.command(ByHandRenderer.line(command), first: "  by hand at \(command.place): ")
            if !command.expectation.isEmpty {
                document.prose(command.expectation, first: Span("    expect: "), .faint)
            }
        }
    }

    /// What is owed still, with the command that releases it (I4).
    func addObligations(to document: inout TextDocument) {
        for obligation in record.openObligations {
            document.blank()
            document.prose(obligation.terms.owed, first: Span("owed      ", .warning))
            document.command(record.release(obligation), first: "release   ")
        }
    }

    /// What an emergency left behind, each with the command that leads it home.
    func addLostNodes(to document: inout TextDocument) {
        for node in record.nodesToRejoin {
            let obligation = ReportedObligation(rejoining: node, to: record.machine.binding.new)
            document.blank()
            document.prose(obligation.owed, first: Span("owed      ", .warning))
            document.command(obligation.release, first: "release   ")
        }
    }

    /// The steps that are left, each with the commands that do it.
    func addNotBegun(to document: inout TextDocument) {
        guard record.outcome == .halted || record.outcome == .unfinished else { return }
        guard record.machine.goesForward else { return addTakingBack(to: &document) }
        for step in record.notBegun {
            document.blank()
            document.prose("\(step.id): \(step.title)", first: Span("not begun "))
            guard case .act(let action) = step.kind else { continue }
            for target in record.machine.scope.targets(of: step.on) {
                addByHand(Call(action, on: target, step.arguments), to: &document)
            }
        }
    }
    /// How to take back by hand what was announced before the promotion was.
    private func addTakingBack(to document: inout TextDocument) {
        let calls = record.machine.callsLeft
        guard !calls.isEmpty else { return }
        document.blank()
        document.prose("to take everything back, in this order", first: Span("next      ", .warning))
        for call in calls { addByHand(call, to: &document) }
    }
}
