import BatonCore
import BatonEngine
import BatonHosts
import BatonPostgres
import Glibc

/// The lab's PgBouncer.
struct PgBouncerServer: Sendable {
    let pooler: LabManifest.Server
    let manifest: LabManifest
    let paths: LabPaths

    var config: String { paths.poolers + "/pgbouncer.ini" }
    private var pidFile: String { "\(paths.poolers)/\(pooler.name).pid" }
    var logFile: String { "\(paths.logs)/\(pooler.name).log" }

    /// Writes configuration and user list; `primary` is where the entry leads at first.
    ///
    /// - Parameter clientVerifier: the servers' own SCRAM secret of the client role. With the same secret PgBouncer logs in
    ///   with the keys of the client's own login (its documentation, "auth_file") and does not derive them from a
    ///   password each time, which takes milliseconds for every session that a thaw opens.
    func configure(
        primary: LabManifest.Server, secrets: LabSecrets, clientVerifier: String, owner: Account
    ) throws {
        let users = [
            (LabNames.client, clientVerifier), (LabNames.poolerAdmin, secrets.poolerAdmin),
            (LabNames.poolerStats, secrets.poolerStats),
        ]
        let list = users.map { "\"\($0.0)\" \"\($0.1)\"\n" }.joined()
        try LabFiles.write(list, to: paths.poolers + "/userlist.txt", owner: owner)
        let text = """
            ; The pooler of Baton's lab. A run rewrites the entry below [databases].
            [databases]
            \(LabNames.database) = host=127.0.0.1 port=\(primary.port) dbname=\(LabNames.database)

            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = \(pooler.port)
            unix_socket_dir = \(manifest.socketDirectory)
            auth_type = scram-sha-256
            auth_file = \(paths.poolers)/userlist.txt
            admin_users = \(LabNames.poolerAdmin)
            stats_users = \(LabNames.poolerStats)
            pool_mode = transaction
            max_client_conn = 500
            default_pool_size = 20
            ; Clients wait through a freeze: these must be longer than its budget.
            query_wait_timeout = 120
            client_login_timeout = 60
            ; A failed login at the server must not keep clients waiting for the default of 15 s.
            server_login_retry = 1
            ignore_startup_parameters = extra_float_digits
            logfile = \(logFile)
            pidfile = \(pidFile)

            """
        try LabFiles.write(text, to: config, owner: owner)
    }

    /// The live PgBouncer processes that were started with this configuration file, whatever any pid file says.
    func processes() throws -> [Int32] {
        try ProcessTable.processes().filter(isMine)
    }

    /// Starts PgBouncer, detached and as the lab's user, and returns when it accepts connections.
    func start(ground: LabGround, deadline: Deadline) async throws {
        // A killed PgBouncer leaves its pid file, which names a dead process or, by now, somebody else's.
        guard try processes().isEmpty else { return }
        unlink(pidFile)
        let result = try await Program.run(
            ground.pgbouncer, ["-d", config], as: ground.account,
            environment: ["PATH": "/usr/sbin:/usr/bin:/bin"], deadline: deadline)
        guard result.status == 0 else { throw LabError("PgBouncer did not start: \(result.complaint)") }
        // While it detaches, one look through /proc can miss it between two forks; an empty table must last.
        var lastSeen = SystemClock.now()
        while true {
            if try !processes().isEmpty { lastSeen = SystemClock.now() }
            let isGone = SystemClock.now() - lastSeen > .seconds(1)
            do throws(PostgresError) {
                let session = try await PostgresConnection.connect(clientParameters(password: nil), deadline: deadline)
                await session.close()
                return
            } catch {
                // Asking for the password is an answer: it listens.
                if error.kind == .authentication { return }
                guard error.kind == .unreachable, SystemClock.now() < deadline, !isGone else {
                    throw LabError("PgBouncer did not start: \(LabFiles.tail(logFile))")
                }
            }
            try await SystemClock.sleep(.milliseconds(5))
        }
    }

    /// Ends every process of this pooler and returns when they are gone: politely, then by SIGKILL.
    func stop(deadline: Deadline) async throws {
        try signal(SIGCONT)
        // SIGTERM is PgBouncer's immediate shutdown (1.18); SIGINT would wait for clients.
        try signal(SIGTERM)
        let patience = min(deadline, SystemClock.deadline(in: .seconds(2)))
        while try !processes().isEmpty {
            if SystemClock.now() >= patience { try signal(SIGKILL) }
            guard SystemClock.now() < deadline else { throw LabError("PgBouncer does not end") }
            try await SystemClock.sleep(.milliseconds(5))
        }
    }

    func signal(_ signal: Int32) throws {
        for pid in try processes() { try ProcessHandle(pid: pid, isStill: isMine)?.send(signal) }
    }

    /// What a client connects with.
    func clientParameters(password: Secret?) -> ConnectionParameters {
        ConnectionParameters(
            host: "127.0.0.1", port: pooler.port, database: LabNames.database, user: LabNames.client,
            password: password, tls: .disable, applicationName: "baton-lab", sendsCancel: false)
    }

    private func isMine(_ pid: Int32) -> Bool {
        ProcessTable.arguments(pid)?.contains(config) == true
            && ProcessTable.programName(pid)?.hasPrefix("pgbouncer") == true
    }
}
