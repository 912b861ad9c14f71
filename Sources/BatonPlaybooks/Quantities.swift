import BatonCore

/// Durations and sizes: digits and a unit without a space between them.
extension Complaints {
    /// Longer than any run; also keeps sums with a clock far from overflow.
    static let longestSpan = TimeSpan.seconds(7 * 86_400)
    /// 1,024 TiB.
    static let largestSize = ByteCount(1 << 50)

    private static let spanUnits: [String: Int64] = [
        "us": 1_000, "ms": 1_000_000, "s": 1_000_000_000, "min": 60_000_000_000, "h": 3_600_000_000_000,
    ]
    private static let sizeUnits: [String: Int64] = [
        "B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40,
    ]

    /// A duration of at least `least`.
    func span(_ value: YAMLValue, _ what: String, atLeast least: TimeSpan = .zero) -> TimeSpan? {
        let form = QuantityForm(
            what: what, noun: "a duration", example: "5s", unitNames: ["us", "ms", "s", "min", "h"],
            units: Complaints.spanUnits, largest: Complaints.longestSpan.nanoseconds, largestName: "168h")
        guard let nanoseconds = quantity(value, form) else { return nil }
        let span = TimeSpan(nanoseconds: nanoseconds)
        guard span >= least else {
            error(
                .outOfRange, at: value.position, "\(what) is shorter than \(least), so it could never be kept.",
                remedy: "Write a longer duration, such as `5s`.")
            return nil
        }
        return span
    }

    func bytes(_ value: YAMLValue, _ what: String) -> ByteCount? {
        let form = QuantityForm(
            what: what, noun: "a size", example: "16MiB", unitNames: ["B", "KiB", "MiB", "GiB", "TiB"],
            units: Complaints.sizeUnits, largest: Complaints.largestSize.bytes, largestName: "1024TiB")
        return quantity(value, form).map { ByteCount($0) }
    }

    private struct QuantityForm {
        var what: String
        var noun: String
        var example: String
        var unitNames: [String]
        var units: [String: Int64]
        var largest: Int64
        var largestName: String
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
            let unit = form.units["s"] == nil ? "B" : "s"
            error(
                .missingUnit, at: value.position, "\(what) has no unit, so it could mean anything.",
                remedy: "Write `\(digits)\(unit)`, or another of \(alternatives(form.unitNames)).")
            return nil
        }
        guard let factor = form.units[String(unit)] else {
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
        let isDecimal = ["kb", "mb", "gb", "tb"].contains(word) && form.units["KiB"] != nil
        var candidate = meant[word] ?? form.unitNames.first { $0.lowercased() == word }
        if word == "m" { candidate = form.units["MiB"] == nil ? "min" : "MiB" }
        if let known = candidate, form.units[known] == nil { candidate = nil }
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
