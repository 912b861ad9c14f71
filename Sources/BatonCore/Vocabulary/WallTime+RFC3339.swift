extension WallTime: CustomStringConvertible, Codable {
    /// RFC 3339, UTC, with microseconds: `2026-11-21T02:03:04.000005Z`.
    package var description: String {
        let (days, microseconds) = microsecondsSince1970.flooredDivision(by: 86_400_000_000)
        let date = civilDate(daysSince1970: days)
        let seconds = microseconds / 1_000_000
        return "\(digits(date.year, 4))-\(digits(date.month, 2))-\(digits(date.day, 2))"
            + "T\(digits(seconds / 3_600, 2)):\(digits(seconds / 60 % 60, 2)):\(digits(seconds % 60, 2))"
            + ".\(digits(microseconds % 1_000_000, 6))Z"
    }

    /// Reads what `description` writes, and any RFC 3339 time in UTC with up to six decimal places.
    package init?(rfc3339 text: some StringProtocol) {
        let bytes = Array(text.utf8)
        func number(_ range: Range<Int>) -> Int64? {
            guard range.upperBound <= bytes.count else { return nil }
            var value: Int64 = 0
            for byte in bytes[range] {
                guard (48...57).contains(byte) else { return nil }
                value = value * 10 + Int64(byte - 48)
            }
            return value
        }
        func byte(_ index: Int, _ character: UInt8) -> Bool { index < bytes.count && bytes[index] == character }
        guard bytes.count >= 20, bytes.last == UInt8(ascii: "Z"), byte(4, 45), byte(7, 45), byte(10, 84), byte(13, 58),
            byte(16, 58), let year = number(0..<4), let month = number(5..<7), (1...12).contains(month),
            let day = number(8..<10), (1...31).contains(day), let hour = number(11..<13), hour < 24,
            let minute = number(14..<16), minute < 60, let second = number(17..<19), second < 61
        else { return nil }
        var microseconds: Int64 = 0
        if bytes.count > 20 {
            let places = bytes.count - 21
            guard byte(19, 46), (1...6).contains(places), let fraction = number(20..<bytes.count - 1) else {
                return nil
            }
            microseconds = fraction
            for _ in places..<6 { microseconds *= 10 }
        }
        let days = daysSince1970(year: year, month: month, day: day)
        // 30 February would be read as a day of March.
        guard civilDate(daysSince1970: days).day == day else { return nil }
        let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second
        self.init(microsecondsSince1970: seconds * 1_000_000 + microseconds)
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let time = WallTime(rfc3339: text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an RFC 3339 time in UTC")
        }
        self = time
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension Int64 {
    fileprivate func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}

private func digits(_ value: Int64, _ width: Int) -> String {
    let text = "\(value)"
    return String(repeating: "0", count: max(0, width - text.count)) + text
}

// The two conversions of the proleptic Gregorian calendar count from 1 March, so that the leap day is a year's last;
// an era is 400 years, 146,097 days.
private func civilDate(daysSince1970: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let (era, dayOfEra) = (daysSince1970 + 719_468).flooredDivision(by: 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
}

private func daysSince1970(year: Int64, month: Int64, day: Int64) -> Int64 {
    let shiftedYear = month <= 2 ? year - 1 : year
    let (era, yearOfEra) = shiftedYear.flooredDivision(by: 400)
    let shiftedMonth = month > 2 ? month - 3 : month + 9
    let dayOfYear = (153 * shiftedMonth + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
}
