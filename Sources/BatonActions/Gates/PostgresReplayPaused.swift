package import BatonCore

/// Asks whether replay is paused on a standby.
package struct PostgresReplayPausedProbe: Probe {
    package struct Answer: Hashable, Codable, Sendable {
        package var node: String
        /// `not paused`, `pause requested` or `paused`; nil when the node is not in recovery.
        package var state: String?

        package init(node: String, state: String?) {
            self.node = node
            self.state = state
        }
    }

    package static let id = "postgres.replay-paused"
    package var node: String

    package init(node: String) { self.node = node }
}

/// Nobody has paused the candidate's replay: it would receive everything and apply nothing.
package enum PostgresReplayPaused: Gate {
    package static let id: GateID = "postgres.replay-paused"
    package static let summary = "The candidate's replay is not paused."
    package static let source = "PostgreSQL: pg_get_wal_replay_pause_state(); GitLab incident report 225173."
    package static let kind = TargetKind.node

    package static func question(_ limit: NoParameters, on target: Target, in scope: Scope)
        -> PostgresReplayPausedProbe
    {
        PostgresReplayPausedProbe(node: target.name)
    }

    package static func judge(_ answer: PostgresReplayPausedProbe.Answer, _ limit: NoParameters) -> Verdict {
        guard let state = answer.state else {
            return .unknown(
                "\(answer.node) is not in recovery, so it replays nothing",
                remedy: "Check which node is the primary: SELECT pg_is_in_recovery();")
        }
        guard state == "not paused" else {
            return .block(
                "replay on \(answer.node) is \(state)", remedy: "On \(answer.node): SELECT pg_wal_replay_resume();",
                observed: .text(state), limit: .text("not paused"))
        }
        return .pass("replay on \(answer.node) is not paused", observed: .text(state))
    }

    package static func byHand(_ limit: NoParameters, on target: Target, in scope: Scope) -> ByHandCheck {
        ByHandCheck(
            [
                psql(
                    target, in: scope, GateQuestion.replayPaused, expect: "\(target) replays what it receives",
                    output: "not paused")
            ], otherwise: "On \(target): SELECT pg_wal_replay_resume();")
    }

    package static let passing = PostgresReplayPausedProbe.Answer(node: "east-db", state: "not paused")
    package static let refusing = PostgresReplayPausedProbe.Answer(node: "east-db", state: "paused")
}
