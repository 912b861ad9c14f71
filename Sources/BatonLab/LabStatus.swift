/// What `baton lab status` shows (`lab-status/v1`). What could not be measured is nil, and null in JSON.
package struct LabStatus: Hashable, Sendable {
    package enum Role: String, Hashable, Codable, Sendable {
        case primary, standby
        /// No process of the data directory exists.
        case down
        /// A process exists, but it did not say what it is: it is starting, paused or broken.
        case unknown
    }

    package struct Node: Hashable, Sendable {
        package var name: String
        package var site: String
        package var host: String
        package var port: Int
        package var socketDirectory: String
        package var dataDirectory: String
        package var role: Role
        /// The live timeline of a primary; of a standby, the one that it receives or has last replayed.
        package var timeline: UInt32?
        /// How much of the primary's log a standby had not replayed when asked, in bytes.
        package var replayLagBytes: Int64?
    }

    package struct Pooler: Hashable, Sendable {
        package var name: String
        package var site: String
        package var host: String
        package var port: Int
        package var database: String
        /// The configuration file that a run rewrites.
        package var config: String
        /// Whether its process exists. Not in JSON.
        package var running: Bool
    }

    package static let format = "lab-status/v1"

    /// Whether any server of the lab runs.
    package var running: Bool
    /// The topology file; nil when there is no lab.
    package var topology: String?
    package var nodes: [Node]
    package var poolers: [Pooler]
    /// A client's libpq connection string through the pooler, with the lab's own password; nil when there is no lab.
    package var dsn: String?

    /// There is no lab.
    static let absent = LabStatus(running: false, topology: nil, nodes: [], poolers: [], dsn: nil)

    /// For people: one line for each server.
    package var text: String {
        guard let topology else { return "The lab is down. Start it with: baton lab up\n" }
        var lines = [running ? "The lab is up." : "The lab exists, but nothing runs. Start it with: baton lab up"]
        for node in nodes {
            var line = "  \(padded(node.name, 10)) \(padded(node.site, 6)) 127.0.0.1:\(node.port)  "
            line += padded(node.role.rawValue, 8)
            if let timeline = node.timeline { line += "  timeline \(timeline)" }
            if let lag = node.replayLagBytes { line += "  replay lag \(lag) B" }
            lines.append(line)
        }
        for pooler in poolers {
            let state = pooler.running ? "up" : "down"
            lines.append("  \(padded(pooler.name, 10)) \(padded(pooler.site, 6)) 127.0.0.1:\(pooler.port)  \(state)")
        }
        lines.append("  topology   \(topology)")
        if let socket = nodes.first?.socketDirectory {
            lines.append("  superuser  psql -h \(socket) -p PORT -U postgres")
        }
        if let dsn { lines.append("  client     psql \"\(dsn)\"") }
        return lines.joined(separator: "\n") + "\n"
    }

    private func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}

// Written by hand, so that what is nil stands in JSON as null and is not left out.
extension LabStatus: Encodable {
    private enum Key: String, CodingKey {
        case format, running, topology, nodes, poolers, proxies, dns, dsn
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(Self.format, forKey: .format)
        try container.encode(running, forKey: .running)
        try container.encode(topology, forKey: .topology)
        try container.encode(nodes, forKey: .nodes)
        try container.encode(poolers, forKey: .poolers)
        // The lab has no proxy and no name server yet.
        try container.encode([String](), forKey: .proxies)
        try container.encodeNil(forKey: .dns)
        try container.encode(dsn, forKey: .dsn)
    }
}

extension LabStatus.Node: Encodable {
    private enum Key: String, CodingKey {
        case name, site, host, port, socketDirectory, dataDirectory, role, timeline, replayLagBytes
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(name, forKey: .name)
        try container.encode(site, forKey: .site)
        try container.encode(host, forKey: .host)
        try container.encode(port, forKey: .port)
        try container.encode(socketDirectory, forKey: .socketDirectory)
        try container.encode(dataDirectory, forKey: .dataDirectory)
        try container.encode(role, forKey: .role)
        try container.encode(timeline, forKey: .timeline)
        try container.encode(replayLagBytes, forKey: .replayLagBytes)
    }
}

extension LabStatus.Pooler: Encodable {
    private enum Key: String, CodingKey {
        case name, site, host, port, database, config
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(name, forKey: .name)
        try container.encode(site, forKey: .site)
        try container.encode(host, forKey: .host)
        try container.encode(port, forKey: .port)
        try container.encode(database, forKey: .database)
        try container.encode(config, forKey: .config)
    }
}
