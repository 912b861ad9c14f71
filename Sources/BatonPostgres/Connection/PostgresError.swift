/// Why a call on a PostgreSQL (or PgBouncer) connection gave no answer.
package struct PostgresError: Error, Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// No session could be made: name not found, refused, no route, TLS failed, or the peer hung up while connecting.
        case unreachable
        /// The server (or libpq) refused the user's credentials, or `pg_hba.conf` the user.
        case authentication
        /// The deadline came first.
        case deadline
        /// The calling task was cancelled first.
        case cancelled
        /// The session was lost during the call, or had ended before it.
        case closed
        /// The server answered with this SQLSTATE. PgBouncer uses `08P01` for nearly everything.
        case server(sqlState: String)
        /// The server answered, but not with what was asked for.
        case unexpectedAnswer
        /// The request cannot be sent as it is; nothing was.
        case invalidRequest
    }

    package var kind: Kind
    /// What happened, for people: no secret and no statement text.
    package var message: String
    /// The statement may have taken effect: it left this process and no answer proves the contrary. A caller maps true to
    /// an unknown outcome and false to a failed one.
    package var didReachServer: Bool

    package init(_ kind: Kind, _ message: String, didReachServer: Bool = false) {
        self.kind = kind
        self.message = message
        self.didReachServer = didReachServer
    }

    /// The SQLSTATE, when the server gave one.
    package var sqlState: String? {
        if case .server(let sqlState) = kind { return sqlState }
        return nil
    }
}

extension PostgresError: CustomStringConvertible {
    package var description: String {
        if case .server(let sqlState) = kind { return "\(message) (SQLSTATE \(sqlState))" }
        return message
    }
}

extension PostgresError {
    static func deadline(_ doing: String, didReachServer: Bool) -> PostgresError {
        PostgresError(.deadline, "the deadline came while \(doing)", didReachServer: didReachServer)
    }

    static func cancelled(_ doing: String, didReachServer: Bool) -> PostgresError {
        PostgresError(.cancelled, "cancelled while \(doing)", didReachServer: didReachServer)
    }

    /// The error of a server's answer to a statement. Most errors roll the statement back; these do not prove it:
    /// the session's end (FATAL, PANIC), 57014 (a cancelled wait, as in `pg_promote`, does not take back what was begun),
    /// class 08 but 08P01, and 40003. Codes: PostgreSQL manual, appendix A.
    static func server(sqlState: String, severity: String, message: String) -> PostgresError {
        let endsSession = severity == "FATAL" || severity == "PANIC"
        let leavesDoubt =
            sqlState == "57014" || sqlState == "40003" || (sqlState.hasPrefix("08") && sqlState != "08P01")
        return PostgresError(.server(sqlState: sqlState), message, didReachServer: endsSession || leavesDoubt)
    }

    /// Classifies libpq's text of a failed connection attempt, made with verbose errors so that a server's refusal
    /// carries its SQLSTATE: `… failed: FATAL:  28P01: password authentication failed …`.
    static func connecting(_ text: String) -> PostgresError {
        let line = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? "the connection failed"
        let sqlState = sqlState(in: line)
        // PgBouncer refuses with 08P01 and these words; libpq itself says the second.
        let refusals = ["authentication failed", "no password supplied", "no such user", "auth failed"]
        if sqlState?.hasPrefix("28") == true || refusals.contains(where: { line.contains($0) }) {
            return PostgresError(.authentication, line)
        }
        if let sqlState { return PostgresError(.server(sqlState: sqlState), line) }
        return PostgresError(.unreachable, line)
    }

    private static func sqlState(in line: String) -> String? {
        for field in line.split(separator: ": ").dropFirst() {
            let word = field.drop(while: { $0 == " " })
            let isCode = word.utf8.allSatisfy { (48...57).contains($0) || (65...90).contains($0) }
            if word.utf8.count == 5, isCode, word.utf8.contains(where: { $0 < 65 }) { return String(word) }
        }
        return nil
    }
}
