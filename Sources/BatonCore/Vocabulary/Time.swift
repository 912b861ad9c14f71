/// A span of time in whole nanoseconds. Its own type, because `Duration` neither encodes as a number nor prints as a
/// playbook writes it.
package struct TimeSpan: Hashable, Codable, Sendable, Comparable {
    package var nanoseconds: Int64

    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    package init(from decoder: any Decoder) throws {
        self.nanoseconds = try decoder.singleValueContainer().decode(Int64.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(nanoseconds)
    }

    package static let zero = TimeSpan(nanoseconds: 0)
    package static func microseconds(_ count: Int64) -> TimeSpan { TimeSpan(nanoseconds: count * 1_000) }
    package static func milliseconds(_ count: Int64) -> TimeSpan { TimeSpan(nanoseconds: count * 1_000_000) }
    package static func seconds(_ count: Int64) -> TimeSpan { TimeSpan(nanoseconds: count * 1_000_000_000) }

    /// The span in milliseconds, with a fraction: the unit of every JSON report.
    package var inMilliseconds: Double { Double(nanoseconds) / 1e6 }
    package var inSeconds: Double { Double(nanoseconds) / 1e9 }

    package static func < (left: TimeSpan, right: TimeSpan) -> Bool { left.nanoseconds < right.nanoseconds }
    package static func + (left: TimeSpan, right: TimeSpan) -> TimeSpan {
        TimeSpan(nanoseconds: left.nanoseconds + right.nanoseconds)
    }
    package static func - (left: TimeSpan, right: TimeSpan) -> TimeSpan {
        TimeSpan(nanoseconds: left.nanoseconds - right.nanoseconds)
    }
}

extension TimeSpan: CustomStringConvertible {
    /// As people read it: `250 µs`, `42.1 ms`, `3.20 s`, `2 min 05 s`, `1 h 02 min`.
    package var description: String {
        let magnitude = nanoseconds.magnitude
        let sign = nanoseconds < 0 ? "-" : ""
        switch magnitude {
        case 0: return "0 ms"
        case ..<1_000_000: return "\(sign)\(magnitude / 1_000) µs"
        // The bounds are those at which rounding would reach the next unit.
        case ..<99_950_000: return "\(sign)\(decimal(magnitude, unit: 1_000_000, places: 1)) ms"
        case ..<999_500_000: return "\(sign)\((magnitude + 500_000) / 1_000_000) ms"
        case ..<99_995_000_000: return "\(sign)\(decimal(magnitude, unit: 1_000_000_000, places: 2)) s"
        case ..<3_599_500_000_000:
            let seconds = (magnitude + 500_000_000) / 1_000_000_000
            return "\(sign)\(seconds / 60) min \(padded(seconds % 60)) s"
        default:
            let minutes = (magnitude + 30_000_000_000) / 60_000_000_000
            return "\(sign)\(minutes / 60) h \(padded(minutes % 60)) min"
        }
    }

    private func padded(_ value: UInt64) -> String { value < 10 ? "0\(value)" : "\(value)" }
}

/// `value / unit` with a fixed number of decimal places, rounded half up; no Foundation needed.
func decimal(_ value: UInt64, unit: UInt64, places: Int) -> String {
    var scale: UInt64 = 1
    for _ in 0..<places { scale *= 10 }
    // The whole part is kept out of the multiplication, so that no value overflows.
    let rounded = (value % unit * scale + unit / 2) / unit
    let whole = value / unit + rounded / scale
    guard places > 0 else { return "\(whole)" }
    let fraction = "\(rounded % scale)"
    return "\(whole)." + String(repeating: "0", count: places - fraction.count) + fraction
}

/// A point on the machine's monotonic clock, in nanoseconds since an arbitrary start (the boot, in practice).
package struct Instant: Hashable, Codable, Sendable, Comparable {
    package var nanoseconds: Int64

    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    package init(from decoder: any Decoder) throws {
        self.nanoseconds = try decoder.singleValueContainer().decode(Int64.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(nanoseconds)
    }

    package static func < (left: Instant, right: Instant) -> Bool { left.nanoseconds < right.nanoseconds }
    package static func + (left: Instant, right: TimeSpan) -> Instant {
        Instant(nanoseconds: left.nanoseconds + right.nanoseconds)
    }
    package static func - (left: Instant, right: TimeSpan) -> Instant {
        Instant(nanoseconds: left.nanoseconds - right.nanoseconds)
    }
    package static func - (left: Instant, right: Instant) -> TimeSpan {
        TimeSpan(nanoseconds: left.nanoseconds - right.nanoseconds)
    }
}

/// The moment after which a call must have returned. Every effect and every question has one.
package typealias Deadline = Instant

/// A point on the wall clock in microseconds since 1970-01-01 UTC: for people and records, never for deadlines.
package struct WallTime: Hashable, Sendable, Comparable {
    package var microsecondsSince1970: Int64

    package init(microsecondsSince1970: Int64) { self.microsecondsSince1970 = microsecondsSince1970 }
    package static func < (left: WallTime, right: WallTime) -> Bool {
        left.microsecondsSince1970 < right.microsecondsSince1970
    }

    /// The time `span` later (earlier when it is negative).
    package func advanced(by span: TimeSpan) -> WallTime {
        WallTime(microsecondsSince1970: microsecondsSince1970 + span.nanoseconds / 1_000)
    }
}
