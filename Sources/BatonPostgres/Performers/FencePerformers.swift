package import BatonActions
package import BatonCore
package import BatonEngine

/// Fast stop, wait until no process of the data directory is left, then `standby.signal` (R3).
package struct StopPerformer: Performer {
    package typealias Performs = Stop
    let workbench: Workbench

    package func perform(
        _ parameters: NoParameters, on target: Target, in scope: Scope, permit: Permit, deadline: Deadline
    ) async -> PerformOutcome {
        guard let host = workbench.databaseHost(target) else {
            return .failed("Baton does not control the host of \(target)")
        }
        do throws(HostError) {
            try await host.stop(.fast, permit: permit, deadline: deadline)
        } catch {
            return error.outcome
        }
        do throws(HostError) {
            try await host.waitUntilStopped(deadline: deadline)
            let control = try await host.controlFile(deadline: deadline)
            guard control.state == .shutDown else {
                return .unknown("\(target) is down, but pg_control says \(control.state)")
            }
            try await host.setStandbySignal(true, permit: permit, deadline: deadline)
            return .succeeded("shutdown checkpoint at \(control.checkpoint) on timeline \(control.checkpointTimeline)")
        } catch {
            // The signal was sent, so whatever failed after it, the stop may take effect.
            return .unknown(error.description)
        }
    }
}

/// Makes old the primary again. A stop that is under way is ended by an immediate one: safe before a promotion was
/// announced, because the log is recovered at the start (R2).
package struct StartPrimaryPerformer: Performer {
    package typealias Performs = StartPrimary
    let workbench: Workbench

    /// How long an immediate stop may take; it takes milliseconds where every process hears it. A server kills its own
    /// stragglers only after five seconds (SIGKILL_CHILDREN_AFTER_SECS), and never itself.
    private static let immediateStop = TimeSpan.seconds(1)

    package func perform(
        _ parameters: NoParameters, on target: Target, in scope: Scope, permit: Permit, deadline: Deadline
    ) async -> PerformOutcome {
        guard let host = workbench.databaseHost(target) else {
            return .failed("Baton does not control the host of \(target)")
        }
        if await writes(target, deadline: deadline) {
            do throws(HostError) {
                try await host.setStandbySignal(false, permit: permit, deadline: deadline)
                return .succeeded("\(target) was not stopped")
            } catch {
                return error.outcome
            }
        }
        do throws(HostError) {
            switch try await host.serverProcess(deadline: deadline) {
            case .none: break
            case .orphans, .running: try await end(host, permit: permit, deadline: deadline)
            }
            try await host.setStandbySignal(false, permit: permit, deadline: deadline)
            try await host.start(permit: permit, deadline: deadline)
            return .succeeded("\(target) is started")
        } catch {
            return error.outcome
        }
    }

    /// Returns when no process of the data directory is left. One that is stopped or hangs hears no SIGQUIT, and clients
    /// wait meanwhile, so it is killed.
    private func end(_ host: any DatabaseHost, permit: Permit, deadline: Deadline) async throws(HostError) {
        try await host.stop(.immediate, permit: permit, deadline: deadline)
        do throws(HostError) {
            return try await host.waitUntilStopped(
                deadline: min(deadline, SystemClock.deadline(in: Self.immediateStop)))
        } catch {
            guard case .timedOut = error else { throw error }
        }
        try await host.stop(.kill, permit: permit, deadline: deadline)
        try await host.waitUntilStopped(deadline: deadline)
    }

    /// Whether the server takes a new session and writes. A server that is shutting down refuses new sessions.
    private func writes(_ target: Target, deadline: Deadline) async -> Bool {
        let soon = min(deadline, SystemClock.deadline(in: .seconds(1)))
        do throws(PostgresError) {
            let session = try await workbench.sessions.openNode(target.name, deadline: soon)
            let row = try await session.query("SELECT pg_catalog.pg_is_in_recovery() AS recovery", deadline: soon)
            await session.close()
            return try row.single().bool("recovery") == false
        } catch {
            return false
        }
    }
}
