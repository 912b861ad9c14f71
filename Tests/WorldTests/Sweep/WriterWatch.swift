import BatonCore
import BatonPostgres

@testable import BatonEngine
@testable import BatonLab

/// Asks every node directly and all at once, every few milliseconds, whether it accepts writes. Knows nothing of Baton.
struct WriterWatch: Sendable {
    /// Which nodes accepted writes, whenever that changed; empty while none answered so.
    struct History: Sendable {
        var writers: [(at: Instant, names: [String])] = []
        var rounds = 0

        /// What must never be: two at one moment, or a primary that comes back after another one was there.
        func violations(target: String) -> [String] {
            var found = writers.filter { $0.names.count > 1 }.map { "two writable nodes: \($0.names)" }
            let order = writers.filter { $0.names.count == 1 }.map { $0.names[0] }
            if let moved = order.firstIndex(of: target), order[moved...].contains(where: { $0 != target }) {
                found.append("writers in turn: \(order)")
            }
            return found
        }
    }

    private static let pause = TimeSpan.milliseconds(2)
    /// A node that is stopped or down does not keep the others from being asked.
    private static let patience = TimeSpan.milliseconds(100)

    let nodes: [LabStatus.Node]

    /// Watches until the task is cancelled.
    func watch() async -> History {
        var history = History()
        var sessions: [String: PostgresConnection] = [:]
        while !Task.isCancelled {
            let round = sessions
            let answers = await withTaskGroup(of: (String, PostgresConnection?, Bool).self) { group in
                for node in nodes {
                    group.addTask {
                        let (session, isWriter) = await ask(node, round[node.name])
                        return (node.name, session, isWriter)
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            for (name, session, _) in answers { sessions[name] = session }
            let names = answers.filter(\.2).map(\.0).sorted()
            if history.writers.last?.names != names { history.writers.append((SystemClock.now(), names)) }
            history.rounds += 1
            try? await SystemClock.sleep(Self.pause)
        }
        for session in sessions.values { await session.close() }
        return history
    }

    private func ask(_ node: LabStatus.Node, _ session: PostgresConnection?) async -> (PostgresConnection?, Bool) {
        let deadline = SystemClock.deadline(in: Self.patience)
        do throws(PostgresError) {
            let open: PostgresConnection
            if let session, session.isOpen {
                open = session
            } else {
                open = try await PostgresConnection.connect(
                    ConnectionParameters(
                        host: node.socketDirectory, port: node.port, database: "postgres", user: "postgres",
                        applicationName: "watch"), deadline: deadline)
            }
            let row = try await open.query("SELECT NOT pg_is_in_recovery() AS writable", deadline: deadline).single()
            return (open, try row.bool("writable"))
        } catch {
            await session?.close()
            return (nil, false)
        }
    }
}
