import BatonActions
import BatonCore
import BatonEngine

/// Where a standby streams from.
extension Workbench {
    /// Writes that a node streams from new: the connection, without its password, and the slot that new keeps for it.
    func follow(
        _ target: Target, in scope: Scope, _ host: any DatabaseHost, permit: Permit, deadline: Deadline
    ) async throws {
        guard let node = scope.topology.node(target.name), let new = scope.topology.node(scope.binding.new) else {
            throw HostError.refused("the topology has no node \(target) or \(scope.binding.new)")
        }
        try await host.setAutoConfiguration(
            [
                (
                    name: "primary_conninfo",
                    value: try await connection(of: node, to: new, host, permit: permit, deadline: deadline)
                ), (name: "primary_slot_name", value: node.slotName),
            ], permit: permit, deadline: deadline)
    }

    /// The `primary_conninfo` that leads a node to another one. The password goes into a file of the server's owner, because
    /// settings are shown to every member of pg_monitor.
    func connection(
        of node: Node, to upstream: Node, _ host: any DatabaseHost, permit: Permit, deadline: Deadline
    ) async throws -> String {
        var conninfo: [(name: String, value: String)] = [
            ("host", upstream.host), ("port", "\(upstream.port)"), ("user", upstream.user),
            ("application_name", node.name), ("sslmode", upstream.tls.mode.rawValue),
        ]
        if let certificate = upstream.tls.rootCertificate { conninfo.append(("sslrootcert", certificate)) }
        if let reference = upstream.password {
            let path = try await host.writePasswordFile(
                host: upstream.host, port: upstream.port, user: upstream.user,
                password: try await secret(reference, deadline), permit: permit, deadline: deadline)
            conninfo.append(("passfile", path))
        }
        return connectionString(conninfo)
    }
}
