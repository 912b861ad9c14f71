import BatonCore

/// What Baton's processes do with the loop's requests, and how they begin and end. The counterpart of `RunEngine`, the guard
/// and `baton resume`, on a queue instead of tasks.
extension Simulation {
    // MARK: Beginning

    mutating func beginRun(_ run: Int) {
        let id = processes.count
        guard acquire(id, run: run, takesOver: false) else {
            runs[run].refusedLease = true
            return
        }
        begin(id, run: run, .owner, machine(for: runs[run].plan), opening: [.started])
    }

    /// Another process goes on with the record of a run.
    mutating func takeOver(_ run: Int, _ kind: SimulatedProcess.Kind, opening: [Event]) {
        let id = processes.count
        guard !runs[run].journal.isClosed else { return }
        let machine = machineOnRecord(of: run)
        if case .finished(let outcome) = machine.state {
            if case .completedWithObligations = outcome {
            } else {
                runs[run].journal.isClosed = true
                return
            }
        }
        guard acquire(id, run: run, takesOver: true) else { return }
        truth.note(.other(kind == .guardian ? "the guard" : "an operator's baton resume")) { _ in "takes the run over" }
        begin(id, run: run, kind, machine, opening: opening)
    }

    /// The run as its record tells it.
    private mutating func machineOnRecord(of run: Int) -> RunMachine {
        if !options.readsRecords, !runs[run].lostRecord, let last = runs[run].processes.last {
            return processes[last].machine
        }
        runs[run].lostRecord = false
        return RunLoop.replay(runs[run].journal.entries, in: machine(for: runs[run].plan))
    }

    private mutating func begin(
        _ id: Int, run: Int, _ kind: SimulatedProcess.Kind, _ machine: RunMachine, opening: [Event]
    ) {
        let process = SimulatedProcess(
            id: id, run: run, kind: kind, loop: RunLoop(machine: machine, journal: runs[run].journal),
            opening: Array(opening.dropFirst()), beganAt: truth.now, tookOverHalt: machine.state.kind == .halted)
        processes.append(process)
        runs[run].processes.append(id)
        if let first = opening.first { agenda.add(.deliver(process: id, first), at: truth.now + .milliseconds(3)) }
    }

    /// The lease: the lock of every node that answers, unless another run holds one (I10).
    private mutating func acquire(_ process: Int, run: Int, takesOver: Bool) -> Bool {
        let sight = Sight(truth: truth, scope: assumedScope(run))
        let reached = truth.nodes.indices.filter { sight.reach($0) == .answers }
        for node in reached {
            guard let holder = truth.nodes[node].lockHolder, holder != process else { continue }
            guard processes[holder].run == run, takesOver else { return false }
        }
        for node in reached {
            if let holder = truth.nodes[node].lockHolder, holder != process {
                agenda.add(
                    .deliver(process: holder, .leaseLost(node: truth.name(of: node), why: "its session was ended")),
                    at: truth.now + .microseconds(200))
            }
            truth.nodes[node].lockHolder = process
        }
        return !reached.isEmpty || takesOver
    }

    private func assumedScope(_ run: Int) -> Scope {
        Scope(topology: runs[run].plan.topology, binding: runs[run].plan.assumedBinding)
    }

    // MARK: Events

    /// Feeds one event to the loop of a process, as the engine does.
    mutating func deliver(_ event: Event, to id: Int) {
        guard processes[id].isAlive else { return }
        guard processes[id].stoppedSince == nil else {
            processes[id].held.append(.deliver(process: id, event))
            return
        }
        let recorded = runs[processes[id].run].journal.entries.count
        let before = processes[id].machine.state
        let transition: Transition
        let requests: [Request]
        do {
            (transition, requests) = try processes[id].loop.handle(event, at: truth.now, wall: wall)
        } catch {
            runs[processes[id].run].lostRecord = true
            return end(id, isKilled: true)
        }
        if case .measured = event { processes[id].awaitsMeasurement = false }
        judge(event, transition, of: id, recordedBefore: recorded)
        judgeWord(event, transition, of: id, from: before)
        follow(id)
        if options.diesWhenHalted, !isHealing, before.kind != .halted, processes[id].machine.state.kind == .halted {
            strike(.batonDies)
        }
        if case .holding(let hold) = processes[id].machine.state, before != .holding(hold) {
            processes[id].wasAsked = true
            agenda.add(.deliver(process: id, .released(by: "an operator")), at: truth.now + options.holdsFor)
        }
        for request in requests { carryOut(request, id) }
        if processes[id].run == 0 { note(requests, runs[0].journal.entries.count > recorded) }
        if runs[processes[id].run].journal.entries.count > recorded { reached(id, transition) }
        if processes[id].machine.state.kind != .reconciling, !processes[id].opening.isEmpty {
            let next = processes[id].opening.removeFirst()
            agenda.add(.deliver(process: id, next), at: truth.now)
        }
        let isIdle: Bool
        switch transition.disposition {
        case .ignored: isIdle = processes[id].machine.isAtRest
        case .moved, .illegal: isIdle = false
        }
        if case .takenOver = event, case .ignored = transition.disposition, !processes[id].machine.isAtRest {
            // What was asked for is refused, and the run stays as it was.
            return end(id, isKilled: true)
        }
        if processes[id].isResting || isIdle, processes[id].opening.isEmpty, !processes[id].awaitsMeasurement {
            end(id, isKilled: false)
        }
    }

    /// Keeps what a record asked for, for whoever wants to disturb it.
    private mutating func note(_ requests: [Request], _ wasRecorded: Bool) {
        guard wasRecorded else { return }
        hasRecorded = true
        justAsked.removeAll(keepingCapacity: true)
        for request in requests {
            switch request {
            case .perform(let item, _, let call, _, _):
                let isPromotion = call.action == runs[0].promotion
                justAsked.append((item: item, isPromotion: isPromotion, isGate: false))
            case .ask(let item, _, _, _, _, _): justAsked.append((item: item, isPromotion: false, isGate: true))
            case .survey, .observe, .cancel, .armGuard, .wake, .keepWatch, .measureDivergence, .startCanary,
                .stopCanary,
                .rest:
                continue
            }
        }
    }

    private var wall: WallTime {
        WallTime(microsecondsSince1970: 1_767_225_600_000_000 + (truth.now + wallOffset).nanoseconds / 1_000)
    }

    private mutating func carryOut(_ request: Request, _ id: Int) {
        switch request {
        case .survey: agenda.add(.look(process: id, request), at: truth.now + options.latency)
        case .ask(let item, _, _, _, let notBefore, let deadline),
            .observe(let item, _, _, let notBefore, let deadline):
            agenda.add(
                .look(process: id, request), at: max(notBefore, truth.now) + patience(item, id, notBefore, deadline))
        case .perform(let item, let attempt, let call, let notBefore, let deadline):
            let work = Performance(
                process: id, item: item, attempt: attempt, call: call, scope: processes[id].machine.scope,
                deadline: deadline)
            agenda.add(.perform(work), at: max(notBefore, truth.now) + .microseconds(100))
        case .cancel(let item): processes[id].cancelled.insert(item)
        case .armGuard: arm(id)
        case .wake(let moment): agenda.add(.deliver(process: id, .woken), at: moment)
        case .keepWatch(_, _, let notBefore, _): agenda.add(.look(process: id, request), at: notBefore)
        case .measureDivergence(let node, _):
            // The simulated log is not read; what the checkers want to know they take from the truth.
            agenda.add(
                .deliver(process: id, .divergenceMeasured(node: node, .unknown("nobody reads a simulated log"))),
                at: truth.now + options.latency)
        case .startCanary:
            for client in truth.clients.indices {
                truth.clients[client].measuresSince = truth.now
                truth.clients[client].longestGap = .zero
            }
        case .stopCanary:
            processes[id].awaitsMeasurement = true
            processes[id].hasMeasured = true
            var seen = Measurements()
            seen.writePause = truth.clients.map { client in
                let since = max(client.measuresSince ?? truth.now, client.lastAcknowledgedAt ?? .init(nanoseconds: 0))
                return max(client.longestGap, truth.now - since)
            }.max()
            agenda.add(.deliver(process: id, .measured(seen)), at: truth.now + options.latency)
        case .rest: processes[id].isResting = true
        }
    }

    /// Whoever asks the same thing again and again is answered more slowly, and always in time: a question may take as long
    /// as it likes within its deadline, and a wait of a minute needs no sixty thousand questions.
    private mutating func patience(_ item: ItemID, _ id: Int, _ notBefore: Instant, _ deadline: Deadline) -> TimeSpan {
        guard notBefore > truth.now else {
            processes[id].looks[item] = 0
            return options.latency
        }
        let looks = processes[id].looks[item, default: 0] + 1
        processes[id].looks[item] = looks
        guard looks > 8 else { return options.latency }
        let slow = TimeSpan(nanoseconds: options.latency.nanoseconds << Int64(min(looks - 8, 14)))
        let left = deadline - truth.now - .milliseconds(60)
        return max(options.latency, min(slow, left))
    }

    // MARK: Questions

    mutating func look(_ id: Int, _ request: Request) {
        guard processes[id].isAlive else { return }
        guard processes[id].stoppedSince == nil else {
            processes[id].held.append(.look(process: id, request))
            return
        }
        // The canary writes every few milliseconds; here it does when it is asked about.
        if case .ask = request, processes[id].machine.phase == .verify { truth.clientsTry() }
        let sight = Sight(truth: truth, scope: processes[id].machine.scope)
        switch request {
        case .survey(let keys, let deadline):
            let seen = sight.observe(keys)
            answer(id, .surveyed(seen.observations), isSilent: seen.isSilent, deadline)
        case .observe(let item, let attempt, let keys, _, let deadline):
            let seen = sight.observe(keys)
            answer(id, .observed(item, attempt: attempt, seen.observations), isSilent: seen.isSilent, deadline)
        case .ask(let item, let attempt, let gate, let arguments, _, let deadline):
            let (verdict, isSilent) = judge(gate, arguments, item, sight)
            answer(id, .judged(item, attempt: attempt, verdict), isSilent: isSilent, deadline)
        case .keepWatch(let round, let keys, _, let deadline):
            let seen = sight.observe(keys)
            answer(id, .watched(round: round, seen.observations), isSilent: seen.isSilent, deadline)
        case .perform, .cancel, .armGuard, .wake, .measureDivergence, .startCanary, .stopCanary, .rest: break
        }
    }

    private mutating func judge(
        _ gate: GateID, _ arguments: Arguments, _ item: ItemID, _ sight: Sight
    ) -> (Verdict, isSilent: Bool) {
        if let distortion = takeDistortion(item) {
            switch distortion {
            case .failsBefore, .failsAfter, .flaps: return (.block("as a fault has it", remedy: "none"), false)
            case .timesOutWith, .timesOutWithout, .late: return (.unknown(Sight.noAnswer), true)
            case .slow: break
            }
        }
        return verdict(gate, arguments, item.target, sight)
    }

    /// What a gate's question brings now, and whether the answer takes until the deadline.
    func verdict(
        _ gate: GateID, _ arguments: Arguments, _ target: Target, _ sight: Sight
    ) -> (Verdict, isSilent: Bool) {
        guard let definition = catalogue.gate(gate), let observer = SimulatedObservers.byID[definition.probeID] else {
            return (.unknown("nobody answers \(gate)"), false)
        }
        switch observer.look(definition.question(arguments, target, sight.scope), sight) {
        case .answer(let answer): return (definition.judge(answer, arguments), false)
        case .problem(let why): return (.unknown(why), false)
        case .silence: return (.unknown(Sight.noAnswer), true)
        }
    }

    private mutating func answer(_ id: Int, _ event: Event, isSilent: Bool, _ deadline: Deadline) {
        if isSilent {
            agenda.add(.deliver(process: id, event), at: max(truth.now, deadline))
        } else if options.delaysAnswers {
            let late = TimeSpan.microseconds(Int64(random.below(2_000)))
            agenda.add(.deliver(process: id, event), at: truth.now + late)
        } else {
            deliver(event, to: id)
        }
    }

    // MARK: Ending

    /// A process ends: killed, or because its work is done.
    mutating func end(_ id: Int, isKilled: Bool) {
        guard processes[id].isAlive else { return }
        processes[id].isAlive = false
        processes[id].endedAtRest = !isKilled
        processes[id].held = []
        for node in truth.nodes.indices where truth.nodes[node].lockHolder == id {
            if truth.network.connects(.baton, .node(node)) { truth.nodes[node].lockHolder = nil }
        }
        let run = processes[id].run
        if isKilled {
            truth.note(.other(name(of: id))) { _ in "has died" }
            if processes[id].guardState == .armed {
                agenda.add(.guardLooks(owner: id), at: truth.now + .milliseconds(2))
            }
        } else {
            if case .finished(let outcome) = processes[id].machine.state {
                truth.note(.other(name(of: id))) { _ in "ends: \(outcome.word)" }
                if case .completedWithObligations = outcome {} else { runs[run].journal.isClosed = true }
            } else {
                truth.note(.other(name(of: id))) { _ in "waits for an operator" }
            }
            judgeRest(of: id)
        }
        if isHealing { agenda.add(.operatorActs(run), at: truth.now + .seconds(1)) }
    }

    func name(of process: Int) -> String {
        switch processes[process].kind {
        case .owner: processes[process].run == 0 ? "Baton" : "a second Baton"
        case .guardian: "the guard"
        case .resume: "baton resume"
        }
    }
}
