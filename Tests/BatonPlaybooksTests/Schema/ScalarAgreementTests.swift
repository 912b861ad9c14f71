import BatonCore
import Testing

@testable import BatonPlaybooks

@Suite("Single values, by the loader and by the schema")
struct ScalarAgreementTests {
    /// Texts that are near the edge of some form.
    static let texts = [
        "", " ", "a", "A", "0", "_", "-", ".", "a b", "a.b", "a_b", "a-b", "-a", ".a", "_a", "a,b", "a/b", "/", "/a",
        "/a b", "/a,b", "~", "~/a", "a~", "$HOME", "a$b", "é", "aé", "😀", "a\nb", "a\tb", "\t", "\n", "a\u{7F}",
        "a\u{85}",
        String(repeating: "a", count: 63), String(repeating: "a", count: 64), String(repeating: "a", count: 255),
        String(repeating: "a", count: 256), "a.b.c", "a.", ".b", "1a", "a.1b", "a.b1", "*", "pgbouncer", "pgbouncer2",
        "*a", "::1", "me@there", "-o", "fe80::1%eth0", "127.0.0.1", "db.example", "https://db", "file:", "file:a",
        "file: a", "file:~a",
        "file:a/", "file:/", "file:a b", "file:a\tb", "env:", "env:A", "env:a1_", "env:1a", "env:A-B", "env:é",
        "command:", "command: ", "command:a", "command: a b", "command:\ta", "command:a\tb", "files:a", "FILE:a",
        "http://a", "https://a", "HTTPS://a", "ftp://a", "http:/a", "http://", "http:///a", "http://a/", "http://a?b",
        "http://a#b", "http://a:80", "http://a:", "http://a:0", "http://a:65535", "http://a:65536", "http://a:080",
        "http://a:8x", "http://a@b", "http://a/@", "http://[::1]", "http://[::1]:80/x", "http://[::1]x", "http://:80",
        "http://a b", "http://a/%20", "http://a/\"", "http://é", "http://a/é", "http://a/{b}", "http://a/~b",
        "0s", "5s", "5", "s", "5S", "5 s", "-5s", "+5s", "5us", "5ms", "5min", "5h", "5m", "5sec", "1.5s", "1e3s",
        "05s", "0B", "5B", "5KiB", "5MiB", "5GiB", "5TiB", "5kB", "5MB", "5b", "5 MiB", "1_000B",
    ]

    private static let forms: [ValueForm] = [
        .name, .line, .text(lines: true), .anySpan, .bytes, .path, .secret, .host, .sshHost, .account, .remotePath,
        .table,
        .database, .url,
    ]

    @Test("Both take and refuse the same texts", arguments: texts)
    func agree(_ text: String) throws {
        for form in Self.forms {
            // A text within a URL's key that begins like a reference is one.
            if form == .url, SecretLines.references.contains(where: text.hasPrefix) { continue }
            let schema = SchemaValidator(root: form.schema(Corpus.shipped))
            #expect(try schema.accepts(.text(text)) == loads(text, form), "\(form)")
        }
    }

    private func loads(_ text: String, _ form: ValueForm) throws -> Bool {
        let complaints = Complaints(try SourceText(bytes: [], path: "x"))
        let values = TopologyValues(complaints: complaints, paths: FilePaths(of: "/x"))
        let value = YAMLValue(content: .scalar(text, isQuoted: true), position: Position(line: 1, column: 1))
        switch form {
        case .name: return complaints.name(value, "It") != nil
        case .text(let lines): return complaints.text(value, "It", lines: lines) != nil
        case .span(let range, let why):
            return complaints.span(value, "It", in: range, why: why, example: "5s") != nil
        case .bytes: return complaints.bytes(value, "It") != nil
        case .path: return values.path(value, "It") != nil
        case .secret: return values.secret(value, "It") != nil
        case .host: return values.host(value, "It") != nil
        case .sshHost: return values.sshHost(value, "It") != nil
        case .account: return values.account(value, "It") != nil
        case .remotePath: return values.remotePath(value, "It") != nil
        case .table: return values.table(value, "It") != nil
        case .database: return values.database(value, "It") != nil
        case .url: return URLFault(of: text) == nil
        default: throw SchemaValidator.UnknownKeyword(keyword: "\(form)")
        }
    }
}
