import BatonCore
import BatonPostgres
import Synchronization

@testable import BatonEngine

/// An application's client with one session through the pooler, which writes one row at a time.
final class RealClient: Sendable {
    private enum Answer {
        case idle, waits, failed
        case acknowledged(port: Int)
    }

    private struct State {
        var answer = Answer.idle
        var session: PostgresConnection?
        var rows = 0
        var acknowledged: Set<String> = []
        var task: Task<Void, Never>?
    }

    private let state = Mutex(State())

    /// The rows that were acknowledged, by name.
    var acknowledged: Set<String> { state.withLock { $0.acknowledged } }

    func beginWrite(_ parameters: ConnectionParameters) {
        let (row, session) = state.withLock { state in
            state.rows += 1
            state.answer = .waits
            return (state.rows, state.session)
        }
        let task = Task { await write(row, session, parameters) }
        state.withLock { $0.task = task }
    }

    private func write(_ row: Int, _ known: PostgresConnection?, _ parameters: ConnectionParameters) async {
        // A session that the pooler has ended is no session any more, and an application makes a new one.
        var session = await known?.isBroken == false ? known : nil
        do throws(PostgresError) {
            let deadline = RealGround.soon()
            if session == nil { session = try await PostgresConnection.connect(parameters, deadline: deadline) }
            let answer = try await session?.query(
                "INSERT INTO baton_canary (run, id) VALUES ('client', \(row)) RETURNING inet_server_port() AS port",
                deadline: deadline
            ).single()
            let port = try answer?.int("port") ?? 0
            state.withLock { [session] state in
                state.session = session
                state.answer = .acknowledged(port: port)
                state.acknowledged.insert("client/\(row)")
            }
        } catch {
            // A refused statement leaves the session as it was.
            let isOpen = session?.isOpen == true
            if !isOpen { await session?.close() }
            state.withLock { [session] state in
                state.session = isOpen ? session : nil
                state.answer = .failed
            }
        }
    }

    func look(_ side: (Int) -> Side?) -> ClientLook {
        switch state.withLock({ $0.answer }) {
        case .idle: .idle
        case .waits: .waits
        case .failed: .failed
        case .acknowledged(let port): side(port).map { .acknowledged(by: $0) } ?? .failed
        }
    }

    func leave() async {
        let (task, session) = state.withLock { state in
            defer { state.session = nil }
            return (state.task, state.session)
        }
        task?.cancel()
        await task?.value
        await session?.close()
    }
}
