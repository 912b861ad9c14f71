package import BatonActions
package import BatonCore
package import BatonEngine

/// All that decides how a node can come back: its host, its log, and new.
package struct PostgresRejoinableObserver: Observer {
    let view: ClusterView

    /// What `pg_rewind` calls on its source (PostgreSQL's documentation of pg_rewind, "Notes").
    private static let functions = [
        "pg_catalog.pg_ls_dir(text, boolean, boolean)", "pg_catalog.pg_stat_file(text, boolean)",
        "pg_catalog.pg_read_binary_file(text)", "pg_catalog.pg_read_binary_file(text, bigint, bigint, boolean)",
    ]

    private static let sql = """
        SELECT current_user AS role, current_database() AS database, \
        (SELECT sum(pg_database_size(oid))::bigint FROM pg_database) AS bytes, \
        (SELECT count(*) FROM pg_tablespace WHERE spcname NOT IN ('pg_default', 'pg_global')) AS tablespaces, \
        (SELECT string_agg(f, '; ' ORDER BY f) FROM unnest(ARRAY['\(functions.joined(separator: "','"))']) f \
        WHERE NOT has_function_privilege(f, 'EXECUTE')) AS missing, \
        (SELECT min(substr(name, 9)) FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$') AS oldest, \
        (SELECT setting::bigint FROM pg_settings WHERE name = 'wal_segment_size') AS segment
        """

    package func observe(
        _ question: PostgresRejoinableProbe, in scope: Scope, deadline: Deadline
    ) async throws(ObservationError) -> PostgresRejoinableProbe.Answer {
        let node = try view.node(question.node, in: scope)
        let new = try view.node(question.new, in: scope)
        var answer = PostgresRejoinableProbe.Answer(
            node: node.name, new: new.name, access: node.access, dataDirectory: node.dataDirectory?.path,
            discards: question.discards)
        guard let host = view.hosts.database(node.name) else {
            answer.access = .none
            return answer
        }
        try await ask(new, &answer, deadline: deadline)
        do throws(HostError) {
            try await look(at: host, &answer, deadline: deadline)
        } catch {
            answer.problem = error.description
            return answer
        }
        guard !answer.isHalfMade, answer.fileIdentifier == answer.clusterIdentifier else { return answer }
        do throws(ObservationError) {
            answer.divergence = try await view.divergence(of: node, from: new, deadline: deadline)
        } catch {
            answer.problem = error.message
        }
        return answer
    }

    private func ask(
        _ new: Node, _ answer: inout PostgresRejoinableProbe.Answer, deadline: Deadline
    ) async throws(ObservationError) {
        answer.clusterIdentifier = try await view.identity(of: new, deadline: deadline).get().systemIdentifier
        let rows = try await view.rows(Self.sql, of: new, deadline: deadline)
        try view.read(new) { () throws(PostgresError) in
            let row = try rows.single()
            answer.role = try row.text("role")
            answer.database = try row.text("database")
            answer.newBytes = try row.optionalInt("bytes").map(Int64.init)
            answer.newTablespaces = try row.int("tablespaces")
            answer.missingFunctions = (try row.optionalText("missing") ?? "").components(separatedBy: "; ")
            answer.oldestLog = Self.position(
                of: try row.optionalText("oldest"), segmentBytes: UInt64(try row.int("segment")))
        }
    }

    /// Where a log file begins, by the sixteen digits of its name behind the timeline's.
    private static func position(of digits: String?, segmentBytes: UInt64) -> LSN? {
        guard let digits, digits.utf8.count == 16, segmentBytes > 0, let high = UInt64(digits.prefix(8), radix: 16),
            let low = UInt64(digits.suffix(8), radix: 16)
        else { return nil }
        return LSN(rawValue: (high * ((1 << 32) / segmentBytes) + low) * segmentBytes)
    }

    private func look(
        at host: any DatabaseHost, _ answer: inout PostgresRejoinableProbe.Answer, deadline: Deadline
    ) async throws(HostError) {
        guard let directories = host.directories else {
            answer.fileIdentifier = try await host.controlFile(deadline: deadline).systemIdentifier
            answer.obstacles = ["this kind of access to its host cannot remake a data directory"]
            return
        }
        let layout = try await directories.layout(measured: true, deadline: deadline)
        answer.obstacles = layout.obstacles
        answer.elsewhere = layout.elsewhere
        answer.directoryBytes = layout.bytes
        answer.freeBytes = layout.freeBytes
        answer.isHalfMade = !layout.exists && layout.isInTheMaking
        guard !answer.isHalfMade else { return }
        answer.fileIdentifier = try await host.controlFile(deadline: deadline).systemIdentifier
        let control = try await directories.controlData(deadline: deadline)
        answer.logsHints =
            control["wal_log_hints setting"] == "on" || control["Data page checksum version"].map { $0 != "0" } == true
        answer.fullPageWrites = control["Latest checkpoint's full_page_writes"] == "on"
    }
}

extension String {
    /// The parts between occurrences of `separator`; none of an empty text.
    fileprivate func components(separatedBy separator: String) -> [String] {
        isEmpty ? [] : split(separator: separator).map(String.init)
    }
}
