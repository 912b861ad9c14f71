import BatonCore

/// How an emergency is over: what is lost comes back, and a person does with it what the report says.
extension Simulation {
    /// Before the network heals. Who answered for a node that it is off makes it so; what is left of a dead postmaster ends.
    mutating func endDisaster() {
        guard emergency != nil else { return }
        for node in truth.nodes.indices {
            if truth.nodes[node].process == .orphaned { truth.kill(node) }
            let isNew = truth.promotions.last?.node == node
            if isAccepted(node), hasPromoted, !isNew, truth.couldWrite(node) { mark(node) }
        }
    }

    /// Whether some run has announced its promotion.
    private var hasPromoted: Bool {
        !truth.promotions.isEmpty
            || processes.contains { $0.machine.hasAnnouncedPromotion }
    }

    /// The single-writer gate's remedy.
    private mutating func mark(_ node: Int) {
        truth.note(.other("the operator")) { "stops \($0.name(of: node)) and marks it" }
        truth.kill(node)
        truth.setStandbySignal(true, on: node)
    }

    /// A promotion that ended without a timeline of its own: a person makes the node a standby again, so that it can be
    /// promoted once more.
    mutating func demoteInPlace(_ machine: RunMachine) {
        guard watch.harm.promotesInPlace, let new = truth.node(named: machine.binding.new), new != emergency?.primary,
            truth.nodes[new].acceptsWrites, !truth.nodes[new].log.timelines.contains(where: { $0.origin == new })
        else { return }
        mark(new)
        truth.start(new)
    }

    /// Whether an operator has gone on often enough with a run that is through but for what is owed; while another run holds the
    /// lease they try in vain.
    func isLeft(_ run: Int) -> Bool {
        emergency == nil ? runs[run].operatorActions > 2 : runs[run].actionsAfterEnd > 6
    }

    /// Whether another operator's emergency has moved the service on since: what is left of this run is nobody's to end.
    func isSuperseded(_ machine: RunMachine) -> Bool {
        guard emergency != nil, machine.hasAnnouncedPromotion, let last = truth.promotions.last else { return false }
        return last.node != truth.node(named: machine.binding.new)
    }

    /// When nobody works and no run waits for anybody: the lost nodes are started, as a standby where somebody writes, and
    /// else the lost primary as what it was, by the command that the report gives.
    mutating func returnLost() {
        guard let emergency, isOver, runs.allSatisfy({ isThrough($0) }) else { return }
        for node in truth.nodes.indices where truth.nodes[node].process == .none { restart(node, emergency) }
        // Somebody started it while it was marked: it is a standby of nobody, and nobody is the primary.
        let primary = truth.nodes[emergency.primary]
        if truth.writers.isEmpty, primary.isUp, primary.inRecovery, primary.process != .starting {
            truth.kill(emergency.primary)
            restart(emergency.primary, emergency)
        }
        truth.hasChanged = true
    }

    private mutating func restart(_ node: Int, _ emergency: Emergency) {
        let hasWriter = truth.nodes.contains { $0.acceptsWrites || $0.process == .starting && !$0.hasStandbySignal }
        if hasWriter || node != emergency.primary {
            truth.setStandbySignal(true, on: node)
        } else {
            truth.setStandbySignal(false, on: node)
        }
        truth.start(node)
    }

    /// Whether nothing more is asked of an operator for a run.
    private func isThrough(_ run: SimulatedRun) -> Bool {
        guard let last = run.processes.last else { return true }
        if run.journal.isClosed { return true }
        if case .finished = processes[last].machine.state { return true }
        return run.operatorActions > 14
    }

    /// What the primary at the end lacks of acknowledged log, beyond what was accepted.
    func unacceptedLoss(on primary: Int) -> Bool {
        truth.acknowledged.contains { mark in
            let missing = truth.nodes[primary].log.missing(mark.timeline, upTo: mark.position)
            guard missing > 0 else { return false }
            guard let acceptance, let emergency, !truth.promotions.isEmpty else { return true }
            // Writes on what the disaster left behind; new's own timeline is nobody's to lose.
            let isOfTheLost = mark.timeline.origin == -1
            guard isOfTheLost else { return true }
            return !(acceptance.loss?.covers(missing) == true || isAccepted(emergency.primary))
        }
    }
}
