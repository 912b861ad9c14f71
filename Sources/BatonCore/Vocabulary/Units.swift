/// The units of durations and sizes, as files write them.
package enum Units {
    package struct Unit: Hashable, Sendable {
        package var name: String
        /// In nanoseconds, or in bytes.
        package var factor: Int64
        package var summary: String
    }

    package static let spans = [
        Unit(name: "us", factor: 1_000, summary: "microseconds"),
        Unit(name: "ms", factor: 1_000_000, summary: "milliseconds"),
        Unit(name: "s", factor: 1_000_000_000, summary: "seconds"),
        Unit(name: "min", factor: 60_000_000_000, summary: "minutes"),
        Unit(name: "h", factor: 3_600_000_000_000, summary: "hours"),
    ]
    package static let sizes = [
        Unit(name: "B", factor: 1, summary: "bytes"),
        Unit(name: "KiB", factor: 1 << 10, summary: "1,024 bytes"),
        Unit(name: "MiB", factor: 1 << 20, summary: "1,024 KiB"),
        Unit(name: "GiB", factor: 1 << 30, summary: "1,024 MiB"),
        Unit(name: "TiB", factor: 1 << 40, summary: "1,024 GiB"),
    ]

    /// The span as a file writes it, in the largest unit that leaves no rest: `90s`, `2min`.
    package static func written(_ span: TimeSpan) -> String {
        span == .zero ? "0s" : written(span.nanoseconds, spans)
    }

    package static func written(_ size: ByteCount) -> String { size.bytes == 0 ? "0B" : written(size.bytes, sizes) }

    private static func written(_ value: Int64, _ units: [Unit]) -> String {
        let unit = units.last { value % $0.factor == 0 } ?? units[0]
        return "\(value / unit.factor)\(unit.name)"
    }

    /// An argument as a file writes it.
    package static func written(_ value: ArgumentValue) -> String {
        switch value {
        case .span(let span): written(span)
        case .bytes(let bytes): written(bytes)
        case .count, .flag, .text: value.description
        }
    }
}
