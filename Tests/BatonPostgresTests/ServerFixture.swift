import BatonCore
import BatonEngine
import Foundation
import Synchronization
import Testing

@testable import BatonPostgres

/// A PostgreSQL server and a PgBouncer in front of it, raised once for a suite in a directory of its own and ended by
/// process id.
final class ServerFixture: Sendable {
    @TaskLocal static var current: ServerFixture?

    static let password = "long p4ss word'\\"
    static let binaries = "/usr/lib/postgresql/15/bin"
    private static let pgbouncer = "/usr/sbin/pgbouncer"

    let directory: String
    let port: Int
    let poolerPort: Int
    private let processes = Mutex<[(id: pid_t, signal: Int32)]>([])
    private let stopped: WakeUp

    private init(directory: String, port: Int, poolerPort: Int) throws {
        stopped = try WakeUp()
        self.directory = directory
        self.port = port
        self.poolerPort = poolerPort
    }

    var poolerConfig: String { directory + "/pgbouncer.ini" }
    var certificate: String { directory + "/server.crt" }

    /// The superuser, by the Unix socket and without a password.
    var superuser: ConnectionParameters {
        ConnectionParameters(host: directory, port: port, database: "postgres", user: "postgres")
    }

    /// An ordinary role with REPLICATION, by TCP and SCRAM.
    var baton: ConnectionParameters {
        ConnectionParameters(
            host: "127.0.0.1", port: port, database: "app", user: "baton", password: Secret(Self.password))
    }

    /// A client of the pooler.
    var client: ConnectionParameters {
        ConnectionParameters(
            host: "127.0.0.1", port: poolerPort, database: "app", user: "baton", password: Secret(Self.password))
    }

    func console(_ user: String = "admin") -> ConnectionParameters {
        ConnectionParameters(
            host: "127.0.0.1", port: poolerPort, database: "ignored", user: user, password: Secret("a"))
    }

    static func start() async throws -> ServerFixture {
        let directory = "/tmp/bpg\(getpid())-\(freePort())"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        let fixture = try ServerFixture(directory: directory, port: freePort(), poolerPort: freePort())
        do {
            try await fixture.raise()
        } catch {
            fixture.stop()
            throw error
        }
        return fixture
    }

    private func raise() async throws {
        if geteuid() == 0 {
            let user = getpwnam("postgres").pointee
            guard chown(directory, user.pw_uid, user.pw_gid) == 0 else { throw FixtureError("chown failed") }
        }
        let data = directory + "/data"
        try run(
            Self.binaries + "/initdb", "-D", data, "-U", "postgres", "-A", "trust", "-N", "--encoding=UTF8",
            "--locale=C")
        try run(
            "/usr/bin/openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
            "-addext", "subjectAltName=DNS:localhost", "-keyout", directory + "/server.key", "-out", certificate)
        try write(
            "data/postgresql.auto.conf",
            """
            listen_addresses = '127.0.0.1'
            port = \(port)
            unix_socket_directories = '\(directory)'
            fsync = off
            ssl = on
            ssl_cert_file = '\(certificate)'
            ssl_key_file = '\(directory)/server.key'

            """)
        try write(
            "data/pg_hba.conf",
            """
            local all,replication postgres trust
            host all,replication all 127.0.0.1/32 scram-sha-256

            """)
        try await launch(SIGQUIT, Self.binaries + "/postgres", "-D", data)
        let admin = try await connect(superuser)
        let quoted = Self.password.replacing("'", with: "''")
        _ = try await admin.query(
            "CREATE ROLE baton LOGIN REPLICATION PASSWORD '\(quoted)'", deadline: soon())
        _ = try await admin.query("CREATE DATABASE app OWNER baton", deadline: soon())
        await admin.close()
        try write("users.txt", "\"admin\" \"a\"\n\"stats\" \"a\"\n\"baton\" \"\(Self.password)\"\n")
        try writePoolerConfig(databases: "app = host=127.0.0.1 port=\(port) dbname=app")
        try await launch(SIGTERM, Self.pgbouncer, "-q", poolerConfig)
        var console = console()
        console.database = "pgbouncer"
        await (try connect(console)).close()
    }

    func poolerText(databases: String) -> String {
        """
        ; the fixture's pooler
        [databases]
        \(databases)

        [pgbouncer]
        listen_addr = 127.0.0.1
        listen_port = \(poolerPort)
        unix_socket_dir =
        auth_type = plain
        auth_file = \(directory)/users.txt
        admin_users = admin
        stats_users = stats
        logfile = \(directory)/pgbouncer.log
        pidfile = \(directory)/pgbouncer.pid
        pool_mode = transaction
        server_login_retry = 1

        """
    }

    func writePoolerConfig(databases: String) throws {
        try write("pgbouncer.ini", poolerText(databases: databases))
    }

    func stop() {
        for process in processes.withLock({ $0 }).reversed() {
            // The pooler first; SIGTERM ends it at once. SIGQUIT is PostgreSQL's immediate stop.
            kill(process.id, process.signal)
            if !hasEnded(process.id, within: .seconds(10)) {
                kill(process.id, SIGKILL)
                _ = hasEnded(process.id, within: .seconds(10))
            }
        }
        stopped.signal()
        try? FileManager.default.removeItem(atPath: directory)
    }

    func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: directory + "/" + name))
    }

    /// Connects as soon as the server accepts; only for servers that have just been started.
    func connect(_ parameters: ConnectionParameters) async throws -> PostgresConnection {
        let deadline = SystemClock.deadline(in: .seconds(20))
        while true {
            do {
                return try await PostgresConnection.connect(parameters, deadline: deadline)
            } catch {
                guard error.kind == .unreachable || error.sqlState == "57P03", SystemClock.now() < deadline else {
                    throw error
                }
                try await SystemClock.sleep(.milliseconds(20))
            }
        }
    }

    func run(_ arguments: String...) throws { try run(arguments) }

    func run(_ arguments: [String]) throws {
        let id = try spawn(arguments)
        var status: Int32 = 0
        waitpid(id, &status, 0)
        guard status == 0 else {
            let output = (try? String(contentsOfFile: directory + "/output.log", encoding: .utf8)) ?? ""
            throw FixtureError("\(arguments[0]) failed: \(output)")
        }
    }

    /// Starts a server that gets `signal` from `stop`, and from the kernel when this process is killed: the kernel means
    /// the thread that started it, so that thread stays until `stop`.
    private func launch(_ signal: Int32, _ arguments: String...) async throws {
        let stopped = stopped
        let id = try await withCheckedThrowingContinuation { (started: CheckedContinuation<pid_t, any Error>) in
            let isStarted = DetachedThread.start {
                started.resume(with: Result { try self.spawn(arguments, untilDeath: signal) })
                var watched = pollfd(fd: stopped.descriptor, events: Int16(POLLIN), revents: 0)
                while poll(&watched, 1, -1) < 0 {}
            }
            if !isStarted { started.resume(throwing: FixtureError("no thread")) }
        }
        processes.withLock { $0.append((id, signal)) }
    }

    /// Starts a program in the fixture's directory and, for root, as `postgres`. The signal mask is cleared: the threads
    /// of Swift's pool block all signals and a child would inherit that, deaf to SIGTERM.
    private func spawn(_ arguments: [String], untilDeath signal: Int32 = SIGTERM) throws -> pid_t {
        var words = ["/usr/bin/env", "-C", directory, "/usr/bin/setpriv"]
        words += ["--pdeathsig=\(signal == SIGTERM ? "TERM" : "QUIT")"]
        if geteuid() == 0 { words += ["--reuid=postgres", "--regid=postgres", "--init-groups"] }
        words.append("--")
        var copies: [UnsafeMutablePointer<CChar>?] = (words + arguments).map { strdup($0) }
        copies.append(nil)
        defer { for copy in copies { free(copy) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, directory + "/output.log", O_WRONLY | O_CREAT | O_APPEND, 0o644)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var id = pid_t()
        let status = posix_spawn(&id, words[0], &actions, &attributes, copies, environ)
        guard status == 0 else { throw FixtureError("\(arguments[0]) does not start: errno \(status)") }
        return id
    }

    private func hasEnded(_ process: pid_t, within span: TimeSpan) -> Bool {
        let deadline = SystemClock.deadline(in: span)
        while SystemClock.now() < deadline {
            if waitpid(process, nil, WNOHANG) != 0 { return true }
            usleep(2_000)
        }
        return false
    }
}

struct FixtureError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Raises the servers around a suite and takes them down after it.
struct WithServers: SuiteTrait, TestScoping {
    @concurrent func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable @concurrent () async throws -> Void
    ) async throws {
        let fixture = try await ServerFixture.start()
        defer { fixture.stop() }
        try await ServerFixture.$current.withValue(fixture) { try await function() }
    }
}

extension Trait where Self == WithServers {
    static var withServers: WithServers { WithServers() }
}

func soon() -> Deadline { SystemClock.deadline(in: .seconds(10)) }

/// A listening socket on a loopback address that never accepts: the kernel completes the handshake, then nobody answers.
final class SilentListener: Sendable {
    let port: Int
    private let descriptor: Int32

    init(lastOctet: UInt32 = 1, port: Int = 0) throws {
        (descriptor, self.port) = bound(lastOctet: lastOctet, port: port)
        guard descriptor >= 0, listen(descriptor, 5) == 0 else { throw FixtureError("no listener") }
    }

    deinit { close(descriptor) }
}

/// A port that was free a moment ago.
func freePort() -> Int {
    let (descriptor, port) = bound()
    close(descriptor)
    return port
}

private func bound(lastOctet: UInt32 = 1, port: Int = 0) -> (descriptor: Int32, port: Int) {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0000 + lastOctet).bigEndian
    address.sin_port = in_port_t(port).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
            _ = bind(descriptor, address, length)
            _ = getsockname(descriptor, address, &length)
        }
    }
    return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
}

/// Runs `body`, which must throw a `PostgresError`, and returns it with the time that it took.
func failure<Answer>(
    _ body: () async throws(PostgresError) -> Answer, sourceLocation: SourceLocation = #_sourceLocation
) async throws -> (error: PostgresError, took: TimeSpan) {
    let start = SystemClock.now()
    do throws(PostgresError) {
        _ = try await body()
    } catch {
        return (error, SystemClock.now() - start)
    }
    throw FixtureError("no error was thrown at \(sourceLocation)")
}
