package import BatonActions
package import BatonCore
package import BatonEngine

/// Open and prepared transactions.
package struct PostgresTransactionsObserver: Observer {
    let view: ClusterView

    package func observe(
        _ question: PostgresTransactionsProbe, in scope: Scope, deadline: Deadline
    ) async throws(ObservationError) -> PostgresTransactionsProbe.Answer {
        let node = try view.node(question.node, in: scope)
        try await view.requireMonitoring(node, deadline: deadline)
        let open = try await view.rows(
            """
            SELECT pid, coalesce(usename, '') AS usename, coalesce(datname, '') AS datname, \
            coalesce(state, 'disabled') AS state, \
            (extract(epoch FROM clock_timestamp() - xact_start) * 1000000)::bigint AS age \
            FROM pg_stat_activity WHERE backend_type = 'client backend' AND xact_start IS NOT NULL \
            AND pid <> pg_backend_pid() ORDER BY xact_start
            """, of: node, deadline: deadline)
        let prepared = try await view.rows(
            """
            SELECT gid, owner, database, \
            (extract(epoch FROM clock_timestamp() - prepared) * 1000000)::bigint AS age \
            FROM pg_prepared_xacts ORDER BY prepared
            """, of: node, deadline: deadline)
        return try view.read(node) { () throws(PostgresError) in
            PostgresTransactionsProbe.Answer(
                node: node.name,
                open: try open.map { (row) throws(PostgresError) in
                    .init(
                        pid: try row.int("pid"), user: try row.text("usename"), database: try row.text("datname"),
                        state: try row.text("state"), age: try row.optionalSpan(microseconds: "age") ?? .zero)
                },
                prepared: try prepared.map { (row) throws(PostgresError) in
                    .init(
                        identifier: try row.text("gid"), owner: try row.text("owner"),
                        database: try row.text("database"),
                        age: try row.optionalSpan(microseconds: "age") ?? .zero)
                })
        }
    }
}

/// How far the archiver is behind.
package struct PostgresArchiverObserver: Observer {
    let view: ClusterView

    package func observe(
        _ question: PostgresArchiverProbe, in scope: Scope, deadline: Deadline
    ) async throws(ObservationError) -> PostgresArchiverProbe.Answer {
        let node = try view.node(question.node, in: scope)
        let modes = try await view.rows("SHOW archive_mode", of: node, deadline: deadline)
        let mode = try view.read(node) { () throws(PostgresError) in try modes.single().text("archive_mode") }
        guard mode != "off" else { return .init(node: node.name, mode: mode, ready: nil, failing: nil) }
        try await view.requireMonitoring(node, deadline: deadline)
        let rows = try await view.rows(
            GateQuestion.archiver, of: node, deadline: deadline)
        return try view.read(node) { () throws(PostgresError) in
            let row = try rows.single()
            return .init(
                node: node.name, mode: mode, ready: Int64(try row.int("ready")), failing: try row.bool("failing"))
        }
    }
}
