import BatonCore

/// Durations and sizes: digits and a unit without a space between them.
extension Complaints {
    /// A duration within `range`; `why` says what goes wrong beyond it.
    func span(
        _ value: YAMLValue, _ what: String, in range: ClosedRange<TimeSpan>, why: String, example: String
    ) -> TimeSpan? {
        let largest = ValueForm.longestSpan
        let form = QuantityForm(
            what: what, noun: "a duration", example: example, units: Units.spans, largest: largest.nanoseconds,
            largestName: Units.written(largest))
        guard let nanoseconds = quantity(value, form) else { return nil }
        let span = TimeSpan(nanoseconds: nanoseconds)
        guard range.contains(span) else {
            let (least, most) = (Units.written(range.lowerBound), Units.written(range.upperBound))
            let bounds = range.upperBound < largest ? "`\(least)` to `\(most)`" : "at least `\(least)`"
            error(
                .outOfRange, at: value.position, "\(what) is \(span): \(why).",
                remedy: "Write \(bounds), such as `\(example)`.")
            return nil
        }
        return span
    }

    func bytes(_ value: YAMLValue, _ what: String) -> ByteCount? {
        let largest = ValueForm.mostBytes
        let form = QuantityForm(
            what: what, noun: "a size", example: "16MiB", units: Units.sizes, largest: largest.bytes,
            largestName: Units.written(largest))
        return quantity(value, form).map { ByteCount($0) }
    }

    private struct QuantityForm {
        var what: String
        var noun: String
        var example: String
        var units: [Units.Unit]
        var largest: Int64
        var largestName: String

        var unitNames: [String] { units.map(\.name) }

        func factor(_ unit: String) -> Int64? { units.first { $0.name == unit }?.factor }
    }

    private func quantity(_ value: YAMLValue, _ form: QuantityForm) -> Int64? {
        let what = form.what
        guard case .scalar(let text, _) = value.content, !value.isNull else {
            error(
                .wrongType, at: value.position, "\(what) is \(form.noun); this is \(value.kind).",
                remedy: "Write digits and a unit, such as `\(form.example)`.")
            return nil
        }
        if text.hasPrefix("-") {
            error(
                .negative, at: value.position, "\(what) cannot be negative.",
                remedy: "Write \(form.noun) of zero or more, such as `\(form.example)`.")
            return nil
        }
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let unit = text[digits.endIndex...]
        guard !digits.isEmpty else {
            error(
                .wrongType, at: value.position, "\(what) is \(form.noun); \(shown(text)) does not begin with digits.",
                remedy: "Write digits and a unit, such as `\(form.example)`.")
            return nil
        }
        if unit.hasPrefix(".") || unit.hasPrefix(",") || unit.hasPrefix("_") {
            error(
                .notWhole, at: value.position, "\(what) is a whole number of a unit; \(shown(text)) is not.",
                remedy: "Use a smaller unit: `1500ms` for one and a half seconds, `1536MiB` for 1.5 GiB.")
            return nil
        }
        guard !unit.isEmpty else {
            let unit = form.factor("s") == nil ? "B" : "s"
            error(
                .missingUnit, at: value.position, "\(what) has no unit, so it could mean anything.",
                remedy: "Write `\(digits)\(unit)`, or another of \(alternatives(form.unitNames)).")
            return nil
        }
        guard let factor = form.factor(String(unit)) else {
            complain(ofUnit: String(unit), digits: String(digits), at: value.position, form)
            return nil
        }
        guard let count = Int64(digits), case let (product, overflow) = count.multipliedReportingOverflow(by: factor),
            !overflow, product <= form.largest
        else {
            error(
                .outOfRange, at: value.position, "\(what), \(shown(text)), is more than Baton takes.",
                remedy: "Write at most `\(form.largestName)`.")
            return nil
        }
        return product
    }

    private func complain(ofUnit unit: String, digits: String, at position: Position, _ form: QuantityForm) {
        let word = unit.lowercased().filter { !$0.isWhitespace }
        let meant: [String: String] = [
            "sec": "s", "secs": "s", "second": "s", "seconds": "s", "mins": "min", "minute": "min", "minutes": "min",
            "hr": "h", "hrs": "h", "hour": "h", "hours": "h", "msec": "ms", "µs": "us", "usec": "us", "byte": "B",
            "bytes": "B", "k": "KiB", "kb": "KiB", "mb": "MiB", "gb": "GiB", "tb": "TiB", "g": "GiB", "t": "TiB",
        ]
        let isDecimal = ["kb", "mb", "gb", "tb"].contains(word) && form.factor("KiB") != nil
        var candidate = meant[word] ?? form.unitNames.first { $0.lowercased() == word }
        if word == "m" { candidate = form.factor("MiB") == nil ? "min" : "MiB" }
        if let known = candidate, form.factor(known) == nil { candidate = nil }
        let message =
            isDecimal
            ? "\(form.what) uses \(shown(unit)), which some read as powers of 1000 and some as powers of 1024."
            : "\(form.what) has the unit \(shown(unit)), which Baton does not know."
        error(
            isDecimal ? .decimalUnit : .unknownUnit, at: position, message,
            remedy: candidate.map { "Write `\(digits)\($0)`." }
                ?? "Write one of \(alternatives(form.unitNames)) right behind the digits, such as `\(form.example)`.")
    }
}
