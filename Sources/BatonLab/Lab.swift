import BatonCore
import BatonEngine
import BatonHosts
import Glibc

/// A real two-site lab on loopback: PostgreSQL in `west` (primary) and `east` (streaming standby), and PgBouncer in front,
/// all below `STATE/lab`. Its servers run as an unprivileged user, listen on 127.0.0.1 only, and outlive the command.
package struct Lab: Sendable {
    let paths: LabPaths

    /// - Parameter stateDirectory: Baton's state directory; relative to the working directory when it is not absolute.
    package init(stateDirectory: String) {
        paths = LabPaths(stateDirectory: stateDirectory)
    }

    /// Where the lab's topology file is, or will be.
    package var topologyPath: String { paths.topology }

    /// Brings the lab up: makes it when there is none, starts what is missing when there is one, changes nothing when it
    /// is complete.
    ///
    /// - Parameters:
    ///   - standbys: how many standbys a new lab has, 1 to 3: in east, in west, in east again.
    ///   - progress: told, in words, what happens.
    /// - Throws: `LabError` with a remedy; a lab that could not be made is removed again.
    package func up(standbys: Int = 1, progress: @Sendable (String) -> Void) async throws -> LabStatus {
        let deadline = SystemClock.deadline(in: .seconds(120))
        if LabFiles.exists(paths.lab) {
            let lock = try LabLock(paths)
            let manifest = try existing()
            try await resume(manifest, progress: progress, deadline: deadline)
            withExtendedLifetime(lock) {}
            return await status(of: manifest)
        }
        let ground = try LabGround.survey()
        try await ground.requireEntrance(to: paths.state, deadline: deadline)
        try LabFiles.makeDirectories(paths.state)
        let lock = try LabLock(paths)
        defer { withExtendedLifetime(lock) {} }
        // Another command may have made one before this one had the lock; that lab is not ours to remove.
        guard !LabFiles.exists(paths.lab) else {
            throw LabError("another command has just made a lab in \(paths.state)", remedy: "baton lab up")
        }
        do {
            let manifest = try await make(ground, standbys: standbys, progress: progress, deadline: deadline)
            return await status(of: manifest)
        } catch {
            // Not the task's own deadline or cancellation: what was begun is taken away in any case.
            try? await Task { try await remove(progress: { _ in }) }.value
            throw error
        }
    }

    /// Takes the lab down from any state: no process and no file of it is left.
    package func down(progress: @Sendable (String) -> Void) async throws {
        guard LabFiles.exists(paths.lab) else {
            progress("there is no lab in \(paths.state)")
            return
        }
        let lock = try LabLock(paths)
        try await remove(progress: progress)
        withExtendedLifetime(lock) {}
    }

    /// What the lab is doing now. Asks every server, and waits two seconds at most.
    package func status() async throws -> LabStatus {
        guard LabFiles.exists(paths.lab) else { return .absent }
        return await status(of: try existing())
    }

    /// The manifest of a lab that was completely made.
    func existing() throws -> LabManifest {
        guard LabFiles.exists(paths.lab) else {
            throw LabError("there is no lab in \(paths.state)", remedy: "baton lab up")
        }
        guard let manifest = LabManifest.load(from: paths), manifest.complete else {
            throw LabError("the lab in \(paths.lab) is incomplete or damaged", remedy: "baton lab down")
        }
        for node in servers(manifest) where !LabFiles.exists(node.dataDirectory + "/PG_VERSION") {
            throw LabError("the lab's data directory \(node.dataDirectory) is gone", remedy: "baton lab down")
        }
        return manifest
    }

    func servers(_ manifest: LabManifest) -> [PostgresServer] {
        manifest.nodes.map { PostgresServer(node: $0, manifest: manifest, paths: paths) }
    }

    func poolers(_ manifest: LabManifest) -> [PgBouncerServer] {
        manifest.poolers.map { PgBouncerServer(pooler: $0, manifest: manifest, paths: paths) }
    }

    private func status(of manifest: LabManifest) async -> LabStatus {
        let states = await states(of: manifest)
        let primaries = states.values.filter { $0.role == .primary }
        let nodes = servers(manifest).map { server in
            let state = states[server.node.name] ?? PostgresServer.State(role: .unknown)
            var lag: Int64?
            // Only against the one primary, and only on its timeline: positions of two histories do not compare.
            if state.role == .standby, primaries.count == 1, let primary = primaries.first,
                primary.timeline == state.timeline, let written = primary.position, let replayed = state.position
            {
                lag = max(0, written.bytes(since: replayed))
            }
            return LabStatus.Node(
                name: server.node.name, site: server.node.site, host: "127.0.0.1", port: server.node.port,
                socketDirectory: manifest.socketDirectory, dataDirectory: server.dataDirectory, role: state.role,
                timeline: state.timeline, replayLagBytes: lag)
        }
        let poolers = poolers(manifest).map { server in
            LabStatus.Pooler(
                name: server.pooler.name, site: server.pooler.site, host: "127.0.0.1", port: server.pooler.port,
                database: LabNames.database, config: server.config,
                running: ((try? server.processes()) ?? []).isEmpty == false)
        }
        return LabStatus(
            running: nodes.contains { $0.role != .down } || poolers.contains(where: \.running),
            topology: paths.topology, nodes: nodes, poolers: poolers,
            dsn: LabSecrets.client(of: paths).flatMap { manifest.dsn(appPassword: $0) })
    }

    /// All nodes are asked at once: a paused one takes no time from the others.
    func states(of manifest: LabManifest) async -> [String: PostgresServer.State] {
        let deadline = SystemClock.deadline(in: .seconds(2))
        return await withTaskGroup(of: (String, PostgresServer.State).self) { group in
            for server in servers(manifest) {
                group.addTask { (server.node.name, await server.state(deadline: deadline)) }
            }
            var states: [String: PostgresServer.State] = [:]
            for await (name, state) in group { states[name] = state }
            return states
        }
    }
}

/// Holds the state directory for one `lab` command at a time: a file lock on the directory itself, which leaves no file.
final class LabLock: Sendable {
    private let descriptor: Int32

    init(_ paths: LabPaths) throws {
        descriptor = open(paths.state, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw LabError("cannot open \(paths.state): \(String(cString: strerror(errno)))") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw LabError("another baton lab command is at work in \(paths.state)", remedy: "wait for it to end")
        }
    }

    deinit { close(descriptor) }
}
