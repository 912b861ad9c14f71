package import BatonCore

/// Asks every survivor how much of the lost primary's log it has, and the lost host what it last wrote.
package struct PostgresLossProbe: Probe {
    /// What one survivor has.
    package struct Survivor: Hashable, Codable, Sendable {
        package var node: String
        package var timeline: TimelineID
        /// The end of what it has received or replayed, whichever is more.
        package var received: LSN
        package var replayed: LSN?
        /// How long ago its newest commit was made, by its own clock; nil when it has replayed none since it started.
        package var lastCommitAge: TimeSpan?

        package init(node: String, timeline: TimelineID, received: LSN, replayed: LSN?, lastCommitAge: TimeSpan?) {
            self.node = node
            self.timeline = timeline
            self.received = received
            self.replayed = replayed
            self.lastCommitAge = lastCommitAge
        }
    }

    package struct Answer: Hashable, Codable, Sendable {
        package var old: String
        package var new: String
        /// New among them.
        package var survivors: [Survivor]
        /// Where old's shutdown checkpoint begins; nil when it did not shut down cleanly, or nobody can read its `pg_control`.
        package var shutdownCheckpoint: LSN?
        package var accepted: Acceptance.Loss?

        package init(
            old: String, new: String, survivors: [Survivor], shutdownCheckpoint: LSN?, accepted: Acceptance.Loss?
        ) {
            self.old = old
            self.new = new
            self.survivors = survivors
            self.shutdownCheckpoint = shutdownCheckpoint
            self.accepted = accepted
        }
    }

    package static let id = "postgres.loss"
    package var old: String
    package var new: String
    package var accepted: Acceptance.Loss?

    package init(old: String, new: String, accepted: Acceptance.Loss?) {
        self.old = old
        self.new = new
        self.accepted = accepted
    }
}

/// The loss card: what a promotion of new may lose, before anything changes. Zero is said only where it is proved: old shut
/// down cleanly and new has replayed its shutdown checkpoint. Otherwise nobody knows what old acknowledged after it was last
/// heard of, and a person must accept that.
package enum PostgresLoss: Gate {
    package static let id: GateID = "postgres.loss"
    package static let summary = "What a promotion would lose is known to be nothing, or accepted."
    package static let source =
        "PostgreSQL: asynchronous replication, pg_controldata; Baton invariant I3, rules R4 and R6."
    package static let kind = TargetKind.node

    package static func question(_ limit: NoParameters, on target: Target, in scope: Scope) -> PostgresLossProbe {
        PostgresLossProbe(old: scope.binding.old, new: target.name, accepted: scope.acceptance?.loss)
    }

    package static func judge(_ answer: PostgresLossProbe.Answer, _ limit: NoParameters) -> Verdict {
        let (old, new) = (answer.old, answer.new)
        guard let candidate = answer.survivors.first(where: { $0.node == new }) else {
            return .unknown("\(new) does not tell what it has received", remedy: "Look at \(new) and its log")
        }
        let age =
            candidate.lastCommitAge.map { "its newest commit is \($0) old" }
            ?? "it has replayed no commit since its start"
        var card = "\(new) has received \(candidate.received); \(age)"
        var received = candidate.received
        if let ahead = candidate.furthest(of: answer.survivors) {
            // It is fetched before the promotion, which is refused without it.
            received = ahead.received
            let more = ByteCount(Int64(clamping: received.rawValue - candidate.received.rawValue))
            card += "; \(ahead.node) has \(more) more, which \(new) fetches from it first"
        }
        let observed = Quantity.text("\(received)")
        if let end = answer.shutdownCheckpoint {
            if received > end {
                return .pass(
                    "nothing is lost: \(old) shut down cleanly at \(end), and \(card)", observed: observed,
                    limit: .text("after \(end)"))
            }
            return judge(
                lost: end.rawValue - received.rawValue, "\(old) shut down cleanly at \(end), and \(card)",
                answer, observed)
        }
        return judge(
            lost: nil, "nobody knows what \(old) wrote and acknowledged after \(new) last heard of it: \(card)", answer,
            observed)
    }

    private static func judge(
        lost bytes: UInt64?, _ card: String, _ answer: PostgresLossProbe.Answer, _ observed: Quantity
    ) -> Verdict {
        let amount = bytes.map { "\(ByteCount(Int64(clamping: $0))) of log would be lost" } ?? "the loss is not known"
        let word = bytes.map { "\($0)" } ?? "unknown"
        guard let accepted = answer.accepted else {
            return .block(
                "\(amount): \(card)",
                remedy: "Bring \(answer.old) back; or accept it: --accept-loss \(word)", observed: observed)
        }
        guard accepted.covers(bytes) else {
            return .block(
                "\(amount), which is more than was accepted: \(card)", remedy: "Accept it: --accept-loss \(word)",
                observed: observed)
        }
        return .warn(
            "\(amount), and that is accepted: \(card)",
            remedy: "Keep the data directory of \(answer.old): what is missing is there", observed: observed)
    }

    package static func byHand(_ limit: NoParameters, on target: Target, in scope: Scope) -> ByHandCheck {
        let received =
            "SELECT GREATEST(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()), pg_last_xact_replay_timestamp()"
        let others: [Target] = scope.others.map { .node($0.name) }.filter { $0 != target }
        return ByHandCheck(
            ([target] + others).map {
                psql(
                    $0, in: scope, received,
                    expect: $0 == target
                        ? "how far \(target) is, and when its newest commit was made: everything after that is lost"
                        : "nothing further on than \(target), or no answer")
            },
            otherwise:
                "Where another standby is further on, promote that one, or let \(target) stream from it first. What "
                + "\(scope.old) acknowledged after the newest commit is lost: have somebody decide who may.")
    }

    package static let passing = PostgresLossProbe.Answer(
        old: "west-db", new: "east-db",
        survivors: [
            .init(
                node: "east-db", timeline: 1, received: LSN(rawValue: 0x0500_00A0),
                replayed: LSN(rawValue: 0x0500_00A0),
                lastCommitAge: .seconds(3))
        ], shutdownCheckpoint: LSN(rawValue: 0x0500_0028), accepted: nil)
    package static let refusing = PostgresLossProbe.Answer(
        old: "west-db", new: "east-db",
        survivors: [
            .init(
                node: "east-db", timeline: 1, received: LSN(rawValue: 0x0500_00A0),
                replayed: LSN(rawValue: 0x0500_00A0),
                lastCommitAge: .seconds(3))
        ], shutdownCheckpoint: nil, accepted: nil)
}
