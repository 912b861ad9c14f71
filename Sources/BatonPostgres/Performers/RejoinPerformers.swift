package import BatonActions
package import BatonCore
package import BatonEngine

/// Points old's settings at new, starts it, and drops the slots that it kept as a primary.
package struct RejoinPerformer: Performer {
    package typealias Performs = Rejoin
    let workbench: Workbench

    package func perform(
        _ parameters: NoParameters, on target: Target, in scope: Scope, permit: Permit, deadline: Deadline
    ) async -> PerformOutcome {
        guard let host = workbench.databaseHost(target) else {
            return .failed("Baton does not control the host of \(target)")
        }
        do {
            try await follow(target, in: scope, workbench, host, permit: permit, deadline: deadline)
            // A process that is gone may have started it already.
            let isRunning =
                if case .running = try await host.serverProcess(deadline: deadline) { true } else { false }
            if !isRunning { try await host.start(permit: permit, deadline: deadline) }
            // A session of its own: the shared one ended when old was stopped.
            let session = try await workbench.sessions.openNode(target.name, deadline: deadline)
            if isRunning { _ = try await session.query("SELECT pg_catalog.pg_reload_conf()", deadline: deadline) }
            let dropped = try await dropUnusedSlots(of: target, in: scope, on: session, deadline: deadline)
            await session.close()
            return .succeeded("\(target) is started as a standby; \(dropped) unused slots dropped")
        } catch let error as HostError {
            return error.outcome
        } catch let error as PostgresError {
            return .unknown("\(target) was started, but: \(error)")
        } catch {
            return .failed("\(error)")
        }
    }
}

/// Points a running standby at new and has it read its settings again.
package struct FollowPerformer: Performer {
    package typealias Performs = Follow
    let workbench: Workbench

    package func perform(
        _ parameters: NoParameters, on target: Target, in scope: Scope, permit: Permit, deadline: Deadline
    ) async -> PerformOutcome {
        guard let host = workbench.databaseHost(target) else {
            return .failed("Baton does not control the host of \(target)")
        }
        do {
            try await follow(target, in: scope, workbench, host, permit: permit, deadline: deadline)
            let session = try await workbench.sessions.node(target.name, deadline: deadline)
            _ = try await session.query("SELECT pg_catalog.pg_reload_conf()", deadline: deadline)
            await dropSlot(of: target, on: scope.old, in: scope)
            return .succeeded("\(target) was told to follow \(scope.binding.new)")
        } catch let error as HostError {
            return error.outcome
        } catch let error as PostgresError {
            return error.outcome
        } catch {
            return .failed("\(error)")
        }
    }
}

extension FollowPerformer {
    /// How long the node's walreceiver may take to leave old, before the slot is left to the rejoin of old.
    private static let patience = TimeSpan.seconds(1)

    /// Drops the slot on old that the node has left. What cannot be dropped now is owed, and named.
    private func dropSlot(of target: Target, on old: Target, in scope: Scope) async {
        guard let node = scope.topology.node(target.name) else { return }
        let deadline = SystemClock.deadline(in: Self.patience)
        do throws(PostgresError) {
            let session = try await workbench.sessions.openNode(old.name, deadline: deadline)
            // A slot's name has only letters, digits and underscores.
            _ = try await session.poll(
                "SELECT 1 FROM pg_catalog.pg_replication_slots WHERE slot_name = '\(node.slotName)' AND active",
                every: .milliseconds(50), deadline: deadline
            ) { $0.isEmpty }
            _ = try await session.query(
                """
                SELECT pg_catalog.pg_drop_replication_slot(slot_name) FROM pg_catalog.pg_replication_slots
                WHERE slot_type = 'physical' AND NOT active AND slot_name = $1
                """, [node.slotName], deadline: deadline)
            await session.close()
        } catch {
            return
        }
    }
}

/// Writes where a node streams from: the connection, without its password, and the slot that new keeps for it.
private func follow(
    _ target: Target, in scope: Scope, _ workbench: Workbench, _ host: any DatabaseHost, permit: Permit,
    deadline: Deadline
) async throws {
    guard let node = scope.topology.node(target.name), let new = scope.topology.node(scope.binding.new) else {
        throw HostError.refused("the topology has no node \(target) or \(scope.binding.new)")
    }
    var conninfo: [(name: String, value: String)] = [
        ("host", new.host), ("port", "\(new.port)"), ("user", new.user), ("application_name", node.name),
        ("sslmode", new.tls.mode.rawValue),
    ]
    if let certificate = new.tls.rootCertificate { conninfo.append(("sslrootcert", certificate)) }
    if let reference = new.password {
        // In a file of the server's owner, because settings are shown to every member of pg_monitor.
        let path = try await host.writePasswordFile(
            host: new.host, port: new.port, user: new.user, password: try await workbench.secret(reference, deadline),
            permit: permit, deadline: deadline)
        conninfo.append(("passfile", path))
    }
    try await host.setAutoConfiguration(
        [
            (name: "primary_conninfo", value: connectionString(conninfo)),
            (name: "primary_slot_name", value: node.slotName),
        ], permit: permit, deadline: deadline)
}
