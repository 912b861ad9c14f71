/// How an operator's decision moves a halted run.
extension RunMachine {
    mutating func decided(_ decision: Decision, at now: Instant) -> Transition {
        switch state {
        case .halted(let halt):
            // A run that was stopped with nothing open goes on when it is told to, whatever step the operator names.
            if halt.open.isEmpty, decision.choice == .retry {
                resume(halt, at: now)
                decisions.append(decision)
                advanceIfIdle(at: now)
                return Transition(.moved(.decidedRetry), note: decision.reason)
            }
            guard halt.open.contains(decision.item) || lacks(.decidesAnything), let item = items[decision.item] else {
                return .ignored("\(decision.item) waits for no decision")
            }
            return decide(decision, item, halt, at: now)
        case .planned, .surveying, .checking, .advancing, .holding, .committed, .undoing, .reconciling, .finished:
            return .ignored("the run waits for no decision")
        }
    }

    private mutating func decide(
        _ decision: Decision, _ item: StepMachine, _ halt: Halt, at now: Instant
    ) -> Transition {
        switch decision.choice {
        case .retry:
            // The look before the decision found it done: it is not sent again.
            if case .done? = settlement(of: item), !evidenceKeys(of: item).isEmpty, !item.id.isUndo {
                return accept(.adopted(evidence: seen(of: item)), .decidedRetry)
            }
            resume(halt, from: item, at: now)
            restart(item, at: now)
            decisions.append(decision)
            advanceIfIdle(at: now)
            return Transition(.moved(.decidedRetry), note: decision.reason)
        case .done:
            if case .done? = settlement(of: item), !evidenceKeys(of: item).isEmpty {
                if item.id.isUndo { markUndone(item.id, evidence: seen(of: item)) }
                return accept(.adopted(evidence: seen(of: item)), .decidedDone)
            }
            guard item.step.phase < .fence || item.step.phase > .promote || lacks(.declaredUnseen) else {
                let phase = item.step.phase.rawValue
                return .ignored("a step of \(phase) is declared done only when it is seen to be: \(seen(of: item))")
            }
            let evidence = "declared by \(decision.by), not observed: \(decision.reason)"
            if item.id.isUndo { markUndone(item.id, evidence: evidence) }
            return accept(.done(evidence: evidence), .decidedDone)
        case .skip:
            // A promotion without a fence, or a fence without its proof, is what Baton exists to prevent (R17).
            guard item.step.phase < .fence || item.step.phase > .promote || lacks(.anythingSkipped) else {
                return .ignored("a step of \(item.step.phase.rawValue) is never skipped")
            }
            return accept(.skipped("skipped by \(decision.by): \(decision.reason)"), .decidedSkip)
        case .returnToOld:
            guard mayReturnToOld(item, halt) else {
                return .ignored("the promotion was announced and not proved undone, so old stays fenced")
            }
            decisions.append(decision)
            stopReason = nil
            beginUndo(because: "returned to old by \(decision.by): \(decision.reason)", at: now)
            advanceIfIdle(at: now)
            return Transition(.moved(.decidedReturn), note: decision.reason)
        }

        func accept(_ outcome: StepOutcome, _ rule: Rule) -> Transition {
            settle(item.id, outcome, by: rule, at: now)
            decisions.append(decision)
            let left = halt.open.filter { $0 != item.id && !restsOn(item, $0) }
            if left.isEmpty {
                resume(halt, from: item, at: now)
                advanceIfIdle(at: now)
            } else {
                var rest = halt
                rest.open = left
                state = .halted(rest)
                output.requests.append(.rest)
            }
            return Transition(.moved(rule), note: decision.reason)
        }
    }

    /// Before the announcement always; afterwards only when the promotion was proved not to have happened (R5).
    private func mayReturnToOld(_ item: StepMachine, _ halt: Halt) -> Bool {
        if halt.beforePointOfNoReturn || lacks(.returnsAlways) { return true }
        guard item.step.phase == .promote, case .failed = item.outcome else { return false }
        // Both rules leave the last announcement's effect to the world, which knows `new` again only by looking.
        guard item.rule == .stepFailed || item.rule == .conditionBroken else { return false }
        return world.value(FactKey(scope.new, .inRecovery)) == .flag(true)
    }

    /// Goes on from where the run halted, or from an earlier step that was decided. What was never announced because that
    /// step had failed is forgotten, so that it begins again in its turn.
    private mutating func resume(_ halt: Halt, from item: StepMachine? = nil, at now: Instant) {
        stopReason = nil
        for id in halt.open where item.map({ restsOn($0, id) }) == true { items[id] = nil }
        let group = min(halt.group, item?.group ?? halt.group)
        state = halt.beforePointOfNoReturn ? .undoing(because: halt.reason) : .committed(group: group)
        if !halt.beforePointOfNoReturn { keepWatch(at: now) }
    }

    /// Whether a later step was never sent, because of the one that is decided.
    private func restsOn(_ decided: StepMachine, _ id: ItemID) -> Bool {
        guard let other = items[id], !other.id.isUndo, !decided.id.isUndo else { return false }
        return other.group > decided.group && other.call != nil && other.announcedAt == nil
    }

    mutating func restart(_ item: StepMachine, at now: Instant) {
        if item.step.phase == .verify { startCanaryAgain() }
        let own = item.id.isUndo ? item.call.flatMap { catalogue.action($0.action)?.defaultDeadline } : nil
        let deadline = now + (own ?? item.step.deadline)
        var fresh = StepMachine(
            id: item.id, step: item.step, call: item.call, group: item.group, at: now, deadline: deadline)
        fresh.attempt = item.attempt + 1
        fresh.announcedAt = item.announcedAt
        fresh.before = item.before
        fresh.mayHaveActed = item.mayHaveActed
        start(fresh, at: now)
    }
}
