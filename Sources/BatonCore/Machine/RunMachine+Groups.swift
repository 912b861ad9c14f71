/// How groups follow each other, and what a failure means in each phase.
extension RunMachine {
    /// Whether no step is at work.
    private var isIdle: Bool { items.countAtWork == 0 }

    /// Begins every step of a group on every one of its targets, but for those that began early.
    mutating func begin(group index: Int, at now: Instant) {
        for step in plan.groups[index].steps {
            for target in scope.targets(of: step.on) where !items.contains(ItemID(step.id, on: target)) {
                begin(step, on: target, group: index, at: now)
            }
        }
    }

    private mutating func begin(_ step: PlanStep, on target: Target, group: Int, at now: Instant) {
        let call: Call? =
            switch step.kind {
            case .act(let action): Call(action, on: target, step.arguments)
            case .gate: nil
            }
        start(
            StepMachine(
                id: ItemID(step.id, on: target), step: step, call: call, group: group, at: now,
                deadline: deadline(for: step, at: now)),
            at: now)
    }

    /// Goes on when nothing is at work any more. Called after every settlement.
    mutating func advanceIfIdle(at now: Instant) {
        thawEarly(at: now)
        measureDivergence(at: now)
        while isIdle {
            let before = state
            switch state {
            case .planned, .surveying, .holding, .reconciling, .halted, .finished: return
            case .checking(let group): leavePreflight(group, at: now)
            case .advancing(let group): leaveReversible(group, at: now)
            case .committed(let group): leaveCommitted(group, at: now)
            case .undoing: continueUndo(at: now)
            }
            if state == before, isIdle { return }
        }
    }

    /// Items of a group that did not end as the plan wants, but for those of which that is not asked.
    func failures(in group: Int) -> [StepMachine] {
        items.inOrder.filter { $0.group == group && !$0.id.isUndo && !$0.succeeded && !$0.step.isBestEffort }
    }

    private mutating func leavePreflight(_ group: Int, at now: Instant) {
        if let why = refusal(of: group) {
            // A run that goes on after its process ended may have prepared something already; it is taken back.
            guard !items.inOrder.contains(where: { $0.announcedAt != nil }) || lacks(.noUndo) else {
                return beginUndo(because: why, at: now)
            }
            return finish(stopReason?.isInterrupt == true ? .interrupted(why) : .refused(why))
        }
        // A rejoin concerns no client, and may take hours; nor does a standing order.
        if plan.continues == nil, plan.mode != .rejoin {
            canaryRuns = true
            output.requests.append(.startCanary)
        }
        askForGuard(at: now)
        state = .advancing(group: group)
    }

    /// Why the run goes no further than preflight.
    private func refusal(of group: Int) -> String? {
        if let stopReason { return stopReason.why }
        // In an emergency that is none, and where nobody can come back to anybody, the gates, asked of the nodes that were
        // assumed, are beside the point.
        if plan.mode != .planned, !isBound, let unboundBecause { return unboundBecause }
        let failed = failures(in: group)
        if !failed.isEmpty, !lacks(.preflightIgnored) {
            return failed.map { "\($0.step.kind.name) on \($0.id.target)" }.joined(separator: ", ")
        }
        return isBound || lacks(.bindingGuessed) ? nil : unboundBecause ?? "nobody was asked who is the primary"
    }

    private mutating func leaveReversible(_ group: Int, at now: Instant) {
        let isIgnored = plan.groups[group].phase == .preflight && lacks(.preflightIgnored)
        let failed = isIgnored ? [] : failures(in: group)
        var reason = stopReason?.why ?? failed.first.map(self.reason)
        if reason == nil {
            switch mayFreeze(after: group) {
            case .goOn: break
            case .wait: return
            case .refuse(let why): reason = why
            }
        }
        if let reason {
            guard items.inOrder.contains(where: { $0.announcedAt != nil }), !lacks(.noUndo) else {
                return finish(stopReason?.isInterrupt == true ? .interrupted(reason) : .refused(reason))
            }
            return beginUndo(because: reason, at: now)
        }
        if group + 1 < plan.groups.count {
            enter(group: group + 1, isCommitted: false, at: now)
        } else if !isMeasuringDivergence {
            complete([])
        }
    }

    private mutating func leaveCommitted(_ group: Int, at now: Instant) {
        let phase = plan.groups[group].phase
        let next = group + 1 < plan.groups.count ? plan.groups[group + 1].phase : nil
        let failed = items.inOrder
            .filter {
                $0.group <= group && !$0.id.isUndo && !$0.succeeded
                    && ($0.step.phase >= .promote || isStandingOrder($0.id))
            }
            .filter { !$0.step.isBestEffort }
        // Routing goes on to the end of thaw whatever failed or was asked, so that whoever can write again does.
        let isPromoted = failed.allSatisfy { isStandingOrder($0.id) }
        let isRouting = phase == .repoint || phase == .thaw || phase == .promote && isPromoted
        let mayGoOn = isRouting && (next == .repoint || next == .thaw) && !(lacks(.routingStops) && !failed.isEmpty)
        let isAtEnd = !mayGoOn && phase != .finish && (!failed.isEmpty || stopReason != nil) || next == nil
        if isAtEnd, isMeasuringDivergence { return }
        if !mayGoOn, phase != .finish, !failed.isEmpty || stopReason != nil, !lacks(.noHalt) {
            return halt(group, failed, because: failed.first.map(reason) ?? stopReason?.why ?? "stopped")
        }
        guard let next else { return complete(failed) }
        if phase <= .verify, next == .finish { stopCanary() }
        enter(group: group + 1, isCommitted: true, at: now)
    }

    /// A pooler whose own part of a routing step is verified goes on at once, to the next one and to the thaw; it does not
    /// wait for the others (R11).
    private mutating func thawEarly(at now: Instant) {
        guard case .committed(let group) = state, plan.groups[group].phase == .repoint, !lacks(.noEarlyThaw) else {
            return
        }
        let repoints = plan.groups.indices.filter { plan.groups[$0].phase == .repoint }
        for next in repoints where next > group { beginEarly(next, after: repoints.filter { $0 < next }, at: now) }
        guard !holdsBefore(.thaw), let thaw = plan.groups.indices.first(where: { plan.groups[$0].phase == .thaw })
        else { return }
        beginEarly(thaw, after: repoints, at: now)
    }

    /// Begins a group's steps on the targets that have a part in the groups before it and are through with all of it.
    private mutating func beginEarly(_ group: Int, after earlier: [Int], at now: Instant) {
        for step in plan.groups[group].steps {
            for target in scope.targets(of: step.on) where !items.contains(ItemID(step.id, on: target)) {
                let own = earlier.flatMap { plan.groups[$0].steps }.filter { scope.targets(of: $0.on).contains(target) }
                let isThrough = own.allSatisfy { items[ItemID($0.id, on: target)]?.succeeded == true }
                if !own.isEmpty, isThrough { begin(step, on: target, group: group, at: now) }
            }
        }
    }

    private func reason(_ item: StepMachine) -> String {
        "\(item.step.kind.name) on \(item.id.target) \(item.outcome?.word ?? "stopped"): \(item.outcome?.text ?? "")"
    }

    private mutating func halt(_ group: Int, _ failed: [StepMachine], because reason: String) {
        stopCanary()
        state = .halted(
            Halt(reason: reason, open: failed.map(\.id), group: group, beforePointOfNoReturn: false))
        output.requests.append(.rest)
    }

    /// The service is on new and verified; steps of `finish` that failed and obligations that are open are named.
    private mutating func complete(_ failed: [StepMachine]) {
        let left =
            lacks(.owedForgotten) ? [] : failed.map(reason) + openObligations.map(\.terms.owed) + owedPoolers
        finish(left.isEmpty ? .completed : .completedWithObligations(left))
    }

    /// What a lost pooler is owed. `resume` does it once the pooler answers.
    private var owedPoolers: [String] {
        binding.lostPoolers.map { "pooler \($0) did not answer and is to be led to \(binding.new) when it is back" }
    }

    mutating func finish(_ outcome: RunOutcome) {
        stopCanary()
        state = .finished(outcome)
        output.requests.append(.rest)
    }

    /// Verify wants a write along each route. A process that took the run over has no canary yet; it writes only once clients
    /// go on, because a new client of a paused PgBouncer makes it wait `server_login_retry` before it serves the others (R12).
    mutating func startCanaryAgain() {
        guard !canaryRuns else { return }
        canaryRuns = true
        output.requests.append(.startCanary)
    }

    mutating func stopCanary() {
        guard canaryRuns else { return }
        canaryRuns = false
        output.requests.append(.stopCanary)
    }
}
