import BatonCore
import BatonEngine
import BatonHosts
import BatonPostgres

extension PostgresServer {
    /// What one server says of itself now.
    struct State: Sendable {
        var role: LabStatus.Role
        var timeline: UInt32?
        /// A primary's insert position, a standby's replay position.
        var position: LSN?
    }

    // Each row answers on a primary and on a standby. The timeline in a standby's control file lags behind the stream, so
    // the walreceiver is asked first (R6).
    private static let question = """
        SELECT pg_is_in_recovery() AS standby,
            CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END AS position,
            CASE WHEN pg_is_in_recovery()
                THEN coalesce((SELECT received_tli FROM pg_stat_wal_receiver),
                    greatest((SELECT timeline_id FROM pg_control_checkpoint()),
                        (SELECT min_recovery_end_timeline FROM pg_control_recovery())))::bigint
                ELSE ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint END AS timeline
        """

    /// Asks the server; a silent one is `unknown`, one without processes is `down`.
    func state(deadline: Deadline) async -> State {
        do {
            if try await local.process(deadline: deadline) == .none { return State(role: .down) }
            let session = try await superuser(deadline: deadline)
            let row = try await session.query(Self.question, deadline: deadline).single()
            await session.close()
            return State(
                role: try row.bool("standby") ? .standby : .primary,
                timeline: try row.optionalInt("timeline").flatMap { UInt32(exactly: $0) },
                position: try row.optionalLSN("position"))
        } catch {
            return State(role: .unknown)
        }
    }
}
