package import BatonCore

/// A session with PgBouncer's admin console: database `pgbouncer`, simple protocol only.
///
/// The console answers one command at a time, so a waiting `PAUSE` blocks its session: open a second console *before* a
/// pause, to look and to resume with (R12). What stands here about behaviour was measured on PgBouncer 1.18.0, whose
/// errors all carry SQLSTATE 08P01:
///
/// - Members of `stats_users` may run every `SHOW` used here; `PAUSE`, `RESUME`, `RELOAD`, `SET` and `KILL` fail for them with
///   "admin access needed".
/// - Columns come and go between versions, so all are read by name.
package struct PgBouncerConsole: Sendable {
    private let connection: PostgresConnection

    private init(_ connection: PostgresConnection) { self.connection = connection }

    /// Connects to the console. Of `parameters`, `database`, `options` and `replication` are ignored: the console is a
    /// database of its own name, and PgBouncer refuses unknown startup parameters.
    package static func connect(
        _ parameters: ConnectionParameters, deadline: Deadline
    ) async throws(PostgresError) -> PgBouncerConsole {
        var parameters = parameters
        parameters.database = "pgbouncer"
        parameters.options = nil
        parameters.replication = false
        return PgBouncerConsole(try await PostgresConnection.connect(parameters, deadline: deadline))
    }

    /// Whether the session was open when it was last used.
    package var isOpen: Bool { connection.isOpen }

    /// Whether the session was lost, looked up now; waits for a command under way.
    package func isBroken() async -> Bool { await connection.isBroken }

    /// Ends the session. It ends neither a pause nor a PAUSE that waits.
    package func close() async { await connection.close() }

    // MARK: Looking

    /// The entries that PgBouncer has now, its own `pgbouncer` among them. An entry made from a `*` line appears when it is
    /// first used (or paused).
    package func showDatabases(deadline: Deadline) async throws(PostgresError) -> [DatabaseEntry] {
        let rows = try await connection.simpleQuery("SHOW DATABASES", deadline: deadline)
        return try rows.map { (row) throws(PostgresError) in try DatabaseEntry(row) }
    }

    /// One entry, or nil when PgBouncer has none of that name.
    package func database(
        _ name: String, deadline: Deadline
    ) async throws(PostgresError) -> DatabaseEntry? {
        try await showDatabases(deadline: deadline).first { $0.name == name }
    }

    /// One pool for each pair of database and user that has been used.
    package func showPools(deadline: Deadline) async throws(PostgresError) -> [Pool] {
        let rows = try await connection.simpleQuery("SHOW POOLS", deadline: deadline)
        return try rows.map { (row) throws(PostgresError) in try Pool(row) }
    }

    /// The settings in force, in PgBouncer's order.
    package func showConfig(deadline: Deadline) async throws(PostgresError) -> PgBouncerSettings {
        let rows = try await connection.simpleQuery("SHOW CONFIG", deadline: deadline)
        return PgBouncerSettings(
            entries: try rows.map { (row) throws(PostgresError) in try PgBouncerSettings.Entry(row) })
    }

    /// PgBouncer's own words: `PgBouncer 1.18.0`.
    package func showVersion(deadline: Deadline) async throws(PostgresError) -> String {
        try await connection.simpleQuery("SHOW VERSION", deadline: deadline).single().text("version")
    }

    // MARK: Acting

    /// Pauses one entry: new queries wait, and each server connection is closed when its transaction ends.
    ///
    /// Measured on 1.18.0:
    /// - `paused` in `SHOW DATABASES` turns 1 at once, while the command still waits; it says "no new queries", not "quiet".
    ///   Quiet is when `SHOW POOLS` has no server connection for the entry (`Pool.serverConnections`).
    /// - The command returns when the last server connection is gone, at once for an idle pool. An open transaction holds it
    ///   for as long as it lasts, and runs on to its COMMIT; that connection's next query then waits.
    /// - When the caller goes away first (deadline, cancellation, crash) the pause stays in force: only RESUME ends it.
    /// - A RESUME by another session while this waits ends the pause, but this command *never* returns, not even when the
    ///   transaction ends. So a return is not proof and a missing return is no disproof: judge by SHOW.
    /// - Repeated on a paused entry it succeeds; two that wait both return.
    /// - While paused, PgBouncer opens no server connection: clients wait with no backend on the server.
    /// - An unknown name: "no such database: x", unless there is (or, until a restart, was) a `*` entry: then the pause makes an
    ///   entry of that name, paused, and reports success.
    package func pause(_ database: String, deadline: Deadline) async throws(PostgresError) {
        try await command("PAUSE \(Self.quoted(name: database))", deadline: deadline)
    }

    /// Ends the pause of one entry. On an entry that is not paused it fails with "database x is not paused" and changes
    /// nothing; see `PostgresError.isNotPaused`.
    package func resume(_ database: String, deadline: Deadline) async throws(PostgresError) {
        try await command("RESUME \(Self.quoted(name: database))", deadline: deadline)
    }

    /// Ends all sessions of an entry, of clients ("database removed", FATAL 08P01) and of servers, and leaves it *paused*: new
    /// clients wait for RESUME.
    package func kill(_ database: String, deadline: Deadline) async throws(PostgresError) {
        try await command("KILL \(Self.quoted(name: database))", deadline: deadline)
    }

    /// Reads the configuration file again. The reply is no proof: 1.18.0 reports success for a broken file, having applied
    /// every line before the broken one and kept the old values of the rest. Compare `showDatabases` with what was wanted.
    /// It leaves a pause in force. A `*` entry that is gone from the file works on until a restart.
    package func reload(deadline: Deadline) async throws(PostgresError) {
        try await command("RELOAD", deadline: deadline)
    }

    /// Sets one setting until the next RELOAD or restart. A bad value or an unknown name fails ("SET failed"), but a setting
    /// that cannot change while PgBouncer runs (`listen_port`) is *reported* as set: read it back with `showConfig`.
    package func set(_ name: String, _ value: String, deadline: Deadline) async throws(PostgresError) {
        try await command("SET \(Self.quoted(name: name)) = \(Self.quoted(value: value))", deadline: deadline)
    }

    private func command(_ text: String, deadline: Deadline) async throws(PostgresError) {
        _ = try await connection.simpleQuery(text, deadline: deadline)
    }

    /// A name in the console's quotes. The console has room for 61 bytes; longer ones fail there with "bad arguments".
    static func quoted(name: String) throws(PostgresError) -> String {
        guard (1...61).contains(name.utf8.count) else {
            throw PostgresError(.invalidRequest, "a name on PgBouncer's console has 1 to 61 bytes")
        }
        return try quoted(name, with: "\"")
    }

    static func quoted(value: String) throws(PostgresError) -> String { try quoted(value, with: "'") }

    private static func quoted(_ text: String, with quote: Character) throws(PostgresError) -> String {
        guard text.unicodeScalars.allSatisfy({ $0.value >= 32 && $0.value != 127 }) else {
            throw PostgresError(.invalidRequest, "a control character has no place on PgBouncer's console")
        }
        var quoted = String(quote)
        for character in text.unicodeScalars {
            if Character(character) == quote { quoted.append(quote) }
            quoted.unicodeScalars.append(character)
        }
        quoted.append(quote)
        return quoted
    }
}

extension PostgresError {
    /// The answer to RESUME for an entry that is not paused (1.18.0: "database x is not paused").
    package var isNotPaused: Bool { sqlState == "08P01" && message.hasSuffix(" is not paused") }

    /// The answer to a stats user's command (1.18.0: "admin access needed").
    package var needsAdminAccess: Bool { sqlState == "08P01" && message == "admin access needed" }
}
