/// What is wrong with a file, where, why, and what to do. One or two plain sentences each.
package struct Complaint: Hashable, Codable, Sendable, Error {
    package enum Severity: String, Hashable, Codable, Sendable {
        case error, warning
    }

    package var severity: Severity
    /// Stable name of the kind of complaint, `BTN-…`; see `ComplaintCode`.
    package var code: String
    /// The path as the caller gave it.
    package var file: String
    /// From 1.
    package var line: Int
    /// In Unicode scalars, from 1.
    package var column: Int
    /// How many Unicode scalars of the line are meant, from the column on; at least 1.
    package var length: Int
    /// What is wrong and why that matters. Never repeats a secret.
    package var message: String
    /// What to write instead.
    package var remedy: String
    /// The line for display; nil when it is very long or may hold a secret.
    package var sourceLine: String?
    /// The shortest way to the bad end, one sentence for each thing that happens on it; nil where the line is wrong as it
    /// stands.
    package var way: [String]?

    package init(
        severity: Severity, code: String, file: String, line: Int, column: Int, length: Int = 1,
        message: String, remedy: String, sourceLine: String? = nil, way: [String]? = nil
    ) {
        self.severity = severity
        self.code = code
        self.file = file
        self.line = line
        self.column = column
        self.length = length
        self.message = message
        self.remedy = remedy
        self.sourceLine = sourceLine
        self.way = way
    }
}

extension Complaint: CustomStringConvertible {
    /// Everything on one line, for a log; `FindingText` shows it to people.
    package var description: String {
        "\(file):\(line):\(column): \(severity.rawValue): \(message) [\(code)] \(remedy)"
            + (sourceLine.map { " | \($0)" } ?? "")
    }
}

extension Complaint: Comparable {
    /// By file, line, column; then by code and message, so that the order never depends on how the file was read.
    package static func < (left: Complaint, right: Complaint) -> Bool {
        if left.file != right.file { return left.file < right.file }
        if left.line != right.line { return left.line < right.line }
        if left.column != right.column { return left.column < right.column }
        return (left.code, left.message) < (right.code, right.message)
    }
}

/// A file that does not load: every complaint about it, sorted; at least one is an error.
package struct LoadFailure: Error, Hashable, Sendable, CustomStringConvertible {
    package var complaints: [Complaint]

    package init(complaints: [Complaint]) { self.complaints = complaints.sorted() }

    package var description: String { complaints.map(\.description).joined(separator: "\n") }
}
