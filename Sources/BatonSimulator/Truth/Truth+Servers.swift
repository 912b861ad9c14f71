import BatonCore

/// What PostgreSQL servers do. Sources: postmaster.c (shutdown), walsender.c (what a shutdown waits for), xlogrecovery.c
/// (promotion), as `Documentation/Simulator.md` lists them; the conformance suite holds these rules against real servers.
extension Truth {
    /// How long ordinary work of a server takes.
    enum Pace {
        static let stop = TimeSpan.milliseconds(12)
        static let start = TimeSpan.milliseconds(120)
        static let crashRecovery = TimeSpan.milliseconds(900)
        static let promotion = TimeSpan.milliseconds(12)
        static let delivery = TimeSpan.microseconds(300)
        static let retry = TimeSpan.seconds(5)
        /// `wal_sender_timeout` and `wal_receiver_timeout`.
        static let senderTimeout = TimeSpan.seconds(60)
        static let shutdownRecord: UInt64 = 120
        /// A promoted server's first checkpoint ends about so long after the promotion.
        static let firstCheckpoint = TimeSpan.seconds(5)
    }

    /// SIGINT: sessions end now, no write is taken any more; the shutdown checkpoint follows.
    mutating func stopFast(_ node: Int) {
        guard nodes[node].process == .running || nodes[node].process == .starting else { return }
        // A stopped process hears the signal when it goes on.
        guard !nodes[node].isHung else {
            nodes[node].awaitsStop = true
            return
        }
        note(.node(node)) { _ in "stops: no new write is accepted" }
        nodes[node].process = .stopping
        nodes[node].isStreaming = false
        cutTransaction(on: node)
        breakQueries(on: node)
        loseReceiver(node)
        hasChanged = true
        schedule(.shutdownCheckpoint(node: node, epoch: nodes[node].epoch), after: Pace.stop)
    }

    mutating func writeShutdownCheckpoint(_ node: Int) {
        guard nodes[node].process == .stopping else { return }
        if nodes[node].inRecovery {
            return ended(node, control: .shutDownInRecovery)
        }
        nodes[node].checkpoint = nodes[node].log.end
        nodes[node].checkpointTimeline = nodes[node].log.current.number
        nodes[node].log.end += Pace.shutdownRecord
        nodes[node].replayed = nodes[node].log.end
        // The record is on disk and in pg_control; the process lives on until its receivers have it.
        nodes[node].control = .shutDown
        send(from: node)
        finishStop(node)
    }

    /// The stop ends when every connected receiver confirmed everything and the archiver is done.
    mutating func finishStop(_ node: Int) {
        guard nodes[node].process == .stopping, nodes[node].control == .shutDown else { return }
        let waitsForReceiver = nodes.indices.contains { receiver in
            nodes[node].senders & (1 << UInt64(receiver)) != 0 && nodes[receiver].log.end < nodes[node].log.end
        }
        guard !waitsForReceiver, !nodes[node].defects.deadReceiver, !nodes[node].defects.archiverStuck else { return }
        note(.node(node)) { _ in "has stopped with a shutdown checkpoint" }
        ended(node, control: .shutDown)
    }

    /// SIGQUIT, SIGKILL or a crash: at once, without a checkpoint.
    mutating func kill(_ node: Int) {
        guard nodes[node].process != .none else { return }
        note(.node(node)) { _ in "has died" }
        if nodes[node].process == .running || nodes[node].process == .orphaned { breakQueries(on: node) }
        let control: SimulatedNode.Control =
            nodes[node].control == .shutDown ? .shutDown : nodes[node].inRecovery ? .inRecovery : .inProduction
        ended(node, control: control)
    }

    /// What a fence of the topology's own does; its proof is that nobody has switched the machine on since.
    mutating func switchOff(_ node: Int) {
        kill(node)
        note(.node(node)) { _ in "is switched off" }
        nodes[node].isSwitchedOff = true
        hasChanged = true
    }

    mutating func ended(_ node: Int, control: SimulatedNode.Control) {
        if let holder = nodes[node].lockHolder { lostLocks.append(LostLock(node: node, process: holder)) }
        nodes[node].process = .none
        nodes[node].isHung = false
        nodes[node].control = control
        nodes[node].isPromoting = false
        nodes[node].awaitsStop = false
        nodes[node].awaitsPromotion = false
        nodes[node].epoch += 1
        nodes[node].lockHolder = nil
        nodes[node].isStreaming = false
        // What was received is on disk and is replayed at the next start.
        nodes[node].senders = 0
        loseReceiver(node)
        for other in nodes.indices where nodes[other].upstream == node && nodes[other].isStreaming {
            nodes[other].isStreaming = false
            retry(other, after: Pace.retry)
        }
        hasChanged = true
    }

    /// The walsender of this node's upstream goes with its receiver, where the upstream can hear of it.
    private mutating func loseReceiver(_ node: Int) {
        guard let upstream = nodes[node].upstream, nodes[upstream].senders & (1 << UInt64(node)) != 0 else { return }
        if network.connects(.node(node), .node(upstream)) {
            nodes[upstream].senders &= ~(1 << UInt64(node))
            finishStop(upstream)
        } else {
            schedule(
                .senderTimesOut(node: upstream, receiver: node, epoch: nodes[upstream].epoch),
                after: Pace.senderTimeout)
        }
    }

    /// `pg_ctl start`: what is in the data directory decides what it becomes.
    mutating func start(_ node: Int) {
        guard nodes[node].process == .none else { return }
        nodes[node].process = .starting
        nodes[node].diedByFault = false
        nodes[node].isSwitchedOff = false
        let wasClean = nodes[node].control == .shutDown || nodes[node].control == .shutDownInRecovery
        let span = (wasClean ? Pace.start : Pace.crashRecovery) + nodes[node].defects.slowStart
        note(.node(node)) {
            "is started\($0.nodes[node].hasStandbySignal ? " as a standby" : " without standby.signal")"
        }
        schedule(.serverStarted(node: node, epoch: nodes[node].epoch), after: span)
        hasChanged = true
    }

    mutating func serverStarted(_ node: Int) {
        guard nodes[node].process == .starting else { return }
        guard !nodes[node].defects.diskFull else {
            note(.node(node)) { _ in "does not start: no space left on device" }
            nodes[node].diedByFault = true
            return ended(node, control: nodes[node].control)
        }
        guard !(nodes[node].hasStandbySignal && nodes[node].isBarredByHistory) else {
            note(.node(node)) { _ in "does not start: its log is no part of the newer timeline's history" }
            return ended(node, control: nodes[node].control)
        }
        nodes[node].process = .running
        nodes[node].replayed = nodes[node].log.end
        nodes[node].defects.replayPaused = false
        nodes[node].inRecovery = nodes[node].hasStandbySignal
        if let upstream = nodes[node].upstreamInFile { nodes[node].upstream = upstream }
        if nodes[node].inRecovery {
            nodes[node].control = .inRecovery
            retry(node, after: .zero)
        } else {
            nodes[node].control = .inProduction
            // The checkpoint at the end of recovery, or the first record of a primary.
            nodes[node].checkpoint = nodes[node].log.end
            nodes[node].log.end += Pace.shutdownRecord
            nodes[node].replayed = nodes[node].log.end
            for other in nodes.indices where nodes[other].upstream == node { retry(other, after: .milliseconds(200)) }
        }
        note(.node(node)) { $0.nodes[node].inRecovery ? "runs as a standby" : "runs as a primary" }
        hasChanged = true
    }

    /// `pg_promote`; false when it is no standby any more (SQLSTATE 55000).
    mutating func promote(_ node: Int) -> Bool {
        guard nodes[node].process == .running, nodes[node].inRecovery else { return false }
        guard !nodes[node].isHung else {
            // It lies in the server's socket until the server goes on.
            nodes[node].awaitsPromotion = true
            return true
        }
        guard !nodes[node].isPromoting else { return true }
        nodes[node].isPromoting = true
        note(.node(node)) { _ in "was asked to promote itself" }
        schedule(
            .promotionEnds(node: node, epoch: nodes[node].epoch),
            after: Pace.promotion + nodes[node].defects.slowStart)
        return true
    }

    mutating func promotionEnds(_ node: Int) {
        guard nodes[node].process == .running, nodes[node].inRecovery, nodes[node].isPromoting else { return }
        if nodes[node].defects.diesPromoting || nodes[node].defects.diskFull {
            nodes[node].defects.diesPromoting = false
            kill(node)
            nodes[node].diedByFault = true
            return
        }
        // A recovery target stops replay where it is; everything received is replayed otherwise.
        if nodes[node].defects.recoveryTarget { nodes[node].log.end = nodes[node].replayed }
        nodes[node].replayed = nodes[node].log.end
        let before = nodes[node].log.current
        let missing = missingLog(on: node)
        let rivals = nodes.indices.filter { $0 != node && couldWrite($0) }
        let number = nodes[node].defects.promotesInPlace ? before.number : before.number + 1
        if !nodes[node].defects.promotesInPlace {
            nodes[node].log.timelines.append(Timeline(number: number, origin: node, start: nodes[node].log.end))
        }
        nodes[node].log.end += Pace.shutdownRecord
        nodes[node].replayed = nodes[node].log.end
        nodes[node].defects.replayPaused = false
        nodes[node].inRecovery = false
        nodes[node].isPromoting = false
        nodes[node].isStreaming = false
        nodes[node].hasStandbySignal = false
        nodes[node].control = .inProduction
        promotions.append(Promotion(node: node, at: now, missing: missing, rivals: rivals))
        loseReceiver(node)
        note(.node(node)) { _ in "is the primary of timeline \(number)" }
        for other in nodes.indices where nodes[other].upstream == node { retry(other, after: Pace.delivery) }
        schedule(.checkpoint(node: node, epoch: nodes[node].epoch), after: Pace.firstCheckpoint)
        hasChanged = true
    }

    /// Whether a node writes, or would after anybody's restart.
    func couldWrite(_ node: Int) -> Bool {
        switch nodes[node].process {
        case .running, .starting:
            !nodes[node].inRecovery && !(nodes[node].process == .starting && nodes[node].hasStandbySignal)
        case .stopping: !nodes[node].inRecovery && !nodes[node].hasStandbySignal
        case .orphaned: !nodes[node].inRecovery
        case .none: !nodes[node].hasStandbySignal
        }
    }

    /// Bytes of log that clients hold acknowledgements for and that the node does not have.
    func missingLog(on node: Int) -> UInt64 {
        acknowledged.map { nodes[node].log.missing($0.timeline, upTo: $0.position) }.max() ?? 0
    }

    mutating func setStandbySignal(_ present: Bool, on node: Int) {
        guard nodes[node].hasStandbySignal != present else { return }
        nodes[node].hasStandbySignal = present
        note(.node(node)) { _ in present ? "has standby.signal" : "has no standby.signal any more" }
        hasChanged = true
    }

    /// A small transaction that is flushed (R15).
    mutating func writeMarker(on node: Int) {
        guard nodes[node].acceptsWrites else { return }
        nodes[node].log.end += 64
        nodes[node].replayed = nodes[node].log.end
        send(from: node)
    }

    /// Stops a server in its tracks: it takes connections and answers nothing.
    mutating func hang(_ node: Int) {
        guard nodes[node].process == .running else { return }
        note(.node(node)) { _ in "hangs" }
        nodes[node].isHung = true
        nodes[node].hungSince = now
        hasChanged = true
        if let upstream = nodes[node].upstream, nodes[node].isStreaming {
            schedule(
                .senderTimesOut(node: upstream, receiver: node, epoch: nodes[upstream].epoch),
                after: Pace.senderTimeout)
        }
        for other in nodes.indices where nodes[other].isStreaming && nodes[other].upstream == node {
            schedule(.receiverTimesOut(node: other, epoch: nodes[other].epoch), after: Pace.senderTimeout)
        }
    }

    /// It goes on, and obeys what was sent to it meanwhile.
    mutating func unhang(_ node: Int) {
        guard nodes[node].isHung else { return }
        note(.node(node)) { _ in "goes on" }
        nodes[node].isHung = false
        hasChanged = true
        if nodes[node].awaitsPromotion {
            nodes[node].awaitsPromotion = false
            _ = promote(node)
        }
        if nodes[node].awaitsStop {
            nodes[node].awaitsStop = false
            stopFast(node)
        }
        if nodes[node].isStreaming {
            schedule(.received(node: node, epoch: nodes[node].epoch), after: Pace.delivery)
        } else if nodes[node].process == .running, nodes[node].inRecovery {
            retry(node, after: .zero)
        }
        // Its walsenders find their receivers gone.
        for other in nodes.indices where !(nodes[other].isStreaming && nodes[other].upstream == node) {
            nodes[node].senders &= ~(1 << UInt64(other))
        }
        send(from: node)
    }

    /// A checkpoint: log that no slot keeps is gone afterwards.
    mutating func checkpoint(_ node: Int) {
        guard nodes[node].process == .running else { return }
        nodes[node].keptFrom = nodes[node].log.end
    }
}
