import BatonCore

/// The invariants, judged on the truth at every change, at every event, at every rest.
extension Simulation {
    /// After every change of the truth.
    mutating func judgeTruth() {
        for node in truth.nodes.indices {
            watch.rivals[node] = truth.couldWrite(node) ? watch.rivals[node] ?? truth.now : nil
        }
        judgeWriters()
        while watch.judgedPromotions < truth.promotions.count {
            let promotion = truth.promotions[watch.judgedPromotions]
            watch.judgedPromotions += 1
            judge(promotion)
        }
        judgeFreezes()
        judgeWaits()
    }

    private mutating func judge(_ promotion: Truth.Promotion) {
        let node = truth.name(of: promotion.node)
        judgeLoss(of: promotion)
        guard !watch.harm.forcedWriter else { return }
        for rival in promotion.rivals where !isAccepted(rival) {
            watch.report(
                "R3", "\(node) was promoted although \(truth.name(of: rival)) would write after a restart by anybody",
                at: promotion.at, step: currentStep)
        }
    }

    /// How long a release may take beyond the budget: a guard that must first find out that nobody is there has its
    /// patience, its start and a server's start; Baton itself has none.
    private var freezeGrace: TimeSpan { watch.harm.baton ? .seconds(8) : .milliseconds(200) }

    /// R1 and I4: nobody waits longer than the budget while somebody could release them, and somebody is there.
    mutating func judgeFreezes() {
        guard !isHealing else { return }
        let budget = runs[0].plan.limits.freeze
        for pooler in truth.poolers {
            let held = truth.poolers[pooler.index].held ?? pooler.waitsSince.map { truth.now - $0 }
            judgeRelease(of: pooler)
            judgeOwnRepoint(of: pooler)
            truth.poolers[pooler.index].held = nil
            if let held { watch.longestHold = max(watch.longestHold, held) }
            guard let waited = held, waited > budget + freezeGrace, pooler.isUp, !pooler.isHung,
                watch.harm.poolers & (1 << UInt64(pooler.index)) == 0
            else { continue }
            let target = Target.pooler(truth.topology.poolers[pooler.index].name)
            guard let keeper = processes.lastIndex(where: { owes(target, $0.machine) }) else { continue }
            judge(keeper: processes[keeper], of: target, waited, budget)
        }
    }

    /// Whether a run owes it to the clients of a pooler to let them go.
    private func owes(_ pooler: Target, _ machine: RunMachine) -> Bool {
        machine.openObligations.contains { $0.terms.release.on == pooler }
    }

    private mutating func judge(
        keeper: SimulatedProcess, of target: Target, _ waited: TimeSpan, _ budget: TimeSpan
    ) {
        // Who waits for an operator has said so.
        guard keeper.isAlive || keeper.machine.state.kind != .halted else { return }
        if !keeper.isAlive, !keeper.endedAtRest, !watch.harm.guardian, keeper.kind == .owner {
            watch.report(
                "I4", "clients of \(target) have waited \(waited), Baton is dead, and nobody is there to release them",
                at: truth.now, step: currentStep)
        } else if keeper.isAlive, keeper.stoppedSince == nil, !keeper.sleptLong, mustRelease(keeper.machine) {
            watch.report(
                "R1", "clients of \(target) have waited \(waited), longer than the budget of \(budget)",
                at: truth.now, step: currentStep)
        }
    }

    /// R11: whose own repoint stands waits for no other.
    private mutating func judgeOwnRepoint(of pooler: SimulatedPooler) {
        let target = Target.pooler(truth.topology.poolers[pooler.index].name)
        guard pooler.holdsClients, let keeper = processes.last(where: { $0.run == 0 }), keeper.isAlive,
            keeper.kind == .owner, keeper.stoppedSince == nil, case .committed = keeper.machine.state,
            keeper.machine.plan.holdBefore != .thaw
        else { return }
        let items = keeper.machine.items.inOrder.filter { $0.id.target == target && !$0.id.isUndo }
        let repoints = items.filter { $0.step.phase == .repoint }
        guard let ended = repoints.compactMap(\.endedAt).max(), repoints.allSatisfy(\.succeeded),
            !items.contains(where: { $0.step.phase == .thaw }), truth.now - ended > .seconds(2)
        else { return }
        watch.report(
            "R11", "\(target) leads to new since \(truth.now - ended), and its clients wait for another's",
            at: truth.now, step: repoints.last?.id.step)
    }

    /// R11: clients are let go only towards a node that writes.
    private mutating func judgeRelease(of pooler: SimulatedPooler) {
        guard pooler.held != nil, let target = pooler.loadedTarget, !truth.nodes[target].acceptsWrites,
            watch.harm.nodes & (1 << UInt64(target)) == 0, watch.harm.poolers & (1 << UInt64(pooler.index)) == 0
        else { return }
        // An emergency that goes back leaves its clients as it found them.
        if let emergency, emergency.lost.contains(target), truth.promotions.isEmpty { return }
        watch.report(
            "R11",
            "clients of \(truth.topology.poolers[pooler.index].name) are let go towards "
                + "\(truth.name(of: target)), which does not write", at: truth.now, step: currentStep)
    }

    /// Whether nothing excuses that clients wait still. What becomes of old never does: before the promotion the reserve is
    /// there to start it again, after it nobody waits for it. A disturbed step does once the promotion is announced, and a
    /// disturbed undo always (R2).
    private func mustRelease(_ machine: RunMachine) -> Bool {
        let harm = watch.harm
        let old = truth.node(named: machine.binding.old) ?? 0
        guard harm.nodes & ~(1 << UInt64(old)) == 0, harm.poolers == 0, !harm.network else { return false }
        guard machine.hasAnnouncedPromotion else { return !harm.undo && machine.state.kind != .halted }
        return harm.steps.isEmpty && harm.defects.isDisjoint(with: [.diesPromoting, .brokenReload])
    }

    /// A pooler that gives its clients up before the budget is spent.
    private mutating func judgeWaits() {
        let budget = runs[0].plan.limits.freeze
        for index in truth.clients.indices {
            guard let waited = truth.clients[index].gaveUpAfter, waited < budget else { continue }
            truth.clients[index].gaveUpAfter = nil
            watch.report(
                "R1",
                "\(truth.topology.poolers[truth.clients[index].pooler].name) gave its clients an error after \(waited), "
                    + "within the freeze budget of \(budget)", at: truth.now, step: gateOfWaits ?? runs[0].freezingStep)
        }
    }

    /// Where the playbook itself says how long clients may wait in the pooler.
    private var gateOfWaits: StepID? {
        runs[0].plan.steps.first { $0.line != nil && $0.kind == .gate("pgbouncer.freeze-budget") }?.id
    }

    /// The step whose end turned a run back, halted it or failed, as its record tells; later undoing hides it in the machine.
    func culprit(of run: Int) -> StepID? {
        let turns: Set<RuleID> = [
            Rule.undoBegan.id, Rule.halted.id, Rule.stepFailed.id, Rule.stepUnknown.id, Rule.stepDiverged.id,
            Rule.gateRefused.id, Rule.conditionBroken.id, Rule.undoFailed.id,
        ]
        return runs[run].journal.entries.first { turns.contains($0.rule) }?.event.item?.step
    }

    /// The step that the first run stands at.
    var currentStep: StepID? {
        guard let machine = processes.last(where: { $0.run == 0 })?.machine else { return nil }
        let open = machine.order.compactMap { machine.items[$0] }.last { !$0.isSettled && $0.announcedAt != nil }
        return open?.id.step ?? machine.order.last?.step
    }

    /// After every event of a process.
    mutating func judge(_ event: Event, _ transition: Transition, of id: Int, recordedBefore: Int) {
        if case .illegal(let why) = transition.disposition {
            watch.report("I5", "an event that cannot be: \(why)", at: truth.now, step: currentStep)
        }
        guard options.replays else { return }
        let journal = runs[processes[id].run].journal
        var shadow = watch.shadows[id]
        if shadow == nil {
            let before = journal.entries.prefix(recordedBefore)
            shadow = RunLoop.replay(before, in: machine(for: processes[id].machine.plan))
        }
        for entry in journal.entries.dropFirst(recordedBefore) { _ = shadow?.handle(entry.event, at: entry.instant) }
        if let shadow, !shadow.isSame(as: processes[id].machine) {
            watch.report("I9", "a replay of the record differs after \(event)", at: truth.now, step: currentStep)
        }
        watch.shadows[id] = shadow
    }
}

extension RunState {
    var haltReason: String? {
        if case .halted(let halt) = self { return halt.reason }
        return nil
    }
}

extension RunMachine {
    /// Whether the promotion was ever announced.
    var hasAnnouncedPromotion: Bool {
        order.contains { id in
            guard !id.isUndo, let item = items[id] else { return false }
            return item.step.phase == .promote && item.announcedAt != nil
        }
    }

    /// Whether it looks at what a step has left behind, and began to no earlier than that. One such look of a second is
    /// granted past every deadline, and may end when the guard's patience does.
    func isObserving(since moment: Instant) -> Bool {
        items.inOrder.contains { item in
            if case .observing = item.state { return item.reportedAt.map { $0 >= moment } ?? false }
            return false
        }
    }

    /// Whether two machines would decide alike from here on.
    func isSame(as other: RunMachine) -> Bool {
        state == other.state && items == other.items && order == other.order && world == other.world
            && obligations == other.obligations && binding == other.binding && freezeBegan == other.freezeBegan
            && decisions == other.decisions && takeovers == other.takeovers && measurements == other.measurements
            && guardState == other.guardState && hasSameIntent(as: other)
    }
}

extension Event {
    /// The step that it answers.
    var item: ItemID? {
        switch self {
        case .judged(let item, _, _), .reported(let item, _, _), .observed(let item, _, _): item
        case .started, .surveyed, .interrupted, .leaseLost, .measured, .decided, .takenOver, .guardArmed, .guardLost,
            .released, .woken, .watched, .divergenceMeasured:
            nil
        }
    }
}
