import BatonActions
import BatonCore

/// Whether the ground that a step stands on is there when it is ordered.
extension Simulation {
    mutating func judgeGround(_ phase: Phase, _ item: ItemID, of id: Int) {
        let machine = processes[id].machine
        func report(_ invariant: String, _ what: String) {
            watch.report(invariant, "\(item) is ordered, and \(what)", at: truth.now, step: item.step)
        }
        if phase < .promote, !hasPassed(id) {
            report("I3", "this process has not seen every gate of preflight pass")
        }
        guard let new = truth.node(named: machine.binding.new), let old = truth.node(named: machine.binding.old) else {
            return
        }
        let isOld = watch.rivals[new].map { truth.now - $0 > .seconds(1) } ?? false
        if phase == .promote, machine.decisions.isEmpty, truth.nodes[new].acceptsWrites, isOld,
            knowsFaults(id, since: processes[id].beganAt)
        {
            report("R5", "new is the primary already")
        }
        switch phase {
        case .fence where item.target.name == machine.binding.old && emergency == nil:
            let isFollowing = truth.nodes[new].isStreaming && truth.nodes[new].upstream == old
            if !isFollowing, knowsFaults(id, since: machine.items[item]?.startedAt) {
                report("R4", "new does not stream from old")
            }
        case .repoint where machine.items[item]?.call?.action == Hasten.id:
            if let pooler = truth.pooler(named: item.target.name), truth.poolers[pooler].loadedTarget != new,
                knowsFaults(id, since: machine.items[item]?.startedAt)
            {
                report("R12", "\(item.target.name) is to read its file again first, which ends what was set")
            }
        case .repoint, .thaw:
            if processes[id].kind != .owner, !truth.nodes[new].acceptsWrites,
                knowsFaults(id, since: processes[id].beganAt)
            {
                report("R11", "new does not write")
            }
        case .preflight, .prepare, .freeze, .fence, .catchUp, .promote, .verify, .finish: break
        }
    }

    private func hasPassed(_ id: Int) -> Bool {
        let process = processes[id]
        return process.machine.order.allSatisfy { item in
            guard let step = process.machine.items[item]?.step, step.phase == .preflight, step.kind.isGate else {
                return true
            }
            return process.passed.contains(item)
        }
    }

    /// Whether no fault came after a look could have seen it.
    private func knowsFaults(_ id: Int, since moment: Instant?) -> Bool {
        guard let fault = watch.lastFault, let moment else { return true }
        return fault < moment
    }

    /// An operator's `resume` goes on where nobody waits and all is well.
    mutating func judgeLook(of id: Int, from before: RunState) {
        guard emergency == nil, case .reconciling(let takeover) = before, takeover.purpose == .resume else { return }
        let machine = processes[id].machine
        switch machine.state {
        case .undoing, .finished(.rolledBack), .finished(.interrupted): break
        case .planned, .surveying, .checking, .advancing, .holding, .committed, .reconciling, .halted, .finished: return
        }
        let entries = runs[processes[id].run].journal.entries.dropLast()
        guard entries.last(where: { $0.state != .reconciling })?.state == .advancing, machine.freezeBegan == nil,
            truth.network.isWhole, truth.nodes.allSatisfy({ $0.isUp && !$0.isHung }),
            truth.writers.map({ truth.name(of: $0) }) == [machine.binding.old],
            // A candidate that was silent when the run began goes before the one that was bound in its place.
            let preferred = machine.plan.candidates.first(where: {
                truth.node(named: $0).map { truth.nodes[$0].inRecovery } ?? false
            }), preferred == machine.binding.new
        else { return }
        watch.report(
            "R17", "\(takeover.by) wants the run to go on, nobody waits and all is well, and it goes back",
            at: truth.now, step: currentStep)
    }
}
