import BatonCore
import BatonHosts
import BatonPostgres
import Glibc
import Testing

@testable import BatonEngine
@testable import BatonLab

/// PostgreSQL and PgBouncer as they are installed here, in a lab on loopback.
final class RealBench: ServerBench {
    let ground: RealGround
    /// Sessions that looks use, one for each server, made anew when they were lost.
    private var sessions: [Side: PostgresConnection] = [:]
    /// Sessions that were there before their server was stopped in its tracks: an order can still be sent on them.
    private var earlier: [Side: PostgresConnection] = [:]
    private var hanging: Set<Side> = []
    private var rows = 0
    private var acknowledged: Set<String> = []
    var console: PgBouncerConsole?
    /// One that was there before the pooler was stopped in its tracks.
    var earlierConsole: PgBouncerConsole?
    var poolerHangs = false
    var pausing: Task<Void, Never>?
    let client = RealClient()
    /// Orders under way that nobody waits for.
    var work: [Task<Void, Never>] = []

    /// Healthy servers, whatever the script before left behind.
    init(_ ground: RealGround) async throws {
        self.ground = ground
        try await ground.renew()
        try await expect(.east, becomes: .standby(of: .west, timeline: 1))
    }

    /// Ends every session; the servers are the next bench's, or the lab's, to end.
    func leave() async {
        pausing?.cancel()
        for task in work { task.cancel() }
        await client.leave()
        await console?.close()
        await earlierConsole?.close()
        for session in sessions.values { await session.close() }
        for session in earlier.values { await session.close() }
    }

    // MARK: Time

    func comes(_ holds: () async throws -> Bool) async throws -> Bool {
        let end = SystemClock.deadline(in: .seconds(15))
        while try await !holds() {
            guard SystemClock.now() < end else { return false }
            try await SystemClock.sleep(.milliseconds(5))
        }
        return true
    }

    func lasts(_ holds: () async throws -> Bool) async throws -> Bool {
        let end = SystemClock.deadline(in: .milliseconds(200))
        while try await holds() {
            guard SystemClock.now() < end else { return true }
            try await SystemClock.sleep(.milliseconds(20))
        }
        return false
    }

    // MARK: Orders

    private var permit: Permit { Permit(run: "conformance", step: "script") }
    private func local(_ side: Side) -> LocalServer { ground.server(side).local }
    private func host(_ side: Side) -> LocalDatabaseHost { ground.server(side).host }

    func stopFast(_ side: Side) async throws {
        try await local(side).requestStop(.fast, deadline: RealGround.soon())
    }

    func stopAtOnce(_ side: Side) async throws {
        try await local(side).requestStop(.immediate, deadline: RealGround.soon())
    }

    func kill(_ side: Side) async throws {
        try await local(side).signalAll(SIGKILL, deadline: RealGround.soon())
        hanging.remove(side)
    }

    func start(_ side: Side) async throws -> Bool {
        do {
            try await local(side).start(deadline: RealGround.soon())
        } catch {
            guard case .refused = error else { throw error }
            return false
        }
        return true
    }

    func hang(_ side: Side) async throws {
        earlier[side] = try await connect(side, deadline: RealGround.soon())
        try await local(side).signalAll(SIGSTOP, deadline: RealGround.soon())
        hanging.insert(side)
    }

    func goOn(_ side: Side) async throws {
        try await local(side).signalAll(SIGCONT, deadline: RealGround.soon())
        hanging.remove(side)
    }

    func setStandbySignal(_ present: Bool, on side: Side) async throws {
        try await host(side).setStandbySignal(present, permit: permit, deadline: RealGround.soon())
    }

    func setUpstream(of side: Side, to upstream: Side) async throws {
        let port = ground.server(upstream).node.port
        let file = try await host(side).writePasswordFile(
            host: "127.0.0.1", port: port, user: "baton", password: try ground.secret("\(upstream)"), permit: permit,
            deadline: RealGround.soon())
        let source =
            "host=127.0.0.1 port=\(port) user=baton application_name=\(side.nodeName) passfile='\(file)'"
        try await host(side).setAutoConfiguration(
            [(name: "primary_conninfo", value: source), (name: "primary_slot_name", value: side.slotName)],
            permit: permit, deadline: RealGround.soon())
    }

    func reload(_ side: Side) async throws { _ = try await query(side, "SELECT pg_reload_conf()") }

    func promote(_ side: Side) async throws -> PromoteAnswer {
        if hanging.contains(side), let session = earlier[side] {
            // It is sent, and answered when the server goes on.
            work.append(
                Task {
                    _ = try? await session.query("SELECT pg_promote(wait => false)", deadline: RealGround.soon())
                })
            return .silent
        }
        do {
            _ = try await query(side, "SELECT pg_promote(wait => false)")
            return .asked
        } catch  where error.sqlState == "55000" {
            return .notInRecovery
        } catch {
            return .refused
        }
    }

    func pauseReplay(_ side: Side) async throws {
        _ = try await query(side, "SELECT pg_wal_replay_pause()")
        // It is asked for at once, and in force when the startup process next looks.
        let paused = try await comes {
            try await query(side, "SELECT pg_get_wal_replay_pause_state() AS state").single().text("state") == "paused"
        }
        try #require(paused)
    }

    func resumeReplay(_ side: Side) async throws { _ = try await query(side, "SELECT pg_wal_replay_resume()") }

    func shortenTimeouts(_ side: Side) async throws {
        _ = try await query(side, "ALTER SYSTEM SET wal_sender_timeout = '1s'")
        _ = try await query(side, "ALTER SYSTEM SET wal_receiver_timeout = '1s'")
        try await reload(side)
    }

    func createSlot(for standby: Side, on side: Side) async throws {
        _ = try await query(side, "SELECT pg_create_physical_replication_slot('\(standby.slotName)', true)")
    }

    func dropSlot(for standby: Side, on side: Side) async throws(PostgresError) -> DropAnswer {
        do {
            _ = try await query(side, "SELECT pg_drop_replication_slot('\(standby.slotName)')")
            return .dropped
        } catch {
            guard error.sqlState == "55006" else { throw error }
            return .inUse
        }
    }

    func write(on side: Side) async throws -> WriteAnswer {
        rows += 1
        do {
            _ = try await query(side, "INSERT INTO baton_canary (run, id) VALUES ('script', \(rows))")
            acknowledged.insert("script/\(rows)")
            return .acknowledged
        } catch {
            if error.sqlState == "25006" { return .readOnly }
            return error.kind == .deadline ? .silent : .refused
        }
    }

    var acknowledgedRows: Set<String> { acknowledged.union(client.acknowledged) }

    // MARK: Sessions

    private func connect(_ side: Side, deadline: Deadline) async throws(PostgresError) -> PostgresConnection {
        try await PostgresConnection.connect(
            ConnectionParameters(
                host: ground.manifest.socketDirectory, port: ground.server(side).node.port, database: "app",
                user: "postgres", applicationName: "conformance"), deadline: deadline)
    }

    /// One statement of the superuser; a server that hangs is not waited for.
    func query(_ side: Side, _ statement: String) async throws(PostgresError) -> Rows {
        let deadline = SystemClock.deadline(in: hanging.contains(side) ? .milliseconds(60) : .seconds(5))
        return try await session(side, deadline: deadline).query(statement, deadline: deadline)
    }

    private func session(_ side: Side, deadline: Deadline) async throws(PostgresError) -> PostgresConnection {
        if let known = sessions[side] {
            let isBroken = await known.isBroken
            if !isBroken, known.isOpen { return known }
        }
        let made = try await connect(side, deadline: deadline)
        sessions[side] = made
        return made
    }
}
