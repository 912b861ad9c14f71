import BatonCore
import BatonEngine
import Glibc
import Testing

@testable import BatonPostgres

/// A primary (`west-db`), a standby that streams from it (`east-db`) and a pooler, raised once for a suite.
final class ClusterFixture: Sendable {
    @TaskLocal static var current: ClusterFixture?

    let servers: ServerFixture
    let standbyPort: Int
    /// The sessions' one open question: the password of role `baton`.
    let password = SecretReference.file("baton.pw")

    private init(servers: ServerFixture) {
        self.servers = servers
        standbyPort = freePort()
    }

    var primaryDirectory: String { servers.directory + "/data" }
    var standbyDirectory: String { servers.directory + "/standby" }

    static func start() async throws -> ClusterFixture {
        let fixture = ClusterFixture(servers: try await ServerFixture.start())
        do {
            try await fixture.raise()
        } catch {
            fixture.stop()
            throw error
        }
        return fixture
    }

    private func raise() async throws {
        let admin = try await administrator(of: "west-db")
        for sql in [
            "CREATE ROLE streamer LOGIN REPLICATION PASSWORD 'streamer'",
            "GRANT pg_monitor, pg_checkpoint, pg_signal_backend TO baton",
            "CREATE ROLE weak LOGIN PASSWORD 'weak'",
        ] { _ = try await admin.query(sql, deadline: soon()) }
        await admin.close()
        // Rights on functions are each database's own.
        var app = servers.superuser
        app.database = "app"
        let connection = try await servers.connect(app)
        _ = try await connection.query(
            "GRANT EXECUTE ON FUNCTION pg_promote(boolean, integer) TO baton", deadline: soon())
        await connection.close()
        try servers.run(
            ServerFixture.binaries + "/pg_basebackup", "-h", servers.directory, "-p", "\(servers.port)", "-U",
            "postgres", "-D", standbyDirectory, "-c", "fast", "-X", "stream")
        try servers.write("standby/standby.signal", "")
        try servers.write(
            "standby/postgresql.auto.conf",
            """
            listen_addresses = '127.0.0.1'
            port = \(standbyPort)
            unix_socket_directories = '\(servers.directory)'
            fsync = off
            cluster_name = 'east'
            primary_conninfo = 'host=127.0.0.1 port=\(servers.port) user=streamer password=streamer'

            """)
        try control(standbyDirectory, "start")
        try await waitUntilStreaming()
    }

    /// `pg_ctl` of one of the two directories; waits until it has happened.
    func control(_ directory: String, _ words: String...) throws {
        let words = [ServerFixture.binaries + "/pg_ctl", "-D", directory, "-w", "-l", directory + "/log"] + words
        try servers.run(words)
    }

    func administrator(of node: String) async throws -> PostgresConnection {
        var parameters = servers.superuser
        if node == "east-db" { parameters.port = standbyPort }
        return try await servers.connect(parameters)
    }

    func administer(_ node: String, _ sql: String) async throws {
        let admin = try await administrator(of: node)
        _ = try await admin.query(sql, deadline: soon())
        await admin.close()
    }

    func waitUntilStreaming() async throws {
        let admin = try await administrator(of: "west-db")
        _ = try await admin.poll(
            "SELECT 1 FROM pg_stat_replication WHERE state = 'streaming' AND replay_lsn = pg_current_wal_flush_lsn()",
            every: .milliseconds(5), deadline: SystemClock.deadline(in: .seconds(30))
        ) { !$0.isEmpty }
        await admin.close()
    }

    /// The topology, seen as `user`.
    func topology(user: String = "baton", password: SecretReference? = nil, database: String = "app") -> Topology {
        func node(_ name: String, _ site: String, _ port: Int, _ directory: String) -> Node {
            Node(
                name: name, site: site, host: "127.0.0.1", port: port, database: database, user: user,
                password: password ?? self.password, access: .local,
                dataDirectory: .init(path: directory, binDirectory: ServerFixture.binaries))
        }
        return Topology(
            name: "test", sites: ["west", "east"],
            nodes: [
                node("west-db", "west", servers.port, primaryDirectory),
                node("east-db", "east", standbyPort, standbyDirectory),
            ],
            poolers: [
                Pooler(
                    name: "pool", site: "east", host: "127.0.0.1", port: servers.poolerPort, admin: "admin",
                    password: .file("a"), statsUser: "stats", statsPassword: .file("a"), databases: ["app"],
                    config: servers.poolerConfig, access: .local)
            ],
            routes: [
                Route(
                    name: "app", through: "pool", database: "app", user: "baton", password: self.password,
                    canary: .init(table: "baton_canary", every: .milliseconds(10)))
            ])
    }

    func remove(_ name: String) throws {
        guard unlink(servers.directory + "/" + name) == 0 else { throw FixtureError("\(name) is not there") }
    }

    func stop() {
        for directory in [standbyDirectory, primaryDirectory] { try? control(directory, "stop", "-m", "immediate") }
        servers.stop()
    }
}

/// Reads a data directory of this machine; it changes nothing.
struct DirectoryHost: DatabaseHost {
    let directory: String

    func controlFile(deadline: Deadline) async throws(HostError) -> ControlFile {
        let bytes = try read("global/pg_control")
        func number(_ offset: Int, _ width: Int) -> UInt64 {
            (0..<width).reduce(0) { $0 | UInt64(bytes[offset + $1]) << (8 * UInt64($1)) }
        }
        guard bytes.count >= 52, let state = ControlFile.State(rawValue: UInt32(number(16, 4))) else {
            throw .unknown("no pg_control")
        }
        return ControlFile(
            systemIdentifier: number(0, 8), state: state, checkpoint: LSN(rawValue: number(32, 8)),
            checkpointTimeline: TimelineID(number(48, 4)))
    }

    func serverProcess(deadline: Deadline) async throws(HostError) -> ServerProcess {
        guard access(directory + "/postmaster.pid", F_OK) == 0 else { return .none }
        let text = String(decoding: try read("postmaster.pid"), as: UTF8.self)
        guard let pid = text.split(separator: "\n").first.flatMap({ Int32($0) }) else {
            throw .unknown("no process id")
        }
        return kill(pid, 0) == 0 ? .running(pid) : .none
    }

    func hasStandbySignal(deadline: Deadline) async throws(HostError) -> Bool {
        access(directory + "/standby.signal", F_OK) == 0
    }

    func newestHistoryFile(deadline: Deadline) async throws(HostError) -> TimelineID? { throw .refused("not asked") }
    func stop(_ mode: StopMode, permit: Permit, deadline: Deadline) async throws(HostError) { throw Self.readOnly }
    func waitUntilStopped(deadline: Deadline) async throws(HostError) { throw Self.readOnly }
    func start(permit: Permit, deadline: Deadline) async throws(HostError) { throw Self.readOnly }
    func setStandbySignal(_ present: Bool, permit: Permit, deadline: Deadline) async throws(HostError) {
        throw Self.readOnly
    }
    func setAutoConfiguration(_ settings: [(name: String, value: String?)], permit: Permit, deadline: Deadline)
        async throws(HostError)
    {
        throw Self.readOnly
    }
    func overlayAutoConfiguration(_ settings: [(name: String, value: String)], permit: Permit, deadline: Deadline)
        async throws(HostError)
    {
        throw Self.readOnly
    }
    func restoreAutoConfiguration(permit: Permit, deadline: Deadline) async throws(HostError) { throw Self.readOnly }
    func hasOverlay(deadline: Deadline) async throws(HostError) -> Bool { false }
    func writePasswordFile(
        host: String, port: Int, user: String, password: Secret, permit: Permit, deadline: Deadline
    ) async throws(HostError) -> String { throw Self.readOnly }

    private static let readOnly = HostError.refused("a test's host only reads")

    private func read(_ name: String) throws(HostError) -> [UInt8] {
        guard let file = fopen(directory + "/" + name, "r") else { throw .refused("\(name) cannot be read") }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 8_192)
        let count = fread(&bytes, 1, bytes.count, file)
        return Array(bytes.prefix(count))
    }
}

/// Reads files of this machine.
struct ReadingFileHost: FileHost {
    func read(_ path: String, deadline: Deadline) async throws(HostError) -> String {
        guard let file = fopen(path, "r") else { throw .refused("\(path) cannot be read") }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }

    func replace(_ path: String, with text: String, permit: Permit, deadline: Deadline) async throws(HostError) {
        throw .refused("a test's host only reads")
    }
}

/// Raises the cluster around a suite and takes it down after it.
struct WithCluster: SuiteTrait, TestScoping {
    @concurrent func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable @concurrent () async throws -> Void
    ) async throws {
        let fixture = try await ClusterFixture.start()
        defer { fixture.stop() }
        try await ClusterFixture.$current.withValue(fixture) { try await function() }
    }
}

extension Trait where Self == WithCluster {
    static var withCluster: WithCluster { WithCluster() }
}
