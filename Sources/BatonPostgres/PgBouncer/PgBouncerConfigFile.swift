/// Why a PgBouncer configuration cannot be read or changed with certainty.
package struct PgBouncerConfigError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The line, from 1; nil when it is about the file or the request.
    package var line: Int?
    package var reason: String

    package init(line: Int?, _ reason: String) {
        self.line = line
        self.reason = reason
    }

    package var description: String { line.map { "line \($0): \(reason)" } ?? reason }
}

/// A `pgbouncer.ini`, read for its `[databases]` entries and changed in nothing but an entry's host and port.
///
/// It follows PgBouncer's reader (libusual's `cfparser.c`, `loader.c`; each rule tried on 1.18.0) and is stricter
/// where that one is lax, because RELOAD applies a broken file up to its first error and reports success. Refused are:
/// `%include`, text after a section's `]`, two entries of one name (the last wins there), a key twice in one entry, a tab
/// inside an entry (not a separator there), text right after a closing quote (one character is lost there), quoted names
/// (a syntax error there), and whatever PgBouncer refuses.
package struct PgBouncerConfigFile: Hashable, Sendable {
    /// One line of `[databases]`.
    package struct Entry: Hashable, Sendable {
        /// The name that clients use; `*` stands for every name without an entry.
        package var name: String
        package var line: Int
        /// nil: PgBouncer's default Unix socket.
        package var host: String?
        /// nil: PgBouncer's default, 5432.
        package var port: Int?
        /// The database on the server; nil: the name.
        package var database: String?
        var hostRange: Range<Int>?
        var portRange: Range<Int>?
        /// The whole connection string, without the space around it.
        var range: Range<Int>
    }

    /// The file, byte for byte.
    package let bytes: [UInt8]
    /// In the file's order.
    package let entries: [Entry]

    package init(_ text: String) throws(PgBouncerConfigError) { try self.init(bytes: Array(text.utf8)) }

    package init(bytes: [UInt8]) throws(PgBouncerConfigError) {
        var reader = PgBouncerConfigReader(bytes)
        self.entries = try reader.entries()
        self.bytes = bytes
    }

    /// The file as text; bytes that are not UTF-8 (in a comment, say) are shown as U+FFFD, so write `bytes`, not this.
    package var text: String { String(decoding: bytes, as: UTF8.self) }

    /// There is a `*` entry: clients reach servers by names that the file does not list, so no list of names is complete
    /// (R12). Taken out of the file, it stays in force until PgBouncer restarts.
    package var hasWildcard: Bool { entries.contains { $0.name == "*" } }

    package func entry(_ name: String) -> Entry? { entries.first { $0.name == name } }

    /// The same file with one entry leading to another server: its host and port are replaced where they stand, or
    /// appended to the entry; every other byte stays.
    package func replacing(
        _ name: String, host: String, port: Int
    ) throws(PgBouncerConfigError) -> PgBouncerConfigFile {
        try Self.check(host: host, port: port)
        guard let entry = entry(name) else {
            throw PgBouncerConfigError(line: nil, "there is no entry \(name) in [databases]")
        }
        var edits: [(range: Range<Int>, text: String)] = []
        var appended: [String] = []
        if let range = entry.hostRange { edits.append((range, host)) } else { appended.append("host=\(host)") }
        if let range = entry.portRange { edits.append((range, "\(port)")) } else { appended.append("port=\(port)") }
        if !appended.isEmpty {
            let lead = entry.range.isEmpty ? "" : " "
            let end = entry.range.upperBound
            edits.append((end..<end, lead + appended.joined(separator: " ")))
        }
        var changed = bytes
        // From the back, so that the earlier places keep their offsets.
        for edit in edits.sorted(by: { $0.range.lowerBound > $1.range.lowerBound }) {
            changed.replaceSubrange(edit.range, with: Array(edit.text.utf8))
        }
        let file = try PgBouncerConfigFile(bytes: changed)
        guard let result = file.entry(name), result.host == host, result.port == port else {
            throw PgBouncerConfigError(line: entry.line, "the entry \(name) could not be changed")
        }
        return file
    }

    /// Only hosts that need no quotes: names, addresses, and plain paths of socket directories. A list of hosts is refused:
    /// PgBouncer would spread writes over it.
    private static func check(host: String, port: Int) throws(PgBouncerConfigError) {
        let isPlain = host.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "A")...UInt8(ascii: "Z"):
                true
            default: "._-:/".utf8.contains(byte)
            }
        }
        guard !host.isEmpty, host.utf8.count <= 255, isPlain, host.hasPrefix("/") || !host.contains("/") else {
            throw PgBouncerConfigError(line: nil, "'\(host)' is not one host name, address or socket directory")
        }
        guard (1...65_535).contains(port) else { throw PgBouncerConfigError(line: nil, "port \(port) does not exist") }
    }
}
