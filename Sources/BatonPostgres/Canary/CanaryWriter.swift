package import BatonCore
package import BatonEngine

/// Writes one row at a time along each route that has a canary, as its clients do, and measures what they see (R16): an id
/// is sent once and never again; only an answered write counts as acknowledged, and whether those are all there is settled
/// by reading back; it bypasses no pooler.
package actor CanaryWriter: Canary {
    private let sessions: ClusterSessions
    private let run: RunID
    private var logs: [String: CanaryLog] = [:]
    private var writers: [String: Task<Void, Never>] = [:]
    private var isEnding = false

    /// How long a write may wait: longer than any freeze, so that a client that waits is not counted as an error.
    private static let patience = TimeSpan.seconds(300)
    private static let reconnectDelay = TimeSpan.milliseconds(10)
    /// How long the first write is waited for, so that the measurement has begun before anything is frozen.
    private static let warmUp = TimeSpan.seconds(2)
    private static let warmUpInterval = TimeSpan.milliseconds(1)
    private static let readBackDeadline = TimeSpan.seconds(10)
    /// How long a write under way may still be answered once the writing is to end. After a rollback this is the write
    /// that waited through the freeze, and its answer is the end of the pause.
    private static let lastAnswer = TimeSpan.seconds(1)

    package init(sessions: ClusterSessions, run: RunID) {
        self.sessions = sessions
        self.run = run
    }

    package func start() async {
        for route in sessions.topology.routes {
            guard let canary = route.canary, writers[route.name] == nil else { continue }
            logs[route.name] = CanaryLog()
            writers[route.name] = Task { await write(route, canary) }
        }
        let end = SystemClock.deadline(in: Self.warmUp)
        while logs.values.contains(where: { $0.writes.isEmpty }), SystemClock.now() < end,
            (try? await SystemClock.sleep(Self.warmUpInterval)) != nil
        {}
    }

    package func newestWrite(on route: String, since instant: Instant) -> AcknowledgedWrite? {
        guard let write = logs[route]?.writes.last, write.acknowledgedAt >= instant else { return nil }
        return write
    }

    package func stop(startedAt: Instant, freezeBegan: Instant?, new: Node?, readsBack: Bool) async -> Measurements {
        await end()
        var measured = Measurements()
        guard !logs.isEmpty else { return measured }
        measured.clientErrors = Int64(logs.values.reduce(0) { $0 + $1.errors })
        if let freezeBegan {
            let gaps = logs.values.compactMap { $0.longestGap(from: freezeBegan) }
            if let longest = gaps.max(by: { $0.ended - $0.began < $1.ended - $1.began }) {
                measured.writePause = longest.ended - longest.began
                measured.pauseBegan = longest.began
                measured.pauseEnded = longest.ended
            }
        }
        if let new {
            // The service is back for all when it is back on its last route.
            let firsts = logs.values.map { $0.first(on: new)?.acknowledgedAt }
            if !firsts.contains(nil) { measured.recoveryTime = firsts.compactMap(\.self).max().map { $0 - startedAt } }
        }
        if readsBack { measured.lostWrites = await lostWrites() }
        return measured
    }

    private func end() async {
        isEnding = true
        let ending = writers.values
        writers = [:]
        let patience = Task {
            guard (try? await SystemClock.sleep(Self.lastAnswer)) != nil else { return }
            for writer in ending { writer.cancel() }
        }
        for writer in ending { await writer.value }
        patience.cancel()
    }

    private func write(_ route: Route, _ canary: Route.Canary) async {
        var session: PostgresConnection?
        var id: Int64 = 0
        var isWaiting = false
        let statement = """
            INSERT INTO \(quoted(table: canary.table)) (run, id) VALUES ($1, $2)
            RETURNING (SELECT system_identifier FROM pg_catalog.pg_control_system()) AS system,
                      host(pg_catalog.inet_server_addr()) AS address, pg_catalog.inet_server_port() AS port,
                      pg_catalog.pg_is_in_recovery() AS recovery
            """
        while !Task.isCancelled, !isEnding {
            let began = SystemClock.now()
            id += 1
            isWaiting = true
            do throws(PostgresError) {
                let open: PostgresConnection
                if let session, session.isOpen {
                    open = session
                } else {
                    open = try await sessions.route(route.name, deadline: began + Self.patience)
                    session = open
                }
                let row = try await open.query(
                    statement, [run.rawValue, "\(id)"], deadline: SystemClock.deadline(in: Self.patience)
                ).single()
                logs[route.name]?.acknowledge(
                    AcknowledgedWrite(
                        id: id, acknowledgedAt: SystemClock.now(), systemIdentifier: try row.unsigned("system"),
                        address: try row.optionalText("address") ?? "", port: try row.optionalInt("port") ?? 0,
                        wasInRecovery: try row.bool("recovery")))
                isWaiting = false
            } catch {
                // Told to stop: the write that was cut off is no error of the service's.
                if Task.isCancelled { break }
                logs[route.name]?.fail()
                try? await SystemClock.sleep(Self.reconnectDelay)
            }
            let wait = began + canary.every - SystemClock.now()
            if wait > .zero, !isEnding { try? await SystemClock.sleep(wait) }
        }
        if isWaiting { logs[route.name]?.endedWaitingAt = SystemClock.now() }
        await session?.close()
    }

    /// Acknowledged writes that are gone, read along the same routes; nil when a route could not be read.
    private func lostWrites() async -> Int64? {
        var lost: Int64 = 0
        for route in sessions.topology.routes {
            guard let canary = route.canary, let log = logs[route.name] else { continue }
            let deadline = SystemClock.deadline(in: Self.readBackDeadline)
            do throws(PostgresError) {
                let session = try await sessions.route(route.name, deadline: deadline)
                let rows = try await session.query(
                    "SELECT id FROM \(quoted(table: canary.table)) WHERE run = $1", [run.rawValue], deadline: deadline)
                await session.close()
                let found = Set(try rows.column(named: "id").compactMap { $0.flatMap { Int64($0) } })
                lost += Int64(log.missing(among: found))
            } catch {
                return nil
            }
        }
        return lost
    }

    /// `schema.table` or `table`, each part in double quotes.
    private nonisolated func quoted(table: String) -> String {
        table.split(separator: ".").map { part in
            "\"" + String(part.flatMap { $0 == "\"" ? "\"\"" : "\($0)" }) + "\""
        }.joined(separator: ".")
    }
}
