package import BatonCore

/// Asks whether a standby has replayed everything that it has received.
package struct PostgresReplayedProbe: Probe {
    package struct Answer: Hashable, Codable, Sendable {
        package var node: String
        package var received: LSN
        package var replayed: LSN
        /// Whether the startup process has read everything there is and waits for more.
        package var waitsForLog: Bool
        /// `not paused`, `pause requested` or `paused`.
        package var pause: String

        package init(node: String, received: LSN, replayed: LSN, waitsForLog: Bool, pause: String) {
            self.node = node
            self.received = received
            self.replayed = replayed
            self.waitsForLog = waitsForLog
            self.pause = pause
        }
    }

    package static let id = "postgres.replayed"
    package var node: String

    package init(node: String) { self.node = node }
}

/// The node has replayed all that it has received: the promotion has nothing left to replay while clients wait. What was
/// received may end within a record, so the startup process is asked whether it waits for more, not two positions.
package enum PostgresReplayed: Gate {
    package static let id: GateID = "postgres.replayed"
    package static let summary = "The candidate has replayed everything that it has received."
    package static let source =
        "PostgreSQL: pg_stat_activity.wait_event of the startup process, RecoveryRetrieveRetryInterval and RecoveryWalStream."
    package static let kind = TargetKind.node

    package static func question(_ limit: NoParameters, on target: Target, in scope: Scope) -> PostgresReplayedProbe {
        PostgresReplayedProbe(node: target.name)
    }

    package static func judge(_ answer: PostgresReplayedProbe.Answer, _ limit: NoParameters) -> Verdict {
        let node = answer.node
        guard answer.pause == "not paused" else {
            return .block(
                "replay on \(node) is \(answer.pause), so it never comes to the end of what it has received",
                remedy: "On \(node): SELECT pg_wal_replay_resume();", observed: .text(answer.pause),
                limit: .text("not paused"))
        }
        guard answer.waitsForLog else {
            let left = answer.received > answer.replayed ? answer.received.rawValue - answer.replayed.rawValue : 0
            return .block(
                "\(node) has still to replay \(ByteCount(Int64(clamping: left))) of what it has received",
                remedy: "Wait; the deadline of this gate says how long", observed: .text("\(answer.replayed)"),
                limit: .text("\(answer.received)"))
        }
        return .pass(
            "\(node) has replayed everything that it has received, up to \(answer.replayed)",
            observed: .text("\(answer.replayed)"))
    }

    package static func byHand(_ limit: NoParameters, on target: Target, in scope: Scope) -> ByHandCheck {
        ByHandCheck(
            [
                psql(
                    target, in: scope,
                    "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'startup' AND wait_event IN "
                        + "('RecoveryRetrieveRetryInterval', 'RecoveryWalStream')",
                    expect: "\(target) waits for more log: it has replayed all that it has", output: "1")
            ],
            otherwise: "Wait and ask again. Where replay is paused: SELECT pg_wal_replay_resume();")
    }

    package static let passing = PostgresReplayedProbe.Answer(
        node: "east-db", received: LSN(rawValue: 0x0500_00A0), replayed: LSN(rawValue: 0x0500_00A0), waitsForLog: true,
        pause: "not paused")
    package static let refusing = PostgresReplayedProbe.Answer(
        node: "east-db", received: LSN(rawValue: 0x0500_00A0), replayed: LSN(rawValue: 0x0500_00A0), waitsForLog: true,
        pause: "paused")
}
