import BatonCore
import BatonEngine
import BatonHosts
import BatonPostgres

@testable import BatonLab

/// All of a lab that a run could change, so that two pictures being equal means "nothing was changed". Positions of the log
/// are left out, for a running server moves them by itself.
struct WorldPicture: Hashable, Sendable {
    struct Server: Hashable, Sendable {
        var role: LabStatus.Role
        var timeline: UInt32?
        var controlFile: String
        var autoConfiguration: String?
        var isMarkedStandby: Bool
        /// Slots, advisory locks, prepared transactions and sessions of Baton's role; nil when the server does not let the superuser in.
        var holdings: String?
    }

    var servers: [String: Server] = [:]
    /// Place and state of each entry; nil when the pooler does not answer.
    var entries: [String]?
    var poolerFile: String?

    init(_ world: WorldFixture) async throws {
        let manifest = try world.lab.existing()
        let status = try await world.lab.status()
        for server in world.lab.servers(manifest) {
            let name = server.node.name
            let control = try await server.host.controlFile(deadline: WorldFixture.soon())
            let node = status.nodes.first { $0.name == name }
            servers[name] = Server(
                role: node?.role ?? .unknown, timeline: node?.timeline,
                controlFile: "\(control.systemIdentifier) \(control.state) timeline \(control.checkpointTimeline)",
                autoConfiguration: LabFiles.read(server.dataDirectory + "/postgresql.auto.conf"),
                isMarkedStandby: try await server.host.hasStandbySignal(deadline: WorldFixture.soon()),
                holdings: node?.role == .primary || node?.role == .standby
                    ? try await Self.holdings(world, name) : nil)
        }
        entries = (try? await world.console("SHOW DATABASES"))?.map { row in
            ["name", "host", "port", "paused", "disabled"].map { (try? row.optionalText($0)) ?? "?" }
                .joined(separator: " ")
        }
        poolerFile = manifest.poolers.first.flatMap { _ in LabFiles.read(world.lab.paths.poolers + "/pgbouncer.ini") }
    }

    private static func holdings(_ world: WorldFixture, _ node: String) async throws -> String {
        try await world.sql(
            node,
            """
            SELECT concat_ws(' | ', \
            (SELECT string_agg(slot_name, ',' ORDER BY slot_name) FROM pg_replication_slots), \
            (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'), \
            (SELECT string_agg(gid, ',') FROM pg_prepared_xacts), \
            (SELECT count(*) FROM pg_stat_activity WHERE usename = 'baton' AND backend_type = 'client backend')) AS holdings
            """
        ).single().text("holdings")
    }
}
