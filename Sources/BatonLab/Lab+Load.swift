import BatonCore
import BatonEngine
import BatonPostgres

extension Lab {
    /// Writes rows through the pooler as the application would, then reads back what became of each.
    ///
    /// - Parameters:
    ///   - clients: writers at the same time, each with its own connection; 1 to 400.
    ///   - seconds: how long; cancelling the task ends the writing early, and the report still comes.
    ///   - progress: told what happens.
    package func load(
        clients: Int, seconds: Int, progress: @Sendable (String) -> Void
    ) async throws -> LoadReport {
        guard (1...400).contains(clients), seconds >= 1 else {
            throw LabError("a load needs 1 to 400 clients and at least a second")
        }
        let manifest = try existing()
        guard let pooler = poolers(manifest).first, let password = LabSecrets.client(of: paths) else {
            throw LabError("the lab has no pooler or no client password", remedy: "baton lab down")
        }
        let parameters = pooler.clientParameters(password: Secret(password))
        let digits = "\(SystemClock.wallNow())".prefix(19).filter(\.isNumber)
        let run = digits + "-" + String(UInt16.random(in: 0 ... .max), radix: 16)
        let log = try LoadLog(path: "\(paths.lab)/load-\(run).log")
        let stop = StopFlag()
        progress("\(clients) clients write for \(seconds) s as run \(run)")
        // A task of its own: cancelling the caller stops the writers, and lets them and the reading back end in order.
        let work = Task {
            let start = SystemClock.now()
            let end = start + .seconds(Int64(seconds))
            let records = await withTaskGroup(of: (Int, LoadClient.Record).self) { group in
                for number in 1...clients {
                    let client = LoadClient(
                        number: number, run: run, parameters: parameters, end: end,
                        lastAnswer: end + .seconds(15), stop: stop, log: log)
                    group.addTask { (number, await client.write()) }
                }
                var records: [Int: LoadClient.Record] = [:]
                for await (number, record) in group { records[number] = record }
                return records
            }
            return (records, SystemClock.now() - start)
        }
        let (records, took) = await withTaskCancellationHandler {
            await work.value
        } onCancel: {
            stop.set()
        }
        // Also the reading back is done when the caller was cancelled.
        let rows = await Task { await readBack(run: run, parameters: parameters) }.value
        return Self.report(records, rows: rows, run: run, took: took, log: log)
    }

    /// A row's name: client and number.
    private struct RowName: Hashable, Sendable {
        var client: Int
        var seq: Int
    }

    /// The run's rows on the primary, read through the pooler; nil when that was not possible for 15 seconds.
    private func readBack(run: String, parameters: ConnectionParameters) async -> Set<RowName>? {
        let deadline = SystemClock.deadline(in: .seconds(15))
        while SystemClock.now() < deadline {
            if let rows = try? await rows(of: run, parameters: parameters, deadline: deadline) { return rows }
            try? await SystemClock.sleep(.milliseconds(50))
        }
        return nil
    }

    private func rows(
        of run: String, parameters: ConnectionParameters, deadline: Deadline
    ) async throws -> Set<RowName>? {
        let session = try await PostgresConnection.connect(parameters, deadline: deadline)
        // One statement, so that the rows and the server's role belong together behind a pooler: a standby's rows prove
        // nothing about the primary.
        let answer = try await session.query(
            """
            SELECT pg_is_in_recovery() AS standby, client, seq
            FROM (SELECT 1) one LEFT JOIN \(LabNames.loadTable) ON run = $1
            """, [run], deadline: deadline)
        await session.close()
        var rows: Set<RowName> = []
        for row in answer {
            if try row.bool("standby") { return nil }
            if let client = try row.optionalInt("client") {
                rows.insert(RowName(client: client, seq: try row.int("seq")))
            }
        }
        return rows
    }

    private static func report(
        _ records: [Int: LoadClient.Record], rows: Set<RowName>?, run: String, took: TimeSpan, log: LoadLog
    ) -> LoadReport {
        var errors: [String: Int] = [:]
        var acknowledged: [(name: RowName, at: Instant)] = []
        var inDoubt: [RowName] = []
        for (client, record) in records {
            errors.merge(record.errors, uniquingKeysWith: +)
            acknowledged += record.acknowledged.map { (RowName(client: client, seq: $0.seq), $0.at) }
            inDoubt += record.inDoubt.map { RowName(client: client, seq: $0) }
        }
        let answers = acknowledged.map(\.at).sorted()
        let missing = rows.map { rows in
            acknowledged.map(\.name).filter { !rows.contains($0) }.sorted { ($0.client, $0.seq) < ($1.client, $1.seq) }
        }
        let longest = zip(answers, answers.dropFirst()).map { $1 - $0 }.max()
        return LoadReport(
            run: run, clients: records.count, seconds: took.inSeconds, acknowledged: acknowledged.count,
            errors: errors.values.reduce(0, +),
            errorKinds: errors.sorted { $0.key < $1.key }.map { .init(kind: $0.key, count: $0.value) },
            longestGapMs: longest?.inMilliseconds,
            missing: missing?.count,
            missingRows: missing.map { $0.prefix(LoadReport.namedRows).map { "\($0.client)/\($0.seq)" } },
            inDoubtCommitted: rows.map { rows in inDoubt.count { rows.contains($0) } }, inDoubt: inDoubt.count,
            writesPerSecond: took.inSeconds > 0 ? Double(acknowledged.count) / took.inSeconds : 0, logFile: log.path)
    }
}
