package import BatonCore

/// The answer to one statement, in the server's text format.
package struct Rows: Hashable, Sendable {
    package var columns: [String]
    /// One array for each row, in the order of `columns`; nil is SQL's NULL.
    package var rows: [[String?]]
    /// How many rows the statement changed or returned, as its command tag says; 0 when the tag has no count.
    package var affected: Int

    package init(columns: [String], rows: [[String?]], affected: Int = 0) {
        self.columns = columns
        self.rows = rows
        self.affected = affected
    }

    /// The values of the named column, top to bottom.
    package func column(named name: String) throws(PostgresError) -> [String?] {
        let position = try Row.position(of: name, in: columns)
        return rows.map { $0[position] }
    }

    /// The only row; an error when there is none or more than one.
    package func single() throws(PostgresError) -> Row {
        guard rows.count == 1 else {
            throw PostgresError(.unexpectedAnswer, "one row was expected, \(rows.count) came", didReachServer: true)
        }
        return self[0]
    }
}

extension Rows: RandomAccessCollection {
    package var startIndex: Int { 0 }
    package var endIndex: Int { rows.count }
    package subscript(index: Int) -> Row { Row(columns: columns, values: rows[index]) }
}

/// One row, read by the columns' names: their order and number differ between server versions.
///
/// Every reader throws `.unexpectedAnswer` when the column is missing or ambiguous, or its value has another form; those
/// not called `optional…` also when it is NULL.
package struct Row: Hashable, Sendable {
    package var columns: [String]
    package var values: [String?]

    package init(columns: [String], values: [String?]) {
        self.columns = columns
        self.values = values
    }

    /// Whether the answer has this column at all.
    package func has(_ column: String) -> Bool { columns.contains(column) }

    package func optionalText(_ column: String) throws(PostgresError) -> String? {
        values[try Row.position(of: column, in: columns)]
    }

    package func text(_ column: String) throws(PostgresError) -> String { try required(column, optionalText(column)) }

    package func optionalInt(_ column: String) throws(PostgresError) -> Int? {
        try read(column, "a whole number") { Int($0) }
    }

    package func int(_ column: String) throws(PostgresError) -> Int { try required(column, optionalInt(column)) }

    /// A number that may need all 64 bits, as a system identifier does.
    package func unsigned(_ column: String) throws(PostgresError) -> UInt64 {
        try required(column, read(column, "a whole number") { UInt64($0) })
    }

    package func optionalLSN(_ column: String) throws(PostgresError) -> LSN? {
        try read(column, "a log position") { LSN($0) }
    }

    package func lsn(_ column: String) throws(PostgresError) -> LSN { try required(column, optionalLSN(column)) }

    /// PostgreSQL's `t` and `f`, and the `1` and `0` of PgBouncer's console.
    package func optionalBool(_ column: String) throws(PostgresError) -> Bool? {
        try read(column, "true or false") { ["t": true, "f": false, "1": true, "0": false][$0] }
    }

    package func bool(_ column: String) throws(PostgresError) -> Bool { try required(column, optionalBool(column)) }

    private func read<Value>(
        _ column: String, _ form: String, _ convert: (String) -> Value?
    ) throws(PostgresError) -> Value? {
        guard let text = try optionalText(column) else { return nil }
        guard let value = convert(text) else {
            throw PostgresError(.unexpectedAnswer, "column \(column) is not \(form): '\(text)'", didReachServer: true)
        }
        return value
    }

    private func required<Value>(_ column: String, _ value: Value?) throws(PostgresError) -> Value {
        guard let value else {
            throw PostgresError(.unexpectedAnswer, "column \(column) is NULL", didReachServer: true)
        }
        return value
    }

    static func position(of name: String, in columns: [String]) throws(PostgresError) -> Int {
        guard let first = columns.firstIndex(of: name), first == columns.lastIndex(of: name) else {
            let reason = columns.contains(name) ? "has more than one column" : "has no column"
            throw PostgresError(.unexpectedAnswer, "the answer \(reason) \(name)", didReachServer: true)
        }
        return first
    }
}
