import BatonCore

/// What clients saw while `baton lab load` wrote (`lab-load/v1`). What could not be measured is nil, and null in JSON.
package struct LoadReport: Hashable, Sendable {
    package struct ErrorKind: Hashable, Codable, Sendable {
        /// An SQLSTATE, or `unreachable`, `authentication`, `deadline`, `closed`, `cancelled`, `unexpected-answer`,
        /// `invalid-request`.
        package var kind: String
        package var count: Int
    }

    package static let format = "lab-load/v1"
    /// How many missing rows are named.
    static let namedRows = 100

    /// The load's name in the column `run` of its table.
    package var run: String
    package var clients: Int
    /// How long it really wrote.
    package var seconds: Double
    package var acknowledged: Int
    /// Failed connection attempts and failed writes.
    package var errors: Int
    package var errorKinds: [ErrorKind]
    /// The longest time without an acknowledgement to any client, between the first and the last one.
    package var longestGapMs: Double?
    /// Acknowledged rows that are not on the primary; nil when the rows could not be read back.
    package var missing: Int?
    /// The first of them by name, `client/number`; nil like `missing`.
    package var missingRows: [String]?
    /// Writes whose answer never came but whose row is there.
    package var inDoubtCommitted: Int?
    /// Writes whose answer never came.
    package var inDoubt: Int
    package var writesPerSecond: Double
    /// Every acknowledged write: client, number and the monotonic time of its answer in nanoseconds.
    package var logFile: String

    /// For people.
    package var text: String {
        var lines = ["\(acknowledged) writes acknowledged by \(clients) clients in \(TimeSpan(seconds: seconds))"]
        lines.append("  \(Int(writesPerSecond.rounded())) writes/s, longest gap " + (gap ?? "not measured"))
        lines.append("  \(errors) errors" + errorKinds.map { ", \($0.kind): \($0.count)" }.joined())
        lines.append("  missing: " + (missing.map { "\($0)" } ?? "could not be read back"))
        if let missingRows, !missingRows.isEmpty { lines.append("    rows " + missingRows.joined(separator: ", ")) }
        if inDoubt > 0 {
            let found = inDoubtCommitted.map { "\($0)" } ?? "an unknown number"
            lines.append("  \(inDoubt) writes got no answer, \(found) of them were committed")
        }
        lines.append("  log: \(logFile)")
        return lines.joined(separator: "\n") + "\n"
    }

    private var gap: String? { longestGapMs.map { "\(TimeSpan(nanoseconds: Int64($0 * 1e6)))" } }
}

extension LoadReport: Encodable {
    private enum Key: String, CodingKey {
        case format, run, clients, seconds, acknowledged, errors, errorKinds, longestGapMs, missing, inDoubtCommitted
        case missingRows
        case inDoubt, writesPerSecond, logFile
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(Self.format, forKey: .format)
        try container.encode(run, forKey: .run)
        try container.encode(clients, forKey: .clients)
        try container.encode(seconds, forKey: .seconds)
        try container.encode(acknowledged, forKey: .acknowledged)
        try container.encode(errors, forKey: .errors)
        try container.encode(errorKinds, forKey: .errorKinds)
        try container.encode(longestGapMs, forKey: .longestGapMs)
        try container.encode(missing, forKey: .missing)
        try container.encode(missingRows, forKey: .missingRows)
        try container.encode(inDoubtCommitted, forKey: .inDoubtCommitted)
        try container.encode(inDoubt, forKey: .inDoubt)
        try container.encode(writesPerSecond, forKey: .writesPerSecond)
        try container.encode(logFile, forKey: .logFile)
    }
}

extension TimeSpan {
    fileprivate init(seconds: Double) { self.init(nanoseconds: Int64(seconds * 1e9)) }
}
