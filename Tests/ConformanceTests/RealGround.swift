import BatonCore
import BatonHosts
import BatonPostgres
import Glibc
import Testing

@testable import BatonEngine
@testable import BatonLab

/// One lab for all scripts, and a copy of its stopped servers, from which each script gets them as new.
struct RealGround: Sendable {
    let state: String
    let lab: Lab
    let manifest: LabManifest
    let poolerFile: String

    var servers: [PostgresServer] { lab.servers(manifest) }
    var pooler: PgBouncerServer { lab.poolers(manifest)[0] }
    private var template: String { state + "/template" }

    func server(_ side: Side) -> PostgresServer { servers[side.rawValue] }

    static func soon() -> Deadline { SystemClock.deadline(in: .seconds(30)) }

    /// Raises a lab, hands it to `body` and takes it down whatever happens.
    static func with(_ body: (RealGround) async throws -> Void) async throws {
        var name = Array("/tmp/bc.XXXXXX".utf8CString)
        let state = try #require(mkdtemp(&name).map { String(cString: $0) })
        // The servers' user has to pass through.
        chmod(state, 0o755)
        let lab = Lab(stateDirectory: state)
        var failure: (any Error)?
        do {
            _ = try await lab.up { _ in }
            let manifest = try lab.existing()
            let ground = RealGround(
                state: state, lab: lab, manifest: manifest,
                poolerFile: try #require(LabFiles.read(lab.poolers(manifest)[0].config)))
            try await ground.keepTemplate()
            try await body(ground)
        } catch {
            failure = error
        }
        try await lab.down { _ in }
        try await LabFiles.removeTree(state, deadline: soon())
        if let failure { throw failure }
    }

    /// Stops both servers, the primary first so that the standby has everything, and keeps copies.
    private func keepTemplate() async throws {
        for server in servers {
            let session = try await server.superuser(deadline: Self.soon())
            // A standby looks for a lost upstream again after this time; 5 s unless set.
            // Processes are killed here, machines are not: what was written is there without being synced.
            for setting in ["wal_retrieve_retry_interval = '100ms'", "fsync = off"] {
                _ = try await session.query("ALTER SYSTEM SET \(setting)", deadline: Self.soon())
            }
            await session.close()
        }
        for server in servers {
            try await server.local.requestStop(.fast, deadline: Self.soon())
            try await server.local.waitUntilStopped(deadline: Self.soon())
        }
        try await shell("cp -a --sparse=always \"$1\" \"$2\" && touch \"$2/stamp\"")
    }

    /// Makes the stopped servers' directories equal to the template: what was written since the last time is removed, and
    /// what is missing is copied. A copy of everything takes seconds where the disk is slow.
    private func restore() async throws {
        try await shell(
            """
            cd "$1"
            find . -newer "$2/stamp" ! -type d -delete
            find . -depth -mindepth 1 -type d -empty -delete
            cp -a --sparse=always --no-clobber "$2/." .
            touch "$2/stamp"
            """)
    }

    /// - Parameter script: has the servers' directories as `$1` and the template as `$2`.
    private func shell(_ script: String) async throws {
        let result = try await Program.run(
            "/bin/sh", ["-ec", script, "sh", lab.paths.servers, template], environment: ["PATH": "/usr/bin:/bin"],
            deadline: Self.soon())
        try #require(result.status == 0, "\(result.complaint)")
    }

    /// Ends everything, whatever state it is in, and starts a healthy pair with its pooler anew.
    func renew() async throws {
        for server in servers {
            try await server.local.signalAll(SIGKILL, deadline: Self.soon())
            try await server.local.waitUntilStopped(deadline: Self.soon())
            try await server.local.removeSharedMemory(deadline: Self.soon())
        }
        try await end(SIGKILL)
        // A killed server leaves its socket and the lock beside it.
        for name in LabFiles.names(in: manifest.socketDirectory) { unlink("\(manifest.socketDirectory)/\(name)") }
        try await restore()
        let ground = try LabGround.recorded(in: manifest)
        try LabFiles.write(poolerFile, to: pooler.config, owner: ground.account)
        // In this order: a standby that finds no primary sleeps first.
        for server in servers { try await server.local.start(deadline: Self.soon()) }
        try await pooler.start(ground: ground, deadline: Self.soon())
    }

    /// Sends a deadly signal to the pooler and waits until it is gone.
    func end(_ signal: Int32) async throws {
        try pooler.signal(signal)
        let deadline = Self.soon()
        while try !pooler.processes().isEmpty {
            try #require(SystemClock.now() < deadline, "PgBouncer does not end")
            try await SystemClock.sleep(.milliseconds(2))
        }
    }

    func secret(_ name: String) throws -> Secret {
        Secret(try #require(LabFiles.read(lab.paths.secret(name))?.split(separator: "\n").first.map(String.init)))
    }
}

/// Raises one `RealGround` for all tests of a suite.
struct SharedGround: SuiteTrait, TestScoping {
    /// The suite's ground, while its tests run.
    @TaskLocal static var ground: RealGround?

    @concurrent func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await RealGround.with { ground in
            try await SharedGround.$ground.withValue(ground) { try await function() }
        }
    }
}

extension Trait where Self == SharedGround {
    /// One lab for the whole suite, at `SharedGround.ground`.
    static var sharedGround: Self { SharedGround() }
}
