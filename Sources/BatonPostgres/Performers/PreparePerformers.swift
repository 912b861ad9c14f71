package import BatonActions
package import BatonCore
package import BatonEngine

/// `CHECKPOINT` on a session of its own. On a primary twice: the first writes everything, the second what came meanwhile.
package struct CheckpointPerformer: Performer {
    package typealias Performs = Checkpoint
    let workbench: Workbench

    package func perform(
        _ parameters: NoParameters, on target: Target, in scope: Scope, permit: Permit, deadline: Deadline
    ) async -> PerformOutcome {
        do throws(PostgresError) {
            let session = try await workbench.sessions.openNode(target.name, deadline: deadline)
            for _ in 0..<(target == scope.old ? 2 : 1) {
                _ = try await session.simpleQuery("CHECKPOINT", deadline: deadline)
            }
            await session.close()
            return .succeeded("CHECKPOINT")
        } catch {
            return error.outcome
        }
    }
}

/// Creates the slots that are missing or whose log is lost; a healthy one stays.
package struct CreateSlotsPerformer: Performer {
    package typealias Performs = CreateSlots
    let workbench: Workbench

    package func perform(
        _ parameters: NoParameters, on target: Target, in scope: Scope, permit: Permit, deadline: Deadline
    ) async -> PerformOutcome {
        do throws(PostgresError) {
            let session = try await workbench.sessions.node(target.name, deadline: deadline)
            var made: [String] = []
            for node in scope.followers(of: target) {
                let found = try await session.query(
                    """
                    SELECT restart_lsn IS NOT NULL AND wal_status IS DISTINCT FROM 'lost' AS healthy, active
                    FROM pg_catalog.pg_replication_slots WHERE slot_name = $1 AND slot_type = 'physical'
                    """, [node.slotName], deadline: deadline)
                if let slot = found.first {
                    if try slot.bool("healthy") { continue }
                    _ = try await session.query(
                        "SELECT pg_catalog.pg_drop_replication_slot($1)", [node.slotName], deadline: deadline)
                }
                _ = try await session.query(
                    "SELECT pg_catalog.pg_create_physical_replication_slot($1, true)", [node.slotName],
                    deadline: deadline)
                made.append(node.slotName)
            }
            return .succeeded(made.isEmpty ? "every slot was there" : "created \(made.joined(separator: ", "))")
        } catch {
            return error.outcome
        }
    }
}

/// Drops the slots of the other nodes that no standby uses.
package struct DropSlotsPerformer: Performer {
    package typealias Performs = DropSlots
    let workbench: Workbench

    package func perform(
        _ parameters: NoParameters, on target: Target, in scope: Scope, permit: Permit, deadline: Deadline
    ) async -> PerformOutcome {
        do throws(PostgresError) {
            let session = try await workbench.sessions.node(target.name, deadline: deadline)
            let dropped = try await dropUnusedSlots(of: target, in: scope, on: session, deadline: deadline)
            return .succeeded("dropped \(dropped) slots")
        } catch {
            return error.outcome
        }
    }
}

/// Drops the unused physical slots on a node that carry the names of other nodes, and returns how many there were.
func dropUnusedSlots(
    of target: Target, in scope: Scope, on session: PostgresConnection, deadline: Deadline
) async throws(PostgresError) -> Int {
    let names = scope.followers(of: target).map(\.slotName)
    return try await session.query(
        """
        SELECT pg_catalog.pg_drop_replication_slot(slot_name) FROM pg_catalog.pg_replication_slots
        WHERE slot_type = 'physical' AND NOT active AND slot_name = ANY ($1::name[])
        """, ["{\(names.joined(separator: ","))}"], deadline: deadline
    ).count
}
