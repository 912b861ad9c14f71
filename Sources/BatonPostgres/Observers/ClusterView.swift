import BatonCore
import BatonEngine

/// What observers look through: sessions and hosts. It asks, and turns every failure into a sentence with a remedy.
package struct ClusterView: Sendable {
    package let sessions: ClusterSessions
    package let hosts: Hosts
    /// What an earlier look has kept of the primary.
    let remembered: RememberedPrimary?

    package init(sessions: ClusterSessions, hosts: Hosts, remembered: RememberedPrimary? = nil) {
        self.sessions = sessions
        self.hosts = hosts
        self.remembered = remembered
    }

    func node(_ name: String, in scope: Scope) throws(ObservationError) -> Node {
        guard let node = scope.topology.node(name) else {
            throw ObservationError("the topology has no node \(name)")
        }
        return node
    }

    func pooler(_ name: String, in scope: Scope) throws(ObservationError) -> Pooler {
        guard let pooler = scope.topology.pooler(name) else {
            throw ObservationError("the topology has no pooler \(name)")
        }
        return pooler
    }

    /// One question to a node on its shared session. A session that was lost since its last use is replaced once: the
    /// server may have been restarted, and a question may be asked twice.
    func rows(
        _ sql: String, _ parameters: [String?] = [], of node: Node, deadline: Deadline
    ) async throws(ObservationError) -> Rows {
        try await twice(node) { () async throws(PostgresError) in
            try await sessions.node(node.name, deadline: deadline)
        } ask: { (connection) async throws(PostgresError) in
            try await connection.query(sql, parameters, deadline: deadline)
        }
    }

    /// As `rows`, with the failure as a value: for questions that are asked at the same time.
    func answer(
        _ sql: String, _ parameters: [String?] = [], of node: Node, deadline: Deadline
    ) async -> Result<Rows, ObservationError> {
        do throws(ObservationError) {
            return .success(try await rows(sql, parameters, of: node, deadline: deadline))
        } catch {
            return .failure(error)
        }
    }

    /// One command to a node on its shared replication session.
    func replicationRows(_ command: String, of node: Node, deadline: Deadline) async throws(ObservationError) -> Rows {
        try await twice(node) { () async throws(PostgresError) in
            try await sessions.replication(node.name, deadline: deadline)
        } ask: { (connection) async throws(PostgresError) in
            try await connection.simpleQuery(command, deadline: deadline)
        }
    }

    /// The node's identity and live timeline (R6).
    func identity(of node: Node, deadline: Deadline) async -> Result<SystemIdentity, ObservationError> {
        do throws(ObservationError) {
            let rows = try await replicationRows("IDENTIFY_SYSTEM", of: node, deadline: deadline)
            return .success(
                try read(node) { () throws(PostgresError) in
                    let row = try rows.single()
                    return SystemIdentity(
                        systemIdentifier: try row.unsigned("systemid"),
                        timeline: TimelineID(truncatingIfNeeded: try row.int("timeline")))
                })
        } catch {
            return .failure(error)
        }
    }

    func control(of node: Node, deadline: Deadline) async -> Result<ControlFile, ObservationError> {
        guard let host = hosts.database(node.name) else {
            return .failure(
                ObservationError(
                    "Baton has no access to the host of \(node.name), so its pg_control cannot be read",
                    remedy: "Give \(node.name) a control in the topology, or read it there: pg_controldata"))
        }
        do throws(HostError) {
            let patience = Patience.host(deadline, besideFence: hosts.fence(node.name) != nil)
            return .success(try await host.controlFile(deadline: patience))
        } catch {
            return .failure(ObservationError(error, host: node))
        }
    }

    /// Reads an answer, whose form may be another than expected.
    func read<Value>(_ node: Node, _ body: () throws(PostgresError) -> Value) throws(ObservationError) -> Value {
        do throws(PostgresError) { return try body() } catch { throw ObservationError(error, node: node) }
    }

    /// Refuses to look with eyes that see only their own sessions: what they do not see would pass for absent.
    func requireMonitoring(_ node: Node, deadline: Deadline) async throws(ObservationError) {
        let rows = try await rows(
            "SELECT pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AS sees_all", of: node, deadline: deadline)
        let seesAll = try read(node) { () throws(PostgresError) in try rows.single().bool("sees_all") }
        guard seesAll else {
            throw ObservationError(
                "role \(node.user) sees only its own sessions on \(node.name)",
                remedy: "On the primary: GRANT pg_monitor TO \(node.user);")
        }
    }

    private func twice(
        _ node: Node, _ open: () async throws(PostgresError) -> PostgresConnection,
        ask: (PostgresConnection) async throws(PostgresError) -> Rows
    ) async throws(ObservationError) -> Rows {
        do throws(PostgresError) {
            let connection = try await open()
            do throws(PostgresError) {
                return try await ask(connection)
            } catch {
                guard !connection.isOpen, error.kind != .deadline, error.kind != .cancelled else { throw error }
            }
            return try await ask(try await open())
        } catch {
            throw ObservationError(error, node: node)
        }
    }
}

/// What `IDENTIFY_SYSTEM` tells.
struct SystemIdentity: Hashable, Sendable {
    var systemIdentifier: SystemIdentifier
    var timeline: TimelineID
}

extension Row {
    /// A column that holds whole microseconds.
    func optionalSpan(microseconds column: String) throws(PostgresError) -> TimeSpan? {
        try optionalInt(column).map { .microseconds(Int64($0)) }
    }
}
