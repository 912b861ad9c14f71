import BatonCore
import BatonEngine
import BatonHosts
import BatonPostgres
import Glibc

extension Lab {
    /// Makes and starts a new lab.
    func make(
        _ ground: LabGround, standbys count: Int, progress: @Sendable (String) -> Void, deadline: Deadline
    ) async throws -> LabManifest {
        let standbySites = [("east-db", "east"), ("west-db2", "west"), ("east-db2", "east")]
        guard standbySites.indices.contains(count - 1) else {
            throw LabError("a lab has 1 to \(standbySites.count) standbys, not \(count)")
        }
        let sites = [("west-db", "west")] + standbySites.prefix(count)
        let ports = try LabGround.freePorts(sites.count + 1)
        let name = String(UInt32.random(in: 0 ... .max), radix: 36)
        var manifest = LabManifest(
            user: ground.account.name, binDirectory: ground.binDirectory, pgbouncer: ground.pgbouncer,
            socketDirectory: "\(Self.socketRoot)\(name)",
            nodes: zip(sites, ports).map { .init(name: $0.0, site: $0.1, port: $1) },
            poolers: [.init(name: "pool", site: "east", port: ports[sites.count])])
        for path in [paths.lab, paths.servers, paths.logs, paths.poolers] {
            try LabFiles.makeDirectory(path, mode: 0o700, owner: ground.account)
        }
        // First of all what `down` needs to know.
        try manifest.save(to: paths, owner: ground)
        guard !LabFiles.exists(manifest.socketDirectory) else {
            throw LabError("\(manifest.socketDirectory) already exists", remedy: "baton lab up")
        }
        try LabFiles.makeDirectory(manifest.socketDirectory, mode: 0o700, owner: ground.account)

        let secrets = LabSecrets()
        try secrets.save(to: paths, nodes: manifest.nodes, owner: ground.account)
        let servers = servers(manifest)
        let (primary, standbys) = (servers[0], Array(servers.dropFirst()))
        progress("making the cluster of \(primary.node.name)")
        try await primary.initialise(secrets: secrets, standbys: standbys, ground: ground, deadline: deadline)
        for standby in standbys {
            progress("copying it to \(standby.node.name)")
            try await standby.becomeCopy(of: primary, secrets: secrets, ground: ground, deadline: deadline)
        }
        progress("starting the servers")
        // In this order: a standby that finds no primary sleeps for wal_retrieve_retry_interval.
        try await primary.local.start(deadline: deadline)
        let verifier = try await primary.passwordVerifier(of: LabNames.client, deadline: deadline)
        for pooler in poolers(manifest) {
            try pooler.configure(
                primary: primary.node, secrets: secrets, clientVerifier: verifier, owner: ground.account)
        }
        for standby in standbys { try await standby.local.start(deadline: deadline) }
        for pooler in poolers(manifest) { try await pooler.start(ground: ground, deadline: deadline) }
        try await requireStreaming(from: primary, to: standbys, deadline: deadline)
        try await requireClientPath(manifest, password: secrets.client, deadline: deadline)
        try LabFiles.write(LabTopology.text(manifest), to: paths.topology, owner: ground.account)
        manifest.complete = true
        try manifest.save(to: paths, owner: ground)
        return manifest
    }

    /// The beginning of every socket directory's name; `down` removes no other directory.
    static let socketRoot = "/tmp/baton-lab-"

    private func requireStreaming(
        from primary: PostgresServer, to standbys: [PostgresServer], deadline: Deadline
    ) async throws {
        let session = try await primary.superuser(deadline: deadline)
        let expected = Set(standbys.map(\.node.name))
        _ = try await session.poll(
            "SELECT application_name FROM pg_stat_replication WHERE state = 'streaming'", every: .milliseconds(5),
            deadline: deadline
        ) { (rows) throws(PostgresError) in
            Set(try rows.column(named: "application_name").compactMap { $0 }).isSuperset(of: expected)
        }
        await session.close()
    }

    private func requireClientPath(_ manifest: LabManifest, password: String, deadline: Deadline) async throws {
        for pooler in poolers(manifest) {
            let parameters = pooler.clientParameters(password: Secret(password))
            let session = try await PostgresConnection.connect(parameters, deadline: deadline)
            _ = try await session.query("SELECT count(*) FROM \(LabNames.canaryTable)", deadline: deadline)
            await session.close()
        }
    }

    /// Ends every process and removes every file of the lab, whatever state it is in.
    func remove(progress: @Sendable (String) -> Void) async throws {
        let deadline = SystemClock.deadline(in: .seconds(60))
        let manifest = LabManifest.load(from: paths)
        progress("stopping the servers")
        // PgBouncer is known by its configuration file and a server by its directory, so this needs no manifest.
        let anyManifest =
            manifest
            ?? LabManifest(user: "", binDirectory: "", pgbouncer: "", socketDirectory: "", nodes: [], poolers: [])
        let pool = LabManifest.Server(name: "pool", site: "", port: 0)
        try await PgBouncerServer(pooler: pool, manifest: anyManifest, paths: paths).stop(deadline: deadline)
        // A server that Baton started leaves its log beside its directory.
        for path in LabFiles.names(in: paths.servers).map({ "\(paths.servers)/\($0)" })
        where LabFiles.isDirectory(path) {
            try await end(LocalServer(Node.DataDirectory(path: path, binDirectory: "")), deadline: deadline)
        }
        progress("removing \(paths.lab)")
        if let sockets = manifest?.socketDirectory, sockets.hasPrefix(Self.socketRoot),
            !sockets.dropFirst(Self.socketRoot.count).contains("/")
        {
            try await LabFiles.removeTree(sockets, deadline: deadline)
        }
        try await LabFiles.removeTree(paths.lab, deadline: deadline)
    }

    /// Ends a server at once; its data is about to go.
    private func end(_ server: LocalServer, deadline: Deadline) async throws {
        try await server.signalAll(SIGCONT, deadline: deadline)
        try await server.requestStop(.immediate, deadline: deadline)
        do {
            try await server.waitUntilStopped(deadline: min(deadline, SystemClock.deadline(in: .seconds(2))))
        } catch {
            try await server.signalAll(SIGKILL, deadline: deadline)
            try await server.waitUntilStopped(deadline: deadline)
        }
        try await server.removeSharedMemory(deadline: deadline)
    }
}

extension LabFiles {
    /// Makes the directory and those above it; others may pass through, because the servers' user has to.
    static func makeDirectories(_ path: String) throws {
        var soFar = ""
        for part in path.split(separator: "/") {
            soFar += "/" + part
            if !exists(soFar) { try makeDirectory(soFar, mode: 0o755, owner: nil) }
        }
    }
}
