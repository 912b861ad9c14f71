package import BatonCore

/// Asks for the two halves of the proof of zero loss: old's shutdown checkpoint and what the candidate has replayed.
package struct PostgresReplayedShutdownCheckpointProbe: Probe {
    package struct Answer: Hashable, Codable, Sendable {
        package var old: String
        package var new: String
        /// S, of old's `pg_control`.
        package var oldSystemIdentifier: SystemIdentifier
        /// Whether old's `pg_control` says `shut down`: a shutdown checkpoint was written.
        package var shutDown: Bool
        /// C, where old's latest checkpoint record begins.
        package var checkpoint: LSN
        /// T, the timeline of that record.
        package var checkpointTimeline: TimelineID
        package var newSystemIdentifier: SystemIdentifier
        /// The candidate's live timeline (`IDENTIFY_SYSTEM`).
        package var newTimeline: TimelineID
        /// The end of the last record that the candidate has replayed; nil when it names none.
        package var replayed: LSN?

        package init(
            old: String, new: String, oldSystemIdentifier: SystemIdentifier, shutDown: Bool, checkpoint: LSN,
            checkpointTimeline: TimelineID, newSystemIdentifier: SystemIdentifier, newTimeline: TimelineID,
            replayed: LSN?
        ) {
            self.old = old
            self.new = new
            self.oldSystemIdentifier = oldSystemIdentifier
            self.shutDown = shutDown
            self.checkpoint = checkpoint
            self.checkpointTimeline = checkpointTimeline
            self.newSystemIdentifier = newSystemIdentifier
            self.newTimeline = newTimeline
            self.replayed = replayed
        }
    }

    package static let id = "postgres.replayed-shutdown-checkpoint"
    package var old: String
    package var new: String

    package init(old: String, new: String) {
        self.old = old
        self.new = new
    }
}

/// The proof that no committed write is lost (R4): old stopped cleanly, its shutdown checkpoint is the last record of its
/// log, and the candidate has replayed that record and nothing beyond it.
package enum PostgresReplayedShutdownCheckpoint: Gate {
    package static let id: GateID = "postgres.replayed-shutdown-checkpoint"
    package static let summary = "The candidate has replayed old's shutdown checkpoint and nothing beyond it."
    package static let source = "PostgreSQL: walsender.c (shutdown), pg_controldata; Baton rule R4."
    package static let kind = TargetKind.node

    /// One page of the log. The checkpoint's record is about 120 bytes long and headers may come between; replay that is
    /// further on has seen a record that old never wrote.
    package static let page: UInt64 = 8_192

    package static func question(_ limit: NoParameters, on target: Target, in scope: Scope)
        -> PostgresReplayedShutdownCheckpointProbe
    {
        PostgresReplayedShutdownCheckpointProbe(old: scope.binding.old, new: target.name)
    }

    package static func judge(_ answer: PostgresReplayedShutdownCheckpointProbe.Answer, _ limit: NoParameters)
        -> Verdict
    {
        let (old, new, start) = (answer.old, answer.new, answer.checkpoint)
        guard answer.oldSystemIdentifier == answer.newSystemIdentifier else {
            return .block(
                "\(old) is of cluster \(answer.oldSystemIdentifier), \(new) of \(answer.newSystemIdentifier)",
                remedy: "Correct the topology: they must be copies of one cluster")
        }
        guard answer.shutDown else {
            return .block(
                "pg_control of \(old) does not say shut down: there is no shutdown checkpoint to prove zero loss by",
                remedy: "Stop it with pg_ctl stop -m fast -D its-data-directory and look again with pg_controldata",
                observed: .text("not shut down"), limit: .text("shut down"))
        }
        guard answer.newTimeline == answer.checkpointTimeline else {
            return .block(
                "\(new) is on timeline \(answer.newTimeline), the shutdown checkpoint of \(old) on "
                    + "\(answer.checkpointTimeline): diverged",
                remedy: "Do not promote. Start \(old) again; build \(new) again from it",
                observed: .count(Int64(answer.newTimeline)), limit: .count(Int64(answer.checkpointTimeline)))
        }
        guard let replayed = answer.replayed else {
            return .unknown("\(new) does not tell what it has replayed")
        }
        let evidence =
            "system identifier \(answer.oldSystemIdentifier), timeline \(answer.checkpointTimeline), shutdown "
            + "checkpoint of \(old) at \(start), \(new) replayed \(replayed)"
        guard replayed > start else {
            return .block(
                "\(new) has not replayed the shutdown checkpoint of \(old): \(evidence)",
                remedy:
                    "Wait; if it does not move, start \(old) again (pg_ctl start -D its-data-directory), which sends "
                    + "what is missing",
                observed: .text("\(replayed)"), limit: .text("after \(start)"))
        }
        guard replayed.rawValue - start.rawValue <= page else {
            return .block(
                "\(new) has replayed log that \(old) never wrote (diverged): \(evidence)",
                remedy: "Do not promote. Find out who wrote it: pg_waldump -s \(start) in pg_wal of \(new)",
                observed: .text("\(replayed)"), limit: .text("at most \(LSN(rawValue: start.rawValue + page))"))
        }
        return .pass("nothing is lost: \(evidence)", observed: .text("\(replayed)"), limit: .text("after \(start)"))
    }

    package static func establishes(on target: Target, in scope: Scope) -> [Change] {
        [Change(FactKey(target, .complete), .flag(true))]
    }

    package static func byHand(_ limit: NoParameters, on target: Target, in scope: Scope) -> ByHandCheck {
        let otherwise =
            "Do not promote. Where \(target) is still behind, wait; where it does not move, start \(scope.old) again: it "
            + "sends what is missing. Where the difference is more than \(Int(page)), \(target) has log that \(scope.old) "
            + "never wrote: find out who wrote it."
        guard let node = scope.topology.node(target.name),
            let directory = scope.topology.node(scope.binding.old)?.dataDirectory
        else { return ByHandCheck([], otherwise: otherwise) }
        let program = "\(directory.binDirectory)/pg_controldata"
        let checkpoint: ShellLine =
            "$(LC_ALL=C \(program) -D \(directory.path) | sed -n 's/^Latest checkpoint location: *//p')"
        return ByHandCheck(
            controlData(
                "Database cluster state", of: scope.old, in: scope,
                expect: "\(scope.old) has written its shutdown checkpoint", output: "shut down")
                + [
                    psql(
                        node, at: host(of: scope.old),
                        printing: """
                            SELECT pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '\(checkpoint)') BETWEEN 1 AND \(Int(page))
                            """,
                        expect:
                            "\(target) has replayed \(scope.old)'s shutdown checkpoint and nothing beyond it: nothing is lost",
                        output: "t")
                ], otherwise: otherwise)
    }

    package static let passing = PostgresReplayedShutdownCheckpointProbe.Answer(
        old: "west-db", new: "east-db", oldSystemIdentifier: 7_300_000_000_000_000_001, shutDown: true,
        checkpoint: LSN(rawValue: 0x0500_0028), checkpointTimeline: 1,
        newSystemIdentifier: 7_300_000_000_000_000_001, newTimeline: 1, replayed: LSN(rawValue: 0x0500_00A0))
    package static let refusing = PostgresReplayedShutdownCheckpointProbe.Answer(
        old: "west-db", new: "east-db", oldSystemIdentifier: 7_300_000_000_000_000_001, shutDown: true,
        checkpoint: LSN(rawValue: 0x0500_0028), checkpointTimeline: 1,
        newSystemIdentifier: 7_300_000_000_000_000_001, newTimeline: 1, replayed: LSN(rawValue: 0x0500_0028))
}
