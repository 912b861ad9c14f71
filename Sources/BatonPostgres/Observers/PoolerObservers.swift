package import BatonActions
package import BatonCore
package import BatonEngine

/// A pooler's console and its configuration file, side by side.
package struct PgBouncerReadyObserver: Observer {
    let view: ClusterView

    package func observe(
        _ question: PgBouncerReadyProbe, in scope: Scope, deadline: Deadline
    ) async throws(ObservationError) -> PgBouncerReadyProbe.Answer {
        let pooler = try view.pooler(question.pooler, in: scope)
        let old = try view.node(question.old, in: scope)
        let (file, problem) = await configuration(of: pooler, deadline: deadline)
        return try await view.onConsole(of: pooler, deadline: deadline) { (console) async throws(PostgresError) in
            let shown = try await console.showDatabases(deadline: deadline)
            let pools = try await console.showPools(deadline: deadline)
            let settings = try await console.showConfig(deadline: deadline)
            let administrators = (settings["admin_users"] ?? "").split(whereSeparator: { ", \t".contains($0) })
            let isAdministrator = view.sessions.consoleUser(of: pooler) == pooler.admin
            return PgBouncerReadyProbe.Answer(
                pooler: pooler.name, old: old.name, oldHost: old.host, oldPort: old.port, admin: pooler.admin,
                adminProved: isAdministrator || administrators.contains { $0 == pooler.admin }, config: pooler.config,
                access: view.hosts.files(pooler.name) == nil ? .none : pooler.access,
                file: file.map { .init(hasWildcard: $0.hasWildcard) }, fileProblem: problem,
                entries: pooler.databases.map { name in
                    let entry = shown.first { $0.name == name }
                    let modes =
                        [entry?.poolMode ?? settings["pool_mode"]].compactMap(\.self)
                        + pools.filter { $0.database == name }.map(\.poolMode)
                    return .init(
                        name: name,
                        shown: entry.map {
                            .init(
                                host: $0.host, port: $0.port, poolModes: Set(modes).sorted(), paused: $0.paused,
                                disabled: $0.disabled)
                        },
                        written: file?.entry(name).map { .init(host: $0.host, port: $0.port ?? 5432) })
                })
        }
    }

    private func configuration(of pooler: Pooler, deadline: Deadline) async -> (PgBouncerConfigFile?, String?) {
        guard let host = view.hosts.files(pooler.name) else { return (nil, "Baton has no access to its host") }
        do throws(HostError) {
            let text = try await host.read(pooler.config, deadline: deadline)
            do throws(PgBouncerConfigError) {
                return (try PgBouncerConfigFile(text), nil)
            } catch {
                return (nil, error.description)
            }
        } catch {
            return (nil, error.description)
        }
    }
}

/// The pooler's timeouts.
package struct PgBouncerFreezeBudgetObserver: Observer {
    let view: ClusterView

    package func observe(
        _ question: PgBouncerFreezeBudgetProbe, in scope: Scope, deadline: Deadline
    ) async throws(ObservationError) -> PgBouncerFreezeBudgetProbe.Answer {
        let pooler = try view.pooler(question.pooler, in: scope)
        let settings = try await view.onConsole(of: pooler, deadline: deadline) {
            (console) async throws(PostgresError) in try await console.showConfig(deadline: deadline)
        }
        /// PgBouncer shows seconds, some with a fraction.
        func span(_ name: String) -> TimeSpan? {
            settings[name].flatMap(Double.init).map { TimeSpan(nanoseconds: Int64(($0 * 1e9).rounded())) }
        }
        return .init(
            pooler: pooler.name, queryWaitTimeout: span("query_wait_timeout"),
            clientLoginTimeout: span("client_login_timeout"), queryTimeout: span("query_timeout"),
            serverLoginRetry: span("server_login_retry"))
    }
}

/// Whether the canary could be written along a route. Asks the catalogs, as the route's user and through the pooler.
package struct CanaryReadyObserver: Observer {
    let view: ClusterView

    private static let question = """
        SELECT t IS NOT NULL AS present, coalesce(has_table_privilege(t, 'INSERT'), false) AS may_insert, \
        coalesce(has_table_privilege(t, 'SELECT'), false) AS may_select, \
        coalesce((SELECT string_agg(attname, ',' ORDER BY attnum) FROM pg_attribute \
        WHERE attrelid = t AND attnum > 0 AND NOT attisdropped), '') AS columns FROM to_regclass($1) t
        """

    package func observe(
        _ question: CanaryReadyProbe, in scope: Scope, deadline: Deadline
    ) async throws(ObservationError) -> CanaryReadyProbe.Answer {
        guard let route = scope.topology.route(question.route) else {
            throw ObservationError("the topology has no route \(question.route)")
        }
        let pooler = try view.pooler(route.through, in: scope)
        var answer = CanaryReadyProbe.Answer(
            route: route.name, database: route.database, user: route.user, table: nil)
        guard let canary = route.canary else { return answer }
        do throws(PostgresError) {
            let connection = try await view.sessions.route(route.name, deadline: deadline)
            let row = try await connection.query(Self.question, [canary.table], deadline: deadline).single()
            await connection.close()
            answer.table = .init(
                name: canary.table, exists: try row.bool("present"), mayInsert: try row.bool("may_insert"),
                maySelect: try row.bool("may_select"),
                columns: try row.text("columns").split(separator: ",").map(String.init))
            return answer
        } catch {
            throw ObservationError(error, route: route, pooler: pooler)
        }
    }
}

extension ClusterView {
    /// Asks a pooler's console. A session that was lost since its last use is replaced once.
    func onConsole<Answer>(
        of pooler: Pooler, deadline: Deadline, _ ask: (PgBouncerConsole) async throws(PostgresError) -> Answer
    ) async throws(ObservationError) -> Answer {
        do throws(PostgresError) {
            let console = try await sessions.console(pooler.name, deadline: deadline)
            do throws(PostgresError) {
                return try await ask(console)
            } catch {
                guard !console.isOpen, error.kind != .deadline, error.kind != .cancelled else { throw error }
            }
            return try await ask(try await sessions.console(pooler.name, deadline: deadline))
        } catch {
            throw ObservationError(error, pooler: pooler, user: sessions.consoleUser(of: pooler))
        }
    }
}
