import BatonCore
import Testing

@testable import BatonPlaybooks

@Suite("Topologies")
struct TopologyTests {
    @Test("The contract's topology loads, and its paths become absolute")
    func good() throws {
        let loaded = try TopologyLoader.parse(text: GoodFiles.topology, path: "/team/t.yaml")
        #expect(loaded.complaints.isEmpty)
        let topology = loaded.topology
        #expect(topology.name == "lab" && topology.sites == ["west", "east"])
        #expect(topology.nodes.map(\.name) == ["west-db", "east-db"], "in the file's order")
        let west = try #require(topology.node("west-db"))
        #expect(west.host == "127.0.0.1" && west.port == 5501 && west.access == .local)
        #expect(west.password == .file("/team/west.pw"))
        #expect(
            west.dataDirectory == Node.DataDirectory(path: "/team/pg/west", binDirectory: "/usr/lib/postgresql/15/bin"))
        #expect(west.tls == TLSSettings(mode: .prefer))
        let pool = try #require(topology.pooler("pool"))
        #expect(pool.config == "/team/pgbouncer/pgbouncer.ini" && pool.databases == ["app"] && pool.access == .local)
        #expect(topology.route("app")?.canary == Route.Canary(table: "baton_canary", every: .milliseconds(10)))
    }

    /// Every optional key and form.
    static let everyKey = """
        baton: topology/v1
        name: prod
        sites: {west: }
        nodes:
          a:
            site: west
            host: "::1"
            port: 5432
            database: "012"
            user: baton
            password: "command:vault  read -f pg/a"
            tls: { mode: verify-full, root-certificate: ./ca.pem }
            control: none
          b: { site: west, host: /run/postgresql, port: 5432, database: app, user: baton, tls: require }
        poolers:
          p: { site: west, host: p.example, port: 6432, admin: adm, password: env:ADM_PW, stats-user: st,
               stats-password: file:/s/st.pw, databases: [app, ro], config: /p.ini, tls: disable }
        routes:
          r: { through: p, database: ro, user: app, canary: { table: ops.canary, every: 10s } }

        """

    @Test("Every optional key and form is read")
    func options() throws {
        let topology = try TopologyLoader.parse(text: Self.everyKey, path: "/team/t.yaml").topology
        let node = try #require(topology.node("a"))
        #expect(node.host == "::1" && node.database == "012" && node.access == .none && node.dataDirectory == nil)
        #expect(node.password == .command(["vault", "read", "-f", "pg/a"]))
        #expect(node.tls == TLSSettings(mode: .verifyFull, rootCertificate: "/team/ca.pem"))
        #expect(topology.node("b")?.tls.mode == .require && topology.node("b")?.password == nil)
        let pooler = try #require(topology.pooler("p"))
        #expect(pooler.password == .environment("ADM_PW") && pooler.statsPassword == .file("/s/st.pw"))
        #expect(pooler.statsUser == "st" && pooler.access == .none && pooler.tls.mode == .disable)
        #expect(topology.route("r")?.canary?.table == "ops.canary")
    }

    @Test("A bad topology is refused with its code on its line", arguments: bad)
    func refused(_ file: BadFile) throws {
        try file.check(in: GoodFiles.topology, load: loadTopology)
    }

    static let bad: [BadFile] = [
        BadFile("baton: topology/v1", "baton: topology/v9", .unknownVersion, 1),
        BadFile("baton: topology/v1", "baton: playbook/v1", .wrongKind, 1),
        BadFile("baton: topology/v1", "baton: machine/v1", .wrongKind, 1),
        BadFile("sites: { west: {}, east: {} }", "sites: [west, east]", .wrongType, 3),
        BadFile("sites: { west: {}, east: {} }", "sites: {}", .wrongType, 3),
        BadFile("sites: { west: {}, east: {} }", "sites: { west: {}, east: {}, no: {} }", .ambiguousScalar, 3),
        BadFile("sites: { west: {}, east: {} }", "sites: { west: {}, east: { x: 1 } }", .unknownKey, 3),
        BadFile("name: lab\n", "", .missingKey, 1),
        BadFile("nodes:\n", "servers:\n", .unknownKey, 4),
        BadFile("site: west,", "site: wets,", .unknownSite, 5),
        BadFile("port: 5501", "port: 0", .outOfRange, 5),
        BadFile("port: 5501", "port: 65536", .outOfRange, 5),
        BadFile("port: 5501", "port: \"5501\"", .wrongType, 5),
        BadFile("port: 5501", "port: 05501", .ambiguousScalar, 5),
        BadFile("port: 5501, ", "", .missingKey, 5),
        BadFile("port: 5502", "port: 5501", .duplicateAddress, 7),
        BadFile("port: 6501", "port: 5502", .duplicateAddress, 10),
        BadFile("pg/east", "./pg/x/../west", .duplicatePath, 8),
        BadFile("pg/east", "~/east", .badPath, 8),
        BadFile("host: 127.0.0.1, port: 5501", "host: \"a b\", port: 5501", .badHost, 5),
        BadFile("host: 127.0.0.1, port: 5501", "host: \"https://db\", port: 5501", .badHost, 5),
        BadFile("host: 127.0.0.1, port: 5501", "host: \"a,b\", port: 5501", .badHost, 5),
        BadFile("host: 127.0.0.1, port: 5501", "host: \"a\\tb\", port: 5501", .controlCharacter, 5),
        BadFile("\"file:west.pw\"", "hunter2", .plainSecret, 5),
        BadFile("\"file:west.pw\"", "{ a: hunter2 }", .plainSecret, 5),
        BadFile("\"file:west.pw\"", "\"env:1 hunter2\"", .badSecretReference, 5),
        BadFile("\"file:west.pw\"", "\"file:\"", .badSecretReference, 5),
        BadFile("\"file:west.pw\"", "\"command: \"", .badSecretReference, 5),
        BadFile(
            "control: { local: { data-directory: pg/west, bin-directory: /usr/lib/postgresql/15/bin } }",
            "control: local", .badControl, 6),
        BadFile("data-directory: pg/west, ", "", .missingKey, 6),
        BadFile(
            "control: { local: { data-directory: pg/west", "control: { ssh: { data-directory: /pg/west", .missingKey,
            6),
        BadFile("control: local", "control: ssh", .badControl, 11),
        BadFile("control: local", "tls: strict", .unknownWord, 11),
        BadFile("control: local", "tls: { root-certificate: x }", .missingKey, 11),
        BadFile("databases: [app]", "databases: [\"*\"]", .wildcardDatabase, 10),
        BadFile("databases: [app]", "databases: [*]", .alias, 10),
        BadFile("databases: [app]", "databases: []", .wrongType, 10),
        BadFile("databases: [app]", "databases: [app, app]", .duplicateName, 10),
        BadFile("databases: [app]", "databases: [other]", .unknownDatabase, 13),
        BadFile("config: pgbouncer/pgbouncer.ini, ", "", .missingKey, 10),
        BadFile("through: pool", "through: pol", .unknownPooler, 13),
        BadFile("  app: {", "  pool: {", .duplicateName, 13),
        BadFile("  east-db: {", "  West_db: {", .duplicateSlot, 7),
        BadFile("  east-db: {", "  west-db: {", .duplicateKey, 7),
        BadFile("table: baton_canary", "table: \"a; drop\"", .badIdentifier, 13),
        BadFile("table: baton_canary", "table: a.b.c", .badIdentifier, 13),
        BadFile("every: 10ms", "every: 999us", .outOfRange, 13),
        BadFile("every: 10ms", "every: 11s", .outOfRange, 13),
        BadFile(", every: 10ms", "", .missingKey, 13),
    ]

    @Test("A password in plain is never repeated, wherever and however it stands", arguments: plainPasswords)
    func plainPassword(_ replacement: String) throws {
        let text = try #require(GoodFiles.with(GoodFiles.topology, "password: \"file:west.pw\"", replacement))
        let failure = try #require(throws: LoadFailure.self) { try loadTopology(text) }
        #expect(!failure.description.contains("hunter2"), "\(failure)")
        expectSound(failure.complaints)
    }

    static let plainPasswords = [
        "password: hunter2", "password: \"hunter2\"", "password: [hunter2]", "password: { hunter2: x, hunter2: y }",
        "password: *hunter2", "password: &hunter2 x", "password: !hunter2 x", "password: @hunter2",
        "password: 'hunter2",
        "pasword: hunter2", "Password: hunter2", "passwort: hunter2", "password:hunter2", "password hunter2",
        "password: >\n hunter2", "password:\n  hunter2", "password: hunter2, port: x", "password: hunter2, site: x",
        "password: \"env:1hunter2\"", "password: \"a\n   hunter2\", host: \"\"", "secret: hunter2", "pw: hunter2",
        "password: \"file:x\", stats-password: hunter2", "password: \"file:x\", password: hunter2", "word: hunter2",
        "x: { y: hunter2 }", "x: [\n hunter2, port: ]",
    ]

    @Test("Relative paths start at the file's directory, also when the file's own path is relative")
    func relativePaths() {
        #expect(FilePaths(of: "/a/b/t.yaml").absolute("x/../y") == "/a/b/x/../y")
        #expect(FilePaths(of: "/a//./b/t.yaml").absolute("./x") == "/a/b/x")
        #expect(FilePaths(of: "/t.yaml").absolute("x") == "/x")
        let here = FilePaths(of: "t.yaml").directory
        #expect(here.hasPrefix("/") && FilePaths(of: "d/t.yaml").absolute("x") == (here == "/" ? "" : here) + "/d/x")
    }
}
