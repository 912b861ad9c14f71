import CLibPQ

/// One `PGresult`, freed exactly once: whoever drops the value frees it.
struct ServerResult: ~Copyable {
    private let pointer: OpaquePointer

    /// Takes over what `PQgetResult` returned.
    init(_ pointer: OpaquePointer) { self.pointer = pointer }

    deinit { PQclear(pointer) }

    var status: ExecStatusType { PQresultStatus(pointer) }

    var rows: Rows {
        let width = PQnfields(pointer)
        var columns: [String] = []
        for column in 0..<width { columns.append(PQfname(pointer, column).map { String(cString: $0) } ?? "") }
        var rows: [[String?]] = []
        let height = PQntuples(pointer)
        rows.reserveCapacity(Int(height))
        for row in 0..<height {
            var values: [String?] = []
            values.reserveCapacity(Int(width))
            for column in 0..<width {
                let isNull = PQgetisnull(pointer, row, column) != 0
                values.append(isNull ? nil : PQgetvalue(pointer, row, column).map { String(cString: $0) })
            }
            rows.append(values)
        }
        let affected = PQcmdTuples(pointer).flatMap { Int(String(cString: $0)) } ?? 0
        return Rows(columns: columns, rows: rows, affected: affected)
    }

    /// The error that the server sent, or nil when libpq made this result itself because the session broke.
    var serverError: PostgresError? {
        guard let sqlState = field(CLibPQ_DIAG_SQLSTATE) else { return nil }
        // PgBouncer sends only the older, localizable field (`S` in the protocol), in English.
        let severity = field(CLibPQ_DIAG_SEVERITY) ?? field(Int32(UInt8(ascii: "S")))
        return .server(
            sqlState: sqlState, severity: severity ?? "ERROR",
            message: field(CLibPQ_DIAG_MESSAGE_PRIMARY) ?? "the server gave no message")
    }

    private func field(_ code: Int32) -> String? { PQresultErrorField(pointer, code).map { String(cString: $0) } }
}
