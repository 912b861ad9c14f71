import BatonCore

/// The invariants, judged on the truth at every change, at every event, at every rest.
extension Simulation {
    /// After every change of the truth.
    mutating func judgeTruth() {
        let writers = truth.writers
        if writers.count > 1 {
            watch.report(
                "I1", "\(writers.map { truth.name(of: $0) }.joined(separator: " and ")) accept writes at the same time",
                at: truth.now, step: currentStep)
        }
        while watch.judgedPromotions < truth.promotions.count {
            let promotion = truth.promotions[watch.judgedPromotions]
            watch.judgedPromotions += 1
            let node = truth.name(of: promotion.node)
            if promotion.missesAcknowledged {
                watch.report(
                    "I3", "\(node) was promoted without a write that a client holds an acknowledgement for",
                    at: promotion.at, step: currentStep)
            }
            for rival in promotion.rivals {
                let name = truth.name(of: rival)
                watch.report(
                    "R3", "\(node) was promoted although \(name) would write after a restart by anybody",
                    at: promotion.at, step: currentStep)
            }
        }
        judgeFreezes()
    }

    /// How long a release may take beyond the budget: the guard's grace, its start, and a server's start.
    private static let freezeGrace = TimeSpan.seconds(3)

    /// R1: before the promotion is announced, nobody waits longer than the budget while somebody is there to release them.
    private mutating func judgeFreezes() {
        let limit = runs[0].plan.limits.freeze + Self.freezeGrace
        for pooler in truth.poolers {
            guard let since = pooler.waitsSince, truth.now - since > limit, pooler.isUp, !pooler.isHung else { continue }
            guard truth.network.connects(.baton, .pooler(pooler.index)), !watch.serversWereHurt else { continue }
            guard let keeper = processes.last(where: { $0.run == 0 }), keeper.isAlive, keeper.stoppedSince == nil,
                !keeper.sleptLong,
                !keeper.machine.hasAnnouncedPromotion, keeper.machine.state.kind != .halted
            else { continue }
            watch.report(
                "R1",
                "clients of \(truth.topology.poolers[pooler.index].name) have waited \(truth.now - since), "
                    + "longer than the budget of \(runs[0].plan.limits.freeze)",
                at: truth.now, step: currentStep)
        }
    }

    /// The step that the first run stands at.
    private var currentStep: StepID? {
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
            shadow = RunLoop.replay(before, plan: processes[id].machine.plan, catalogue: catalogue)
        }
        for entry in journal.entries.dropFirst(recordedBefore) { _ = shadow?.handle(entry.event, at: entry.instant) }
        if let shadow, !shadow.isSame(as: processes[id].machine) {
            watch.report("I9", "a replay of the record differs after \(event)", at: truth.now, step: currentStep)
        }
        watch.shadows[id] = shadow
    }

    /// When a process has come to rest by itself: what it says must be so.
    mutating func judgeRest(of id: Int) {
        let machine = processes[id].machine
        let run = processes[id].run
        let sent = run < watch.effects.count ? watch.effects[run] : 0
        switch machine.state {
        case .finished(.refused), .finished(.interrupted), .finished(.alreadyThere):
            if sent > 0 {
                watch.report("I8", "the run says that nothing was changed, and \(sent) effects were sent", at: truth.now)
            }
        case .finished(.completed), .finished(.completedWithObligations): judgeCompletion(machine)
        case .finished(.rolledBack): judgeRollback(machine)
        case .halted(let halt): judgeHalt(machine, halt)
        case .planned, .surveying, .checking, .advancing, .holding, .committed, .undoing, .reconciling:
            watch.report("I5", "a process ended in \(machine.state.kind.rawValue)", at: truth.now)
        }
    }

    /// Whether a fault came after the run had looked for the last time.
    private func isUndisturbed(since phase: Phase, _ machine: RunMachine) -> Bool {
        guard let fault = watch.lastFault else { return true }
        let began = machine.items.values.filter { $0.step.phase >= phase && !$0.id.isUndo }.map(\.startedAt).min()
        return began.map { fault < $0 } ?? false
    }

    private mutating func judgeCompletion(_ machine: RunMachine) {
        guard let new = truth.node(named: machine.binding.new), machine.plan.promotion != nil else {
            return
        }
        for item in machine.items.values where !item.id.isUndo {
            if case .skipped = item.outcome, !machine.decisions.contains(where: { $0.item == item.id }) {
                watch.report("I8", "\(item.id) was skipped and nobody decided that", at: truth.now, step: item.id.step)
            }
        }
        guard isUndisturbed(since: .verify, machine) else { return }
        if !truth.nodes[new].acceptsWrites {
            watch.report("I6", "the run says completed, and \(machine.binding.new) does not write", at: truth.now)
        }
        for pooler in truth.poolers where pooler.isUp && (pooler.holdsClients || pooler.loadedTarget != new) {
            let name = truth.topology.poolers[pooler.index].name
            watch.report(
                "I6", "the run says completed, and clients of \(name) do not reach \(machine.binding.new)",
                at: truth.now)
        }
    }

    private mutating func judgeRollback(_ machine: RunMachine) {
        // Another Baton may have moved the primary meanwhile; then nothing is as before.
        guard truth.promotions.isEmpty, isUndisturbed(since: .preflight, machine) || !watch.serversWereHurt,
            let old = truth.node(named: machine.binding.old)
        else { return }
        if !truth.nodes[old].acceptsWrites, truth.network.isWhole, !truth.nodes[old].diedByFault {
            watch.report("I6", "the run says rolled back, and \(machine.binding.old) does not write", at: truth.now)
        }
        for pooler in truth.poolers where pooler.isUp && pooler.holdsClients {
            let name = truth.topology.poolers[pooler.index].name
            watch.report("I4", "the run says rolled back, and clients of \(name) wait", at: truth.now)
        }
    }

    /// I4: who halts with clients waiting says so, with the command that releases them.
    private mutating func judgeHalt(_ machine: RunMachine, _ halt: Halt) {
        for pooler in truth.poolers where pooler.isUp && pooler.holdsClients {
            let target = Target.pooler(truth.topology.poolers[pooler.index].name)
            let isNamed = machine.openObligations.contains { $0.terms.release.on == target }
            if !isNamed {
                watch.report("I4", "the run waits for an operator and does not say that clients of \(target) wait", at: truth.now)
            }
        }
    }

    /// When everything has healed and an operator has done what was asked: the service is whole.
    mutating func judgeEnd() {
        for run in runs.indices where !runs[run].processes.isEmpty && !runs[run].journal.isClosed {
            let machine = RunLoop.replay(runs[run].journal.entries, plan: runs[run].plan, catalogue: catalogue)
            if case .finished(.completedWithObligations) = machine.state { continue }
            watch.report(
                "I5", "no order of an operator ends the run: it is \(machine.state.kind.rawValue)"
                    + (machine.state.haltReason.map { " (\($0))" } ?? ""), at: truth.now)
        }
        let writers = truth.writers
        guard let primary = writers.first, writers.count == 1 else {
            return watch.report("I5", "after all is repaired \(writers.isEmpty ? "no node writes" : "several nodes write")", at: truth.now)
        }
        for mark in truth.acknowledged where !truth.nodes[primary].log.covers(mark.timeline, upTo: mark.position) {
            watch.report("I3", "an acknowledged write is missing on \(truth.name(of: primary))", at: truth.now)
            break
        }
        for pooler in truth.poolers where pooler.holdsClients {
            watch.report(
                "I4", "clients of \(truth.topology.poolers[pooler.index].name) still wait at the end", at: truth.now)
        }
        // What was broken before the run and refused by it is not the run's doing.
        guard watch.effects.contains(where: { $0 > 0 }) else { return }
        truth.clientsTry()
        for index in truth.clients.indices where truth.clients[index].lastAcknowledgedAt != truth.now {
            watch.report(
                "I2", "clients of \(truth.topology.routes[index].name) cannot write at the end", at: truth.now)
        }
        if truth.nodes.allSatisfy({ $0.systemIdentifier == truth.nodes[primary].systemIdentifier }) { judgeSlots() }
    }

    /// A slot that nobody uses keeps log until the disk is full: it must be named as owed.
    private mutating func judgeSlots() {
        let machines = runs.filter { !$0.processes.isEmpty }.map {
            RunLoop.replay($0.journal.entries, plan: $0.plan, catalogue: catalogue)
        }
        for node in truth.nodes where node.process == .running {
            for owner in truth.nodes.indices where node.slots & (1 << UInt64(owner)) != 0 {
                guard node.senders & (1 << UInt64(owner)) == 0 else { continue }
                let name = truth.topology.nodes[owner].slotName
                let isNamed = machines.contains { machine in
                    machine.openObligations.contains {
                        $0.terms.owed.contains("slot \(name) on \(truth.name(of: node.index))")
                    }
                }
                if !isNamed {
                    watch.report(
                        "R14",
                        "slot \(name) on \(truth.name(of: node.index)) keeps log for nobody, and no report says so",
                        at: truth.now)
                }
            }
        }
    }
}

extension RunState {
    var haltReason: String? {
        if case .halted(let halt) = self { return halt.reason }
        return nil
    }
}

extension Plan {
    /// The step behind which there is no way back.
    var promotion: PlanStep? { steps.first { $0.phase == .promote && !$0.kind.isGate } }
}

extension RunMachine {
    /// Whether the promotion was ever announced.
    var hasAnnouncedPromotion: Bool {
        items.values.contains { $0.step.phase == .promote && $0.announcedAt != nil && !$0.id.isUndo }
    }

    /// Whether two machines would decide alike from here on.
    func isSame(as other: RunMachine) -> Bool {
        state == other.state && items == other.items && order == other.order && world == other.world
            && obligations == other.obligations && binding == other.binding && freezeBegan == other.freezeBegan
            && decisions == other.decisions
    }
}
