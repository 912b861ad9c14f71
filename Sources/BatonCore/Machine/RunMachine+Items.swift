/// How single steps begin, are announced and settle.
extension RunMachine {
    /// Time between two looks at something that is awaited. A promotion takes about 25 ms, so a millisecond is noise.
    static let awaitInterval = TimeSpan.milliseconds(1)
    /// How much must be left to ask again what is awaited. A question that the deadline cut off would put “no answer in time”
    /// in the place of the answer that was there.
    static let shortestQuestion = TimeSpan.milliseconds(50)
    /// Time between two tries of a step that must go forward.
    static let forwardRetryInterval = TimeSpan.milliseconds(100)
    /// How long an effect may be seen not to be there after its performer has answered, before a step that must go forward
    /// is sent again: something else has undone it since, or it never came. Each of them is safe to send twice.
    static let effectPatience = TimeSpan.seconds(3)

    mutating func start(_ item: StepMachine, at now: Instant) {
        items.begin(item)
        switch item.step.kind {
        case .gate(let gate) where !item.id.isUndo:
            output.requests.append(
                .ask(
                    item.id, attempt: item.attempt, gate: gate, item.step.arguments, notBefore: now,
                    deadline: item.deadline))
        case .gate, .act: confirm(item.id, at: now)
        }
    }

    /// Observes the conditions that must be fresh, or announces at once when there is none.
    private mutating func confirm(_ id: ItemID, at now: Instant) {
        guard let item = items[id] else { return }
        let fresh = conditions(of: item).filter(\.needsEvidence).map(\.key) + witnesses(of: item)
        if fresh.isEmpty || lacks(.notFresh) { return announce(id, at: now) }
        items.update(id) { $0.state = .confirming }
        output.requests.append(
            .observe(id, attempt: item.attempt, fresh, notBefore: now, deadline: confirmationDeadline(item)))
    }

    /// The look before the promotion ends with the budget too, whatever the promotion itself may take (R1).
    private func confirmationDeadline(_ item: StepMachine) -> Deadline {
        guard let end = freezeEnd, !item.id.isUndo, state.kind != .committed, !lacks(.noReserve) else {
            return item.deadline
        }
        return min(item.deadline, end)
    }

    func conditions(of item: StepMachine) -> [Condition] {
        guard let call = item.call, let definition = catalogue.action(call.action) else { return [] }
        return definition.requires(call, scope, plan.mode)
    }

    func changes(of item: StepMachine) -> [Change] {
        guard let call = item.call, let definition = catalogue.action(call.action) else { return [] }
        return definition.changes(call, scope)
    }

    /// Announces a step whose conditions hold, and settles it as failed otherwise.
    private mutating func announce(_ id: ItemID, at now: Instant) {
        guard var item = items[id], let call = item.call, let definition = catalogue.action(call.action) else { return }
        for condition in conditions(of: item) {
            switch world.judge(condition) {
            case .holds: continue
            case .broken where lacks(.conditionIgnored), .unknown where lacks(.unknownConditionHolds): continue
            case .broken(let found):
                return settle(
                    id, .failed("\(condition.why) But \(condition.key) is \(found)."), by: .conditionBroken, at: now)
            case .unknown(let why):
                return settle(
                    id, .failed("\(condition.why) But \(condition.key) is not known: \(why)."), by: .conditionBroken,
                    at: now)
            }
        }
        let isPointOfNoReturn = !id.isUndo && definition.isPointOfNoReturn(call, in: scope)
        // Only what is known before tells afterwards whether it happened, and after this there is no way back.
        if isPointOfNoReturn, item.announcedAt == nil, !lacks(.blindPromotion),
            let blind = witnesses(of: item).first(where: { world.value($0) == nil })
        {
            return settle(
                id, .failed("\(blind) cannot be seen, so nobody could tell later whether \(id) happened"),
                by: .conditionBroken, at: now)
        }
        // Once it was announced the budget is spent anyway, and trying again is the operator's decision.
        if isPointOfNoReturn, state.kind != .committed, !lacks(.latePromotion), let end = freezeEnd, now >= end {
            return settle(
                id, .failed("the freeze budget of \(plan.limits.freeze) is spent but for its undo reserve"),
                by: .conditionBroken, at: now)
        }
        if item.step.phase == .freeze, !id.isUndo {
            // Also before a retry: the guard that was there at the first try may have gone since (I4).
            if case .lost(let why) = guardState, !lacks(.unguardedFreeze) {
                return settle(
                    id, .failed("nobody would release the clients if this process died: \(why)"), by: .conditionBroken,
                    at: now)
            }
            freezeBegan = freezeBegan ?? now
        }
        // Every deadline from here on leaves the reserve for the undo (R1), also of what began before the freeze did.
        if let end = freezeEnd, item.step.phase < .promote, !id.isUndo, !lacks(.noReserve) {
            item.deadline = min(item.deadline, end)
        }
        if isPointOfNoReturn {
            item.deadline = now + item.step.deadline
            if !lacks(.noPointOfNoReturn) { state = .committed(group: item.group) }
        }
        // A promotion that was announced may be under way still: only what was seen before its first announcement tells
        // later whether it happened.
        if !isPointOfNoReturn || item.announcedAt == nil { item.before = world }
        item.announcedAt = item.announcedAt ?? now
        item.state = .performing
        items[id] = item
        world.forget(definition.changes(call, scope).map(\.key), why: "\(id) is under way")
        arm(id, definition.obligations(call, scope), at: now)
        output.announced.append(call)
        output.requests.append(
            .perform(id, attempt: item.attempt, call, notBefore: now, deadline: item.deadline))
    }

    /// Notes what is owed from now on, once for each step. What was discharged while an earlier try had no effect is owed
    /// again.
    private mutating func arm(_ id: ItemID, _ terms: [ObligationTerms], at now: Instant) {
        obligations.removeAll { $0.item == id && !$0.isOpen }
        guard !obligations.contains(where: { $0.item == id }), !lacks(.obligationsUnarmed) else { return }
        obligations += terms.map { Obligation(terms: $0, item: id, armedAt: now, dischargedAt: nil) }
    }

    func deadline(for step: PlanStep, at now: Instant) -> Deadline {
        let own = now + step.deadline
        guard let end = freezeEnd, step.phase < .promote, !lacks(.noReserve) else { return own }
        return min(own, end)
    }

    private func witnesses(of item: StepMachine) -> [FactKey] {
        guard let call = item.call, let definition = catalogue.action(call.action) else { return [] }
        return definition.witnesses(call, scope)
    }

    /// What tells whether the step happened.
    func evidenceKeys(of item: StepMachine) -> [FactKey] { changes(of: item).map(\.key) + witnesses(of: item) }

    mutating func judged(_ id: ItemID, _ attempt: Int, _ verdict: Verdict, at now: Instant) -> Transition {
        guard acceptsAnswers else { return unexpected("a verdict") }
        guard let item = items[id], item.state == .asking, isMeant(item, attempt) else {
            return .ignored("the answer is late: \(id) is not waiting for it")
        }
        guard case .gate(let gate) = item.step.kind else { return .illegal("\(id) is not a gate") }
        let awaits = item.step.isAwaited && now + Self.shortestQuestion < item.deadline && goesOn(item)
        let allows = verdict.allows || lacks(.gateIgnored)
        if !allows, awaits, !lacks(.notAwaited) {
            output.requests.append(
                .ask(
                    id, attempt: attempt, gate: gate, item.step.arguments, notBefore: now + Self.awaitInterval,
                    deadline: item.deadline))
            return Transition(.moved(.gateAwaited), isRecorded: false)
        }
        items.update(id) { $0.verdict = verdict }
        if allows {
            for change in catalogue.gate(gate)?.establishes(id.target, scope) ?? [] {
                world.learn(change, basis: .observed(at: now))
            }
            settle(id, .done(evidence: verdict.reason), by: .gatePassed, at: now)
            advanceIfIdle(at: now)
            return Transition(.moved(.gatePassed), note: verdict.reason)
        }
        settle(id, .failed(verdict.reason), by: .gateRefused, at: now)
        advanceIfIdle(at: now)
        return Transition(.moved(.gateRefused), note: verdict.reason)
    }

    mutating func reported(_ id: ItemID, _ attempt: Int, _ outcome: PerformOutcome, at now: Instant) -> Transition {
        guard acceptsAnswers else { return unexpected("a report") }
        guard var item = items[id], item.state == .performing, isMeant(item, attempt) else {
            return .ignored("the report is late: \(id) is not being performed")
        }
        let keys = evidenceKeys(of: item)
        switch outcome {
        case .failed(let why), .barred(let why):
            // An earlier try may have done a part of it; then this refusal proves nothing.
            if lacks(.earlierTryForgotten) {
                item.mayHaveActed = false
                items[id] = item
            }
            if !item.mayHaveActed {
                // Nothing happened, so what was known before is known still, and nothing is owed.
                for key in keys {
                    if case .known(let value, let basis) = item.before[key] {
                        world.learn(Change(key, value), basis: basis)
                    }
                }
                obligations.removeAll { $0.item == id }
            }
            if case .barred = outcome, !lacks(.barredTriesAgain) {
                settle(id, .failed(why), by: .stepFailed, at: now)
                advanceIfIdle(at: now)
                return Transition(.moved(.stepFailed), note: why)
            }
            return notDone(id, why, at: now)
        case .succeeded(let evidence) where keys.isEmpty || lacks(.wordBelieved):
            items.update(id) { $0.mayHaveActed = true }
            settle(id, .done(evidence: evidence), by: .stepDone, at: now)
            if id.isUndo { markUndone(id, evidence: evidence) }
            advanceIfIdle(at: now)
            return Transition(.moved(id.isUndo ? .undoneStep : .stepDone), note: evidence)
        case .unknown(let why) where keys.isEmpty:
            items.update(id) { $0.mayHaveActed = true }
            settle(id, .unknown(why), by: .stepUnknown, at: now)
            advanceIfIdle(at: now)
            return Transition(.moved(.stepUnknown), note: why)
        case .succeeded(let text), .unknown(let text):
            item.state = .observing(outcome)
            item.reportedAt = now
            item.mayHaveActed = true
            items[id] = item
            output.requests.append(
                .observe(id, attempt: attempt, keys, notBefore: now, deadline: observationDeadline(item, at: now)))
            return Transition(.moved(.stepReported), note: text)
        }
    }

    /// Whether a step is awaited and retried as planned. Whoever asks to stop ends early what can be taken back; what takes
    /// it back, and what follows the promotion, is never cut short: clients would stay frozen behind it.
    private func goesOn(_ item: StepMachine) -> Bool {
        stopReason == nil || item.id.isUndo || state.kind == .committed
    }

    /// A performer may use its whole deadline; one look at what it left behind is always granted. It is a short one when the
    /// run was asked to stop: clients wait for the undo.
    private func observationDeadline(_ item: StepMachine, at now: Instant) -> Deadline {
        let look = now + .seconds(1)
        return goesOn(item) ? max(item.deadline, look) : look
    }

    mutating func observed(_ id: ItemID, _ attempt: Int, _ observations: [Observation], at now: Instant) -> Transition {
        guard acceptsAnswers else { return unexpected("an observation") }
        guard let item = items[id], isMeant(item, attempt) else {
            return .ignored("the observation is late: \(id) has gone on")
        }
        switch item.state {
        case .confirming:
            learn(observations, at: now)
            if !goesOn(item) {
                settle(id, .skipped("the run was stopped before the step was announced"), by: .interruptNoted, at: now)
            } else {
                announce(id, at: now)
            }
            let settled = items[id].flatMap { $0.isSettled ? $0 : nil }
            advanceIfIdle(at: now)
            return Transition(.moved(settled?.rule ?? .stepAnnounced), note: settled?.outcome?.text ?? "")
        case .observing(let report):
            let (known, owed) = (world, obligations)
            learn(observations, at: now)
            let transition = settleByObservation(item, report, evidence: observations.map(\.evidence), at: now)
            // What is not recorded leaves no trace, or a replay would know less than the run did (I9).
            if !transition.isRecorded { (world, obligations) = (known, owed) }
            return transition
        case .asking, .performing, .settled: return .ignored("the observation is late: \(id) has gone on")
        }
    }

    private mutating func settleByObservation(
        _ item: StepMachine, _ report: PerformOutcome, evidence: [String], at now: Instant
    ) -> Transition {
        guard let call = item.call, let definition = catalogue.action(call.action) else {
            return .illegal("\(item.id) performs nothing")
        }
        let mayWait = now + Self.shortestQuestion < item.deadline && goesOn(item) && !lacks(.notAwaited)
        switch believed(definition.settle(call, scope, item.before, world), mayWait: mayWait) {
        case .notDone(let why) where mayWait && isGone(item, at: now):
            return notDone(item.id, "\(why) (\(report.text))", at: now)
        case .done:
            let seen = evidence.filter { !$0.isEmpty }.joined(separator: "; ")
            settle(item.id, .done(evidence: seen), by: .stepDone, at: now)
            if item.id.isUndo { markUndone(item.id, evidence: seen) }
            advanceIfIdle(at: now)
            return Transition(.moved(item.id.isUndo ? .undoneStep : .stepDone), note: seen)
        case .diverged(let why):
            settle(item.id, .failed("diverged: \(why)"), by: .stepDiverged, at: now)
            advanceIfIdle(at: now)
            return Transition(.moved(.stepDiverged), note: why)
        case .notDone where mayWait, .unknown where mayWait:
            output.requests.append(
                .observe(
                    item.id, attempt: item.attempt, evidenceKeys(of: item), notBefore: now + Self.awaitInterval,
                    deadline: item.deadline))
            return Transition(.moved(.stepAwaited), isRecorded: false)
        case .notDone(let why): return notDone(item.id, "\(why) (\(report.text))", at: now)
        case .unknown(let why):
            settle(item.id, .unknown("\(why) (\(report.text))"), by: .stepUnknown, at: now)
            advanceIfIdle(at: now)
            return Transition(.moved(.stepUnknown), note: why)
        }
    }

    /// Whether the effect of a step that must go forward is not there long after its performer answered.
    private func isGone(_ item: StepMachine, at now: Instant) -> Bool {
        guard goesForward(item), let reported = item.reportedAt else { return false }
        return now - reported >= Self.effectPatience
    }

    /// What is tried until its deadline: the way back, and the routing after the promotion.
    private func goesForward(_ item: StepMachine) -> Bool {
        item.step.phase == .repoint || item.step.phase == .thaw || item.id.isUndo
    }

    /// Whether an answer is the one that the step waits for.
    private func isMeant(_ item: StepMachine, _ attempt: Int) -> Bool {
        item.attempt == attempt || lacks(.lateAnswerCounts)
    }

    /// What the run makes of a settlement that will not change by waiting.
    private func believed(_ settlement: Settlement, mayWait: Bool) -> Settlement {
        switch settlement {
        case .diverged where lacks(.divergedIsDone): .done
        case .notDone where !mayWait && lacks(.notDoneIsDone): .done
        case .unknown where !mayWait && lacks(.unknownIsDone): .done
        case .done, .notDone, .diverged, .unknown: settlement
        }
    }

    /// A step that was proved not done: tried again where that is allowed, else failed.
    private mutating func notDone(_ id: ItemID, _ why: String, at now: Instant) -> Transition {
        guard var item = items[id], let call = item.call else { return .illegal("\(id) performs nothing") }
        let goesForward = goesForward(item)
        let mayRetry =
            goesForward
            ? now + Self.forwardRetryInterval < item.deadline && !lacks(.noForwardRetry)
            : item.retriesLeft > 0 || lacks(.triesForEver)
        if mayRetry, goesOn(item) {
            item.attempt += 1
            if !goesForward {
                item.retriesLeft -= 1
                item.deadline = deadline(for: item.step, at: now)
                items[id] = item
                // What must be fresh is observed before every try, not before the first alone (R3).
                confirm(id, at: now)
                if items[id]?.isSettled == true { advanceIfIdle(at: now) }
                return Transition(.moved(.stepRetried), note: why)
            }
            item.state = .performing
            items[id] = item
            world.forget(changes(of: item).map(\.key), why: "\(id) is under way")
            if let definition = catalogue.action(call.action) {
                arm(id, definition.obligations(call, scope), at: now)
            }
            output.announced.append(call)
            output.requests.append(
                .perform(
                    id, attempt: item.attempt, call, notBefore: now + Self.forwardRetryInterval,
                    deadline: item.deadline))
            return Transition(.moved(.stepRetried), note: why)
        }
        settle(id, .failed(why), by: .stepFailed, at: now)
        advanceIfIdle(at: now)
        return Transition(.moved(.stepFailed), note: why)
    }

    mutating func settle(_ id: ItemID, _ outcome: StepOutcome, by rule: Rule, at now: Instant) {
        items.update(id) { $0.settle(outcome, by: rule, at: now) }
    }

    /// Takes over observations and discharges what they discharge.
    mutating func learn(_ observations: [Observation], at now: Instant) {
        for observation in observations { world.learn(observation, at: now) }
        for index in obligations.indices where obligations[index].isOpen {
            let isDischarged = obligations[index].terms.discharged.contains { change in
                guard case .known(let value, .observed(let seen)) = world[change.key] else { return false }
                return value == change.value && seen >= obligations[index].armedAt
            }
            if isDischarged || lacks(.dischargedUnseen) { obligations[index].dischargedAt = now }
        }
    }

    /// Whether any step can be at work in this state.
    private var acceptsAnswers: Bool {
        switch state {
        case .checking, .advancing, .committed, .undoing: true
        case .planned, .surveying, .holding, .reconciling, .halted, .finished: false
        }
    }

    private func unexpected(_ what: String) -> Transition {
        switch state {
        case .planned, .surveying: .illegal("\(what) before any step began")
        case .holding, .reconciling, .halted, .finished: .ignored("\(what) came after the run had stopped")
        case .checking, .advancing, .committed, .undoing: .illegal("\(what) that no step waits for")
        }
    }
}

extension PerformOutcome {
    /// The reason or the evidence.
    package var text: String {
        switch self {
        case .succeeded(let text), .failed(let text), .unknown(let text), .barred(let text): text
        }
    }
}
