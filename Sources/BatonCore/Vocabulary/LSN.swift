/// A position in PostgreSQL's write-ahead log. Two positions compare only on the same timeline.
package struct LSN: Hashable, Codable, Sendable, Comparable, CustomStringConvertible {
    package var rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Reads PostgreSQL's text form, two hexadecimal halves: `0/3000148`.
    package init?(_ text: some StringProtocol) {
        let halves = text.split(separator: "/", omittingEmptySubsequences: false)
        guard halves.count == 2, let high = UInt32(halves[0], radix: 16), let low = UInt32(halves[1], radix: 16),
            !halves[0].hasPrefix("+"), !halves[1].hasPrefix("+")
        else { return nil }
        self.rawValue = UInt64(high) << 32 | UInt64(low)
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let lsn = LSN(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an LSN")
        }
        self = lsn
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    package var description: String {
        String(rawValue >> 32, radix: 16, uppercase: true) + "/"
            + String(rawValue & 0xFFFF_FFFF, radix: 16, uppercase: true)
    }

    package static func < (left: LSN, right: LSN) -> Bool { left.rawValue < right.rawValue }

    /// How many bytes of log lie between `earlier` and this position; negative when `earlier` is later.
    package func bytes(since earlier: LSN) -> Int64 { Int64(bitPattern: rawValue &- earlier.rawValue) }
}

/// The number of a history of PostgreSQL's log; it rises by one at each promotion.
package typealias TimelineID = UInt32

/// The number that `initdb` gives a cluster and all copies of it share (`pg_control_system().system_identifier`).
package typealias SystemIdentifier = UInt64
