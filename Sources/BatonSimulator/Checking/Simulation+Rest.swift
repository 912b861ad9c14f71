import BatonCore

/// What a run says when it has come to rest, against the truth; and what must hold at the very end.
extension Simulation {
    /// When a process has come to rest by itself.
    mutating func judgeRest(of id: Int) {
        let machine = processes[id].machine
        let run = processes[id].run
        let sent = run < watch.effects.count ? watch.effects[run] : 0
        switch machine.state {
        case .finished(.refused), .finished(.interrupted), .finished(.alreadyThere):
            if case .finished(.alreadyThere) = machine.state { judgeAlreadyThere(machine.plan) }
            if sent > 0 {
                watch.report(
                    "I8", "the run says that nothing was changed, and \(sent) effects were sent", at: truth.now)
            }
        case .finished(.completed), .finished(.completedWithObligations): judgeCompletion(machine)
        case .finished(.rolledBack): judgeRollback(machine)
        case .halted: judgeHalt(machine)
        case .planned, .surveying, .checking, .advancing, .holding, .committed, .undoing, .reconciling:
            watch.report("I5", "a process ended in \(machine.state.kind.rawValue)", at: truth.now)
        }
        judgeMeasurement(of: id)
        if run == 0, !isHealing, runs[0].processes.count == 1 { judgePromises(machine) }
    }

    /// Whether no fault came after the run had begun to look for the last time.
    private func isUndisturbed(since phase: Phase, _ machine: RunMachine) -> Bool {
        guard let fault = watch.lastFault else { return true }
        let began = machine.order.compactMap { machine.items[$0] }
            .filter { $0.step.phase >= phase && !$0.id.isUndo }.map(\.startedAt).min()
        return began.map { fault < $0 } ?? false
    }

    /// R20: the primary is at the target site, and nobody else writes.
    private mutating func judgeAlreadyThere(_ plan: Plan) {
        for node in truth.writers where truth.topology.nodes[node].site != plan.toSite {
            watch.report(
                "R20", "the run says that the primary is there already, and \(truth.name(of: node)) writes too",
                at: truth.now)
        }
        if !truth.writers.contains(where: { truth.topology.nodes[$0].site == plan.toSite }), watch.lastFault == nil {
            watch.report(
                "R20", "the run says that the primary is there already, and no node there writes", at: truth.now)
        }
    }

    /// What the clients saw is in the record, and is not less than it was.
    private mutating func judgeMeasurement(of id: Int) {
        // A second run has clients wait too.
        guard processes[id].hasMeasured, runs.count == 1, !processes[id].sleptLong else { return }
        guard let measured = processes[id].machine.measurements else {
            return watch.report("measured", "the canary measured, and the record does not say what", at: truth.now)
        }
        guard let pause = measured.writePause, pause + .milliseconds(600) < watch.longestHold else { return }
        watch.report(
            "measured", "the report says that clients waited \(pause), and they waited \(watch.longestHold)",
            at: truth.now)
    }

    private mutating func judgeCompletion(_ machine: RunMachine) {
        guard let new = truth.node(named: machine.binding.new) else { return }
        for id in machine.order where !id.isUndo {
            if case .skipped = machine.items[id]?.outcome, !machine.decisions.contains(where: { $0.item == id }) {
                watch.report("I8", "\(id) was skipped and nobody decided that", at: truth.now, step: id.step)
            }
        }
        // What an operator declared is in the record as their word.
        guard isUndisturbed(since: .verify, machine), machine.decisions.isEmpty else { return }
        let last = machine.plan.steps.last { $0.phase == .verify }?.id
        let writers = truth.writers.filter { $0 != new && !isAccepted($0) }
        if !writers.isEmpty {
            let names = writers.map { truth.name(of: $0) }.joined(separator: ", ")
            watch.report(
                "I6", "the run says completed, and \(names) accepts writes beside \(machine.binding.new)",
                at: truth.now, step: last)
        }
        if !truth.nodes[new].acceptsWrites {
            watch.report(
                "I6", "the run says completed, and \(machine.binding.new) does not write", at: truth.now, step: last)
        }
        let lost = machine.binding.lostPoolers
        if case .finished(.completed) = machine.state, !lost.isEmpty {
            watch.report(
                "I8", "the run says completed, and nothing of \(lost.joined(separator: ", ")), which it left out",
                at: truth.now, step: last)
        }
        for pooler in truth.poolers where pooler.isUp && (pooler.holdsClients || pooler.loadedTarget != new) {
            let name = truth.topology.poolers[pooler.index].name
            if lost.contains(name) { continue }
            watch.report(
                "I6", "the run says completed, and clients of \(name) do not reach \(machine.binding.new)",
                at: truth.now, step: last)
        }
        let verified = machine.items.inOrder.first { $0.step.phase == .verify }?.startedAt ?? truth.now
        for index in truth.clients.indices where truth.clients[index].waitsSince != nil {
            // New answered when it was looked at, and stopped to right after.
            let client = truth.clients[index]
            if lost.contains(truth.topology.poolers[client.pooler].name) { continue }
            if client.lastAcknowledgedBy == new, let last = client.lastAcknowledgedAt,
                last + .milliseconds(300) > verified
            {
                continue
            }
            watch.report(
                "I6", "the run says completed, and a write along \(truth.topology.routes[index].name) gets no answer",
                at: truth.now, step: last)
        }
    }

    private mutating func judgeRollback(_ machine: RunMachine) {
        // Another Baton may have moved the primary meanwhile; then nothing is as before.
        guard truth.promotions.isEmpty, watch.effects.dropFirst().allSatisfy({ $0 == 0 }),
            isUndisturbed(since: .preflight, machine) || !watch.harm.hurtsServers,
            let old = truth.node(named: machine.binding.old)
        else { return }
        if emergency != nil {
            judgeFencedNodes(machine)
        } else if !truth.nodes[old].acceptsWrites, !truth.nodes[old].diedByFault {
            watch.report(
                "I6", "the run says rolled back, and \(machine.binding.old) does not write", at: truth.now,
                step: currentStep)
        }
        // Who skipped a release was told what is owed.
        guard !machine.decisions.contains(where: { $0.choice == .done || $0.choice == .skip }) else { return }
        for pooler in truth.poolers where pooler.isUp && pooler.holdsClients {
            let name = truth.topology.poolers[pooler.index].name
            watch.report(
                "I4", "the run says rolled back, and clients of \(name) wait", at: truth.now, step: currentStep)
        }
    }

    /// I4: who halts with clients waiting says so, with the command that releases them.
    private mutating func judgeHalt(_ machine: RunMachine) {
        for pooler in truth.poolers where pooler.isUp && pooler.holdsClients {
            let target = Target.pooler(truth.topology.poolers[pooler.index].name)
            let isNamed = machine.openObligations.contains { $0.terms.release.on == target }
            if !isNamed {
                watch.report(
                    "I4", "the run waits for an operator and does not say that clients of \(target) wait",
                    at: truth.now, step: currentStep)
            }
        }
    }

    /// What a playbook promises beyond the invariants, where little or nothing went wrong.
    private mutating func judgePromises(_ machine: RunMachine) {
        let harm = watch.harm
        let isFrozenFor = machine.freezeBegan.map { truth.now - $0 }
        if harm.isNone, runs.count == 1, beginsElsewhere, emergency == nil { judgeCalm(machine) }
        if watch.lastFault == nil { judgeEmergency(machine) }
        var onlyDefects = harm
        onlyDefects.defects = []
        if onlyDefects.isNone, machine.plan.holdBefore == nil, !harm.defects.isEmpty,
            harm.defects.allSatisfy(\.isKnowable), isFrozenFor != nil, !isDoubtedByItsHost, !isForeignUnseen
        {
            switch machine.state {
            case .finished(.rolledBack(let why)):
                watch.report(
                    "useless-freeze",
                    "preflight passed although \(harm.defects.words), clients waited, and the run went "
                        + "back: \(why)", at: truth.now, step: machine.step(guarding: harm.defects) ?? culprit(of: 0))
            case .halted(let halt):
                watch.report(
                    "useless-freeze",
                    "preflight passed although \(harm.defects.words), and the run halted: \(halt.reason)",
                    at: truth.now, step: machine.step(guarding: harm.defects) ?? culprit(of: 0))
            default: break
            }
        }
        if emergency == nil, harm.defects.contains(.logicalSlot), case .finished(.completed) = machine.state {
            watch.report(
                "R14", "the run says completed, and a logical slot of \(machine.binding.old) is gone", at: truth.now,
                step: machine.plan.step(named: "postgres.logical-slots"))
        }
        judgeTransientRefusal(machine, harm)
    }

    /// Nothing went wrong at all: the run completes, and no client sees it but by waiting.
    private mutating func judgeCalm(_ machine: RunMachine) {
        if case .finished(.completed) = machine.state {
        } else if machine.plan.holdBefore != nil, case .finished(.rolledBack) = machine.state {
        } else {
            var how = machine.state.kind.rawValue
            if case .finished(let outcome) = machine.state { how = outcome.sentence }
            if let reason = machine.state.haltReason { how = "halted: \(reason)" }
            watch.report(
                "completes", "nothing goes wrong, and the run does not complete: \(how)", at: truth.now,
                step: culprit(of: 0) ?? machine.openObligations.first?.item.step ?? currentStep)
        }
        for client in truth.clients {
            guard let error = client.firstError else { continue }
            watch.report(
                "no-client-error", "nothing goes wrong, and a client gets an error: \(error.why)", at: error.at,
                step: machine.step(at: error.at))
        }
    }

    /// One order that is refused once, after the promotion, must not leave clients waiting for a person (R11).
    private mutating func judgeTransientRefusal(_ machine: RunMachine, _ harm: Harm) {
        guard isOneRefusal, case .halted = machine.state, truth.poolers.contains(where: \.holdsClients),
            let step = harm.steps.first, let phase = machine.plan.step(step)?.phase, phase == .repoint || phase == .thaw
        else { return }
        watch.report(
            "R11", "one refused order leaves the clients waiting until somebody comes", at: truth.now, step: step)
    }

    /// Whether the only thing that went wrong is that one order was refused once.
    private var isOneRefusal: Bool {
        var harm = watch.harm
        harm.steps = []
        return harm.isNone && watch.harm.steps.count == 1 && disturbances == [.flaps]
    }

    /// When everything has healed and an operator has done what was asked: the service is whole.
    mutating func judgeEnd() {
        for run in runs.indices where !runs[run].processes.isEmpty && !runs[run].journal.isClosed {
            guard let machine = runs[run].processes.last.map({ processes[$0].machine }) else { continue }
            if case .finished(.completedWithObligations) = machine.state { continue }
            // What an operator declared or skipped was theirs to do.
            if declaresUnseen(runs[run]) || isForeignUnseen || isSuperseded(machine) { continue }
            watch.report(
                "I5",
                "no order of an operator ends the run: it is \(machine.state.kind.rawValue)"
                    + (machine.state.haltReason.map { " (\($0))" } ?? ""), at: truth.now, step: currentStep)
        }
        guard !watch.harm.forcedWriter else { return }
        let writers = truth.writers
        guard let primary = writers.first, writers.count == 1 else {
            return watch.report(
                "I5", "after all is repaired \(writers.isEmpty ? "no node writes" : "several nodes write")",
                at: truth.now, step: currentStep)
        }
        if unacceptedLoss(on: primary) {
            watch.report(
                "I3", "an acknowledged write is missing on \(truth.name(of: primary))", at: truth.now,
                step: currentStep)
        }
        // What was broken before the run and refused by it is not the run's doing; what an operator declared is theirs.
        guard watch.effects.contains(where: { $0 > 0 }), !runs.contains(where: declaresUnseen) else { return }
        for pooler in truth.poolers where pooler.holdsClients {
            watch.report(
                "I4", "clients of \(truth.topology.poolers[pooler.index].name) still wait at the end", at: truth.now,
                step: currentStep)
        }
        truth.clientsTry()
        // A pooler that led elsewhere before an emergency does so after one that changed nothing.
        if emergency != nil, truth.promotions.isEmpty, watch.harm.defects.contains(.leadsElsewhere) { return }
        if isForeignUnseen { return }
        for index in truth.clients.indices where truth.clients[index].lastAcknowledgedAt != truth.now {
            watch.report(
                "I2", "clients of \(truth.topology.routes[index].name) cannot write at the end", at: truth.now,
                step: currentStep)
        }
        if truth.nodes.allSatisfy({ $0.systemIdentifier == truth.nodes[primary].systemIdentifier }) { judgeSlots() }
    }

    private func declaresUnseen(_ run: SimulatedRun) -> Bool {
        guard let last = run.processes.last else { return false }
        return processes[last].machine.decisions.contains { $0.choice == .done || $0.choice == .skip }
    }

    /// A slot that nobody uses keeps log until the disk is full: it must be named as owed.
    private mutating func judgeSlots() {
        let owed = runs.compactMap(\.processes.last).flatMap { processes[$0].machine.openObligations.map(\.terms.owed) }
        // The slots of a lost node are the rejoin's, which comes after every run here.
        for node in truth.nodes where node.process == .running && emergency?.lost.contains(node.index) != true {
            for owner in truth.nodes.indices where node.slots & (1 << UInt64(owner)) != 0 {
                guard node.senders & (1 << UInt64(owner)) == 0 else { continue }
                let slot = "slot \(truth.topology.nodes[owner].slotName) on \(truth.name(of: node.index))"
                if !owed.contains(where: { $0.contains(slot) }) {
                    watch.report(
                        "R14", "\(slot) keeps log for nobody, and no report says so", at: truth.now, step: currentStep)
                }
            }
        }
    }
}

extension Set<WorldDefect> {
    /// For a sentence, in alphabetical order.
    fileprivate var words: String { map(\.words).sorted().joined(separator: " and ") }
}

extension RunOutcome {
    fileprivate var sentence: String {
        switch self {
        case .completed: "completed"
        case .completedWithObligations(let owed): "work is left: \(owed.joined(separator: "; "))"
        case .refused(let why): "refused: \(why)"
        case .rolledBack(let why): "rolled back: \(why)"
        case .alreadyThere(let why): "already there: \(why)"
        case .interrupted(let why): "interrupted: \(why)"
        }
    }
}

extension Plan {
    fileprivate func step(named gate: GateID) -> StepID? { steps.first { $0.kind == .gate(gate) }?.id }
}

extension RunMachine {
    /// The gate that should have refused a world that is ill.
    fileprivate func step(guarding defects: Set<WorldDefect>) -> StepID? {
        plan.steps.first { step in defects.contains { $0.gate.map { step.kind == .gate($0) } ?? false } }?.id
    }

    /// The step that had been announced last at a moment.
    fileprivate func step(at moment: Instant) -> StepID? {
        order.compactMap { items[$0] }.filter { $0.announcedAt.map { $0 <= moment } ?? false && !$0.id.isUndo }
            .max { ($0.announcedAt ?? $0.startedAt) < ($1.announcedAt ?? $1.startedAt) }?.id.step
    }
}
