import BatonCore

extension Simulation {
    /// The state of everything that decides what can happen from here: truth, records, processes, orders on the way. Two
    /// moments that differ only in time are one state; how long clients have waited counts in steps of five seconds.
    var fingerprint: Int {
        var hasher = Hasher()
        hasher.combine(isHealing)
        if let emergency {
            hasher.combine(emergency.primary)
            hasher.combine(emergency.lost)
            hasher.combine(runs[0].plan.acceptance)
            // How it began decides how a calm run must end; what else follows from it is in the truth.
            if watch.lastFault == nil { hasher.combine(emergency.world) }
        }
        truth.combine(into: &hasher)
        for node in truth.nodes {
            let holder = node.lockHolder
            hasher.combine(holder.map { processes[$0].run })
            hasher.combine(holder.map { processes[$0].isAlive && $0 == runs[processes[$0].run].processes.last })
        }
        for run in runs {
            hasher.combine(run.refusedLease)
            hasher.combine(run.operatorActions)
            hasher.combine(run.actionsAfterEnd)
            hasher.combine(run.journal.isClosed)
            hasher.combine(run.journal.isDiskFull)
            hasher.combine(run.journal.deadlyLine.map { $0 - run.journal.entries.count })
            hasher.combine(run.journal.entries.count - run.journal.durableCount)
            if let last = run.processes.last { combine(processes[last], into: &hasher) }
        }
        for process in processes where process.isAlive && process.id != runs[process.run].processes.last {
            combine(process, into: &hasher)
        }
        for distortion in distortions where distortion.times > 0 { hasher.combine(distortion) }
        watch.harm.combine(isHealing, into: &hasher)
        hasher.combine(disturbances == [.flaps])
        hasher.combine(agenda.fingerprint)
        if !isHealing, let since = truth.poolers.compactMap(\.waitsSince).min() {
            hasher.combine((truth.now - since).nanoseconds / 5_000_000_000)
        }
        return hasher.finalize()
    }

    private func combine(_ process: SimulatedProcess, into hasher: inout Hasher) {
        hasher.combine(process.isAlive)
        hasher.combine(process.stoppedSince == nil)
        hasher.combine(process.guardState)
        hasher.combine(process.isResting)
        hasher.combine(process.sleptLong)
        process.machine.combine(into: &hasher)
    }
}

extension Harm {
    /// What the checkers ask of it.
    fileprivate func combine(_ isHealing: Bool, into hasher: inout Hasher) {
        hasher.combine(forcedWriter)
        hasher.combine(promotesInPlace)
        guard !isHealing else { return }
        hasher.combine(isNone)
        hasher.combine(nodes)
        hasher.combine(poolers)
        hasher.combine(network)
        hasher.combine(undo)
        hasher.combine(guardian)
        hasher.combine(steps.count)
        hasher.combine(defects)
    }
}

extension Truth {
    /// Everything but moments and positions: of a log only what it has of the others'.
    fileprivate func combine(into hasher: inout Hasher) {
        for node in nodes {
            hasher.combine(node.process)
            hasher.combine(node.isHung)
            hasher.combine(node.inRecovery)
            hasher.combine(node.hasStandbySignal)
            hasher.combine(node.control)
            hasher.combine(node.upstream)
            hasher.combine(node.upstreamInFile)
            hasher.combine(node.overlay)
            hasher.combine(node.isStreaming)
            hasher.combine(node.slots)
            hasher.combine(node.senders)
            hasher.combine(node.isPromoting)
            hasher.combine(node.awaitsStop)
            hasher.combine(node.awaitsPromotion)
            hasher.combine(node.diedByFault)
            hasher.combine(node.isBarredByHistory)
            hasher.combine(node.defects)
            for timeline in node.log.timelines {
                hasher.combine(timeline.number)
                hasher.combine(timeline.origin)
            }
            hasher.combine(node.replayed == node.log.end)
            for mark in acknowledged { hasher.combine(node.log.covers(mark.timeline, upTo: mark.position)) }
            if let upstream = node.upstream { hasher.combine(nodes[upstream].log.continues(node.log)) }
        }
        for pooler in poolers {
            hasher.combine(pooler.isUp)
            hasher.combine(pooler.isHung)
            hasher.combine(pooler.fileTarget)
            hasher.combine(pooler.loadedTarget)
            hasher.combine(pooler.pause)
            hasher.combine(pooler.awaits)
            hasher.combine(pooler.defects)
        }
        hasher.combine(network)
    }
}

extension RunMachine {
    /// Everything but the moments.
    fileprivate func combine(into hasher: inout Hasher) {
        hasher.combine(state.kind)
        if let phase { hasher.combine(phase) }
        hasher.combine(binding)
        hasher.combine(freezeBegan == nil)
        hasher.combine(decisions.isEmpty)
        hasher.combine(openObligations.count)
        for item in items.inOrder {
            hasher.combine(item.id)
            hasher.combine(item.announcedAt == nil)
            hasher.combine(min(item.attempt, 3))
            switch item.state {
            case .asking: hasher.combine(0)
            case .confirming: hasher.combine(1)
            case .performing: hasher.combine(2)
            case .observing: hasher.combine(3)
            case .settled(let outcome): hasher.combine(outcome.word)
            }
        }
    }
}

extension Agenda {
    /// What is on the way, in whatever order.
    fileprivate var fingerprint: Int {
        var sum = 0
        for occurrence in pending {
            var hasher = Hasher()
            switch occurrence {
            case .server(.clientsTry), .operatorActs: continue
            case .server(let happening): hasher.combine(happening.kind)
            case .look(let process, let request):
                hasher.combine(1)
                hasher.combine(process)
                hasher.combine(request.item)
            case .deliver(let process, let event):
                hasher.combine(2)
                hasher.combine(process)
                hasher.combine(event.kindNumber)
            case .perform(let work):
                hasher.combine(3)
                hasher.combine(work.item)
                hasher.combine(work.stage)
                hasher.combine(work.distortion)
            case .guardLooks(let owner):
                hasher.combine(4)
                hasher.combine(owner)
            case .strike(let fault):
                hasher.combine(5)
                hasher.combine(fault)
            case .beginRun(let run):
                hasher.combine(6)
                hasher.combine(run)
            }
            sum &+= hasher.finalize()
        }
        return sum
    }
}

extension Truth.Happening {
    /// What happens to whom, whichever start of the server it belongs to.
    fileprivate var kind: [Int] {
        switch self {
        case .received(let node, _): [0, node]
        case .replayed(let node, _, _): [1, node]
        case .connects(let node, _): [2, node]
        case .shutdownCheckpoint(let node, _): [3, node]
        case .serverStarted(let node, _): [4, node]
        case .promotionEnds(let node, _): [5, node]
        case .checkpoint(let node, _): [6, node]
        case .senderTimesOut(let node, let receiver, _): [7, node, receiver]
        case .poolerIsQuiet(let pooler, _): [8, pooler]
        case .clientsTry: [9]
        case .receiverTimesOut(let node, _): [10, node]
        }
    }
}

extension Request {
    fileprivate var item: ItemID? {
        switch self {
        case .ask(let item, _, _, _, _, _), .perform(let item, _, _, _, _), .observe(let item, _, _, _, _),
            .cancel(let item):
            item
        case .survey, .armGuard, .wake, .keepWatch, .measureDivergence, .startCanary, .stopCanary, .rest: nil
        }
    }
}

extension Event {
    fileprivate var kindNumber: Int {
        switch self {
        case .started: 0
        case .surveyed: 1
        case .judged: 2
        case .reported: 3
        case .observed: 4
        case .interrupted: 5
        case .leaseLost: 6
        case .measured: 7
        case .decided: 8
        case .takenOver: 9
        case .guardArmed: 10
        case .guardLost: 11
        case .released: 12
        case .woken: 13
        case .watched: 14
        case .divergenceMeasured: 15
        }
    }
}
