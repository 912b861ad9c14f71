import BatonCore
import BatonEngine
import Testing

@testable import BatonPostgres

/// A real PgBouncer's console: the behaviour that `PgBouncerConsole` documents.
@Suite(.serialized, .withServers)
struct PgBouncerConsoleSerialTests {
    let servers: ServerFixture

    init() throws { servers = try #require(ServerFixture.current) }

    private func console(_ user: String = "admin") async throws -> PgBouncerConsole {
        try await PgBouncerConsole.connect(servers.console(user), deadline: soon())
    }

    private func client() async throws -> PostgresConnection {
        try await PostgresConnection.connect(servers.client, deadline: soon())
    }

    /// Looks at the entry `app` until `condition` holds.
    private func waitForEntry(
        _ console: PgBouncerConsole, until condition: (DatabaseEntry) -> Bool
    ) async throws {
        let deadline = soon()
        while true {
            let entry = try #require(try await console.database("app", deadline: deadline))
            if condition(entry) { return }
            try await SystemClock.sleep(.milliseconds(2))
        }
    }

    private func appPools(_ console: PgBouncerConsole) async throws -> [Pool] {
        try await console.showPools(deadline: soon()).filter { $0.database == "app" }
    }

    @Test("Everything that a stats user may see, and nothing that it may not do")
    func statsUser() async throws {
        let stats = try await console("stats")
        #expect(try await stats.showVersion(deadline: soon()).hasPrefix("PgBouncer 1."))
        let app = try #require(try await stats.database("app", deadline: soon()))
        #expect(app.host == "127.0.0.1" && app.port == servers.port && app.database == "app")
        #expect(!app.paused && !app.disabled && app.forceUser == nil && app.poolMode == nil)
        #expect(try await stats.database("nosuch", deadline: soon()) == nil)
        let own = try #require(try await stats.database("pgbouncer", deadline: soon()))
        #expect(own.host == nil && own.forceUser == "pgbouncer" && own.poolMode == "statement")
        let config = try await stats.showConfig(deadline: soon())
        #expect(config["pool_mode"] == "transaction" && config["nosuch"] == nil)
        let retry = try #require(config.entries.first { $0.name == "server_login_retry" })
        #expect(retry.value == "1" && retry.builtIn == "15" && retry.isChangeable)
        #expect(config.entries.first { $0.name == "listen_port" }?.isChangeable == false)
        #expect(try await stats.showPools(deadline: soon()).contains { $0.database == "pgbouncer" })
        let refusals = [
            try await failure { () throws(PostgresError) in try await stats.pause("app", deadline: soon()) },
            try await failure { () throws(PostgresError) in try await stats.resume("app", deadline: soon()) },
            try await failure { () throws(PostgresError) in try await stats.kill("app", deadline: soon()) },
            try await failure { () throws(PostgresError) in try await stats.reload(deadline: soon()) },
            try await failure { () throws(PostgresError) in
                try await stats.set("pool_mode", "session", deadline: soon())
            },
        ]
        for (error, _) in refusals { #expect(error.needsAdminAccess && !error.didReachServer) }
        #expect(stats.isOpen)
    }

    @Test("A wrong password and an unknown user are refused credentials")
    func credentials() async throws {
        for user in ["admin", "nobody"] {
            var parameters = servers.console(user)
            parameters.password = Secret("wrong")
            let (error, _) = try await failure { () throws(PostgresError) in
                try await PgBouncerConsole.connect(parameters, deadline: soon())
            }
            #expect(error.kind == .authentication, "\(error)")
        }
    }

    @Test("A pause of an idle entry returns; clients wait without a server connection; resume lets them go")
    func pauseIdle() async throws {
        let console = try await console()
        let client = try await client()
        _ = try await client.query("SELECT 1", deadline: soon())
        #expect(try await appPools(console).map(\.serverConnections).reduce(0, +) == 1)
        try await console.pause("app", deadline: soon())
        #expect(try await console.database("app", deadline: soon())?.paused == true)
        #expect(try await appPools(console).map(\.serverConnections).reduce(0, +) == 0)
        try await console.pause("app", deadline: soon())

        let waiting = Task { try await client.query("SELECT 7 AS n", deadline: soon()) }
        let deadline = soon()
        var pools: [Pool] = []
        repeat {
            pools = try await appPools(console)
        } while pools.map(\.clWaiting).reduce(0, +) == 0 && SystemClock.now() < deadline
        #expect(pools.map(\.clWaiting).reduce(0, +) == 1)
        #expect(pools.map(\.serverConnections).reduce(0, +) == 0)
        let direct = try await PostgresConnection.connect(servers.superuser, deadline: soon())
        let backends = try await direct.query(
            "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = 'app'", deadline: soon())
        #expect(try backends.single().int("n") == 0)

        try await console.resume("app", deadline: soon())
        #expect(try await waiting.value.single().int("n") == 7)
        #expect(try await console.database("app", deadline: soon())?.paused == false)
        let (error, _) = try await failure { () throws(PostgresError) in
            try await console.resume("app", deadline: soon())
        }
        #expect(error.isNotPaused && console.isOpen)
    }

    @Test("An open transaction holds the pause, which outlives the pauser")
    func pauseWithOpenTransaction() async throws {
        let watcher = try await console()
        let pauser = try await console()
        let client = try await client()
        _ = try await client.simpleQuery("BEGIN; SELECT 1", deadline: soon())
        let (error, took) = try await failure { () throws(PostgresError) in
            try await pauser.pause("app", deadline: SystemClock.deadline(in: .milliseconds(200)))
        }
        #expect(error.kind == .deadline && error.didReachServer && took < .seconds(3))
        #expect(!pauser.isOpen)
        // The pauser has gone, and PgBouncer has been asked to cancel: the pause stays.
        #expect(try await watcher.database("app", deadline: soon())?.paused == true)
        #expect(try await appPools(watcher).map(\.svActive).reduce(0, +) == 1)
        _ = try await client.simpleQuery("COMMIT", deadline: soon())
        try await waitForEntry(watcher) { $0.currentConnections == 0 }
        #expect(try await watcher.database("app", deadline: soon())?.paused == true)
        try await watcher.resume("app", deadline: soon())
        _ = try await client.query("SELECT 1", deadline: soon())
    }

    @Test("A waiting pause returns when the transaction ends")
    func pauseWaits() async throws {
        let watcher = try await console()
        let pauser = try await console()
        let client = try await client()
        _ = try await client.simpleQuery("BEGIN; SELECT 1", deadline: soon())
        let pause = Task { try await pauser.pause("app", deadline: soon()) }
        try await waitForEntry(watcher) { $0.paused }
        _ = try await client.simpleQuery("COMMIT", deadline: soon())
        try await pause.value
        #expect(try await appPools(watcher).map(\.serverConnections).reduce(0, +) == 0)
        try await watcher.resume("app", deadline: soon())
    }

    @Test("After a resume by another session a waiting pause never returns")
    func resumeBeatsPause() async throws {
        let watcher = try await console()
        let pauser = try await console()
        let client = try await client()
        _ = try await client.simpleQuery("BEGIN; SELECT 1", deadline: soon())
        let pause = Task {
            try await failure { () throws(PostgresError) in
                try await pauser.pause("app", deadline: SystemClock.deadline(in: .milliseconds(700)))
            }
        }
        try await waitForEntry(watcher) { $0.paused }
        try await watcher.resume("app", deadline: soon())
        #expect(try await watcher.database("app", deadline: soon())?.paused == false)
        _ = try await client.simpleQuery("COMMIT", deadline: soon())
        #expect(try await pause.value.error.kind == .deadline)
        #expect(try await watcher.database("app", deadline: soon())?.paused == false)
    }

    @Test("Kill ends the clients' sessions and leaves the entry paused")
    func kill() async throws {
        let console = try await console()
        let client = try await client()
        let busy = Task {
            try await failure { () throws(PostgresError) in
                try await client.query("SELECT pg_sleep(30)", deadline: SystemClock.deadline(in: .seconds(30)))
            }
        }
        let deadline = soon()
        while try await appPools(console).map(\.svActive).reduce(0, +) == 0, SystemClock.now() < deadline {
            try await SystemClock.sleep(.milliseconds(2))
        }
        try await console.kill("app", deadline: soon())
        let (error, _) = try await busy.value
        #expect(error.didReachServer && !client.isOpen)
        #expect(try await console.database("app", deadline: soon())?.paused == true)
        try await console.resume("app", deadline: soon())
        _ = try await self.client().query("SELECT 1", deadline: soon())
    }

    @Test("Unknown entries and hostile names")
    func names() async throws {
        let console = try await console()
        for name in ["nosuch", "a b", "a\"b", "a;b", "APP", "app\"; RESUME app; --", String(repeating: "x", count: 61)]
        {
            let (error, _) = try await failure { () throws(PostgresError) in
                try await console.pause(name, deadline: soon())
            }
            #expect(error.sqlState == "08P01")
            #expect(error.message == "no such database: \(name)")
        }
        for name in ["", "a\nb", "a\u{0}b", String(repeating: "x", count: 62)] {
            let (error, _) = try await failure { () throws(PostgresError) in
                try await console.pause(name, deadline: soon())
            }
            #expect(error.kind == .invalidRequest)
        }
        #expect(console.isOpen)
    }

    @Test("A setting is set and read back; a constant one is only reported as set")
    func set() async throws {
        let console = try await console()
        try await console.set("server_login_retry", "3", deadline: soon())
        #expect(try await console.showConfig(deadline: soon())["server_login_retry"] == "3")
        try await console.set("server_login_retry", "1", deadline: soon())
        try await console.set("server_check_query", "select 'it''s'", deadline: soon())
        #expect(try await console.showConfig(deadline: soon())["server_check_query"] == "select 'it''s'")
        try await console.set("server_check_query", "select 1", deadline: soon())
        try await console.set("listen_port", "1", deadline: soon())
        #expect(try await console.showConfig(deadline: soon())["listen_port"] == "\(servers.poolerPort)")
        for (name, value) in [("server_login_retry", "soon"), ("nosuch", "1")] {
            let (error, _) = try await failure { () throws(PostgresError) in
                try await console.set(name, value, deadline: soon())
            }
            #expect(error.sqlState == "08P01" && error.message == "SET failed")
        }
    }

    @Test("A rewritten file repoints a paused entry at its RELOAD, and the pause holds")
    func reload() async throws {
        let console = try await console()
        let text = servers.poolerText(databases: "app = host=127.0.0.1 port=\(servers.port) dbname=app")
        let file = try PgBouncerConfigFile(text)
        try await console.pause("app", deadline: soon())
        let away = try file.replacing("app", host: "127.0.0.2", port: 1)
        try servers.write("pgbouncer.ini", away.text)
        try await console.reload(deadline: soon())
        let moved = try #require(try await console.database("app", deadline: soon()))
        #expect(moved.host == "127.0.0.2" && moved.port == 1 && moved.paused)
        try servers.write("pgbouncer.ini", text)
        try await console.reload(deadline: soon())
        try await console.resume("app", deadline: soon())
        let back = try #require(try await console.database("app", deadline: soon()))
        #expect(back.host == "127.0.0.1" && back.port == servers.port && !back.paused)
        _ = try await client().query("SELECT 1", deadline: soon())
    }

    @Test("RELOAD of a broken file reports success and applies what stands before the break")
    func reloadBroken() async throws {
        let console = try await console()
        let good = "app = host=127.0.0.1 port=\(servers.port) dbname=app"
        let broken = servers.poolerText(databases: "app = host=127.0.0.3 port=3 dbname=app\nrubbish")
        #expect(throws: PgBouncerConfigError.self) { try PgBouncerConfigFile(broken) }
        try servers.write("pgbouncer.ini", broken)
        try await console.reload(deadline: soon())
        #expect(try await console.database("app", deadline: soon())?.host == "127.0.0.3")
        try servers.writePoolerConfig(databases: "rubbish\napp = host=127.0.0.4 port=4 dbname=app")
        try await console.reload(deadline: soon())
        #expect(try await console.database("app", deadline: soon())?.host == "127.0.0.3")
        try servers.writePoolerConfig(databases: good)
        try await console.reload(deadline: soon())
        #expect(try await console.database("app", deadline: soon())?.host == "127.0.0.1")
    }

    @Test(
        "The reader agrees with PgBouncer on what an entry says",
        arguments: [
            "  app  =  port = '7001'   host =  '127.0.0.9'  dbname='it''s' ",
            "app=host=db.example  port=7002 dbname=a'b",
            "app = dbname=x", "app =", "app = password='a = b' host=h user='u u' port=7003\r",
            "; app = host=no\n#app = host=no\n[databases]\n\u{B}app = host=h port=7004\n[databases]",
        ])
    func oracle(_ lines: String) async throws {
        let console = try await console()
        let text = servers.poolerText(databases: lines)
        let read = try #require(try PgBouncerConfigFile(text).entry("app"))
        try servers.write("pgbouncer.ini", text)
        try await console.reload(deadline: soon())
        let entry = try #require(try await console.database("app", deadline: soon()))
        #expect(entry.host == read.host)
        #expect(entry.port == read.port ?? 5432)
        #expect(entry.database == read.database ?? "app")
        let moved = try PgBouncerConfigFile(text).replacing("app", host: "h-2.example", port: 7100)
        try servers.write("pgbouncer.ini", moved.text)
        try await console.reload(deadline: soon())
        let after = try #require(try await console.database("app", deadline: soon()))
        #expect(after.host == "h-2.example" && after.port == 7100 && after.database == entry.database)
        try servers.writePoolerConfig(databases: "app = host=127.0.0.1 port=\(servers.port) dbname=app")
        try await console.reload(deadline: soon())
    }

    @Test("A console that goes away is seen")
    func close() async throws {
        let console = try await console()
        #expect(await !console.isBroken())
        await console.close()
        #expect(!console.isOpen)
    }
}
