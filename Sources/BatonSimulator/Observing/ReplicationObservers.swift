import BatonActions
import BatonCore

enum StreamingObserver: SimulatedObserver {
    static func look(_ question: PostgresStreamingProbe, _ sight: Sight) -> Seen<PostgresStreamingProbe.Answer> {
        let topology = sight.truth.topology
        guard let upstream = topology.node(question.upstream) else { return .problem("no node \(question.upstream)") }
        return ask(question.standby, question.upstream, sight) { standby, old in
            let source = standby.upstream.map { topology.nodes[$0] }
            let isSent = old.senders & (1 << UInt64(standby.index)) != 0
            return .init(
                standby: question.standby, upstream: question.upstream, upstreamHost: upstream.host,
                upstreamPort: upstream.port,
                receiver: standby.isStreaming
                    ? .init(
                        status: "streaming", senderHost: source?.host, senderPort: source?.port,
                        silence: .milliseconds(100)) : nil,
                sender: isSent
                    ? .init(pid: 1_000 + standby.index, applicationName: question.standby, state: "streaming") : nil)
        }
    }
}

enum ReplayLagObserver: SimulatedObserver {
    static func look(_ question: PostgresReplayLagProbe, _ sight: Sight) -> Seen<PostgresReplayLagProbe.Answer> {
        ask(question.standby, question.upstream, sight) { standby, upstream in
            let target = upstream.log.end
            let lag = Int64(bitPattern: target &- min(standby.replayed, target))
            // What the log of some seconds amounts to where clients write little.
            let behind = standby.defects.replayDelay > .zero ? max(lag, 4_096) : lag
            let isPatient = standby.defects.replayDelay <= question.patience
            let catchesUp = standby.isStreaming && !standby.defects.replayPaused && isPatient
            return .init(
                standby: question.standby, upstream: question.upstream, target: LSN(rawValue: target),
                firstLag: ByteCount(behind),
                caughtUpAfter: behind == 0 ? .zero : catchesUp ? standby.defects.replayDelay : nil)
        }
    }
}

enum ReplayPausedObserver: SimulatedObserver {
    static func look(_ question: PostgresReplayPausedProbe, _ sight: Sight) -> Seen<PostgresReplayPausedProbe.Answer> {
        ask(question.node, sight) { node in
            .init(
                node: question.node,
                state: node.inRecovery ? node.defects.replayPaused ? "paused" : "not paused" : nil)
        }
    }
}

enum ApplyDelayObserver: SimulatedObserver {
    static func look(_ question: PostgresApplyDelayProbe, _ sight: Sight) -> Seen<PostgresApplyDelayProbe.Answer> {
        ask(question.node, sight) { .init(node: question.node, delay: $0.defects.applyDelay) }
    }
}

enum RecoveryTargetObserver: SimulatedObserver {
    static func look(
        _ question: PostgresRecoveryTargetProbe, _ sight: Sight
    ) -> Seen<PostgresRecoveryTargetProbe.Answer> {
        ask(question.node, sight) { node in
            .init(
                node: question.node,
                settings: [
                    .init("recovery_target_timeline", "latest"),
                    .init(
                        "recovery_target_time", node.defects.recoveryTarget ? "2026-01-01 00:00:00" : ""),
                ])
        }
    }
}

enum ShutdownCheckpointObserver: SimulatedObserver {
    static func look(
        _ question: PostgresReplayedShutdownCheckpointProbe, _ sight: Sight
    ) -> Seen<PostgresReplayedShutdownCheckpointProbe.Answer> {
        guard let index = sight.index(question.old) else { return .problem("no node \(question.old)") }
        guard sight.reachesHost(index) else { return .silence }
        let old = sight.truth.nodes[index]
        return ask(question.new, sight) { new in
            .init(
                old: question.old, new: question.new, oldSystemIdentifier: old.systemIdentifier,
                shutDown: old.control == .shutDown, checkpoint: LSN(rawValue: old.checkpoint),
                checkpointTimeline: old.checkpointTimeline, newSystemIdentifier: new.systemIdentifier,
                newTimeline: new.log.current.number, replayed: LSN(rawValue: new.replayed))
        }
    }
}

enum WalSendersObserver: SimulatedObserver {
    static func look(_ question: PostgresWalSendersProbe, _ sight: Sight) -> Seen<PostgresWalSendersProbe.Answer> {
        ask(question.node, sight) { node in
            let now = sight.truth.now
            var senders = sight.truth.nodes.filter { node.senders & (1 << UInt64($0.index)) != 0 }.map {
                let isFresh = $0.isStreaming && $0.upstream == node.index
                return PostgresWalSendersProbe.WalSender(
                    pid: 1_000 + $0.index, applicationName: sight.truth.name(of: $0.index), state: "streaming",
                    replyAge: isFresh ? .milliseconds(200) : min(.seconds(50), now - Instant(nanoseconds: 0)))
            }
            if node.defects.deadReceiver {
                senders.append(
                    .init(pid: 999, applicationName: "receivewal", state: "streaming", replyAge: .seconds(3_600)))
            }
            return .init(node: question.node, senders: senders, shutdownTimeoutMilliseconds: nil)
        }
    }
}
