internal import BatonCore
internal import FoundationEssentials

/// How every report becomes JSON: one object on one line, keys sorted, slashes as they are, so that the same journal
/// gives the same bytes.
package enum ReportJSON {
    /// The report's JSON. Throws only what `JSONEncoder` throws; the reports hold no number that JSON cannot write.
    package static func text(_ report: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(report), as: UTF8.self)
    }

    /// Rounded to three decimal places; nil for what JSON has no number for.
    static func number(_ value: Double?) -> Double? {
        guard let value, value.isFinite else { return nil }
        // Above 2^52 a Double has no fraction left to round.
        return abs(value) < 4_503_599_627_370 ? (value * 1_000).rounded() / 1_000 : value
    }
}

extension TimeSpan {
    /// The span as every JSON report writes it: milliseconds, to the microsecond.
    var reportedMilliseconds: Double { (Double(nanoseconds) / 1_000).rounded() / 1_000 }

    /// Reads a report's milliseconds back; what no clock can count becomes the longest span there is.
    init(reportedMilliseconds value: Double) {
        self.init(nanoseconds: Int64(exactly: (value * 1_000_000).rounded()) ?? (value < 0 ? .min : .max))
    }
}

/// An optional value whose key stands in the JSON even when there is no value: as null. What was not measured is null,
/// never absent and never 0.
@propertyWrapper
package struct OrNull<Value: Codable & Hashable & Sendable>: Codable, Hashable, Sendable {
    package var wrappedValue: Value?

    package init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        wrappedValue = container.decodeNil() ? nil : try container.decode(Value.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let wrappedValue {
            try container.encode(wrappedValue)
        } else {
            try container.encodeNil()
        }
    }
}
