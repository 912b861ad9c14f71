import BatonHosts
import BatonPostgres
import Glibc
import Testing

@testable import BatonLab

extension WorldSerialTests {
    /// Worlds whose primary, roles or pooler would make a run fail half-way.
    @Suite(.serialized, .sharedLab)
    struct RefusedServiceSerialTests {
        private let world: WorldFixture

        init() throws { world = try #require(SharedLab.world) }

        // MARK: Roles

        @Test("Baton's password is wrong", arguments: ["east", "west"])
        func wrongPassword(site: String) async throws {
            let path = world.lab.paths.secret(site)
            let right = try #require(LabFiles.read(path))
            try await world.refuses(
                by: "postgres.identity", on: "\(site)-db", remedy: "ALTER ROLE baton PASSWORD",
                breaking: { try world.rewrite(path) { _ in "wrong-password-of-\(site)\n" } },
                healing: { try world.rewrite(path) { _ in right } })
            // What was tried stands in no output and no record.
            let record = try await world.baton("audit", "show", "latest")
            #expect(!record.output.contains("wrong-password"))
        }

        @Test("Baton's role may not promote")
        func withoutPromote() async throws {
            let function = "FUNCTION pg_promote(boolean, integer)"
            let state = "has_function_privilege('baton', 'pg_promote(boolean,integer)', 'execute')"
            try await world.refuses(
                by: "postgres.privileges", on: "east-db", remedy: "GRANT EXECUTE ON FUNCTION pg_catalog.pg_promote",
                breaking: {
                    try await world.sql("west-db", "REVOKE EXECUTE ON \(function) FROM baton")
                    try await world.wait("east-db", until: "NOT \(state)")
                },
                healing: {
                    try await world.sql("west-db", "GRANT EXECUTE ON \(function) TO baton")
                    try await world.wait("east-db", until: state)
                })
        }

        // MARK: The primary

        @Test("a prepared transaction on old")
        func preparedTransaction() async throws {
            let allow = "ALTER SYSTEM SET max_prepared_transactions = 5"
            // The standby first, or it would pause its replay.
            try await world.sql("east-db", allow)
            try await world.restart("east-db")
            try await world.sql("west-db", allow)
            try await world.restart("west-db")
            try await world.refuses(
                by: "postgres.transactions", on: "west-db", remedy: "ROLLBACK PREPARED 'order-7';",
                breaking: {
                    try await world.sql(
                        "west-db", "BEGIN", "INSERT INTO baton_canary (run, id) VALUES ('prepared', 7)",
                        "PREPARE TRANSACTION 'order-7'")
                },
                healing: { try await world.sql("west-db", "ROLLBACK PREPARED 'order-7'") })
        }

        @Test("a receiver of old's log that is stopped and would hold the shutdown")
        func staleReceiver() async throws {
            let receiver = Receiver(world)
            try await world.refuses(
                by: "postgres.walsenders", on: "west-db", remedy: "SELECT pg_terminate_backend(",
                breaking: { try await receiver.beginAndStop() }, healing: { try await receiver.end() })
        }

        @Test("the canary's table is missing; the remedy makes it")
        func missingCanary() async throws {
            try await world.refuses(
                by: "canary.ready", on: "app", remedy: "CREATE TABLE baton_canary",
                breaking: { try await world.sql("west-db", "DROP TABLE baton_canary") },
                healing: {
                    let gates = try await world.preflight().json["gates"].list
                    let remedy = try #require(gates.first { $0["gate"] == "canary.ready" }?["remedy"].string)
                    let session = try await world.superuser("west-db")
                    let begin = try #require(remedy.ranges(of: "CREATE TABLE").first).lowerBound
                    _ = try await session.simpleQuery(String(remedy[begin...]), deadline: WorldFixture.soon())
                    await session.close()
                })
        }

        // MARK: The pooler

        @Test("the pooler is down")
        func poolerDown() async throws {
            try await world.refuses(
                by: "pgbouncer.ready", on: "pool", remedy: "Is PgBouncer running there",
                breaking: { try await world.lab.breakServer("pool", .stop) },
                healing: { try await world.lab.heal("pool") { _ in } })
        }

        @Test("the pooler pools by session")
        func sessionMode() async throws {
            let file = world.lab.paths.poolers + "/pgbouncer.ini"
            func setMode(_ mode: String) async throws {
                try world.rewrite(file) { text in
                    text.split(separator: "\n", omittingEmptySubsequences: false)
                        .map { $0.hasPrefix("pool_mode") ? "pool_mode = \(mode)" : String($0) }.joined(separator: "\n")
                }
                try await world.console("RELOAD")
            }
            try await world.refuses(
                by: "pgbouncer.ready", on: "pool", remedy: "pool_mode = transaction",
                breaking: { try await setMode("session") }, healing: { try await setMode("transaction") })
        }

        @Test("clients would get errors within the freeze budget")
        func shortQueryWait() async throws {
            try await world.refuses(
                by: "pgbouncer.freeze-budget", on: "pool", remedy: "SET query_wait_timeout = 60;",
                breaking: { try await world.console("SET query_wait_timeout = 5") },
                healing: { try await world.console("SET query_wait_timeout = 120") })
        }
    }
}

/// A `pg_receivewal` that connects, never replies, and is then stopped by SIGSTOP.
private final class Receiver: Sendable {
    private let world: WorldFixture
    private let directory: String

    init(_ world: WorldFixture) {
        self.world = world
        directory = world.lab.paths.lab + "/received"
    }

    func beginAndStop() async throws {
        let west = try world.node("west-db")
        let ground = try LabGround.recorded(in: world.lab.existing())
        try LabFiles.makeDirectory(directory, mode: 0o700, owner: ground.account)
        let arguments = [
            "-h", west.socketDirectory, "-p", "\(west.port)", "-U", "postgres", "-D", directory,
            "--status-interval=0", "--no-sync",
        ]
        let program = ground.binDirectory + "/pg_receivewal"
        // It runs until its walsender is ended, and is not waited for here.
        Task {
            try await Program.run(
                program, arguments, as: ground.account, environment: ["PATH": "/usr/bin:/bin", "LC_ALL": "C"],
                deadline: WorldFixture.soon())
        }
        try await world.wait(
            "west-db",
            until: """
                SELECT count(*) = 1 FROM pg_stat_replication \
                WHERE application_name = 'pg_receivewal' AND state = 'streaming'
                """)
        try signal(SIGSTOP)
    }

    func end() async throws {
        try signal(SIGCONT)
        try signal(SIGTERM)
        try await world.wait(
            "west-db", until: "SELECT count(*) = 0 FROM pg_stat_replication WHERE application_name = 'pg_receivewal'")
        try await LabFiles.removeTree(directory, deadline: WorldFixture.soon())
    }

    /// To the process that was started with this directory, and to no other.
    private func signal(_ signal: Int32) throws {
        func isMine(_ pid: Int32) -> Bool { ProcessTable.arguments(pid)?.contains(directory) == true }
        for pid in try ProcessTable.processes().filter(isMine) {
            try ProcessHandle(pid: pid, isStill: isMine)?.send(signal)
        }
    }
}
