import BatonCore

/// Whether a run heeds what it is told: by an operator, by its guard, by the sessions that hold its lease.
extension Simulation {
    /// After every event of a process.
    mutating func judgeWord(_ event: Event, _ transition: Transition, of id: Int, from before: RunState) {
        if case .guardArmed = event { processes[id].knowsGuarded = true }
        if case .judged(let item, _, let verdict) = event, verdict.allows { processes[id].passed.insert(item) }
        for case .perform(let item, _, let call, _, _) in transition.requests where !item.isUndo {
            guard let phase = processes[id].machine.plan.step(item.step)?.phase else { continue }
            judge(sending: call, phase, item.step, of: id)
            judgeGround(phase, item, of: id)
            if call.action == runs[processes[id].run].promotion, !wasPastNoReturn(id) {
                judgePromotionOrder(item.step, of: id)
            }
        }
        switch event {
        case .interrupted(let by): askToStop(id, why: "\(by) asked it to stop", from: before)
        case .leaseLost(let node, _):
            // The fence ends the session on old.
            let isFenced = node == processes[id].machine.binding.old && hasAnnounced(.fence, of: id)
            if !isFenced, !isPastNoReturn(id) { askToStop(id, why: "its lease on \(node) was lost", from: before) }
        case .guardLost: processes[id].knowsUnguarded = true
        case .decided(let decision): judge(decision, transition, of: id, from: before)
        case .takenOver(let takeover):
            judgeTakeover(takeover, transition, of: id, from: before)
            if takeover.purpose == .abort, case .moved = transition.disposition, isPastNoReturn(id) {
                watch.report(
                    "R5", "a run was aborted after its promotion was announced", at: truth.now, step: currentStep)
            }
        case .judged(let item, _, _): judgePatience(item, transition, of: id)
        case .reported(let item, _, _), .observed(let item, _, _): judgeClaim(item, transition, of: id)
        case .surveyed: judgeLook(of: id, from: before)
        case .started, .measured, .guardArmed, .released, .woken, .watched, .divergenceMeasured: break
        }
    }

    private mutating func judge(sending call: Call, _ phase: Phase, _ step: StepID, of id: Int) {
        let process = processes[id]
        if let stop = process.stopAsked, stop.isPastNoReturn ? phase >= .finish : true {
            watch.report(
                "stop", "\(stop.why), and \(call.action) on \(call.on) was announced after that", at: truth.now,
                step: step)
        }
        if phase == .freeze, process.knowsUnguarded || !process.knowsGuarded {
            watch.report(
                "I4", "clients are held, and nobody would release them if \(name(of: id)) died", at: truth.now,
                step: step)
        }
        if process.kind == .guardian, process.tookOverHalt {
            watch.report(
                "I5", "a run that waits for an operator went on without one: \(call.action) on \(call.on)",
                at: truth.now, step: step)
        }
        judgeHold(call, phase, step, of: id)
    }

    /// What must be true when the promotion is ordered for the first time.
    private mutating func judgePromotionOrder(_ step: StepID, of id: Int) {
        let process = processes[id]
        let plan = process.machine.plan
        guard let new = truth.node(named: process.machine.binding.new) else { return }
        let began = process.machine.items.values.last { $0.id.step == step && !$0.id.isUndo }?.startedAt ?? truth.now
        for (rival, since) in watch.rivals.sorted(by: { $0.key < $1.key })
        where rival != new && since <= began && !isAccepted(rival) {
            watch.report(
                "R3",
                "the promotion is ordered, and \(truth.name(of: rival)) could have written for "
                    + "\(truth.now - since)", at: truth.now, step: step)
        }
        let isSettled = watch.lastFault.map { $0 <= began } ?? true
        let isHeard =
            truth.network.connects(.baton, .node(new)) && !truth.nodes[new].isHung && truth.nodes[new].isUp
        if emergency != nil {
            if isSettled { judgeEvidence(process.machine, step) }
        } else if isSettled, let old = truth.node(named: process.machine.binding.old),
            !truth.network.connects(.baton, .host(old))
        {
            watch.report("R7", "the promotion is ordered, and nobody hears from old's host", at: truth.now, step: step)
        }
        if isSettled, !isHeard {
            watch.report("R5", "the promotion is ordered, and nobody hears from new", at: truth.now, step: step)
        }
        let limit = plan.limits.freeze - plan.limits.undoReserve + .milliseconds(100)
        if let since = truth.poolers.compactMap(\.waitsSince).min(), truth.now - since > limit {
            watch.report(
                "R1",
                "the promotion is ordered after clients have waited \(truth.now - since), and nothing is left "
                    + "for the way back", at: truth.now, step: step)
        }
    }

    /// What is awaited is awaited to its deadline.
    private mutating func judgePatience(_ id: ItemID, _ transition: Transition, of process: Int) {
        let machine = processes[process].machine
        guard let item = machine.items[id], item.step.isAwaited, item.rule == .gateRefused,
            processes[process].stopAsked == nil
        else { return }
        let limits = machine.plan.limits
        let own = item.startedAt + item.step.deadline
        let budget = machine.freezeBegan.map { $0 + limits.freeze - limits.undoReserve } ?? own
        let end = item.step.phase < .promote ? min(own, budget) : own
        guard truth.now + .milliseconds(100) < end else { return }
        watch.report(
            "patience", "\(id) was given up \(end - truth.now) before its deadline", at: truth.now, step: id.step)
    }

    /// A run that was to ask before a phase asks, once.
    private mutating func judgeHold(_ call: Call, _ phase: Phase, _ step: StepID, of id: Int) {
        guard let wanted = processes[id].machine.plan.holdBefore, phase >= wanted, processes[id].kind == .owner,
            !processes[id].wasAsked
        else { return }
        watch.report(
            "hold", "\(call.action) on \(call.on) was announced, and nobody was asked before \(wanted.rawValue)",
            at: truth.now, step: step)
    }

    /// Nothing stands against an operator who goes on, or back while there is a way back.
    private mutating func judgeTakeover(
        _ takeover: Takeover, _ transition: Transition, of id: Int, from before: RunState
    ) {
        guard case .ignored(let why) = transition.disposition else { return }
        let mustHeed: Bool
        switch before {
        case .planned, .surveying, .checking, .advancing, .undoing: mustHeed = takeover.purpose != .decide
        case .committed: mustHeed = takeover.purpose == .resume
        case .halted: mustHeed = takeover.purpose == .resume || takeover.purpose == .decide
        case .holding, .reconciling, .finished: mustHeed = false
        }
        guard mustHeed else { return }
        watch.report(
            "R17", "\(takeover.by)'s \(takeover.purpose.rawValue) is not heeded: \(why)", at: truth.now,
            step: currentStep)
    }

    private mutating func askToStop(_ id: Int, why: String, from before: RunState) {
        switch before {
        // Nothing that it is told now changes what it does.
        case .undoing, .halted, .finished, .reconciling: return
        case .planned, .surveying, .checking, .advancing, .holding, .committed: break
        }
        guard processes[id].stopAsked == nil else { return }
        let isPast = isPastNoReturn(id)
        // Who has begun to finish finishes.
        if hasAnnounced(.finish, of: id) { return }
        if case .committed(let group) = before, runs[processes[id].run].plan.groups[group].phase == .finish { return }
        processes[id].stopAsked = SimulatedProcess.StopAsked(why: why, isPastNoReturn: isPast)
    }

    /// Whether the promotion was announced before the last record.
    private func wasPastNoReturn(_ id: Int) -> Bool {
        let run = runs[processes[id].run]
        return run.journal.entries.dropLast().contains { $0.announced.contains { $0.action == run.promotion } }
    }

    private func isPastNoReturn(_ id: Int) -> Bool { hasAnnounced(.promote, of: id) }

    /// Whether the run's record announces a step of that phase or a later one.
    private func hasAnnounced(_ phase: Phase, of id: Int) -> Bool {
        let run = runs[processes[id].run]
        let earlier = run.plan.steps.filter { $0.phase < phase }.map(\.kind)
        let actions = run.plan.steps.filter { $0.phase >= phase }.map(\.kind).filter { !earlier.contains($0) }
        return run.journal.entries.contains { entry in
            entry.announced.contains { actions.contains(.act($0.action)) }
        }
    }

    // MARK: Decisions

    /// R5, R17: what may be decided is carried out, and nothing else is.
    private mutating func judge(_ decision: Decision, _ transition: Transition, of id: Int, from before: RunState) {
        guard case .halted(let halt) = before else { return }
        let machine = processes[id].machine
        let phase = machine.plan.step(decision.item.step)?.phase
        let isGuarded = phase.map { $0 >= .fence && $0 <= .promote } ?? false
        let isOpen = halt.open.contains(decision.item)
        let isHeeded: Bool
        switch transition.disposition {
        case .moved: isHeeded = true
        case .ignored, .illegal: isHeeded = false
        }
        let words = "the operator's \(decision.choice.rawValue) for \(decision.item)"
        if !isHeeded {
            let mustHeed: Bool
            switch decision.choice {
            case .retry: mustHeed = isOpen
            case .done, .skip: mustHeed = isOpen && !isGuarded
            case .returnToOld: mustHeed = isOpen && halt.beforePointOfNoReturn
            }
            if mustHeed { watch.report("R17", "\(words) is not heeded", at: truth.now, step: decision.item.step) }
            return
        }
        guard isOpen || decision.choice == .retry && halt.open.isEmpty else {
            return watch.report(
                "R17", "\(words) is carried out, and it waits for none", at: truth.now, step: decision.item.step)
        }
        guard !decision.item.isUndo else { return }
        switch decision.choice {
        case .retry: break
        case .skip where isGuarded:
            watch.report("R17", "\(words) is carried out", at: truth.now, step: decision.item.step)
        case .done where isGuarded && !isTrue(phase, machine.binding):
            watch.report("R17", "\(words) is carried out, and it is not true", at: truth.now, step: decision.item.step)
        case .returnToOld where !halt.beforePointOfNoReturn && isTrue(.promote, machine.binding):
            watch.report(
                "R5", "\(words) is carried out, and new is the primary", at: truth.now, step: decision.item.step)
        case .done, .skip, .returnToOld: break
        }
    }

    /// Whether what a phase is there for has come about.
    private func isTrue(_ phase: Phase?, _ binding: Binding) -> Bool {
        switch phase {
        case .promote?: truth.node(named: binding.new).map { truth.nodes[$0].acceptsWrites } ?? false
        case .fence?: truth.node(named: binding.old).map { !truth.couldWrite($0) } ?? false
        case .catchUp?: true
        case .preflight?, .prepare?, .freeze?, .repoint?, .thaw?, .verify?, .finish?, nil: true
        }
    }
}
