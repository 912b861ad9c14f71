import BatonCore
import BatonEngine

/// The statements behind the lease: what a session asks of the one node that it is connected to.
///
/// The key is the system identifier as one 64-bit number; `pg_locks` shows it in two halves with `objsubid` 1
/// (PostgreSQL documentation, "pg_locks"). Advisory locks belong to one database of the server.
enum LeaseLock {
    /// Who has the lock of a node.
    struct Holder {
        var application: String
        var since: String
        var address: String

        func refusal(of node: String) -> LeaseHeld {
            LeaseHeld(
                "Another run holds the lease on \(node): \(application), connected from \(address) since \(since). "
                    + "To look: SELECT * FROM pg_stat_activity WHERE application_name = '\(application)'; "
                    + "on its machine: baton status")
        }
    }

    /// What one try gave.
    enum Answer {
        case locked
        case held(Holder)
        /// Refused, and a moment later nobody had it.
        case justReleased
    }

    /// Tries once. Every role may see who holds a lock; since when and from where only `pg_monitor` sees.
    static func attempt(_ session: PostgresConnection, deadline: Deadline) async throws(PostgresError) -> Answer {
        let answer = try await session.query(
            """
            SELECT pg_catalog.pg_try_advisory_lock(system_identifier) AS locked, system_identifier AS key
            FROM pg_catalog.pg_control_system()
            """, deadline: deadline
        ).single()
        if try answer.bool("locked") { return .locked }
        let rows = try await session.query(
            """
            SELECT coalesce(a.application_name, '') AS application_name,
                   coalesce(a.backend_start::timestamptz(0)::text, 'a time that is not shown') AS since,
                   CASE WHEN a.backend_start IS NULL THEN 'an address that is not shown'
                        ELSE coalesce(pg_catalog.host(a.client_addr), 'the same machine') END AS address
            FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a USING (pid)
            WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
              AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
              AND (l.classid::bigint << 32) | l.objid::bigint = $1::bigint
            """, [try answer.text("key")], deadline: deadline)
        guard let row = rows.first else { return .justReleased }
        return .held(
            Holder(
                application: try row.text("application_name"), since: try row.text("since"),
                address: try row.text("address")))
    }

    /// The session idles for the whole run: a server that ends idle sessions (`idle_session_timeout`, PostgreSQL 14 and
    /// newer) must not end this one. A client that has vanished is to be noticed within about ten seconds, not by the
    /// kernel's two hours: its lock would keep everybody out.
    static func keepWhileIdle(_ session: PostgresConnection, deadline: Deadline) async throws(PostgresError) {
        _ = try await session.query(
            """
            SELECT pg_catalog.set_config(s.name, wanted.value, false)
            FROM (VALUES ('idle_session_timeout', '0'), ('tcp_keepalives_idle', '5'), ('tcp_keepalives_interval', '2'),
                         ('tcp_keepalives_count', '3')) AS wanted (name, value)
            JOIN pg_catalog.pg_settings s USING (name)
            """, deadline: deadline)
    }

    /// Whether a session of this name belongs to the run: `baton/<run>` or `baton/<run>/…`.
    static func isSession(_ application: String, of run: RunID) -> Bool {
        application == name(of: run) || application.hasPrefix(name(of: run) + "/")
    }

    /// Ends the sessions of a run, but those that have the caller's own name. Only sessions of the caller's own role: it
    /// needs no right for those (`pg_terminate_backend`), and what came through a pooler is a pooler's affair.
    static func endSessions(
        of run: RunID, butNot own: String, _ session: PostgresConnection, deadline: Deadline
    ) async throws(PostgresError) {
        _ = try await session.query(
            """
            SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
            WHERE usename = current_user AND (application_name = $1 OR starts_with(application_name, $1 || '/'))
              AND application_name <> $2
            """, [name(of: run), own], deadline: deadline)
    }

    private static func name(of run: RunID) -> String { "baton/\(run)" }
}
