/// One line of `SHOW DATABASES`: a name that clients connect to, and where it leads.
package struct DatabaseEntry: Hashable, Sendable {
    /// The name that clients use.
    package var name: String
    /// nil: PgBouncer connects by its default Unix socket.
    package var host: String?
    package var port: Int
    /// The database on the server.
    package var database: String
    /// The user that every client of this entry becomes on the server, if any.
    package var forceUser: String?
    /// nil: PgBouncer's `pool_mode` applies.
    package var poolMode: String?
    /// No new query runs. True from the moment that PAUSE is received, whether or not it has returned; also after KILL.
    package var paused: Bool
    /// New clients are turned away (`DISABLE`).
    package var disabled: Bool
    /// Server connections of this entry.
    package var currentConnections: Int
    /// 0: no limit.
    package var maxConnections: Int

    package init(_ row: Row) throws(PostgresError) {
        name = try row.text("name")
        host = try row.optionalText("host").flatMap { $0.isEmpty ? nil : $0 }
        port = try row.int("port")
        database = try row.text("database")
        forceUser = try row.optionalText("force_user").flatMap { $0.isEmpty ? nil : $0 }
        poolMode = try row.optionalText("pool_mode").flatMap { $0.isEmpty ? nil : $0 }
        paused = try row.bool("paused")
        disabled = try row.bool("disabled")
        currentConnections = try row.int("current_connections")
        maxConnections = try row.int("max_connections")
    }
}

/// One line of `SHOW POOLS`: the clients and server connections of one database and user.
package struct Pool: Hashable, Sendable {
    package var database: String
    package var user: String
    /// Clients that have a server connection, or are idle and need none.
    package var clActive: Int
    /// Clients with a query that no server connection has taken yet: those that a pause holds.
    package var clWaiting: Int
    /// Cancel requests of clients, sent on or waiting. Before 1.18 one column, since then two.
    package var clCancelRequests: Int
    package var svActive: Int
    package var svIdle: Int
    package var svUsed: Int
    package var svTested: Int
    package var svLogin: Int
    /// Server connections that carry, or wait for, a cancel request (1.18 and newer; 0 before).
    package var svCancels: Int
    /// How long the oldest waiting client has waited. `maxwait` has the whole seconds, `maxwait_us` the rest.
    package var maxWaitMicroseconds: Int
    package var poolMode: String

    package init(_ row: Row) throws(PostgresError) {
        database = try row.text("database")
        user = try row.text("user")
        clActive = try row.int("cl_active")
        clWaiting = try row.int("cl_waiting")
        clCancelRequests = try Self.sum(
            row, of: ["cl_cancel_req", "cl_active_cancel_req", "cl_waiting_cancel_req"])
        svActive = try row.int("sv_active")
        svIdle = try row.int("sv_idle")
        svUsed = try row.int("sv_used")
        svTested = try row.int("sv_tested")
        svLogin = try row.int("sv_login")
        svCancels = try Self.sum(row, of: ["sv_active_cancel", "sv_being_canceled"])
        maxWaitMicroseconds = try row.int("maxwait") * 1_000_000 + row.int("maxwait_us")
        poolMode = try row.text("pool_mode")
    }

    /// All connections to the server, in whatever state. 0 for every pool of a paused entry means that it is quiet.
    package var serverConnections: Int { svActive + svIdle + svUsed + svTested + svLogin + svCancels }

    /// The sum of those columns that this version has.
    private static func sum(_ row: Row, of columns: [String]) throws(PostgresError) -> Int {
        var sum = 0
        for column in columns where row.has(column) { sum += try row.int(column) }
        return sum
    }
}

/// The answer to `SHOW CONFIG`.
package struct PgBouncerSettings: Hashable, Sendable {
    package struct Entry: Hashable, Sendable {
        package var name: String
        /// Times are in seconds, unless the name says otherwise.
        package var value: String
        /// PgBouncer's built-in value; nil before 1.13, which does not tell.
        package var builtIn: String?
        /// Whether it can change while PgBouncer runs.
        package var isChangeable: Bool

        package init(_ row: Row) throws(PostgresError) {
            name = try row.text("key")
            value = try row.optionalText("value") ?? ""
            builtIn = row.has("default") ? try row.optionalText("default") : nil
            isChangeable = try row.text("changeable") == "yes"
        }
    }

    package var entries: [Entry]

    package init(entries: [Entry]) { self.entries = entries }

    /// The value in force, or nil when this version has no such setting.
    package subscript(name: String) -> String? { entries.first { $0.name == name }?.value }
}
