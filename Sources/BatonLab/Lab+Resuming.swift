import BatonCore
import BatonEngine
import BatonHosts
import Glibc

extension Lab {
    /// Starts what does not run, each server in the role that its directory gives it.
    func resume(_ manifest: LabManifest, progress: @Sendable (String) -> Void, deadline: Deadline) async throws {
        let ground = try LabGround.recorded(in: manifest)
        try await restoreSocketDirectory(manifest, ground: ground)
        let states = await states(of: manifest)
        let stopped = servers(manifest).filter { states[$0.node.name]?.role == .down }
        for server in servers(manifest) where states[server.node.name]?.role == .unknown {
            let name = server.node.name
            progress("\(name) runs and does not answer; if it is paused: baton lab heal \(name)")
        }
        // Primaries first: a standby that finds none sleeps before it looks again.
        let order = try await sorted(stopped, deadline: deadline)
        for server in order { try await start(server, in: manifest, progress: progress, deadline: deadline) }
        for pooler in poolers(manifest) where try pooler.processes().isEmpty {
            progress("starting \(pooler.pooler.name)")
            try await pooler.start(ground: ground, deadline: deadline)
        }
    }

    /// Starts one stopped node, unless that could make a second primary.
    func start(
        _ server: PostgresServer, in manifest: LabManifest, progress: @Sendable (String) -> Void, deadline: Deadline
    ) async throws {
        let reason = try await objection(to: server, in: manifest, deadline: deadline)
        if let reason {
            progress("\(server.node.name) stays down: \(reason)")
            return
        }
        progress("starting \(server.node.name)")
        try await server.local.start(deadline: deadline)
    }

    /// Why a stopped node must not be started; nil when it may.
    ///
    /// A directory with `standby.signal` can only become a standby. One without becomes a primary, and then every other
    /// node must be a standby that answers, or be stopped with an older or marked directory.
    private func objection(
        to server: PostgresServer, in manifest: LabManifest, deadline: Deadline
    ) async throws -> String? {
        if try await server.host.hasStandbySignal(deadline: deadline) { return nil }
        let own = try await server.host.controlFile(deadline: deadline).checkpointTimeline
        let states = await states(of: manifest)
        for other in servers(manifest) where other.node.name != server.node.name {
            let name = other.node.name
            switch states[name]?.role ?? .unknown {
            case .primary:
                return "\(name) is the primary, and without standby.signal this node would be a second one"
            case .unknown:
                return "\(name) runs and does not answer, so it may be the primary"
            case .standby, .down:
                let timeline = try await other.host.controlFile(deadline: deadline).checkpointTimeline
                if timeline > own { return "\(name) has the newer timeline \(timeline); this node has \(own)" }
                if states[name]?.role == .down, timeline == own,
                    try await !other.host.hasStandbySignal(deadline: deadline), isBefore(other, server, in: manifest)
                {
                    return "\(name) is a stopped primary of the same timeline"
                }
            }
        }
        return nil
    }

    /// The file's order settles which of two equal stopped primaries may start.
    private func isBefore(_ left: PostgresServer, _ right: PostgresServer, in manifest: LabManifest) -> Bool {
        let names = manifest.nodes.map(\.name)
        return (names.firstIndex(of: left.node.name) ?? 0) < (names.firstIndex(of: right.node.name) ?? 0)
    }

    private func sorted(_ servers: [PostgresServer], deadline: Deadline) async throws -> [PostgresServer] {
        var primaries: [PostgresServer] = []
        var standbys: [PostgresServer] = []
        for server in servers {
            if try await server.host.hasStandbySignal(deadline: deadline) {
                standbys.append(server)
            } else {
                primaries.append(server)
            }
        }
        return primaries + standbys
    }

    /// A machine's restart empties /tmp.
    private func restoreSocketDirectory(_ manifest: LabManifest, ground: LabGround) async throws {
        guard !LabFiles.exists(manifest.socketDirectory) else { return }
        try LabFiles.makeDirectory(manifest.socketDirectory, mode: 0o700, owner: ground.account)
    }
}
