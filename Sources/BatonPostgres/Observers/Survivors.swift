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
        (1000 * extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()))::bigint AS age \
        WHERE pg_is_in_recovery()
        """

    /// New first, then the others that answer and are copies of the same cluster.
    func positions(
        of new: Node, in scope: Scope, deadline: Deadline
    ) async throws(ObservationError) -> [PostgresLossProbe.Survivor] {
        async let asked = survivor(new, deadline: deadline)
        async let found = survivors(scope.others.filter { $0.name != new.name }, of: new, deadline: deadline)
        let candidate = try await asked.get().survivor
        return [candidate] + (await found)
    }

    /// Those that answer and are copies of the same cluster.
    private func survivors(_ nodes: [Node], of new: Node, deadline: Deadline) async -> [PostgresLossProbe.Survivor] {
        guard case .success(let identity) = await view.identity(of: new, deadline: deadline) else { return [] }
        return await withTaskGroup(of: PostgresLossProbe.Survivor?.self) { group in
            for node in nodes {
                group.addTask {
                    guard case .success(let seen) = await survivor(node, deadline: deadline),
                        seen.identity.systemIdentifier == identity.systemIdentifier
                    else { return nil }
                    return seen.survivor
                }
            }
            return await group.reduce(into: []) { if let one = $1 { $0.append(one) } }.sorted { $0.node < $1.node }
        }
    }

    private func survivor(
        _ node: Node, deadline: Deadline
    ) async -> Result<(survivor: PostgresLossProbe.Survivor, identity: SystemIdentity), ObservationError> {
        async let identified = view.identity(of: node, deadline: deadline)
        async let answered = view.answer(Self.sql, of: node, deadline: deadline)
        do throws(ObservationError) {
            let (identity, rows) = (try await identified.get(), try await answered.get())
            let survivor = try view.read(node) { () throws(PostgresError) in
                let row = try rows.single()
                return PostgresLossProbe.Survivor(
                    node: node.name, timeline: identity.timeline, received: try row.lsn("received"),
                    replayed: try row.optionalLSN("replayed"),
                    lastCommitAge: try row.optionalInt("age").map { .milliseconds(Int64(max(0, $0))) })
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
