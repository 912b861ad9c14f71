package import BatonActions
package import BatonCore
package import BatonEngine

/// Climbs the ladder: looks at what stands there, takes the gentlest rung that holds, and the next one where it breaks.
package struct RealignPerformer: Performer {
    package typealias Performs = Realign
    let workbench: Workbench

    /// Time between two words about how far it is.
    private static let progressInterval = TimeSpan.seconds(5)

    package func perform(
        _ parameters: RejoinChoice, on target: Target, in scope: Scope, permit: Permit, deadline: Deadline
    ) async -> PerformOutcome {
        guard let host = workbench.databaseHost(target) else {
            return .failed("Baton does not control the host of \(target)")
        }
        do {
            guard try await Self.isStopped(host, deadline: deadline) else {
                return .failed("\(target) runs; nothing is done to its data directory")
            }
            try await host.directories?.settle(permit: permit, deadline: deadline)
            return try await climb(
                host, target, parameters, in: scope, permit: permit, deadline: deadline)
        } catch let error as HostError {
            return .failed(error.description)
        } catch let error as ObservationError {
            return .failed(error.message)
        } catch {
            return .failed("\(error)")
        }
    }

    /// A data directory that is not in its place has no server.
    private static func isStopped(_ host: any DatabaseHost, deadline: Deadline) async throws -> Bool {
        if let layout = try await host.directories?.layout(measured: false, deadline: deadline), !layout.exists {
            return true
        }
        return try await host.serverProcess(deadline: deadline) == .none
    }

    private func climb(
        _ host: any DatabaseHost, _ target: Target, _ choice: RejoinChoice, in scope: Scope, permit: Permit,
        deadline: Deadline
    ) async throws -> PerformOutcome {
        let view = ClusterView(sessions: workbench.sessions, hosts: workbench.hosts)
        let ground = try await PostgresRejoinableObserver(view: view).observe(
            PostgresRejoinableProbe(node: target.name, new: scope.binding.new, discards: choice.discards), in: scope,
            deadline: deadline)
        let verdict = PostgresRejoinable.judge(ground, choice)
        guard verdict.allows else { return .failed(verdict.reason) }
        var broken: [String] = []
        for rung in RejoinLadder(ground).rungs {
            do {
                let done = try await take(
                    rung, host, target, ground, in: scope, permit: permit, deadline: deadline)
                return .succeeded((broken + ["\(rung.words): \(done)"]).joined(separator: "; "))
            } catch let error as HostError {
                broken.append("\(rung.words) broke off: \(error)")
                workbench.tell("\(target): \(broken.last ?? "")")
                if SystemClock.now() >= deadline || Task.isCancelled { break }
            }
        }
        // Nothing half made takes room; what was in place is in place, unless it was given up.
        try? await host.directories?.settle(permit: permit, deadline: deadline)
        return .failed(broken.joined(separator: "; "))
    }

    private func take(
        _ rung: RejoinRung, _ host: any DatabaseHost, _ target: Target, _ ground: PostgresRejoinableProbe.Answer,
        in scope: Scope, permit: Permit, deadline: Deadline
    ) async throws -> String {
        let state = ground.divergence?.words(ground.node, ground.new) ?? "its data directory was half made"
        guard rung != .follow else { return state }
        guard let directories = host.directories, let new = scope.topology.node(scope.binding.new),
            let node = scope.topology.node(target.name)
        else { throw HostError.refused("Baton cannot remake the data directory of \(target)") }
        let keeps = !ground.discards && !ground.isHalfMade
        let source = try await source(new, for: node, deadline: deadline)
        let note = "\(state). Set aside by run \(permit.run) before \(rung.words) from \(new.name)."
        workbench.tell("\(target): \(state). \(rung.words) begins")
        let isMade = try await telling(directories, target, rung) { () async throws(HostError) in
            switch rung {
            case .follow: return false
            case .rewind:
                return try await directories.rewind(from: source, keeping: keeps, permit: permit, deadline: deadline)
            case .copy:
                try await directories.copy(from: source, permit: permit, deadline: deadline)
                return true
            }
        }
        guard isMade else {
            if ground.divergence?.isAligned == false {
                throw HostError.refused("pg_rewind found nothing to rewind, although \(state)")
            }
            return "pg_rewind found nothing to rewind"
        }
        try await directories.exchange(
            keeping: keeps ? note : nil, run: permit.run, permit: permit, deadline: deadline)
        return state
    }

    private func source(_ new: Node, for node: Node, deadline: Deadline) async throws -> DirectorySource {
        var settings: [(name: String, value: String)] = [
            ("application_name", "baton-rejoin"), ("sslmode", new.tls.mode.rawValue),
        ]
        if let certificate = new.tls.rootCertificate { settings.append(("sslrootcert", certificate)) }
        var password: Secret?
        if let reference = new.password { password = try await workbench.secret(reference, deadline) }
        return DirectorySource(
            host: new.host, port: new.port, user: new.user, database: new.database, password: password,
            settings: settings, slot: node.slotName)
    }

    /// Says from time to time how much there is of the directory in the making.
    private func telling(
        _ directories: any DirectoryHost, _ target: Target, _ rung: RejoinRung,
        _ work: () async throws(HostError) -> Bool
    ) async throws(HostError) -> Bool {
        let tell = workbench.tell
        let teller = Task {
            while (try? await SystemClock.sleep(Self.progressInterval)) != nil {
                let limit = SystemClock.deadline(in: Self.progressInterval)
                guard let layout = try? await directories.layout(measured: true, deadline: limit),
                    let made = layout.madeBytes, !Task.isCancelled
                else { continue }
                tell("\(target): \(rung.words) is at work, \(ByteCount(made)) so far")
            }
        }
        defer { teller.cancel() }
        return try await work()
    }
}

/// Sees the node stream, ends its walsender on new, and sees it stream again; each time with a marker that it replays.
package struct ReconnectPerformer: Performer {
    package typealias Performs = Reconnect
    let workbench: Workbench

    private static let interval = TimeSpan.milliseconds(20)

    package func perform(
        _ parameters: NoParameters, on target: Target, in scope: Scope, permit: Permit, deadline: Deadline
    ) async -> PerformOutcome {
        guard let node = scope.topology.node(target.name) else { return .failed("the topology has no node \(target)") }
        do throws(PostgresError) {
            let new = try await workbench.sessions.node(scope.binding.new, deadline: deadline)
            let old = try await workbench.sessions.openNode(target.name, deadline: deadline)
            let first = try await prove(node, new, old, after: nil, deadline: deadline)
            _ = try await new.query(
                "SELECT pg_catalog.pg_terminate_backend($1::integer)", ["\(first.sender)"], deadline: deadline)
            let second = try await prove(node, new, old, after: first.sender, deadline: deadline)
            await old.close()
            return .succeeded(
                "streamed as walsender \(first.sender) and, after that was ended, as \(second.sender), by slot "
                    + "\(node.slotName), on timeline \(second.timeline), replayed \(second.marker)")
        } catch {
            return error.outcome
        }
    }

    private struct Proof {
        var sender: Int
        var timeline: Int
        var marker: LSN
    }

    /// Waits until a walsender other than `earlier` streams from the node's slot and the node has replayed a marker written
    /// since then (R15).
    private func prove(
        _ node: Node, _ new: PostgresConnection, _ old: PostgresConnection, after earlier: Int?, deadline: Deadline
    ) async throws(PostgresError) -> Proof {
        // A slot's name has only letters, digits and underscores.
        let senders = try await new.poll(
            """
            SELECT s.pid FROM pg_catalog.pg_stat_replication s \
            JOIN pg_catalog.pg_replication_slots l ON l.active_pid = s.pid \
            WHERE s.state = 'streaming' AND l.slot_name = '\(node.slotName)' AND s.pid <> \(earlier ?? 0)
            """, every: Self.interval, deadline: deadline
        ) { !$0.isEmpty }
        _ = try await new.query(
            "SELECT pg_catalog.pg_logical_emit_message(true, 'baton', 'rejoin')", deadline: deadline)
        let marker = try await new.query(
            "SELECT pg_catalog.pg_current_wal_flush_lsn() AS lsn", deadline: deadline
        ).single().lsn("lsn")
        let replayed = try await old.poll(
            """
            SELECT received_tli, pg_catalog.pg_last_wal_replay_lsn() AS lsn FROM pg_catalog.pg_stat_wal_receiver \
            WHERE status = 'streaming'
            """, every: Self.interval, deadline: deadline
        ) { (rows) throws(PostgresError) in try rows.first?.optionalLSN("lsn").map { $0 >= marker } == true }
        return Proof(
            sender: try senders[0].int("pid"), timeline: try replayed.single().int("received_tli"), marker: marker)
    }
}
