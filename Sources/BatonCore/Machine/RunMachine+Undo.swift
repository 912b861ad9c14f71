/// How changes are taken back before the point of no return, and what interrupts and lost leases mean.
extension RunMachine {
    mutating func beginUndo(because reason: String, at now: Instant) {
        state = .undoing(because: reason)
        let announced = items.inOrder.filter { item in
            if case .undone = item.outcome { return false }
            return item.announcedAt != nil && (item.mayHaveActed || !item.isSettled) && !item.id.isUndo
        }
        // An undo that failed is not what stops this one; it is tried again in its turn.
        items.setAside { $0.id.isUndo && !$0.succeeded }
        let groups = Set(announced.map(\.group)).sorted(by: >)
        undoQueue = groups.map { group in announced.filter { $0.group == group }.map(\.id).reversed() }
        continueUndo(at: now)
    }

    /// Takes back the next group of changes, or ends the run when none is left. Stops at the first undo that failed: a
    /// later one may rest on it. But what `prepare` did holds no client and comes last, so what cannot be taken back of it
    /// (the node that it was done on is gone) is owed, and no reason to wait for an operator.
    mutating func continueUndo(at now: Instant) {
        guard case .undoing(let reason) = state else { return }
        let failed = lacks(.undoFailureIgnored) ? [] : failedUndo.filter { $0.step.phase != .prepare }
        if !failed.isEmpty {
            stopCanary()
            state = .halted(
                Halt(
                    reason:
                        "\(reason); and the undo failed: \(failed.map { $0.outcome?.text ?? "" }.joined(separator: "; "))",
                    open: failed.map(\.id), group: failed[0].group, beforePointOfNoReturn: true))
            output.requests.append(.rest)
            return
        }
        while items.countAtWork == 0 {
            guard !undoQueue.isEmpty else { return finish(.rolledBack(([reason] + left()).joined(separator: "; "))) }
            for id in undoQueue.removeFirst() { undo(id, at: now) }
        }
    }

    private var failedUndo: [StepMachine] {
        items.inOrder.filter { $0.id.isUndo && $0.isSettled && !$0.succeeded }
    }

    /// What could not be taken back, what an operator declared or skipped of the undo, and what is owed still.
    private func left() -> [String] {
        let failed = failedUndo.map { "\($0.id) \($0.outcome?.word ?? "stopped"): \($0.outcome?.text ?? "")" }
        let skipped = items.inOrder.compactMap { item in
            if item.id.isUndo, case .skipped(let why) = item.outcome { return "\(item.id) was \(why)" }
            return nil
        }
        return failed + skipped + openObligations.map(\.terms.owed)
    }

    private mutating func undo(_ id: ItemID, at now: Instant) {
        guard let item = items[id], let call = item.call, let definition = catalogue.action(call.action),
            case .call(let undo) = definition.undo(call, scope), let undoing = catalogue.action(undo.action)
        else { return }
        let undoID = ItemID(id.step, on: id.target, isUndo: true)
        var fresh = StepMachine(
            id: undoID, step: item.step, call: undo, group: item.group, at: now,
            deadline: now + undoing.defaultDeadline)
        if let earlier = items[undoID] { fresh.attempt = earlier.attempt + 1 }
        start(fresh, at: now)
    }

    mutating func markUndone(_ id: ItemID, evidence: String) {
        let original = ItemID(id.step, on: id.target)
        items.update(original) { $0.state = .settled(.undone(evidence)) }
    }

    mutating func interrupted(by: String, at now: Instant) -> Transition {
        if lacks(.interruptIgnored) { return .ignored("nobody heeds it") }
        switch state {
        case .planned, .surveying:
            finish(.interrupted("interrupted by \(by)"))
            return Transition(.moved(.interruptedUnchanged))
        case .reconciling:
            if stopReason == nil { stopReason = ("interrupted by \(by)", true) }
            return Transition(.moved(.interruptNoted), note: "interrupted by \(by)")
        case .holding(let hold):
            if stopReason == nil { stopReason = ("interrupted by \(by)", true) }
            leaveHold(hold, at: now)
            if case .finished(.interrupted) = state { return Transition(.moved(.interruptedUnchanged)) }
            return Transition(.moved(.interruptNoted), note: "interrupted by \(by)")
        case .checking, .advancing, .committed:
            if stopReason == nil { stopReason = ("interrupted by \(by)", true) }
            if case .committed = state {} else { cancelInFlight(at: now) }
            advanceIfIdle(at: now)
            if case .finished(.interrupted) = state { return Transition(.moved(.interruptedUnchanged)) }
            return Transition(.moved(.interruptNoted), note: "interrupted by \(by)")
        case .undoing: return .ignored("everything is being taken back already")
        case .halted, .finished: return .ignored("the run has stopped already")
        }
    }

    mutating func leaseLost(node: String, why: String, at now: Instant) -> Transition {
        if lacks(.leaseLossIgnored) { return .ignored("nobody heeds it") }
        // The old primary's own session ends with it; that is the fence, not a loss.
        if !lacks(.fenceIsLoss), node == binding.old, isFencing,
            world.value(FactKey(.node(node), .running)) != .flag(true)
        {
            return .ignored("\(node) is being stopped, and its session ends with it")
        }
        switch state {
        case .planned, .surveying:
            finish(.refused("the lease on \(node) was lost: \(why)"))
            return Transition(.moved(.leaseLost), note: "\(node): \(why)")
        case .checking, .advancing:
            stopReason = ("the lease on \(node) was lost: \(why)", false)
            cancelInFlight(at: now)
            advanceIfIdle(at: now)
            return Transition(.moved(.leaseLost), note: "\(node): \(why)")
        case .holding(let hold) where !hold.isCommitted:
            stopReason = ("the lease on \(node) was lost: \(why)", false)
            leaveHold(hold, at: now)
            return Transition(.moved(.leaseLost), note: "\(node): \(why)")
        case .holding, .committed, .undoing, .reconciling: return .ignored("the run only ends what it began")
        case .halted, .finished: return .ignored("the run has stopped already")
        }
    }

    /// Whether something was announced that ends old's server; another step of the fence does not.
    private var isFencing: Bool {
        let stopped = Change(FactKey(scope.old, .running), .flag(false))
        return items.inOrder.contains { $0.announcedAt != nil && !$0.id.isUndo && changes(of: $0).contains(stopped) }
    }

    /// Asks what is at work to end early. Questions are dropped at once; performers answer.
    private mutating func cancelInFlight(at now: Instant) {
        for item in items.inOrder where !item.isSettled {
            output.requests.append(.cancel(item.id))
            if item.state == .asking {
                settle(item.id, .skipped("the run was stopped"), by: .interruptNoted, at: now)
            }
        }
    }
}
