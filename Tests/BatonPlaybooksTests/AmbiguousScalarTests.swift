import BatonCore
import Testing

@testable import BatonPlaybooks

@Suite("Texts that YAML could take for something else")
struct AmbiguousScalarTests {
    /// Plain scalars that a YAML 1.1 or 1.2 parser reads as something else than text.
    static let scalars = [
        "yes", "Yes", "YES", "no", "No", "NO", "on", "On", "off", "OFF", "y", "Y", "n", "N", "true", "True", "false",
        "FALSE", "~", "null", "Null", "NULL", "", "0", "5", "-5", "+5", "012", "0o14", "0x1f", "0X1F", "-0x1f", "0b101",
        "1e3", "1E+3", "1e-3", "1.5", ".5", "5.", "1_000", "1_000.5", "12:30", "12:30:45", "190:20:30.15", "1_0:30",
        ".inf", "-.inf", "+.Inf", ".NaN", ".nan", "2024-01-01", "2024-1-1", "2024-01-01T10:00:00Z",
        "2024-01-01 10:00:00", "=",
    ]
    /// Plain scalars that can only be text.
    static let texts = [
        "nothing", "yes please", "12:30h", "0x", "1e", "v1.5", "2024-01", "2024-01-01-x", "10.0.0.1", "::1", "1-2",
        "on-call", "nullable", "0xyz", "e3", "1.2.3", ".info", "+", "inf", "ja",
    ]

    /// Every place of the good forms where a text stands, with the passage that it stands in.
    static let playbookPlaces = [
        ("name: planned-switchover", "name: "), ("title: Planned switchover to another site", "title: "),
        ("why: Move the primary role to another site without losing one committed write.", "why: "),
        ("deadline: 30s", "title: "), ("deadline: 30s", "why: "), ("deadline: 30s", "owner: "),
        ("deadline: 30s", "by-hand: "), ("deadline: 30s", "id: "),
        ("do: postgres.stop", "do: "), ("gate: postgres.streaming", "gate: "),
        ("do: postgres.promote", "do: postgres.promote\n    with:\n      label: "),
    ]
    static let topologyPlaces = [
        ("name: lab", "name: "), ("site: west", "site: "), ("host: 127.0.0.1, port: 5501", "port: 5501, host: "),
        ("database: app, user: baton, password: \"file:west.pw\"", "user: baton, database: "),
        ("user: baton, password: \"file:west.pw\"", "user: "), ("admin: baton_admin", "admin: "),
        ("config: pgbouncer/pgbouncer.ini", "config: "), ("through: pool", "through: "),
        ("table: baton_canary", "table: "), ("databases: [app]", "databases: [app], stats-user: "),
        ("data-directory: pg/west", "data-directory: "),
    ]

    private func codes(_ form: String, _ place: (String, String), _ scalar: String) throws -> [Complaint] {
        let text = try #require(GoodFiles.with(form, place.0, place.1 + scalar), "\(place)")
        do {
            return try (form == GoodFiles.playbook ? loadPlaybook : loadTopology)(text)
        } catch let failure as LoadFailure {
            return failure.complaints
        }
    }

    @Test("Each is refused wherever a text is meant, with the way to write it", arguments: scalars)
    func refused(_ scalar: String) throws {
        let places =
            Self.playbookPlaces.map { (GoodFiles.playbook, $0) } + Self.topologyPlaces.map { (GoodFiles.topology, $0) }
        for (form, place) in places {
            let complaints = try codes(form, place, scalar)
            let found = complaints.first { $0.code == ComplaintCode.ambiguousScalar.rawValue }
            #expect(found != nil, "\(place.1)\(scalar): \(complaints)")
            let isNull = ["", "~", "null", "Null", "NULL"].contains(scalar)
            #expect(
                found?.remedy == (isNull ? "Write a text, or remove the key." : "Write it in quotes: \"\(scalar)\"."))
            expectSound(complaints)
        }
    }

    @Test("In quotes each is the text that it says", arguments: scalars.filter { !$0.isEmpty })
    func quoted(_ scalar: String) throws {
        for quote in ["\"", "'"] {
            let text = try #require(
                GoodFiles.with(
                    GoodFiles.playbook, "title: Planned switchover to another site", "title: \(quote)\(scalar)\(quote)"
                ))
            let loaded = try PlaybookLoader.parse(text: text, path: "p.yaml", catalogue: TestCatalogue.catalogue)
            #expect(loaded.playbook.title == scalar)
        }
    }

    @Test("What can only be text needs no quotes", arguments: texts)
    func unambiguous(_ text: String) throws {
        let place = ("title: Planned switchover to another site", "title: ")
        #expect(try codes(GoodFiles.playbook, place, text).isEmpty)
    }

    @Test("A key that names something is a text, too", arguments: ["no", "012", "1e3", "~", "2024-01-01", "12:30"])
    func keys(_ key: String) throws {
        let place = ("sites: { west: {}, east: {} }", "sites: { west: {}, east: {}, ? \(key) : {} }")
        let complaints = try codes(GoodFiles.topology, place, "")
        #expect(complaints.contains { $0.code == ComplaintCode.ambiguousScalar.rawValue }, "\(complaints)")
    }
}
