import Testing

@testable import BatonPostgres

/// Reading and changing `pgbouncer.ini` texts, friendly and hostile.
@Suite struct PgBouncerConfigFileTests {
    static let plain = """
        ;; pooler of the lab
        [databases]
        # the application
        app = host=10.0.0.1 port=5432 dbname=app pool_size=20
          spaced  =  port = '5433'   host =  'db one'  dbname='it''s' connect_query='select 1 = 1'
        socket = dbname=x
        bare =
        * = host=10.0.0.9

        [pgbouncer]
        listen_port = 6432
        app = not a database
        """

    @Test("Entries, their values and their lines")
    func entries() throws {
        let file = try PgBouncerConfigFile(Self.plain)
        #expect(file.entries.map(\.name) == ["app", "spaced", "socket", "bare", "*"])
        let app = try #require(file.entry("app"))
        #expect(app.host == "10.0.0.1" && app.port == 5432 && app.database == "app" && app.line == 4)
        let spaced = try #require(file.entry("spaced"))
        #expect(spaced.host == "db one" && spaced.port == 5433 && spaced.database == "it's")
        let socket = try #require(file.entry("socket"))
        #expect(socket.host == nil && socket.port == nil && socket.database == "x")
        #expect(file.hasWildcard)
        #expect(file.text == Self.plain)
        #expect(try !PgBouncerConfigFile("[databases]\na = port=1\n").hasWildcard)
    }

    @Test(
        "Only the host and port change",
        arguments: [
            ("app", "app = host=10.0.0.2 port=6000 dbname=app pool_size=20"),
            ("spaced", "  spaced  =  port = 6000   host =  10.0.0.2  dbname='it''s' connect_query='select 1 = 1'"),
            ("socket", "socket = dbname=x host=10.0.0.2 port=6000"),
            ("bare", "bare =host=10.0.0.2 port=6000"),
            ("*", "* = host=10.0.0.2 port=6000"),
        ])
    func replacing(_ name: String, _ expected: String) throws {
        for newline in ["\n", "\r\n"] {
            let text = Self.plain.replacing("\n", with: newline)
            let before = try PgBouncerConfigFile(text)
            let after = try before.replacing(name, host: "10.0.0.2", port: 6000)
            let line = try #require(before.entry(name)).line - 1
            // By bytes: Swift takes CR LF for one character.
            var lines = text.utf8.split(separator: 10, omittingEmptySubsequences: false).map { Array($0) }
            lines[line] = Array((expected + (newline == "\n" ? "" : "\r")).utf8)
            #expect(after.bytes == Array(lines.joined(separator: [10])))
        }
    }

    @Test("Replacing and reading again gives the new place, and every other entry and line as before")
    func property() throws {
        var random = SystemRandomNumberGenerator()
        let hosts = ["a", "db-2.example", "10.1.2.3", "fe80::1", "/run/postgresql"]
        for _ in 0..<300 {
            let text = Self.randomFile(&random)
            let before = try PgBouncerConfigFile(text)
            let entry = try #require(before.entries.randomElement(using: &random))
            let host = try #require(hosts.randomElement(using: &random))
            let port = Int.random(in: 1...65_535, using: &random)
            let after = try before.replacing(entry.name, host: host, port: port)
            let changed = try #require(after.entry(entry.name))
            #expect(changed.host == host && changed.port == port && changed.database == entry.database)
            let old = before.bytes.split(separator: 10, omittingEmptySubsequences: false)
            let new = after.bytes.split(separator: 10, omittingEmptySubsequences: false)
            #expect(old.count == new.count)
            for index in old.indices.indices where index != entry.line - 1 {
                #expect(Array(old[index]) == Array(new[index]))
            }
            #expect(try after.replacing(entry.name, host: host, port: port) == after)
            // And back again: byte for byte, when both were there, unquoted.
            if let oldHost = entry.host, let oldPort = entry.port, !text.utf8.contains(39) {
                #expect(try after.replacing(entry.name, host: oldHost, port: oldPort) == before)
            }
        }
    }

    private static func randomFile(_ random: inout SystemRandomNumberGenerator) -> String {
        var lines = ["[databases]"]
        for index in 0..<Int.random(in: 1...5, using: &random) {
            let gap = { (random: inout SystemRandomNumberGenerator) in
                String(repeating: " ", count: Int.random(in: 0...2, using: &random))
            }
            let quotes = Bool.random(using: &random) && Bool.random(using: &random)
            let quote = { (text: String) in quotes ? "'\(text)'" : text }
            var pairs = [
                "host" + gap(&random) + "=" + gap(&random) + quote("old\(index)"),
                "port" + gap(&random) + "=" + gap(&random) + quote("\(5000 + index)"),
                "dbname=" + quote("d\(index)"), "password=" + quote("=x="),
            ].shuffled(using: &random)
            pairs.removeLast(Int.random(in: 0...3, using: &random))
            let end = Bool.random(using: &random) ? "  " : ""
            lines.append(gap(&random) + "db.\(index)" + gap(&random) + "=" + pairs.joined(separator: " ") + end)
            if Bool.random(using: &random) {
                lines.append(["; c'", "", "# host=x", "\t", "[databases]"].randomElement(using: &random) ?? "")
            }
        }
        return (lines + ["[users]", "db.0 = pool_mode=session", ""]).joined(separator: "\n")
    }

    @Test("Bytes that are not UTF-8 outlive a change")
    func otherEncodings() throws {
        let bytes = Array("; \u{0}[databases]\na = port=1\n".utf8).map { $0 == 0 ? UInt8(ascii: "x") : $0 }
        var latin = bytes
        latin[2] = 0xE9
        latin.insert(contentsOf: [10], at: 3)
        let file = try PgBouncerConfigFile(bytes: latin)
        let changed = try file.replacing("a", host: "h", port: 2)
        #expect(changed.bytes == latin.dropLast(2) + Array("2 host=h\n".utf8))
    }

    @Test(
        "What PgBouncer would read otherwise, or half, is refused with its line",
        arguments: [
            ("[databases]\n%include /etc/more.ini\n", 2, "%include"),
            ("\n  %include /etc/more.ini\n", 2, "%include"),
            ("[databases]\na = port=1\n\na = port=2\n", 4, "second entry a; the first is in line 2"),
            ("[databases]\na = port=1\n[pgbouncer]\nx = 1\n[databases]\na = port=2\n", 6, "second entry"),
            ("[databases] a = port=1\n", 1, "after the section"),
            ("[databases\n", 1, "without ']'"),
            ("a = port=1\n", 1, "before the first section"),
            ("[databases]\na b = port=1\n", 2, "neither"),
            ("[databases]\na\n= port=1\n", 2, "neither"),
            ("[databases]\n= port=1\n", 2, "without a name"),
            ("[pgbouncer]\nrubbish\n", 2, "neither"),
            ("[databases]\n\"a\" = port=1\n", 2, "quoted name"),
            ("[databases]\nä = port=1\n", 2, "neither"),
            ("\u{FEFF}[databases]\n", 1, "neither"),
            ("[databases]\na = host=x port=1 ; note\n", 2, "key=value"),
            ("[databases]\na = host=x\tport=1\n", 2, "control character"),
            ("[databases]\na = host=x\rport=1\n", 2, "control character"),
            ("[databases]\na = host='x\n", 2, "never closed"),
            ("[databases]\na = host='x\ny' port=1\n", 2, "never closed"),
            ("[databases]\na = host='x'y port=1\n", 2, "after the closing quote"),
            ("[databases]\na = host='x'port=1\n", 2, "after the closing quote"),
            ("[databases]\na = host=x host=y\n", 2, "host twice"),
            ("[databases]\na = host= port=1\n", 2, "no value"),
            ("[databases]\na = host=''\n", 2, "no value"),
            ("[databases]\na = host=\n", 2, "no value"),
            ("[databases]\na = host\n", 2, "key=value"),
            ("[databases]\na = port=54x\n", 2, "port"),
            ("[databases]\na = port=0\n", 2, "port"),
            ("[databases]\na = port=70000\n", 2, "port"),
            ("[databases]\na = port=1\u{0}2\n", 2, "NUL"),
        ])
    func refused(_ text: String, _ line: Int, _ reason: String) {
        let error = #expect(throws: PgBouncerConfigError.self) { try PgBouncerConfigFile(text) }
        #expect(error?.line == line)
        #expect(error?.reason.contains(reason) == true, "\(error?.description ?? "")")
        #expect(error?.description.hasPrefix("line \(line): ") == true)
    }

    @Test(
        "A place that could carry more than a place is refused",
        arguments: [
            "", "a b", "a,b", "x' port='1", "x\nevil = port=1", "x;y", "../run", "a/b", "@sock", "x=y", "ü",
            String(repeating: "a", count: 256),
        ])
    func hostileHosts(_ host: String) throws {
        let file = try PgBouncerConfigFile("[databases]\na = host=x port=1\n")
        #expect(throws: PgBouncerConfigError.self) { try file.replacing("a", host: host, port: 1) }
    }

    @Test("Ports and names that are not there are refused")
    func impossible() throws {
        let file = try PgBouncerConfigFile("[databases]\na = host=x port=1\n[other]\nb = port=1\n")
        #expect(throws: PgBouncerConfigError.self) { try file.replacing("a", host: "x", port: 0) }
        #expect(throws: PgBouncerConfigError.self) { try file.replacing("a", host: "x", port: 65_536) }
        #expect(throws: PgBouncerConfigError.self) { try file.replacing("b", host: "x", port: 1) }
        #expect(throws: PgBouncerConfigError.self) { try file.replacing("A", host: "x", port: 1) }
    }
}
