package import BatonCore
import BatonEngine

/// The sessions that a command holds with the servers of one topology: one of each kind for each server, opened when first
/// asked for and opened again once it is closed.
///
/// Sessions that several observers share serve one call at a time; whoever waits for long, or must be able to speak while
/// another waits, opens its own. Read-only (preflight, status), nodes are told to refuse writes and poolers see the stats
/// user; neither is a protection against intent, both are against mistakes.
package actor ClusterSessions {
    package nonisolated let topology: Topology
    package nonisolated let readOnly: Bool
    /// What is not asked.
    package nonisolated let lost: LostTargets
    private let secrets: @Sendable (SecretReference, Deadline) async throws -> Secret
    /// What `pg_stat_activity` shows of every session.
    package nonisolated let applicationName: String

    private let nodes = SessionCache<PostgresConnection>()
    private let replications = SessionCache<PostgresConnection>()
    private let consoles = SessionCache<PgBouncerConsole>()

    /// - Parameters:
    ///   - secrets: reads a secret; it ends by the deadline, and its error's text is shown.
    ///   - applicationName: what `pg_stat_activity` shows.
    ///   - lost: what is not asked.
    package init(
        topology: Topology, secrets: @escaping @Sendable (SecretReference, Deadline) async throws -> Secret,
        applicationName: String, readOnly: Bool, lost: LostTargets = LostTargets()
    ) {
        self.topology = topology
        self.secrets = secrets
        self.applicationName = applicationName
        self.readOnly = readOnly
        self.lost = lost
    }

    /// The shared session with a node. Callers that come while it is being opened share the attempt.
    package func node(_ name: String, deadline: Deadline) async throws(PostgresError) -> PostgresConnection {
        try lost.require(.node(name))
        return try await nodes.session(name, deadline: deadline) { () async throws(PostgresError) in
            try await self.openNode(name, deadline: deadline)
        }
    }

    /// A session of the caller's own with a node; the caller closes it.
    package func openNode(_ name: String, deadline: Deadline) async throws(PostgresError) -> PostgresConnection {
        var parameters = try await parameters(ofNode: name, deadline: deadline)
        if readOnly { parameters.options = "-c default_transaction_read_only=on" }
        return try await PostgresConnection.connect(parameters, deadline: deadline)
    }

    /// The shared replication session with a node: `IDENTIFY_SYSTEM` and `TIMELINE_HISTORY` (R6).
    package func replication(_ name: String, deadline: Deadline) async throws(PostgresError) -> PostgresConnection {
        try lost.require(.node(name))
        return try await replications.session(name, deadline: deadline) { () async throws(PostgresError) in
            try await self.openReplication(name, deadline: deadline)
        }
    }

    /// A replication session of the caller's own; the caller closes it.
    package func openReplication(_ name: String, deadline: Deadline) async throws(PostgresError) -> PostgresConnection {
        var parameters = try await parameters(ofNode: name, deadline: deadline)
        parameters.replication = true
        return try await PostgresConnection.connect(parameters, deadline: deadline)
    }

    /// The shared session with a pooler's console: as the stats user when read-only and there is one, else as the
    /// administrator.
    package func console(_ pooler: String, deadline: Deadline) async throws(PostgresError) -> PgBouncerConsole {
        try lost.require(.pooler(pooler))
        return try await consoles.session(pooler, deadline: deadline) { () async throws(PostgresError) in
            try await self.openConsole(pooler, deadline: deadline)
        }
    }

    /// A console of the caller's own, as the same user as `console`; the caller closes it.
    package func openConsole(_ pooler: String, deadline: Deadline) async throws(PostgresError) -> PgBouncerConsole {
        let pooler = try require(topology.pooler(pooler), "pooler \(pooler)")
        try lost.require(.pooler(pooler.name))
        let asStats = readOnly && pooler.statsUser != nil
        let password = try await secret(
            asStats ? pooler.statsPassword : pooler.password, of: pooler.name, deadline: deadline)
        return try await PgBouncerConsole.connect(
            ConnectionParameters(
                host: pooler.host, port: pooler.port, database: "pgbouncer", user: consoleUser(of: pooler),
                password: password, tls: try tls(pooler.tls), applicationName: applicationName, sendsCancel: false),
            deadline: deadline)
    }

    /// Whom consoles are opened as.
    package nonisolated func consoleUser(of pooler: Pooler) -> String {
        readOnly ? pooler.statsUser ?? pooler.admin : pooler.admin
    }

    /// A session along a route, as one of its clients; the caller closes it.
    package func route(_ name: String, deadline: Deadline) async throws(PostgresError) -> PostgresConnection {
        let route = try require(topology.route(name), "route \(name)")
        let pooler = try require(topology.pooler(route.through), "pooler \(route.through)")
        try lost.require(.pooler(pooler.name))
        return try await PostgresConnection.connect(
            ConnectionParameters(
                host: pooler.host, port: pooler.port, database: route.database, user: route.user,
                password: try await secret(route.password, of: name, deadline: deadline), tls: try tls(pooler.tls),
                applicationName: applicationName, sendsCancel: false),
            deadline: deadline)
    }

    /// Ends every shared session. Later calls open new ones.
    package func closeAll() async {
        await nodes.closeAll()
        await replications.closeAll()
        await consoles.closeAll()
    }

    private func parameters(ofNode name: String, deadline: Deadline) async throws(PostgresError) -> ConnectionParameters
    {
        let node = try require(topology.node(name), "node \(name)")
        try lost.require(.node(name))
        return ConnectionParameters(
            host: node.host, port: node.port, database: node.database, user: node.user,
            password: try await secret(node.password, of: name, deadline: deadline), tls: try tls(node.tls),
            applicationName: applicationName)
    }

    private func secret(
        _ reference: SecretReference?, of name: String, deadline: Deadline
    ) async throws(PostgresError) -> Secret? {
        guard let reference else { return nil }
        do {
            return try await secrets(reference, deadline)
        } catch {
            throw PostgresError(.invalidRequest, "the password of \(name) (\(reference)) could not be read: \(error)")
        }
    }

    private func tls(_ settings: TLSSettings) throws(PostgresError) -> TLSMode {
        switch settings.mode {
        case .disable: .disable
        case .prefer: .prefer
        case .require: .require
        case .verifyCA: .verifyCA(rootCertificate: try require(settings.rootCertificate, "root certificate"))
        case .verifyFull: .verifyFull(rootCertificate: try require(settings.rootCertificate, "root certificate"))
        }
    }

    private func require<Value>(_ value: Value?, _ what: String) throws(PostgresError) -> Value {
        guard let value else { throw PostgresError(.invalidRequest, "the topology has no \(what)") }
        return value
    }
}
