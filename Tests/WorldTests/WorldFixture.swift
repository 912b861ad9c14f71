import BatonCore
import BatonPostgres
import Glibc
import Testing

@testable import BatonEngine
@testable import BatonHosts
@testable import BatonLab

/// Every suite that changes a real lab through the built `baton`; one at a time, for their servers share the machine.
@Suite(.serialized)
enum WorldSerialTests {}

/// A lab in a directory of its own, the built `baton`, and a superuser who does behind Baton's back what a world needs.
struct WorldFixture: Sendable {
    let state: String
    let lab: Lab
    let status: LabStatus

    /// Raises a lab, hands it to `body` and takes it down whatever happens.
    ///
    /// - Parameter quickRetries: standbys look for a lost upstream again after 100 ms instead of PostgreSQL's 5 s, so that a
    ///   healed world is soon a healthy one. Not for worlds whose subject is that wait (R21).
    static func with(
        quickRetries: Bool = true, standbys: Int = 1, _ body: (WorldFixture) async throws -> Void
    ) async throws {
        var template = Array("/tmp/bw.XXXXXX".utf8CString)
        let state = try #require(mkdtemp(&template).map { String(cString: $0) })
        // The servers' user has to pass through.
        chmod(state, 0o755)
        let lab = Lab(stateDirectory: state)
        var failure: (any Error)?
        do {
            let fixture = WorldFixture(state: state, lab: lab, status: try await lab.up(standbys: standbys) { _ in })
            if quickRetries {
                for node in fixture.status.nodes {
                    try await fixture.sql(
                        node.name, "ALTER SYSTEM SET wal_retrieve_retry_interval = '100ms'", "SELECT pg_reload_conf()")
                }
            }
            try await body(fixture)
        } catch {
            failure = error
        }
        try await lab.down { _ in }
        try await LabFiles.removeTree(state, deadline: soon())
        if let failure { throw failure }
    }

    /// Generous: what takes this long has failed.
    static func soon() -> Deadline { SystemClock.deadline(in: .seconds(30)) }

    // MARK: Baton as a user runs it

    /// What a run of the binary left behind.
    struct Answer: Sendable {
        var exit: Int32
        var output: String
        var errors: String

        /// stdout as JSON; null when it is none.
        var json: JSONAnswer { JSONAnswer(text: output) }
        /// Everything a person saw, with each run of blanks as one: lines are wrapped.
        var text: String {
            (output + "\n" + errors).split { $0 == " " || $0 == "\n" }.joined(separator: " ")
        }
    }

    /// The executable that was built beside these tests.
    static let binary: String = {
        var buffer = [CChar](repeating: 0, count: 4_096)
        let count = max(0, readlink("/proc/self/exe", &buffer, buffer.count - 1))
        let path = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return path.split(separator: "/").dropLast().reduce(into: "") { $0 += "/" + $1 } + "/baton"
    }()

    /// The playbook that Baton ships.
    static let playbook: String = {
        let package = #filePath.split(separator: "/").dropLast(3).reduce(into: "") { $0 += "/" + $1 }
        return package + "/Playbooks/planned-switchover.yaml"
    }()

    /// Runs the binary without a terminal and without a state directory of its own.
    static func baton(_ arguments: [String], deadline: Deadline = soon()) async throws -> Answer {
        let result = try await Program.run(
            binary, arguments, environment: ["PATH": "/usr/bin:/bin", "LC_ALL": "C"], deadline: deadline)
        return Answer(exit: result.status, output: result.output, errors: result.errors)
    }

    /// Runs the binary with this lab's state directory.
    func baton(_ arguments: String..., deadline: Deadline = soon()) async throws -> Answer {
        try await Self.baton(arguments + ["--state", state], deadline: deadline)
    }

    func preflight(to site: String = "east", _ playbook: String = Self.playbook) async throws -> Answer {
        try await baton("preflight", playbook, "--to", site, "--format", "json")
    }

    // MARK: The superuser

    func node(_ name: String) throws -> LabStatus.Node {
        try #require(status.nodes.first { $0.name == name }, "the lab has no node \(name)")
    }

    func superuser(_ node: String, database: String = "app") async throws -> PostgresConnection {
        let node = try self.node(node)
        return try await PostgresConnection.connect(
            ConnectionParameters(
                host: node.socketDirectory, port: node.port, database: database, user: "postgres",
                applicationName: "world"), deadline: Self.soon())
    }

    /// Runs statements one by one, each in a transaction of its own, in one session of the superuser; the last one's rows.
    @discardableResult
    func sql(_ node: String, _ statements: String...) async throws -> Rows {
        let session = try await superuser(node)
        var rows = Rows(columns: [], rows: [])
        do {
            for statement in statements { rows = try await session.query(statement, deadline: Self.soon()) }
        } catch {
            await session.close()
            throw error
        }
        await session.close()
        return rows
    }

    /// Waits until a query that answers one boolean says true.
    func wait(_ node: String, until condition: String, for patience: TimeSpan = .seconds(20)) async throws {
        let session = try await superuser(node)
        _ = try await session.poll(
            "SELECT (\(condition)) AS holds", every: .milliseconds(5), deadline: SystemClock.deadline(in: patience)
        ) { (rows) throws(PostgresError) in try rows.single().bool("holds") }
        await session.close()
    }

    /// One command on the pooler's console, as its administrator.
    @discardableResult
    func console(_ command: String) async throws -> Rows {
        let pooler = try #require(status.poolers.first)
        let session = try await PostgresConnection.connect(
            ConnectionParameters(
                host: "127.0.0.1", port: pooler.port, database: "pgbouncer", user: "baton_admin",
                password: try secret("pool"), tls: .disable), deadline: Self.soon())
        let rows = try await session.simpleQuery(command, deadline: Self.soon())
        await session.close()
        return rows
    }

    /// What a client of the application writes through the pooler; the port of the server that took it.
    func write() async throws -> Int {
        let pooler = try #require(status.poolers.first)
        let session = try await PostgresConnection.connect(
            ConnectionParameters(
                host: "127.0.0.1", port: pooler.port, database: "app", user: "app", password: try secret("app"),
                tls: .disable, sendsCancel: false), deadline: Self.soon())
        let row = try await session.query(
            """
            INSERT INTO baton_canary (run, id) SELECT 'world', count(*) FROM baton_canary WHERE run = 'world' \
            RETURNING inet_server_port() AS port
            """, deadline: Self.soon()
        ).single()
        await session.close()
        return try row.int("port")
    }

    // MARK: Files of the lab

    func secret(_ name: String) throws -> Secret {
        Secret(try #require(LabFiles.read(lab.paths.secret(name))?.split(separator: "\n").first.map(String.init)))
    }

    /// Replaces a file of the lab, with the owner that it has.
    func rewrite(_ path: String, _ change: (String) -> String) throws {
        let ground = try LabGround.recorded(in: lab.existing())
        try LabFiles.write(change(try #require(LabFiles.read(path))), to: path, owner: ground.account)
    }

    func restart(_ name: String) async throws {
        try await lab.breakServer(name, .stop)
        try await lab.heal(name) { _ in }
    }

    /// Runs a program of PostgreSQL as the lab's user.
    func program(_ name: String, _ arguments: [String]) async throws {
        // Not what the manifest records: it may be asked while a data directory is being made anew.
        let ground = try LabGround.survey()
        let result = try await Program.run(
            ground.binDirectory + "/" + name, arguments, as: ground.account,
            environment: ["PATH": "/usr/bin:/bin", "LC_ALL": "C"], deadline: Self.soon())
        try #require(result.status == 0, "\(name): \(result.complaint)")
    }

    // MARK: Health

    /// The service is whole: `primary` alone accepts writes, clients' writes reach it, every other node streams and has
    /// replayed, no pooler entry is paused, and no standby holds a slot.
    func expectHealthy(primary: String = "west-db", sourceLocation: SourceLocation = #_sourceLocation) async throws {
        for node in status.nodes {
            let row = try await sql(
                node.name,
                "SELECT NOT pg_is_in_recovery() AS writable, (SELECT count(*) FROM pg_replication_slots) AS slots"
            ).single()
            #expect(try row.bool("writable") == (node.name == primary), "\(node.name)", sourceLocation: sourceLocation)
            if node.name != primary {
                #expect(try row.int("slots") == 0, "slots on \(node.name)", sourceLocation: sourceLocation)
            }
        }
        for row in try await console("SHOW DATABASES") where try row.text("name") == "app" {
            #expect(try !row.bool("paused") && !row.bool("disabled"), sourceLocation: sourceLocation)
        }
        let port = try node(primary).port
        #expect(try await write() == port, sourceLocation: sourceLocation)
        try await wait(
            primary,
            until: """
                SELECT count(*) = \(status.nodes.count - 1) FROM pg_stat_replication \
                WHERE state = 'streaming' AND replay_lsn >= pg_current_wal_flush_lsn()
                """)
    }

    /// The journal of a run, `latest` unless named, is whole.
    func expectIntactJournal(
        _ run: String = "latest", sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let audit = try await baton("audit", "verify", run, "--format", "json")
        #expect(audit.exit == 0, "\(audit.errors)", sourceLocation: sourceLocation)
        #expect(audit.json["verdict"] == "intact", sourceLocation: sourceLocation)
    }
}
