import BatonCore
import BatonEngine
import BatonHosts
import BatonPostgres
import Glibc

/// One PostgreSQL server of the lab.
struct PostgresServer: Sendable {
    let node: LabManifest.Server
    let manifest: LabManifest
    let paths: LabPaths

    var dataDirectory: String { "\(paths.servers)/\(node.stem)" }
    var logFile: String { "\(paths.logs)/\(node.name).log" }
    var local: LocalServer {
        LocalServer(
            Node.DataDirectory(path: dataDirectory, binDirectory: manifest.binDirectory), logFile: logFile)
    }
    var host: LocalDatabaseHost {
        LocalDatabaseHost(Node.DataDirectory(path: dataDirectory, binDirectory: manifest.binDirectory))
    }

    /// The slot's name that this node streams from, by the rule that Baton's steps follow.
    var slotName: String {
        Node(name: node.name, site: node.site, host: "", port: node.port, database: "", user: "").slotName
    }

    /// A session of the superuser over the private socket, where the operating system vouches for the user.
    func superuser(database: String = "postgres", deadline: Deadline) async throws -> PostgresConnection {
        try await PostgresConnection.connect(
            ConnectionParameters(
                host: manifest.socketDirectory, port: node.port, database: database, user: "postgres",
                applicationName: "baton-lab"), deadline: deadline)
    }

    /// Makes the cluster that all nodes are copies of, with roles, tables and this node's configuration.
    func initialise(secrets: LabSecrets, standbys: [PostgresServer], ground: LabGround, deadline: Deadline) async throws
    {
        let result = try await Program.run(
            ground.binDirectory + "/initdb",
            [
                "--no-sync", "--data-checksums", "--encoding=UTF8", "--locale=C", "--username=postgres",
                "--auth-local=peer", "--auth-host=scram-sha-256", "-D", dataDirectory,
            ], as: ground.account, environment: ["PATH": "/usr/bin:/bin", "LC_ALL": "C"], deadline: deadline)
        guard result.status == 0 else { throw LabError("initdb failed: \(result.complaint)") }
        try writeConfiguration(owner: ground.account)
        try LabFiles.write(accessRules, to: dataDirectory + "/pg_hba.conf", owner: ground.account)
        try LabFiles.write(userMap(ground), to: dataDirectory + "/pg_ident.conf", owner: ground.account)
        try await local.start(deadline: deadline)
        try await fill(secrets: secrets, standbys: standbys, deadline: deadline)
        try await local.requestStop(.fast, deadline: deadline)
        try await local.waitUntilStopped(deadline: deadline)
    }

    /// Makes this node a standby: a copy of the stopped template that will stream from `primary`, as
    /// `pg_basebackup --write-recovery-conf` would leave it.
    func becomeCopy(of primary: PostgresServer, secrets: LabSecrets, ground: LabGround, deadline: Deadline) async throws
    {
        let copy = try await Program.run(
            "cp", ["-a", "--reflink=auto", primary.dataDirectory, dataDirectory], as: ground.account,
            deadline: deadline)
        guard copy.status == 0 else { throw LabError("copying the template failed: \(copy.complaint)") }
        // Slots belong to the server that they were made on.
        for slot in LabFiles.names(in: dataDirectory + "/pg_replslot") {
            try await LabFiles.removeTree("\(dataDirectory)/pg_replslot/\(slot)", deadline: deadline)
        }
        try writeConfiguration(owner: ground.account)
        let passwords = dataDirectory + "/baton.pgpass"
        try LabFiles.write(
            "127.0.0.1:\(primary.node.port):*:\(LabNames.operatorRole):\(secrets.operatorRole)\n", to: passwords,
            owner: ground.account)
        let settings = """
            primary_conninfo = 'host=127.0.0.1 port=\(primary.node.port) user=\(LabNames.operatorRole) \
            application_name=\(node.name) passfile=''\(passwords)'''
            primary_slot_name = '\(slotName)'

            """
        try LabFiles.write(settings, to: dataDirectory + "/postgresql.auto.conf", owner: ground.account)
        try LabFiles.write("", to: dataDirectory + "/standby.signal", owner: ground.account)
    }

    private func writeConfiguration(owner: Account) throws {
        let text = """
            # A node of Baton's lab. Only the loopback address, and a private socket directory.
            listen_addresses = '127.0.0.1'
            port = \(node.port)
            unix_socket_directories = '\(manifest.socketDirectory)'
            cluster_name = '\(node.name)'
            max_connections = 100
            password_encryption = scram-sha-256
            fsync = on
            wal_level = replica
            wal_log_hints = on
            hot_standby = on
            max_wal_senders = 10
            max_replication_slots = 10
            max_slot_wal_keep_size = 1GB
            # In the data directory, so that a killed server leaves nothing in /dev/shm.
            dynamic_shared_memory_type = mmap
            timezone = 'UTC'
            log_timezone = 'UTC'
            log_line_prefix = '%m [%p] %q%u@%d %a '
            log_checkpoints = on

            """
        try LabFiles.write(text, to: dataDirectory + "/postgresql.conf", owner: owner)
    }

    private var accessRules: String {
        """
        # The superuser only over the socket and only for the users that pg_ident.conf names.
        local all         postgres                peer map=lab
        local replication postgres                peer map=lab
        host  \(LabNames.database)         \(LabNames.client)          127.0.0.1/32 scram-sha-256
        host  all         \(LabNames.operatorRole)        127.0.0.1/32 scram-sha-256
        host  replication \(LabNames.operatorRole)        127.0.0.1/32 scram-sha-256

        """
    }

    private func userMap(_ ground: LabGround) -> String {
        var users = ["root", ground.account.name]
        if let current = Account.number(geteuid())?.name { users.append(current) }
        return Set(users).sorted().map { "lab \($0) postgres\n" }.joined()
    }
}
