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
            addNext(after: item, to: &document)
        }
        // Stopped by the operator after the promotion: nothing failed, and the rest is still to be done.
        if case .halted(let halt) = record.machine.state, halt.open.isEmpty {
            document.blank()
            document.command(ByHandRenderer.line(["baton", "resume", record.header.run.rawValue]), first: "next: ")
        }
    }

    private func addNext(after item: StepMachine, to document: inout TextDocument) {
        if let remedy = item.verdict?.remedy, item.verdict?.allows == false {
            document.prose(remedy, first: Span("  next: "))
        }
        let run = record.header.run.rawValue
        switch record.outcome {
        case .halted:
            let isFenceToPromote = (.fence ... .promote).contains(item.step.phase)
            for choice in ["retry", "done"] + (isFenceToPromote ? [] : ["skip"]) {
                document.command(
                    ByHandRenderer.line(["baton", "decide", run, item.id.step.rawValue, choice, "--reason"])
                        + " TEXT",
                    first: choice == "retry" ? "  next: " : "    or: ")
            }
            if record.machine.mayAbort {
                document.command("baton abort \(ByHandRenderer.quoted(run))", first: "    or: ")
            }
        case .unfinished: document.command("baton resume \(ByHandRenderer.quoted(run))", first: "  next: ")
        case .refused, .rolledBack:
            if item.call != nil {
                document.prose("remove the cause, then run the preflight again", first: Span("  next: "))
            }
        case .completed, .completedWithObligations, .alreadyThere, .interrupted: break
        }
        // Where the work is still to be done, the commands that do it.
        switch record.outcome {
        case .halted, .unfinished, .completedWithObligations:
            for command in item.call.map(record.machine.byHand) ?? [] {
                document.command(
                    ByHandRenderer.line(command), first: "  by hand at \(command.place): ")
                if !command.expect.isEmpty { document.prose(command.expect, first: Span("    expect: "), .faint) }
            }
        case .completed, .refused, .rolledBack, .alreadyThere, .interrupted: break
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

    func addNotBegun(to document: inout TextDocument) {
        guard record.outcome == .halted || record.outcome == .unfinished, !record.notBegun.isEmpty else { return }
        document.blank()
        document.prose(record.notBegun.map(\.id.rawValue).joined(separator: ", "), first: Span("not begun "))
    }
}

extension RunMachine {
    /// Whether a halted run may still go back to old.
    var mayAbort: Bool {
        if case .halted(let halt) = state { return halt.beforePointOfNoReturn }
        return false
    }
}
