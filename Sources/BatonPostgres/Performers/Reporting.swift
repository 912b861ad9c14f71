package import BatonCore
import BatonEngine

extension PostgresError {
    /// What an effect that met this error reports: proved not done only when the server cannot have acted.
    var outcome: PerformOutcome { didReachServer ? .unknown(description) : .failed(description) }
}

extension HostError {
    /// What an effect that met this error reports.
    var outcome: PerformOutcome {
        switch self {
        case .refused(let text): .failed(text)
        case .timedOut(let text), .unknown(let text): .unknown(text)
        }
    }
}

/// What performers of PostgreSQL and PgBouncer work with: sessions opened beforehand, hosts, the lease and secrets.
package struct Workbench: Sendable {
    let sessions: ClusterSessions
    let hosts: Hosts
    let lease: ClusterLease
    let consoles: PauseConsoles
    let secret: @Sendable (SecretReference, Deadline) async throws -> Secret
    /// Tells whoever watches how far long work is.
    let tell: @Sendable (String) -> Void

    package init(
        sessions: ClusterSessions, hosts: Hosts, lease: ClusterLease,
        secret: @escaping @Sendable (SecretReference, Deadline) async throws -> Secret,
        tell: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.tell = tell
        self.sessions = sessions
        self.hosts = hosts
        self.lease = lease
        self.consoles = PauseConsoles(sessions: sessions)
        self.secret = secret
    }

    /// Opens every session that the run will need while clients are frozen. What cannot be opened is left for the gates
    /// to report.
    ///
    /// - Parameters:
    ///   - nodes: those that have answered; who is silent now would only be waited for.
    ///   - candidates: the nodes that may be promoted; only their timeline is asked while clients wait.
    package func warmUp(_ nodes: [String], candidates: [String], deadline: Deadline) async {
        await withTaskGroup(of: Void.self) { group in
            for node in nodes {
                group.addTask { _ = try? await sessions.node(node, deadline: deadline) }
            }
            for candidate in candidates where nodes.contains(candidate) {
                group.addTask { _ = try? await sessions.replication(candidate, deadline: deadline) }
            }
            for pooler in sessions.topology.poolers {
                group.addTask { _ = try? await sessions.console(pooler.name, deadline: deadline) }
                group.addTask { _ = try? await consoles.console(pooler.name, deadline: deadline) }
            }
        }
    }

    package func close() async {
        await consoles.closeAll()
        await sessions.closeAll()
    }

    func databaseHost(_ target: Target) -> (any DatabaseHost)? { hosts.database(target.name) }
}

/// Consoles that pauses are sent on. A waiting PAUSE blocks its session, so it has one of its own beside the shared one
/// that looks and resumes (R12).
actor PauseConsoles {
    private let sessions: ClusterSessions
    private var consoles: [String: PgBouncerConsole] = [:]

    init(sessions: ClusterSessions) { self.sessions = sessions }

    func console(_ pooler: String, deadline: Deadline) async throws(PostgresError) -> PgBouncerConsole {
        if let console = consoles[pooler], console.isOpen { return console }
        let console = try await sessions.openConsole(pooler, deadline: deadline)
        consoles[pooler] = console
        return console
    }

    func closeAll() async {
        let open = consoles.values
        consoles = [:]
        for console in open { await console.close() }
    }
}
