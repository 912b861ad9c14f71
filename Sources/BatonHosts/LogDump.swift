import BatonCore

/// What `pg_waldump --quiet` says where the log ends. It always says something: the end is where it cannot read on.
enum LogDump {
    /// The first byte after the last whole record, by the reader's complaint (src/backend/access/transam/xlogreader.c). A file
    /// that was used before shows its old pages ("log segment S, offset O"); a log that ends with a file ends where the
    /// missing one would begin; else the last position in the line is where no record was found. Where a record was cut off,
    /// this is at most a page too late: such a log is taken for longer than it is, never for shorter.
    static func end(_ errors: String, segmentBytes: UInt64) -> LSN? {
        guard segmentBytes > 0, let line = errors.split(separator: "\n").last(where: { $0.contains("error") }) else {
            return nil
        }
        let words = line.split { " :,;()\"".contains($0) }.map(String.init)
        if let place = words.firstIndex(of: "offset"), place > 0, place + 1 < words.count,
            let begin = beginning(of: words[place - 1], segmentBytes), let offset = UInt64(words[place + 1])
        {
            return LSN(rawValue: begin + offset)
        }
        if line.contains("could not find file") || line.contains("could not open file"),
            let begin = words.compactMap({ beginning(of: $0, segmentBytes) }).last
        {
            return LSN(rawValue: begin)
        }
        return words.compactMap { LSN($0) }.last
    }

    /// The position at which a log file begins, by its name: timeline, then the number in two parts, each of eight digits.
    private static func beginning(of name: String, _ segmentBytes: UInt64) -> UInt64? {
        let name = name.split(separator: "/").last.map(String.init) ?? name
        guard name.utf8.count == 24, let high = UInt64(name.dropFirst(8).prefix(8), radix: 16),
            let low = UInt64(name.suffix(8), radix: 16)
        else { return nil }
        return (high * ((1 << 32) / segmentBytes) + low) * segmentBytes
    }
}
