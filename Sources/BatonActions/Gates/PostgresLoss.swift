package import BatonCore

/// Asks every survivor how much of the lost primary's log it has, and the lost host what it last wrote.
package struct PostgresLossProbe: Probe {
    package typealias Survivor = LossCard.Survivor

    package struct Answer: Hashable, Codable, Sendable {
        package var old: String
        package var new: String
        /// New among them.
        package var survivors: [Survivor]
        /// Where old's shutdown checkpoint begins; nil when it did not shut down cleanly, or nobody can read its `pg_control`.
        package var shutdownCheckpoint: LSN?
        package var accepted: Acceptance?
        /// What old's host reads on its disk; nil when it cannot.
        package var onDisk: LossCard.OnDisk?
        /// Of a primary that is alive and was asked; nil in an emergency.
        package var lag: LossCard.Lag?
        package var synchronous: LossCard.Told?
        package var logicalSlots: LossCard.Told?

        package init(
            old: String, new: String, survivors: [Survivor], shutdownCheckpoint: LSN?, accepted: Acceptance?,
            onDisk: LossCard.OnDisk? = nil
        ) {
            self.old = old
            self.new = new
            self.survivors = survivors
            self.shutdownCheckpoint = shutdownCheckpoint
            self.accepted = accepted
            self.onDisk = onDisk
        }
    }

    package static let id = "postgres.loss"
    package var old: String
    package var new: String
    package var accepted: Acceptance?

    package init(old: String, new: String, accepted: Acceptance?) {
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
        PostgresLossProbe(old: scope.binding.old, new: target.name, accepted: scope.acceptance)
    }

    package static func judge(_ answer: PostgresLossProbe.Answer, _ limit: NoParameters) -> Verdict {
        let card = answer.card
        var verdict = judge(card, accepted: answer.accepted)
        verdict.exhibit = .loss(card: card)
        return verdict
    }

    private static func judge(_ card: LossCard, accepted: Acceptance?) -> Verdict {
        let (old, new) = (card.old, card.new)
        guard let candidate = card.candidate else {
            return .unknown("\(new) does not tell what it has received", remedy: "Look at \(new) and its log")
        }
        let age =
            candidate.lastCommitAge.map { "its newest commit is \($0) old" }
            ?? "it has replayed no commit since its start"
        var has = "\(new) has received \(candidate.received); \(age)"
        let reach = candidate.reach(card.survivors)
        if reach.node != new {
            // It is fetched before the promotion, which is refused without it.
            let more = ByteCount(Int64(clamping: reach.received.rawValue - candidate.received.rawValue))
            has += "; \(reach.node) has \(more) more, which \(new) fetches from it first"
        }
        let observed = Quantity.text("\(reach.received)")
        let reason: String
        if let end = card.cleanStop {
            if card.isNothing {
                return .pass(
                    "nothing is lost: \(old) shut down cleanly at \(end), and \(has)", observed: observed,
                    limit: .text("after \(end)"))
            }
            reason = "\(old) shut down cleanly at \(end), and \(has)"
        } else if let disk = card.onDisk, disk.isFinal {
            reason = "the log on the disk of \(disk.node ?? old), which does not run, ends at \(disk.end), and \(has)"
        } else {
            reason = "nobody knows what \(old) wrote and acknowledged after \(new) last heard of it: \(has)"
        }
        return judge(card, reason, accepted, observed)
    }

    private static func judge(
        _ card: LossCard, _ reason: String, _ accepted: Acceptance?, _ observed: Quantity
    ) -> Verdict {
        let amount =
            card.bytes == nil && card.leastBytes == nil ? "the loss is not known" : "\(card.amount) would be lost"
        var word = card.bytes.map { "\($0)" } ?? "unknown"
        if card.bytes == nil, let disk = card.onDisk, disk.isFinal { word += ", or no more than \(disk.bytes)" }
        switch accepted?.coverage(of: card) ?? .nothingAccepted {
        case .nothingAccepted:
            return .block(
                "\(amount): \(reason)", remedy: "Bring \(card.old) back; or accept it: --accept-loss \(word)",
                observed: observed)
        case .less(let why):
            return .block(
                "\(amount), which is more than was accepted (\(why)): \(reason)",
                remedy: "Accept it: --accept-loss \(word)", observed: observed)
        case .covered:
            return .warn(
                "\(amount), and that is accepted: \(reason)",
                remedy: "Keep the data directory of \(card.old): what is missing is there", observed: observed)
        }
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
