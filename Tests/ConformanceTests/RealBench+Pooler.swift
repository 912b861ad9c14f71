import BatonCore
import BatonHosts
import BatonPostgres
import Glibc

@testable import BatonEngine
@testable import BatonLab

extension RealBench {
    private func openConsole() async throws(PostgresError) -> PgBouncerConsole {
        let parameters: ConnectionParameters
        do {
            parameters = ConnectionParameters(
                host: "127.0.0.1", port: ground.pooler.pooler.port, database: "pgbouncer", user: "baton_admin",
                password: try ground.secret("pool"), tls: .disable, sendsCancel: false)
        } catch {
            throw PostgresError(.invalidRequest, "\(error)")
        }
        return try await PgBouncerConsole.connect(parameters, deadline: deadline)
    }

    /// A pooler that hangs is not waited for.
    private var deadline: Deadline { SystemClock.deadline(in: poolerHangs ? .milliseconds(60) : .seconds(5)) }

    /// The console that looks and resumes: another one may be waiting for its pause.
    private func command<Answer>(
        _ body: (PgBouncerConsole, Deadline) async throws(PostgresError) -> Answer
    ) async throws(PostgresError) -> Answer {
        if let console, await console.isBroken() || !console.isOpen { self.console = nil }
        if console == nil { console = try await openConsole() }
        guard let console else { throw PostgresError(.closed, "no console") }
        return try await body(console, deadline)
    }

    func pause() async throws {
        let console = try await pausingConsole()
        pausing = Task {
            try? await console.pause("app", deadline: RealGround.soon())
            // The session stays until somebody leaves it.
            while !Task.isCancelled { try? await SystemClock.sleep(.milliseconds(20)) }
            await console.close()
        }
        guard !poolerHangs else { return }
        // Sent is not received.
        _ = try await comes { try await lookAtPooler()?.pause != PoolerLook.Pause.none }
    }

    /// A session of its own; a stopped pooler makes none, but may have made one before.
    private func pausingConsole() async throws -> PgBouncerConsole {
        if poolerHangs, let earlierConsole { return earlierConsole }
        return try await openConsole()
    }

    func leavePausingSession() async throws {
        pausing?.cancel()
        await pausing?.value
        pausing = nil
    }

    func resume() async throws {
        try await command { (console, deadline) throws(PostgresError) in
            try await console.resume("app", deadline: deadline)
        }
    }

    func reloadPooler() async throws {
        try await command { (console, deadline) throws(PostgresError) in try await console.reload(deadline: deadline) }
    }

    func writePoolerFile(leadingTo side: Side) async throws {
        try write(
            try PgBouncerConfigFile(ground.poolerFile).replacing(
                "app", host: "127.0.0.1", port: ground.server(side).node.port
            ).text)
    }

    func writeBrokenPoolerFile(leadingTo side: Side) async throws {
        let file = try PgBouncerConfigFile(ground.poolerFile).replacing(
            "app", host: "127.0.0.1", port: ground.server(side).node.port)
        try write(file.text.replacing("[databases]", with: "[databases]\nthis is no entry"))
    }

    private func write(_ text: String) throws {
        try LabFiles.write(text, to: ground.pooler.config, owner: LabGround.recorded(in: ground.manifest).account)
    }

    func killPooler() async throws {
        try await ground.end(SIGKILL)
        poolerHangs = false
    }

    func startPooler() async throws -> Bool {
        do {
            try await ground.pooler.start(ground: LabGround.recorded(in: ground.manifest), deadline: RealGround.soon())
            return true
        } catch is LabError {
            return false
        }
    }

    func hangPooler() async throws {
        earlierConsole = try await openConsole()
        try ground.pooler.signal(SIGSTOP)
        poolerHangs = true
    }

    func poolerGoesOn() async throws {
        try ground.pooler.signal(SIGCONT)
        poolerHangs = false
    }

    func lookAtPooler() async throws -> PoolerLook? {
        do throws(PostgresError) {
            return try await command { (console, deadline) throws(PostgresError) in
                guard let entry = try await console.database("app", deadline: deadline),
                    let side = Side.allCases.first(where: { ground.server($0).node.port == entry.port })
                else { return nil }
                guard entry.paused else { return PoolerLook(pause: .none, leadsTo: side) }
                // Quiet, when no server connection is left (R12).
                let pools = try await console.showPools(deadline: deadline).filter { $0.database == "app" }
                let isQuiet = pools.allSatisfy { $0.serverConnections == 0 }
                return PoolerLook(pause: isQuiet ? .inForce : .waiting, leadsTo: side)
            }
        } catch {
            return nil
        }
    }

    // MARK: The client

    func beginWrite() async throws { try client.beginWrite(clientParameters()) }
    func changeClient() async throws { await client.leave() }
    func lookAtClient() -> ClientLook {
        client.look { port in Side.allCases.first { ground.server($0).node.port == port } }
    }

    func openTransaction(for span: TimeSpan) async throws {
        let session = try await PostgresConnection.connect(clientParameters(), deadline: RealGround.soon())
        _ = try await session.simpleQuery("BEGIN", deadline: RealGround.soon())
        _ = try await session.query("SELECT 1", deadline: RealGround.soon())
        work.append(
            Task {
                try? await SystemClock.sleep(span)
                _ = try? await session.simpleQuery("COMMIT", deadline: RealGround.soon())
                await session.close()
            })
    }

    private func clientParameters() throws -> ConnectionParameters {
        ground.pooler.clientParameters(password: try ground.secret("app"))
    }
}
