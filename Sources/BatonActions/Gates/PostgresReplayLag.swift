package import BatonCore

/// Asks how far the candidate's replay is behind what old had flushed when asked, and how long it takes to get there.
package struct PostgresReplayLagProbe: Probe {
    package struct Answer: Hashable, Codable, Sendable {
        package var standby: String
        package var upstream: String
        /// What old had flushed, sampled before the standby was looked at.
        package var target: LSN
        /// How far replay was behind `target` at the first look; nil when the standby has replayed nothing it can name.
        package var firstLag: ByteCount?
        /// How long after the sample replay was seen at `target`; nil when it was not within the patience.
        package var caughtUpAfter: TimeSpan?

        package init(
            standby: String, upstream: String, target: LSN, firstLag: ByteCount?, caughtUpAfter: TimeSpan?
        ) {
            self.standby = standby
            self.upstream = upstream
            self.target = target
            self.firstLag = firstLag
            self.caughtUpAfter = caughtUpAfter
        }
    }

    package static let id = "postgres.replay-lag"
    package var standby: String
    package var upstream: String
    /// How long the observer waits for replay to arrive.
    package var patience: TimeSpan

    package init(standby: String, upstream: String, patience: TimeSpan) {
        self.standby = standby
        self.upstream = upstream
        self.patience = patience
    }
}

/// The candidate replays what old had flushed, soon. Old is sampled first: the other order measures a lag that is too
/// small. It writes no marker (R15). The gate decides whether a run may start; the proof of zero loss is another.
package enum PostgresReplayLag: Gate {
    package struct Limit: ParameterSet {
        package static let declarations = [
            ParameterDeclaration(
                "bytes", .bytes, default: .bytes(ByteCount(16 << 20)), "Most log not yet replayed at the first look."),
            ParameterDeclaration(
                "time", .span, default: .span(.seconds(5)),
                "Within which the candidate replays what old had flushed when asked."),
        ]
        package let bytes: ByteCount
        package let time: TimeSpan
        package init(_ arguments: Arguments) {
            bytes = arguments.bytes("bytes")
            time = arguments.span("time")
        }
    }

    package static let id: GateID = "postgres.replay-lag"
    package static let summary = "The candidate has little log to replay and catches up with old within a time."
    package static let source = "PostgreSQL: pg_current_wal_flush_lsn(), pg_last_wal_replay_lsn(); Baton rule R15."
    package static let kind = TargetKind.node

    package static func question(_ limit: Limit, on target: Target, in scope: Scope) -> PostgresReplayLagProbe {
        PostgresReplayLagProbe(standby: target.name, upstream: scope.binding.old, patience: limit.time)
    }

    package static func judge(_ answer: PostgresReplayLagProbe.Answer, _ limit: Limit) -> Verdict {
        let remedy =
            "Wait for less load, or find what holds replay back on \(answer.standby): "
            + "SELECT wait_event FROM pg_stat_activity WHERE backend_type = 'startup';"
        guard let lag = answer.firstLag else {
            return .unknown(
                "\(answer.standby) does not tell what it has replayed",
                remedy: "On \(answer.standby): SELECT pg_is_in_recovery(), pg_last_wal_replay_lsn();")
        }
        guard lag <= limit.bytes else {
            return .block(
                "\(answer.standby) is \(lag) behind \(answer.upstream)", remedy: remedy,
                observed: .bytes(lag), limit: .bytes(limit.bytes))
        }
        guard let time = answer.caughtUpAfter else {
            return .block(
                "\(answer.standby), \(lag) behind, did not replay \(answer.target) of \(answer.upstream) within "
                    + "\(limit.time)",
                remedy: remedy, observed: .bytes(lag), limit: .span(limit.time))
        }
        guard time <= limit.time else {
            return .block(
                "\(answer.standby) took \(time) to replay \(answer.target) of \(answer.upstream)", remedy: remedy,
                observed: .span(time), limit: .span(limit.time))
        }
        return .pass(
            "\(answer.standby) was \(lag) behind \(answer.upstream) and replayed \(answer.target) after \(time)",
            observed: .bytes(lag), limit: .bytes(limit.bytes))
    }

    package static func byHand(_ limit: Limit, on target: Target, in scope: Scope) -> ByHandCheck {
        let otherwise =
            "Wait for less load, or find what holds replay back on \(target): "
            + "SELECT wait_event FROM pg_stat_activity WHERE backend_type = 'startup';"
        guard let node = scope.topology.node(target.name), let old = scope.topology.node(scope.binding.old) else {
            return ByHandCheck([], otherwise: otherwise)
        }
        // Old is asked first, inside: the other order measures a lag that is too small.
        let flushed: ShellLine = "$(\(session(old, "psql -XAt")) -c 'SELECT pg_current_wal_flush_lsn()')"
        return ByHandCheck(
            [
                psql(
                    node, at: "any host that reaches \(old.name) and \(node.name)",
                    printing: """
                        SELECT pg_wal_lsn_diff('\(flushed)', pg_last_wal_replay_lsn()) <= \(Int(limit.bytes.bytes))
                        """,
                    expect: "\(node.name) has at most \(limit.bytes) of \(old.name)'s log still to replay", output: "t")
            ], otherwise: otherwise)
    }

    package static let passing = PostgresReplayLagProbe.Answer(
        standby: "east-db", upstream: "west-db", target: LSN(rawValue: 0x0300_0148), firstLag: ByteCount(328),
        caughtUpAfter: .milliseconds(4))
    package static let refusing = PostgresReplayLagProbe.Answer(
        standby: "east-db", upstream: "west-db", target: LSN(rawValue: 0x0300_0148), firstLag: ByteCount(328),
        caughtUpAfter: nil)
}
