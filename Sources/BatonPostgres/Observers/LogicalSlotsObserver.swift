package import BatonActions
package import BatonCore
package import BatonEngine

/// The logical slots of old that new does not keep in step. Since PostgreSQL 17 a standby can have synchronized copies
/// (`synced`); before, it has none.
package struct PostgresLogicalSlotsObserver: Observer {
    let view: ClusterView

    package func observe(
        _ question: PostgresLogicalSlotsProbe, in scope: Scope, deadline: Deadline
    ) async throws(ObservationError) -> PostgresLogicalSlotsProbe.Answer {
        let old = try view.node(question.node, in: scope)
        let new = try view.node(question.new, in: scope)
        let present = try await names(
            GateQuestion.logicalSlots, of: old, deadline: deadline)
        if present.isEmpty { return .init(node: old.name, slots: []) }
        // Read as JSON, because the columns differ between versions.
        let ready = try await names(
            """
            SELECT slot_name FROM pg_replication_slots s WHERE slot_type = 'logical' AND NOT temporary \
            AND (to_jsonb(s)->>'synced')::bool AND to_jsonb(s)->>'invalidation_reason' IS NULL
            """, of: new, deadline: deadline)
        return .init(node: old.name, slots: present.filter { !ready.contains($0) })
    }

    private func names(_ sql: String, of node: Node, deadline: Deadline) async throws(ObservationError) -> [String] {
        let rows = try await view.rows(sql, of: node, deadline: deadline)
        return try view.read(node) { () throws(PostgresError) in
            try rows.column(named: "slot_name").compactMap(\.self)
        }
    }
}
