import BatonCore

/// What `pg_waldump --quiet` says where the log ends. It always says something: the end is where it cannot read on.
enum LogDump {
    /// The first byte after the last whole record, by the reader's complaint (src/backend/access/transam/xlogreader.c). A file
    /// that was used before shows its old pages ("log segment S, offset O"); a log that ends with a file ends where the
    /// missing one would begin; else the last position in the line is where no record was found. Where the last record was cut
    /// off by the end of a page, this is too late by less than a page; `lastRecord` and `end(of:)` then tell better.
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

    /// Where the last whole record begins, as the complaint names it.
    static func lastRecord(_ errors: String) -> LSN? {
        guard let words = errors.range(of: "in WAL record at ") else { return nil }
        return LSN(errors[words.upperBound...].prefix { $0 != ":" })
    }

    /// The first byte after a record, by the line that `pg_waldump` prints of it. A record goes on behind the header of the
    /// next page: 24 bytes, and 40 at the beginning of a file (src/include/access/xlog_internal.h); the next one begins at a
    /// multiple of 8.
    static func end(of record: LSN, _ line: String, segmentBytes: UInt64, pageBytes: UInt64) -> LSN? {
        guard segmentBytes > 0, pageBytes > 0, let key = line.range(of: "len (rec/tot):"),
            let total = line[key.upperBound...].prefix(while: { $0 != "," }).split(separator: "/").last,
            var left = UInt64(total.drop { $0 == " " })
        else { return nil }
        var position = record.rawValue
        while left > pageBytes - position % pageBytes {
            left -= pageBytes - position % pageBytes
            position = (position / pageBytes + 1) * pageBytes
            position += position % segmentBytes == 0 ? 40 : 24
        }
        return LSN(rawValue: (position + left + 7) / 8 * 8)
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

extension String {
    /// The first occurrence of `text`.
    fileprivate func range(of text: String) -> Range<String.Index>? { self.ranges(of: text).first }
}
