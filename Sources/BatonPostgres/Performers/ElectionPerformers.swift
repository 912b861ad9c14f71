package import BatonActions
package import BatonCore
package import BatonEngine

/// Leads a standby to nobody, unless nobody is left that it could receive from.
package struct DetachPerformer: Performer {
    package typealias Performs = Detach
    let workbench: Workbench

    /// How long the walreceiver of a server that was killed may take to notice: its connection ends at once, and where it
    /// does not, packets vanish and `wal_receiver_timeout` would be waited for.
    private static let patience = TimeSpan.milliseconds(50)

    package func perform(
        _ parameters: NoParameters, on target: Target, in scope: Scope, permit: Permit, deadline: Deadline
    ) async -> PerformOutcome {
        do throws(PostgresError) {
            let session = try await workbench.sessions.node(target.name, deadline: deadline)
            if scope.acceptance?.unfenced.isEmpty != false {
                let end = SystemClock.deadline(in: Self.patience)
                let rows = try await session.poll(
                    "SELECT sender_host, sender_port FROM pg_catalog.pg_stat_wal_receiver", every: .milliseconds(1),
                    deadline: deadline
                ) { $0.isEmpty || SystemClock.now() >= end }
                guard let row = rows.first else { return .succeeded("\(target) receives from nobody") }
                if let host = try row.optionalText("sender_host"), let port = try row.optionalInt("sender_port"),
                    case let place = scope.topology.place(host: host, port: port), scope.topology.node(place) != nil,
                    !scope.isLost(place)
                {
                    return .succeeded("\(target) streams from \(place), which is not lost")
                }
            }
        } catch {
            return error.outcome
        }
        guard let host = workbench.databaseHost(target) else {
            return .failed(
                "\(target) may still receive from a lost node, and Baton does not control its host to end that")
        }
        do throws(HostError) {
            try await host.overlayAutoConfiguration(
                [(name: "primary_conninfo", value: "")], permit: permit, deadline: deadline)
        } catch {
            return error.outcome
        }
        return await workbench.reload(target, "\(target) was led to nobody", deadline: deadline)
    }
}

/// Puts the settings back that an overlay keeps.
package struct ReattachPerformer: Performer {
    package typealias Performs = Reattach
    let workbench: Workbench

    package func perform(
        _ parameters: NoParameters, on target: Target, in scope: Scope, permit: Permit, deadline: Deadline
    ) async -> PerformOutcome {
        // Only through its host could anything have been put aside.
        guard let host = workbench.databaseHost(target) else { return .succeeded("nothing was put aside") }
        do throws(HostError) {
            guard try await host.hasOverlay(deadline: deadline) else { return .succeeded("nothing was put aside") }
            try await host.restoreAutoConfiguration(permit: permit, deadline: deadline)
        } catch {
            return error.outcome
        }
        return await workbench.reload(target, "the settings of before are in force again", deadline: deadline)
    }
}

/// Leads new to the standby that has most of the log, and waits until it has as much.
package struct FastForwardPerformer: Performer {
    package typealias Performs = FastForward
    let workbench: Workbench

    /// Between two looks at how far it is.
    private static let pollInterval = TimeSpan.milliseconds(10)

    package func perform(
        _ parameters: NoParameters, on target: Target, in scope: Scope, permit: Permit, deadline: Deadline
    ) async -> PerformOutcome {
        let source: LossCard.Survivor
        do {
            guard let node = scope.topology.node(target.name) else { return .failed("the topology has no \(target)") }
            let view = ClusterView(sessions: workbench.sessions, hosts: workbench.hosts)
            let survivors = try await Survivors(view: view).positions(
                of: node, after: nil, in: scope, deadline: deadline
            ).survivors
            guard let own = survivors.first(where: { $0.node == target.name }) else {
                return .failed("\(target) does not tell what it has received")
            }
            guard let ahead = own.furthest(of: survivors), let upstream = scope.topology.node(ahead.node) else {
                return .succeeded("no other standby has received more than \(own.received)")
            }
            guard let host = workbench.databaseHost(target) else {
                return .failed(
                    "\(ahead.node) has received more than \(target), and Baton does not control the host of \(target) to "
                        + "lead it there")
            }
            source = ahead
            let connection = try await workbench.connection(
                of: node, to: upstream, host, permit: permit, deadline: deadline)
            // No slot: the other standby keeps none for it, and its log is needed for moments only.
            try await host.overlayAutoConfiguration(
                [(name: "primary_conninfo", value: connection), (name: "primary_slot_name", value: "")],
                permit: permit, deadline: deadline)
        } catch let error as HostError {
            return error.outcome
        } catch {
            return .failed("\(error)")
        }
        do throws(PostgresError) {
            let session = try await workbench.sessions.openNode(target.name, deadline: deadline)
            _ = try await session.query("SELECT pg_catalog.pg_reload_conf()", deadline: deadline)
            _ = try await session.poll(
                "SELECT 1 WHERE GREATEST(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) >= '\(source.received)'",
                every: Self.pollInterval, deadline: deadline
            ) { !$0.isEmpty }
            await session.close()
            return .succeeded("\(target) has received up to \(source.received) from \(source.node)")
        } catch {
            return .unknown("\(target) has not received up to \(source.received) from \(source.node): \(error)")
        }
    }
}

extension Workbench {
    /// Has a server read its settings again.
    fileprivate func reload(_ target: Target, _ done: String, deadline: Deadline) async -> PerformOutcome {
        do throws(PostgresError) {
            let session = try await sessions.node(target.name, deadline: deadline)
            _ = try await session.query("SELECT pg_catalog.pg_reload_conf()", deadline: deadline)
            return .succeeded(done)
        } catch {
            return .unknown("\(done), but it was not told to read them: \(error)")
        }
    }
}
