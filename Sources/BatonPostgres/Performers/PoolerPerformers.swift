package import BatonActions
package import BatonCore
package import BatonEngine

/// `PAUSE` for each entry, on a session that may wait. Its return is a hint: the observer asks the other console.
package struct PausePerformer: Performer {
    package typealias Performs = Pause
    let workbench: Workbench

    package func perform(
        _ parameters: NoParameters, on target: Target, in scope: Scope, permit: Permit, deadline: Deadline
    ) async -> PerformOutcome {
        await onEntries(of: target, in: scope, "PAUSE") { () async throws(PostgresError) in
            try await workbench.consoles.console(target.name, deadline: deadline)
        } command: { (console, database) async throws(PostgresError) in
            try await console.pause(database, deadline: deadline)
        }
    }
}

/// `PAUSE` for each entry, and `KILL` where that does not come back at once: with a primary that is dead no session holds it
/// up, and `KILL` can end the whole pooler (PgBouncer's issue 1401: a segmentation fault in 1.18 to 1.24, seen on the lab
/// under load).
package struct KillPerformer: Performer {
    package typealias Performs = Kill
    let workbench: Workbench

    /// How long a pause may take. It takes a millisecond where no session has a server.
    private static let patience = TimeSpan.milliseconds(100)

    package func perform(
        _ parameters: NoParameters, on target: Target, in scope: Scope, permit: Permit, deadline: Deadline
    ) async -> PerformOutcome {
        let soon = min(deadline, SystemClock.deadline(in: Self.patience))
        let paused = await onEntries(of: target, in: scope, "PAUSE") { () async throws(PostgresError) in
            try await workbench.consoles.console(target.name, deadline: deadline)
        } command: { (console, database) async throws(PostgresError) in
            try await console.pause(database, deadline: soon)
        }
        if case .succeeded = paused { return paused }
        return await onEntries(of: target, in: scope, "KILL") { () async throws(PostgresError) in
            try await workbench.sessions.console(target.name, deadline: deadline)
        } command: { (console, database) async throws(PostgresError) in
            try await console.kill(database, deadline: deadline)
        }
    }
}

/// One command for each entry that leads to the cluster. One whose answer did not come may be in force: a deadline never
/// means that nothing happened. Nor does a refusal when it was carried out for an entry before.
private func onEntries(
    of target: Target, in scope: Scope, _ name: String,
    open: () async throws(PostgresError) -> PgBouncerConsole,
    command: (PgBouncerConsole, String) async throws(PostgresError) -> Void
) async -> PerformOutcome {
    var isPartlyDone = false
    do throws(PostgresError) {
        let console = try await open()
        for database in scope.topology.pooler(target.name)?.databases ?? [] {
            try await command(console, database)
            isPartlyDone = true
        }
        return .succeeded(name)
    } catch {
        return isPartlyDone ? .unknown(error.description) : error.outcome
    }
}

/// `RESUME` for each entry on the shared console.
package struct ResumePerformer: Performer {
    package typealias Performs = Resume
    let workbench: Workbench

    package func perform(
        _ parameters: NoParameters, on target: Target, in scope: Scope, permit: Permit, deadline: Deadline
    ) async -> PerformOutcome {
        await resume(target, in: scope, workbench, deadline: deadline)
    }
}

/// The same command towards old, as the undo of a pause.
package struct ReleasePerformer: Performer {
    package typealias Performs = Release
    let workbench: Workbench

    package func perform(
        _ parameters: NoParameters, on target: Target, in scope: Scope, permit: Permit, deadline: Deadline
    ) async -> PerformOutcome {
        await resume(target, in: scope, workbench, deadline: deadline)
    }
}

private func resume(
    _ target: Target, in scope: Scope, _ workbench: Workbench, deadline: Deadline
) async -> PerformOutcome {
    do throws(PostgresError) {
        let console = try await workbench.sessions.console(target.name, deadline: deadline)
        var failure: PostgresError?
        for database in scope.topology.pooler(target.name)?.databases ?? [] {
            do throws(PostgresError) {
                try await console.resume(database, deadline: deadline)
            } catch {
                // An entry that cannot be resumed keeps the others' clients no longer.
                if !error.isNotPaused { failure = failure ?? error }
            }
        }
        return failure.map { .unknown($0.description) } ?? .succeeded("RESUME")
    } catch {
        return error.outcome
    }
}

/// Replaces host and port of the pooler's entries in its file, atomically, and reloads it.
package struct RepointPerformer: Performer {
    package typealias Performs = Repoint
    let workbench: Workbench

    package func perform(
        _ parameters: NoParameters, on target: Target, in scope: Scope, permit: Permit, deadline: Deadline
    ) async -> PerformOutcome {
        guard let pooler = scope.topology.pooler(target.name), let new = scope.topology.node(scope.binding.new) else {
            return .failed("the topology has no pooler \(target)")
        }
        guard let host = workbench.hosts.files(target.name) else {
            return .failed("Baton cannot edit files on the host of \(target): its control is none")
        }
        do {
            var file = try PgBouncerConfigFile(try await host.read(pooler.config, deadline: deadline))
            for database in pooler.databases {
                file = try file.replacing(database, host: new.host, port: new.port)
            }
            try await host.replace(pooler.config, with: file.text, permit: permit, deadline: deadline)
            try await workbench.sessions.console(target.name, deadline: deadline).reload(deadline: deadline)
            return .succeeded("\(pooler.databases.joined(separator: ", ")) lead to \(new.host):\(new.port); RELOAD")
        } catch let error as PostgresError {
            return error.outcome
        } catch let error as HostError {
            return error.outcome
        } catch {
            return .failed("\(pooler.config): \(error)")
        }
    }
}

/// `SET server_login_retry`, which holds until the next `RELOAD`.
package struct HastenPerformer: Performer {
    package typealias Performs = Hasten
    let workbench: Workbench

    package func perform(
        _ parameters: NoParameters, on target: Target, in scope: Scope, permit: Permit, deadline: Deadline
    ) async -> PerformOutcome {
        do throws(PostgresError) {
            let console = try await workbench.sessions.console(target.name, deadline: deadline)
            try await console.set("server_login_retry", "0.001", deadline: deadline)
            return .succeeded("SET server_login_retry = 0.001")
        } catch {
            return error.outcome
        }
    }
}

/// `RELOAD`.
package struct SettlePerformer: Performer {
    package typealias Performs = Settle
    let workbench: Workbench

    package func perform(
        _ parameters: NoParameters, on target: Target, in scope: Scope, permit: Permit, deadline: Deadline
    ) async -> PerformOutcome {
        do throws(PostgresError) {
            try await workbench.sessions.console(target.name, deadline: deadline).reload(deadline: deadline)
            return .succeeded("RELOAD")
        } catch {
            return error.outcome
        }
    }
}
