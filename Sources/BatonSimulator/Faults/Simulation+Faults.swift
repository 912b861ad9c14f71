import BatonCore

extension Simulation {
    /// Plans a fault.
    package mutating func plan(_ planned: PlannedFault) {
        self.planned.append("\(planned.fault) \(planned.moment)")
        switch planned.moment {
        case .at(let moment): agenda.add(.strike(planned.fault), at: moment)
        case .beforeLine(let line): runs[0].journal.deadlyLine = line
        case .line, .phase, .before, .after: pending.append(planned)
        }
    }

    /// Begins with a second primary, elsewhere, that Baton may not hear of.
    mutating func addRival(_ isSilent: Bool) {
        guard let rival = truth.nodes.indices.first(where: { truth.topology.nodes[$0].site != runs[0].plan.toSite })
        else { return }
        planned.append("\(truth.name(of: rival)) is a second primary")
        truth.becomeRival(rival)
        watch.strikes(at: truth.now) { $0.forcedWriter = true }
        if isSilent { strike(.nodeUnreachable(rival, .both)) }
    }

    mutating func distort(_ distortion: StepDistortion) {
        distortions.append(distortion)
        planned.append("\(distortion)")
    }

    mutating func takeDistortion(_ item: ItemID) -> Performance.Distortion? {
        guard
            let index = distortions.firstIndex(where: {
                $0.times > 0 && $0.step == item.step && $0.isUndo == item.isUndo
                    && ($0.target == nil || $0.target == item.target)
            })
        else { return nil }
        distortions[index].times -= 1
        let disturbed = distortions[index].distortion
        truth.note(.other("a fault")) { _ in "\(item) \(disturbed.words)" }
        disturbances.append(distortions[index].distortion)
        watch.strikes(at: truth.now) { harm in
            harm.steps.insert(item.step)
            if item.isUndo { harm.undo = true }
        }
        return distortions[index].distortion
    }

    /// Called after a record of the first run was written: faults that wait for it strike before its requests are carried
    /// out.
    mutating func reached(_ id: Int, _ transition: Transition) {
        let run = processes[id].run
        watch.recorded(runs[run].journal, run)
        guard run == 0, !pending.isEmpty else { return }
        let line = runs[run].journal.entries.count
        let machine = processes[id].machine
        let due = pending.indices.filter { isDue(pending[$0].moment, line, machine) }
        guard !due.isEmpty else { return }
        let faults = due.map { pending[$0].fault }
        for index in due.reversed() { pending.remove(at: index) }
        for fault in faults { strike(fault) }
    }

    private func isDue(_ moment: FaultMoment, _ line: Int, _ machine: RunMachine) -> Bool {
        switch moment {
        case .at, .beforeLine: false
        case .line(let wanted): line >= wanted
        case .phase(let phase): machine.phase.map { $0 >= phase } ?? false
        case .before(let step):
            machine.items.values.contains {
                $0.id.step == step && $0.announcedAt != nil || $0.id.step == step && $0.call == nil
            }
        case .after(let step): machine.items.values.contains { $0.id.step == step && !$0.id.isUndo && $0.isSettled }
        }
    }

    mutating func strike(_ fault: Fault) {
        watch.strikes(at: truth.now, fault.hurt)
        switch fault {
        case .nodeDies(let node):
            guard truth.nodes[node].process != .none else { return }
            truth.kill(node)
            truth.nodes[node].diedByFault = true
        case .nodeReturns(let node): truth.start(node)
        case .nodeForced(let node):
            guard truth.nodes[node].process == .none else { return }
            truth.setStandbySignal(false, on: node)
            truth.start(node)
        case .nodeHangs(let node): truth.hang(node)
        case .commitsHang(let node):
            truth.note(.node(node)) { _ in "holds commits back for standbys that are not there" }
            truth.nodes[node].defects.synchronousNames = true
            truth.nodes[node].defects.standbysElsewhere = true
        case .nodeGoesOn(let node): truth.unhang(node)
        case .poolerDies(let pooler): truth.killPooler(pooler)
        case .poolerReturns(let pooler): truth.startPooler(pooler)
        case .poolerHangs(let pooler): truth.hangPooler(pooler)
        case .poolerGoesOn(let pooler): truth.unhangPooler(pooler)
        case .nodeUnreachable(let node, let direction):
            cut(.node(node), direction)
            cut(.host(node), direction)
            truth.note(.other("the network")) { "cuts Baton off from \($0.name(of: node))" }
        case .poolerUnreachable(let pooler, let direction):
            cut(.pooler(pooler), direction)
            truth.note(.other("the network")) { "cuts Baton off from \($0.topology.poolers[pooler].name)" }
        case .nodesApart(let one, let other):
            truth.network.cut(from: .node(one), to: .node(other))
            truth.network.cut(from: .node(other), to: .node(one))
            truth.note(.other("the network")) { "parts \($0.name(of: one)) and \($0.name(of: other))" }
        case .networkHeals:
            guard !truth.network.isWhole else { return }
            truth.network.heal()
            truth.note(.other("the network")) { _ in "is whole again" }
            truth.hasChanged = true
        case .batonDies: if let id = atWork { end(id, isKilled: true) }
        case .batonStops: if let id = atWork { stop(id) }
        case .batonGoesOn: for process in processes where process.stoppedSince != nil { wake(process.id) }
        case .guardDies: for process in processes where process.isAlive { killGuard(of: process.id) }
        case .hostCrashes: crashHost()
        case .operatorInterrupts:
            if let id = atWork {
                truth.note(.other("the operator")) { _ in "presses Ctrl-C" }
                agenda.add(.deliver(process: id, .interrupted(by: "operator")), at: truth.now)
            }
        case .secondBaton: addRun(runs[0].plan, after: .milliseconds(1))
        case .diskFills: runs[0].journal.isDiskFull = true
        case .diskHasRoom: runs[0].journal.isDiskFull = false
        case .wallClockJumps(let seconds): wallOffset = .seconds(Int64(seconds))
        case .lateOrder(let call): carryOutLate(call)
        case .disturbance(let disturbance):
            truth.note(.other("the world")) { _ in disturbance.what }
            disturbance.strike(&self)
        case .later(let span, let fault): agenda.add(.strike(fault), at: truth.now + span)
        }
    }

    /// The process of the first run that is at work.
    private var atWork: Int? { processes.last { $0.run == 0 && $0.isAlive && $0.stoppedSince == nil }?.id }

    private mutating func cut(_ place: Network.Place, _ direction: Fault.Direction) {
        if direction != .back { truth.network.cut(from: .baton, to: place) }
        if direction != .there { truth.network.cut(from: place, to: .baton) }
    }

    private mutating func crashHost() {
        truth.note(.other("Baton's machine")) { _ in "goes down" }
        for process in processes where process.isAlive {
            processes[process.id].guardState = .dead
            end(process.id, isKilled: true)
        }
        for run in runs.indices {
            runs[run].journal.loseTail(keeping: random.below(3))
            runs[run].lostRecord = true
        }
    }

    private mutating func carryOutLate(_ call: Call) {
        guard let node = truth.node(named: call.on.name) else { return }
        truth.note(.other("the network")) { _ in "delivers an order to promote \(call.on) late" }
        _ = truth.promote(node)
    }

    // MARK: Liveness

    /// The faults are over: the network is whole, what was stopped goes on, what died of a fault is started again. From here
    /// on an operator does what Baton asks for.
    mutating func heal() {
        isHealing = true
        pending = []
        distortions = []
        for run in runs {
            run.journal.isDiskFull = false
            run.journal.deadlyLine = nil
        }
        endDisaster()
        strike(.networkHeals)
        for node in truth.nodes.indices {
            truth.unhang(node)
            truth.nodes[node].defects.diskFull = false
            truth.nodes[node].defects.promotesInPlace = false
            if truth.nodes[node].process == .orphaned {
                truth.kill(node)
                truth.nodes[node].diedByFault = true
            }
            truth.nodes[node].defects.deadReceiver = false
            truth.nodes[node].defects.archiverStuck = false
            truth.nodes[node].defects.receiverDead = false
            truth.nodes[node].defects.replayPaused = false
            truth.nodes[node].defects.replayDelay = .zero
            truth.nodes[node].defects.slowStart = .zero
            truth.nodes[node].defects.synchronousNames = false
            truth.nodes[node].defects.lacksPrivileges = false
            truth.nodes[node].defects.checkpointTime = SimulatedNode.Defects().checkpointTime
            if truth.nodes[node].diedByFault { truth.start(node) }
            truth.finishStop(node)
            truth.retry(node, after: .zero)
        }
        for pooler in truth.poolers.indices {
            truth.poolers[pooler].defects.brokenReload = false
            truth.poolers[pooler].defects.notAdministrator = false
            truth.unhangPooler(pooler)
            truth.poolers[pooler].defects.brokenReload = false
            truth.startPooler(pooler)
        }
        for process in processes { wake(process.id) }
        for run in runs.indices { agenda.add(.operatorActs(run), at: truth.now + .seconds(2)) }
        truth.hasChanged = true
    }

    /// While another run holds the lease an operator is told so (75), and tries again.
    private mutating func tryToTakeOver(_ run: Int, opening: [Event]) {
        let before = processes.count
        takeOver(run, .resume, opening: opening)
        guard processes.count == before, !runs[run].journal.isClosed else { return }
        agenda.add(.operatorActs(run), at: truth.now + .seconds(5))
    }

    /// What the gate's remedy says: the second writer is stopped and marked.
    private mutating func obeyFence(_ machine: RunMachine) {
        guard machine.hasAnnouncedPromotion else { return }
        for node in truth.nodes.indices where isAccepted(node) && truth.nodes[node].process == .none {
            truth.setStandbySignal(true, on: node)
        }
        guard truth.writers.count > 1 else { return }
        for node in truth.writers where truth.name(of: node) != machine.binding.new {
            truth.note(.other("the operator")) { "stops \($0.name(of: node)) and marks it" }
            truth.kill(node)
            truth.setStandbySignal(true, on: node)
        }
    }

    private mutating func abort(_ run: Int) {
        tryToTakeOver(run, opening: [.takenOver(Takeover(.abort, by: "an operator", why: "aborted"))])
    }

    /// What an operator does about a run that nobody works on: `resume`, and when that does not end it, a decision.
    mutating func operatorActs(on run: Int) {
        if isHealing { returnLost() }
        guard isHealing, !runs[run].journal.isClosed, !runs[run].processes.isEmpty,
            !processes.contains(where: { $0.run == run && $0.isAlive })
        else { return }
        guard let last = runs[run].processes.last else { return }
        let machine = processes[last].machine
        for node in truth.nodes.indices where truth.nodes[node].diedByFault { truth.start(node) }
        if watch.harm.forcedWriter || acceptance?.unfenced.isEmpty == false { obeyFence(machine) }
        runs[run].operatorActions += 1
        let actions = runs[run].operatorActions
        demoteInPlace(machine)
        if case .finished(.completedWithObligations) = machine.state {
            runs[run].actionsAfterEnd += 1
            if isLeft(run) { return }
        }
        guard actions <= 14 else { return }
        let resume = Event.takenOver(Takeover(.resume, by: "an operator", why: "resumed"))
        guard case .halted(let halt) = machine.state, actions > 2 || random.once(in: 2), let first = halt.open.first
        else {
            if actions == 1, random.once(in: 4) { return abort(run) }
            return tryToTakeOver(run, opening: [resume])
        }
        if actions < 9, random.once(in: 8) { return abort(run) }
        let choice: Decision.Choice =
            actions.isMultiple(of: 2) || actions > 9
            ? .retry : actions == 9 ? .returnToOld : random.pick([.done, .skip, .returnToOld, .retry]) ?? .retry
        let open = actions < 9 && random.once(in: 6) ? random.pick(machine.order) ?? first : first
        tryToTakeOver(
            run,
            opening: [
                .takenOver(Takeover(.decide, by: "an operator", why: "decided")),
                .decided(Decision(item: open, choice: choice, reason: "looked at by hand", by: "an operator")),
            ])
    }
}

extension RunMachine {
    /// The phase that a run is in, from the group that it stands in.
    var phase: Phase? {
        switch state {
        case .checking(let group), .advancing(let group), .committed(let group): plan.groups[group].phase
        case .holding(let hold): hold.phase
        case .halted(let halt): plan.groups[halt.group].phase
        case .planned, .surveying, .undoing, .reconciling, .finished: nil
        }
    }
}
