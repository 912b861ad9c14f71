package import BatonCore

extension ClusterSessions {
    /// The bytes of log that a standby has yet to replay of what its primary says it has flushed; nil when one of the
    /// two does not answer. The primary is asked first, so that the number is never too small.
    package func replayLag(of standby: String, deadline: Deadline) async -> Int64? {
        for node in topology.nodes where node.name != standby {
            do throws(PostgresError) {
                let flushed = try await self.node(node.name, deadline: deadline).query(
                    """
                    SELECT CASE WHEN pg_catalog.pg_is_in_recovery() THEN NULL
                           ELSE pg_catalog.pg_current_wal_flush_lsn() END AS flushed
                    """, deadline: deadline
                ).single()
                guard let target = try flushed.optionalLSN("flushed") else { continue }
                let replayed = try await self.node(standby, deadline: deadline).query(
                    "SELECT pg_catalog.pg_last_wal_replay_lsn() AS replayed", deadline: deadline
                ).single()
                return try replayed.optionalLSN("replayed").map { max(0, target.bytes(since: $0)) }
            } catch {
                continue
            }
        }
        return nil
    }
}
