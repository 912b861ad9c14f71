package import BatonActions
package import BatonCore
package import BatonEngine

/// Promotes on the session that holds the candidate's lease, opened long before: a run that lost its lease cannot promote.
package struct PromotePerformer: Performer {
    package typealias Performs = Promote
    let workbench: Workbench

    /// How long the startup process is waited for to enter its retry sleep (R21); it takes a few milliseconds.
    private static let stallGuard = TimeSpan.milliseconds(100)
    /// A promotion takes about 25 ms; asked every half millisecond its end is seen at once.
    private static let pollInterval = TimeSpan.microseconds(500)
    /// How long a commit on new may take before it counts as hanging (R11).
    private static let commitDeadline = TimeSpan.seconds(1)

    package func perform(
        _ parameters: NoParameters, on target: Target, in scope: Scope, permit: Permit, deadline: Deadline
    ) async -> PerformOutcome {
        guard let session = await workbench.lease.session(target.name), session.isOpen else {
            return .failed("the session that holds the lease on \(target) is gone")
        }
        let began = SystemClock.now()
        let (asked, promoted): (Instant, Instant)
        do throws(PostgresError) {
            try await guardAgainstStall(session, deadline: deadline)
            asked = SystemClock.now()
            try await ask(session, deadline: deadline)
            _ = try await session.poll(
                "SELECT pg_catalog.pg_is_in_recovery() AS recovery", every: Self.pollInterval, deadline: deadline
            ) { rows in (try? rows.single().bool("recovery")) == false }
            promoted = SystemClock.now()
        } catch {
            return error.outcome
        }
        do throws(PostgresError) {
            // A commit that is flushed, and that waits for synchronous standbys like any client's (R11, R15). On the shared
            // session: one that hangs is closed, and the lease must outlive that.
            let deadline = min(deadline, SystemClock.deadline(in: Self.commitDeadline))
            _ = try await workbench.sessions.node(target.name, deadline: deadline).query(
                "SELECT pg_catalog.pg_logical_emit_message(true, 'baton', $1)", [permit.run.rawValue],
                deadline: deadline)
            return .succeeded(
                "startup process seen asleep after \(asked - began), out of recovery \(promoted - asked) after "
                    + "pg_promote, a commit after another \(SystemClock.now() - promoted)")
        } catch {
            return .unknown("\(target) was promoted, but a commit did not come back: \(error)")
        }
    }

    /// Without waiting: the server's own wait looks only every 100 ms. 55000 says that recovery is over: an earlier request,
    /// of a process that is gone, has taken effect meanwhile.
    private func ask(_ session: PostgresConnection, deadline: Deadline) async throws(PostgresError) {
        do {
            _ = try await session.query("SELECT pg_catalog.pg_promote(false)", deadline: deadline)
        } catch {
            guard error.sqlState == "55000" else { throw error }
        }
    }

    /// A standby whose upstream has just gone may sleep `wal_retrieve_retry_interval` after it saw the request. Once it
    /// is in that sleep, the request ends it; so the request waits for the sleep, a few milliseconds, and not for long.
    private func guardAgainstStall(_ session: PostgresConnection, deadline: Deadline) async throws(PostgresError) {
        let end = SystemClock.deadline(in: Self.stallGuard)
        // Given up by the predicate and not by a deadline, which would close the session that holds the lease.
        _ = try await session.poll(
            """
            SELECT 1 FROM pg_catalog.pg_stat_activity
            WHERE backend_type = 'startup' AND wait_event = 'RecoveryRetrieveRetryInterval'
            """, every: Self.pollInterval, deadline: deadline
        ) { !$0.isEmpty || SystemClock.now() >= end }
    }
}
