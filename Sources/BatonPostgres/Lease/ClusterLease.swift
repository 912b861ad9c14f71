package import BatonCore
package import BatonEngine

/// The lease on the cluster itself: a session advisory lock on every node that answers, keyed by the system identifier,
/// so that two Batons exclude each other from whatever directory or machine they run. Advisory locks work on a hot
/// standby, and the server releases them when the session ends, however it ends.
package actor ClusterLease: HeldLease {
    package nonisolated let losses: AsyncStream<LeaseLoss>
    private let lost: AsyncStream<LeaseLoss>.Continuation
    private var sessions: [String: PostgresConnection] = [:]
    private var watch: Task<Void, Never>?

    private init() { (losses, lost) = AsyncStream<LeaseLoss>.makeStream() }

    /// Locks every node that answers, the candidates first. A node that does not answer is left out: the gates report it.
    package static func acquire(
        sessions: ClusterSessions, candidates: [String], deadline: Deadline
    ) async throws(LeaseHeld) -> ClusterLease {
        let lease = ClusterLease()
        let names = sessions.topology.nodes.map(\.name)
        for name in candidates + names.filter({ !candidates.contains($0) }) {
            guard let session = try? await sessions.openNode(name, deadline: deadline) else { continue }
            let holder: Holder?
            do throws(PostgresError) { holder = try await Self.lock(session, deadline: deadline) } catch { continue }
            if let holder {
                await session.close()
                await lease.release()
                throw holder.refusal(of: name)
            }
            await lease.keep(session, of: name)
        }
        await lease.beginWatch()
        return lease
    }

    /// The session that holds the lock of a node.
    package func session(_ node: String) -> PostgresConnection? { sessions[node] }

    /// The nodes whose lock is held, in alphabetical order.
    package var nodes: [String] { sessions.keys.sorted() }

    package func release() async {
        watch?.cancel()
        lost.finish()
        let held = sessions.values
        sessions = [:]
        for session in held { await session.close() }
    }

    private func keep(_ session: PostgresConnection, of node: String) { sessions[node] = session }

    /// Time between two looks at the sessions. A look reads the socket and sends nothing.
    private static let watchInterval = TimeSpan.milliseconds(250)

    private func beginWatch() {
        watch = Task { [weak self] in
            while (try? await SystemClock.sleep(Self.watchInterval)) != nil {
                guard let self else { return }
                await self.reportLosses()
            }
        }
    }

    private func reportLosses() async {
        for (name, session) in sessions.sorted(by: { $0.key < $1.key }) where await session.isBroken {
            sessions[name] = nil
            lost.yield(LeaseLoss(node: name, why: "its session with the server ended"))
        }
    }
}

extension ClusterLease {
    private struct Holder {
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

    /// Takes the lock, or returns who has it. The key is the system identifier as one 64-bit number; `pg_locks` shows it
    /// in two halves with `objsubid` 1 (PostgreSQL documentation, "pg_locks").
    private static func lock(
        _ session: PostgresConnection, deadline: Deadline
    ) async throws(PostgresError) -> Holder? {
        let answer = try await session.query(
            """
            SELECT pg_catalog.pg_try_advisory_lock(system_identifier) AS locked, system_identifier AS key
            FROM pg_catalog.pg_control_system()
            """, deadline: deadline
        ).single()
        if try answer.bool("locked") { return nil }
        let key = try answer.text("key")
        let rows = try await session.query(
            """
            SELECT a.application_name, a.backend_start::timestamptz(0)::text AS since,
                   coalesce(host(a.client_addr), 'the same machine') AS address
            FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a USING (pid)
            WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
              AND (l.classid::bigint << 32) | l.objid::bigint = $1::bigint
            """, [key], deadline: deadline)
        guard let row = rows.first else {
            return Holder(application: "a session that has just ended", since: "a moment ago", address: "somewhere")
        }
        return Holder(
            application: try row.text("application_name"), since: try row.text("since"),
            address: try row.text("address"))
    }
}
