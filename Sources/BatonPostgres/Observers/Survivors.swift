package import BatonActions
package import BatonCore
package import BatonEngine

/// How much of the lost primary's log each standby has that answers.
struct Survivors: Sendable {
    let view: ClusterView

    /// What was received is more than what was replayed, or nothing where the walreceiver has not run since the start.
    private static let sql = """
        SELECT GREATEST(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) AS received, \
        pg_last_wal_replay_lsn() AS replayed, \
        (1000 * extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()))::bigint AS age, \
        (1000000 * extract(epoch FROM pg_last_xact_replay_timestamp()))::bigint AS committed, \
        r.latest_end_lsn AS heard, (1000000 * extract(epoch FROM r.latest_end_time))::bigint AS heard_at, \
        (1000 * extract(epoch FROM clock_timestamp() - r.last_msg_receipt_time))::bigint AS heard_age, \
        r.sender_host, r.sender_port \
        FROM (SELECT) one LEFT JOIN pg_stat_wal_receiver r ON true WHERE pg_is_in_recovery()
        """

    /// New first, then the others that answer and are copies of the same cluster; and which cluster that is.
    ///
    /// - Parameter old: whose word about the end of its log counts, where a survivor has heard one.
    func positions(
        of new: Node, after old: Node?, in scope: Scope, deadline: Deadline
    ) async throws(ObservationError) -> (survivors: [LossCard.Survivor], identity: SystemIdentity) {
        let others = scope.others.filter { $0.name != new.name }
        async let asked = survivor(new, of: old, deadline: deadline)
        async let found = survivors(others, beside: new, of: old, deadline: deadline)
        let (candidate, identity) = try await asked.get()
        return ([candidate] + (await found), identity)
    }

    /// Those that answer and are copies of the same cluster.
    private func survivors(
        _ nodes: [Node], beside new: Node, of old: Node?, deadline: Deadline
    ) async -> [LossCard.Survivor] {
        guard !nodes.isEmpty, case .success(let identity) = await view.identity(of: new, deadline: deadline)
        else { return [] }
        return await withTaskGroup(of: LossCard.Survivor?.self) { group in
            for node in nodes {
                group.addTask {
                    guard case .success(let seen) = await survivor(node, of: old, deadline: deadline),
                        seen.identity.systemIdentifier == identity.systemIdentifier
                    else { return nil }
                    return seen.survivor
                }
            }
            return await group.reduce(into: []) { if let one = $1 { $0.append(one) } }.sorted { $0.node < $1.node }
        }
    }

    private func survivor(
        _ node: Node, of old: Node?, deadline: Deadline
    ) async -> Result<(survivor: LossCard.Survivor, identity: SystemIdentity), ObservationError> {
        async let identified = view.identity(of: node, deadline: deadline)
        async let answered = view.answer(Self.sql, of: node, deadline: deadline)
        do throws(ObservationError) {
            let (identity, rows) = (try await identified.get(), try await answered.get())
            let survivor = try view.read(node) { () throws(PostgresError) in
                let row = try rows.single()
                var survivor = LossCard.Survivor(
                    node: node.name, timeline: identity.timeline, received: try row.lsn("received"),
                    replayed: try row.optionalLSN("replayed"), lastCommitAge: try row.age("age"),
                    lastCommitAt: try row.time("committed"))
                let sender = (host: try row.optionalText("sender_host"), port: try row.optionalInt("sender_port"))
                // The word of another standby tells nothing of old.
                if let old, sender.host == old.host, sender.port == old.port {
                    survivor.heardEnd = try row.optionalLSN("heard")
                    survivor.heardEndAt = try row.time("heard_at")
                    survivor.heardAge = try row.age("heard_age")
                }
                return survivor
            }
            return .success((survivor, identity))
        } catch {
            return .failure(error)
        }
    }
}

/// Whether a standby has replayed everything that it has received.
package struct PostgresReplayedObserver: Observer {
    let view: ClusterView

    package func observe(
        _ question: PostgresReplayedProbe, in scope: Scope, deadline: Deadline
    ) async throws(ObservationError) -> PostgresReplayedProbe.Answer {
        let node = try view.node(question.node, in: scope)
        let rows = try await view.rows(
            """
            SELECT GREATEST(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) AS received, \
            pg_last_wal_replay_lsn() AS replayed, pg_get_wal_replay_pause_state() AS pause, \
            EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'startup' \
            AND wait_event IN ('RecoveryRetrieveRetryInterval', 'RecoveryWalStream')) AS waits \
            WHERE pg_is_in_recovery()
            """, of: node, deadline: deadline)
        return try view.read(node) { () throws(PostgresError) in
            let row = try rows.single()
            return PostgresReplayedProbe.Answer(
                node: node.name, received: try row.lsn("received"), replayed: try row.lsn("replayed"),
                waitsForLog: try row.bool("waits"), pause: try row.text("pause"))
        }
    }
}

extension Row {
    /// A column that holds whole milliseconds; a clock that runs behind gives none below zero.
    fileprivate func age(_ column: String) throws(PostgresError) -> TimeSpan? {
        try optionalInt(column).map { .milliseconds(Int64(max(0, $0))) }
    }

    /// A column that holds microseconds since 1970.
    fileprivate func time(_ column: String) throws(PostgresError) -> WallTime? {
        try optionalInt(column).map { WallTime(microsecondsSince1970: Int64($0)) }
    }
}
