/// Reads the lines of a `pgbouncer.ini` and, in `[databases]`, their connection strings.
struct PgBouncerConfigReader {
    private let bytes: [UInt8]
    private var line = 0
    private var section: [UInt8]?
    private var found: [PgBouncerConfigFile.Entry] = []

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func entries() throws(PgBouncerConfigError) -> [PgBouncerConfigFile.Entry] {
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            line += 1
            try read(start..<end)
            start = end + 1
        }
        return found
    }

    private mutating func read(_ range: Range<Int>) throws(PgBouncerConfigError) {
        // For PgBouncer the file is a C string: it would see only what stands before.
        guard !bytes[range].contains(0) else { throw refused("a NUL character") }
        let content = trimmed(range)
        guard let first = content.first.map({ bytes[$0] }) else { return }
        switch first {
        case UInt8(ascii: "#"), UInt8(ascii: ";"): return
        case UInt8(ascii: "%"):
            throw refused("%include is not followed: the included file may hold entries that reach the same server")
        case UInt8(ascii: "["): try readSection(content)
        default: try readSetting(content)
        }
    }

    private mutating func readSection(_ content: Range<Int>) throws(PgBouncerConfigError) {
        guard let close = bytes[content].firstIndex(of: UInt8(ascii: "]")) else {
            throw refused("a section without ']'")
        }
        // PgBouncer would read on here as if a new line began.
        guard close + 1 == content.upperBound else { throw refused("text after the section's ']'") }
        section = Array(bytes[(content.lowerBound + 1)..<close])
    }

    private mutating func readSetting(_ content: Range<Int>) throws(PgBouncerConfigError) {
        let nameEnd = content.first { !isNameByte(bytes[$0]) } ?? content.upperBound
        guard bytes[content.lowerBound] != UInt8(ascii: "\"") else {
            throw refused("a quoted name is a syntax error to PgBouncer 1.18")
        }
        let equals = skip(nameEnd..<content.upperBound, [UInt8(ascii: " "), UInt8(ascii: "\t")])
        guard equals < content.upperBound, bytes[equals] == UInt8(ascii: "=") else {
            throw refused("neither a setting ('name = value'), a section nor a comment")
        }
        guard nameEnd > content.lowerBound else { throw refused("a setting without a name") }
        guard let section else { throw refused("a setting before the first section") }
        guard section == Array("databases".utf8) else { return }
        let name = String(decoding: bytes[content.lowerBound..<nameEnd], as: UTF8.self)
        if let other = found.first(where: { $0.name == name }) {
            throw refused("a second entry \(name); the first is in line \(other.line)")
        }
        let value = skip((equals + 1)..<content.upperBound, [UInt8(ascii: " "), UInt8(ascii: "\t")])
        found.append(try readEntry(name, value..<content.upperBound))
    }

    private func readEntry(
        _ name: String, _ range: Range<Int>
    ) throws(PgBouncerConfigError) -> PgBouncerConfigFile.Entry {
        var entry = PgBouncerConfigFile.Entry(name: name, line: line, range: range)
        var seen: Set<String> = []
        var at = skip(range, [UInt8(ascii: " ")])
        while at < range.upperBound {
            let (key, afterKey) = try readKey(at..<range.upperBound)
            guard seen.insert(key).inserted else { throw refused("\(key) twice in the entry \(name)") }
            let (value, place) = try readValue(afterKey..<range.upperBound, of: key)
            switch key {
            case "host":
                entry.host = value
                entry.hostRange = place
            case "port":
                guard let port = Int(value), (1...65_535).contains(port) else {
                    throw refused("the port of the entry \(name) is not a number from 1 to 65535")
                }
                entry.port = port
                entry.portRange = place
            case "dbname": entry.database = value
            default: break
            }
            at = skip(place.upperBound..<range.upperBound, [UInt8(ascii: " ")])
        }
        return entry
    }

    private func readKey(_ range: Range<Int>) throws(PgBouncerConfigError) -> (key: String, end: Int) {
        let stops = [UInt8(ascii: " "), UInt8(ascii: "=")]
        let end = range.first { stops.contains(bytes[$0]) } ?? range.upperBound
        let equals = skip(end..<range.upperBound, [UInt8(ascii: " ")])
        let key = bytes[range.lowerBound..<end]
        guard equals < range.upperBound, bytes[equals] == UInt8(ascii: "="), !key.isEmpty,
            key.allSatisfy(isNameByte)
        else { throw refused("the connection string is not a list of 'key=value'") }
        return (String(decoding: key, as: UTF8.self), equals + 1)
    }

    /// The value without its quotes, and where it stands with them.
    private func readValue(
        _ range: Range<Int>, of key: String
    ) throws(PgBouncerConfigError) -> (value: String, place: Range<Int>) {
        let quote = UInt8(ascii: "'")
        let start = skip(range, [UInt8(ascii: " ")])
        guard start < range.upperBound else { throw refused("\(key) has no value") }
        var value: [UInt8] = []
        var at = start
        if bytes[start] == quote {
            at += 1
            while true {
                guard at < range.upperBound else { throw refused("the quote of \(key) is never closed") }
                if bytes[at] == quote {
                    guard at + 1 < range.upperBound, bytes[at + 1] == quote else { break }
                    at += 1
                }
                value.append(bytes[at])
                at += 1
            }
            at += 1
            guard at == range.upperBound || bytes[at] == UInt8(ascii: " ") else {
                throw refused("text right after the closing quote of \(key)")
            }
        } else {
            at = range[start...].first { bytes[$0] == UInt8(ascii: " ") } ?? range.upperBound
            value = Array(bytes[start..<at])
            try refuseControlCharacters(value, in: key)
            // After `host= port=1` PgBouncer takes "port=1" for the host.
            guard !["host", "port", "dbname"].contains(key) || !value.contains(UInt8(ascii: "=")) else {
                throw refused("\(key) has no value")
            }
        }
        guard !value.isEmpty else { throw refused("\(key) has no value") }
        try refuseControlCharacters(value, in: key)
        return (String(decoding: value, as: UTF8.self), start..<at)
    }

    /// A tab looks like the end of a value and is none.
    private func refuseControlCharacters(_ value: [UInt8], in key: String) throws(PgBouncerConfigError) {
        guard value.allSatisfy({ $0 >= 32 && $0 != 127 }) else {
            throw refused("a tab or another control character in the value of \(key)")
        }
    }

    // MARK: Bytes

    private func refused(_ reason: String) -> PgBouncerConfigError { PgBouncerConfigError(line: line, reason) }

    /// Letters, digits and `_.-*` of ASCII, as in `cfparser.c`.
    private func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default: "_.-*".utf8.contains(byte)
        }
    }

    /// The first place in `range` whose byte is none of `these`, or its end.
    private func skip(_ range: Range<Int>, _ these: [UInt8]) -> Int {
        range.first { !these.contains(bytes[$0]) } ?? range.upperBound
    }

    /// `range` without the white space around it: C's `isspace`.
    private func trimmed(_ range: Range<Int>) -> Range<Int> {
        let isSpace = { (at: Int) in self.bytes[at] == 32 || (9...13).contains(self.bytes[at]) }
        guard let first = range.first(where: { !isSpace($0) }), let last = range.last(where: { !isSpace($0) }) else {
            return range.lowerBound..<range.lowerBound
        }
        return first..<(last + 1)
    }
}
