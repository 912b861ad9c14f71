/// How single steps begin, are announced and settle.
extension RunMachine {
    /// Time between two looks at something that is awaited. A promotion takes about 25 ms, so a millisecond is noise.
    static let awaitInterval = TimeSpan.milliseconds(1)
    /// How much must be left to ask again what is awaited. A question that the deadline cut off would put “no answer in time”
    /// in the place of the answer that was there.
    static let shortestQuestion = TimeSpan.milliseconds(50)
    /// Time between two tries of a step that must go forward.
    static let forwardRetryInterval = TimeSpan.milliseconds(100)
    /// How long an effect may not be seen after its performer has answered, before a step that must go forward is sent again:
    /// something else has undone it since, or it never came. Each of them is safe to send twice.
    static let effectPatience = TimeSpan.seconds(3)
    /// How often at most a step is sent whose effect nobody can see. A server that hangs is mended by the second start; one
    /// that only Baton does not reach should not be started for ever.
    static let blindTries = 3

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
    mutating func confirm(_ id: ItemID, at now: Instant) {
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
        guard let call = item.call, let definition = catalogue.action(call.action), !isStandingOrder(item.id) else {
            return []
        }
        return definition.requires(call, scope, plan.mode)
    }

    func changes(of item: StepMachine) -> [Change] {
        guard let call = item.call, let definition = catalogue.action(call.action) else { return [] }
        return definition.changes(call, scope)
    }

    /// Announces a step whose conditions hold, and settles it as failed otherwise.
    mutating func announce(_ id: ItemID, at now: Instant) {
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
        if let end = freezeEnd, item.step.phase < .promote, !id.isUndo, !isStandingOrder(id), !lacks(.noReserve) {
            item.deadline = min(item.deadline, end)
        }
        if isPointOfNoReturn {
            item.deadline = now + item.step.deadline
            if !lacks(.noPointOfNoReturn) {
                if state.kind != .committed { keepWatch(at: now) }
                state = .committed(group: item.group)
            }
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
    mutating func arm(_ id: ItemID, _ terms: [ObligationTerms], at now: Instant) {
        // What a fence owes before the promotion is not owed after it.
        guard !isStandingOrder(id) else { return }
        obligations.removeAll { $0.item == id && !$0.isOpen }
        guard !obligations.contains(where: { $0.item == id }), !lacks(.obligationsUnarmed) else { return }
        obligations += terms.map { Obligation(terms: $0, item: id, armedAt: now, dischargedAt: nil) }
    }

    func deadline(for step: PlanStep, at now: Instant) -> Deadline {
        let own = now + step.deadline
        guard let end = freezeEnd, step.phase < .promote, !lacks(.noReserve) else { return own }
        return min(own, end)
    }

    func witnesses(of item: StepMachine) -> [FactKey] {
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
    var acceptsAnswers: Bool {
        switch state {
        case .checking, .advancing, .committed, .undoing: true
        // A standing order is carried out while the run holds, too.
        case .holding(let hold): hold.isCommitted
        case .planned, .surveying, .reconciling, .halted, .finished: false
        }
    }

    func unexpected(_ what: String) -> Transition {
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
