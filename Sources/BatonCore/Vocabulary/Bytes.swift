/// A size in bytes that prints as a playbook writes it.
package struct ByteCount: Hashable, Codable, Sendable, Comparable, CustomStringConvertible {
    package var bytes: Int64

    package init(_ bytes: Int64) { self.bytes = bytes }

    package init(from decoder: any Decoder) throws {
        self.bytes = try decoder.singleValueContainer().decode(Int64.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(bytes)
    }

    package static func < (left: ByteCount, right: ByteCount) -> Bool { left.bytes < right.bytes }

    /// As people read it: `0 B`, `512 B`, `1.5 KiB`, `16.0 MiB`.
    package var description: String {
        let magnitude = bytes.magnitude
        let sign = bytes < 0 ? "-" : ""
        let units: [(String, UInt64)] = [("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)]
        for (name, unit) in units where magnitude >= unit {
            return sign + decimal(magnitude, unit: unit, places: 1) + " " + name
        }
        return "\(bytes) B"
    }
}
