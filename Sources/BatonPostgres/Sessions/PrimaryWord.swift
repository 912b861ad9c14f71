package import BatonCore
import BatonEngine

/// What a primary that is alive tells of itself that nobody could tell once it is lost.
package struct PrimaryWord: Hashable, Sendable {
    package var node: String
    /// The end of its log.
    package var flushed: LSN
    /// How much of that another node had not received when it was asked right after; nil when it did not answer.
    package var missing: UInt64?
    /// Before the question was sent.
    package var askedAt: Instant
    package var synchronousStandbyNames: String
    package var logicalSlots: [String]
}

extension ClusterSessions {
    /// The first of the nodes that says it is the primary; nil when none does. Read only.
    /// - Parameter standby: who is asked how much of its log it has received.
    package func primary(
        among nodes: [String], beside standby: String?, deadline: Deadline
    ) async -> PrimaryWord? {
        for node in nodes {
            do throws(PostgresError) {
                let asked = SystemClock.now()
                let row = try await self.node(node, deadline: deadline).query(
                    """
                    SELECT CASE WHEN pg_catalog.pg_is_in_recovery() THEN NULL \
                    ELSE pg_catalog.pg_current_wal_flush_lsn() END AS flushed, \
                    pg_catalog.current_setting('synchronous_standby_names') AS names, \
                    (SELECT string_agg(slot_name, ',' ORDER BY slot_name) FROM pg_catalog.pg_replication_slots \
                    WHERE slot_type = 'logical') AS slots
                    """, deadline: deadline
                ).single()
                guard let flushed = try row.optionalLSN("flushed") else { continue }
                let slots = try row.optionalText("slots") ?? ""
                var word = PrimaryWord(
                    node: node, flushed: flushed, missing: nil, askedAt: asked,
                    synchronousStandbyNames: try row.text("names"),
                    logicalSlots: slots.split(separator: ",").map(String.init))
                if let standby { word.missing = await missing(of: flushed, on: standby, deadline: deadline) }
                return word
            } catch {
                continue
            }
        }
        return nil
    }

    private func missing(of flushed: LSN, on standby: String, deadline: Deadline) async -> UInt64? {
        do throws(PostgresError) {
            let row = try await self.node(standby, deadline: deadline).query(
                """
                SELECT GREATEST(pg_catalog.pg_last_wal_receive_lsn(), pg_catalog.pg_last_wal_replay_lsn()) AS received
                """, deadline: deadline
            ).single()
            return try row.optionalLSN("received").map { flushed > $0 ? flushed.rawValue - $0.rawValue : 0 }
        } catch {
            return nil
        }
    }
}

/// What was known of old before it was lost, from a record.
package struct RememberedPrimary: Hashable, Sendable {
    package var node: String
    package var synchronous: LossCard.Told
    package var logicalSlots: LossCard.Told

    package init(node: String, synchronous: LossCard.Told, logicalSlots: LossCard.Told) {
        self.node = node
        self.synchronous = synchronous
        self.logicalSlots = logicalSlots
    }
}
