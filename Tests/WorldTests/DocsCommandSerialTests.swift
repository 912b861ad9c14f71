import Foundation
import Testing

@testable import BatonHosts

/// `baton docs` as the shell sees it. Asks no server, so it raises no lab.
@Suite("baton docs", .serialized)
final class DocsCommandSerialTests {
    private static let root = WorldFixture.playbook.replacing("/Playbooks/planned-switchover.yaml", with: "")
    private static let topology = root + "/Runbooks/lab-topology.yaml"
    private static let page = "planned-switchover-to-east.md"

    private let directory = FileManager.default.temporaryDirectory.appending(path: "baton docs \(UUID())")
    private var pages: String { directory.path(percentEncoded: false) + "/pages/new" }

    init() throws { try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false) }

    deinit { try? FileManager.default.removeItem(at: directory) }

    private func docs(_ more: String..., topology: String = topology) async throws -> WorldFixture.Answer {
        try await WorldFixture.baton(["docs", WorldFixture.playbook, "-t", topology, "-o", pages] + more)
    }

    private func text(_ name: String) throws -> String {
        try String(contentsOfFile: "\(pages)/\(name)", encoding: .utf8)
    }

    private func write(_ text: String, to name: String) throws {
        try text.write(toFile: "\(pages)/\(name)", atomically: false, encoding: .utf8)
    }

    @Test("the checked-in runbooks are as old as their plans: `make docs` writes them anew")
    func checkedInRunbooks() async throws {
        let answer = try await WorldFixture.baton([
            "docs", WorldFixture.playbook, WorldFixture.emergency, WorldFixture.failback, "-t", Self.topology, "-o",
            Self.root + "/Runbooks", "--check",
        ])
        #expect(answer.exit == 0, "\(answer.output) \(answer.errors)")
    }

    @Test("pages are written once, are the same wherever they are made, and name no place of this machine")
    func written() async throws {
        let first = try await docs()
        #expect(first.exit == 0 && first.output.split(separator: "\n").allSatisfy { $0.hasSuffix(": written") })
        let east = try text(Self.page)
        let again = try await docs()
        #expect(again.exit == 0 && again.output.split(separator: "\n").allSatisfy { $0.hasSuffix(": current") })
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: pages).sorted() == [
                "README.md", Self.page, "planned-switchover-to-west.md",
            ])
        #expect(!east.contains(Self.root) && !east.contains("%topology%"))
        let hash = try await Program.run("sha256sum", [Self.topology], deadline: WorldFixture.soon())
        #expect(east.contains("| topology | lab | `\(hash.output.prefix(64))` |"))
        // The same topology elsewhere.
        let copy = directory.path(percentEncoded: false) + "/copy.yaml"
        try FileManager.default.copyItem(atPath: Self.topology, toPath: copy)
        #expect(try await docs("--check", topology: copy).exit == 0)
    }

    @Test("paths that the topology gives in full stand so on the page, and no variable is needed")
    func absolutePaths() async throws {
        let path = directory.path(percentEncoded: false) + "/full.yaml"
        let text = try String(contentsOfFile: Self.topology, encoding: .utf8)
            .replacing("\"file:", with: "\"file:/etc/baton/").replacing(
                "data-directory: pg/", with: "data-directory: /srv/pg/"
            )
            .replacing("config: pgbouncer/", with: "config: /etc/pgbouncer/")
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        #expect(try await docs(topology: path).exit == 0)
        let page = try self.text(Self.page)
        #expect(!page.contains("BATON_DIR") && page.contains("touch /srv/pg/west/standby.signal"))
        #expect(page.contains("PGPASSWORD=\"$(head -n 1 /etc/baton/west.pw)\" psql "))
    }

    @Test("2 and the difference where a page is older than its plan, missing or no longer made; nothing is written")
    func check() async throws {
        let missing = try await docs("--check")
        #expect(missing.exit == 2 && missing.output.contains("\(Self.page): missing"), "\(missing.text)")
        #expect(!FileManager.default.fileExists(atPath: pages))
        _ = try await docs()
        let page = try text(Self.page)
        try write(page.replacing("at most 15 s", with: "at most 99 s"), to: Self.page)
        let stale = try await docs("--check")
        #expect(stale.exit == 2 && stale.output.contains("\(Self.page): older than its plan"), "\(stale.text)")
        #expect(stale.output.contains("-- **Time:** at most 99 s\n+- **Time:** at most 15 s"), "\(stale.output)")
        #expect(try text(Self.page) != page)
        _ = try await docs()
        #expect(try text(Self.page) == page)
        // A page of ours that is made no more, beside a page of somebody else's.
        try write(page, to: "gone-to-east.md")
        try write("# Whom to call\n", to: "contacts.md")
        let leftover = try await docs("--check", "--format", "json")
        #expect(leftover.exit == 2 && leftover.json["format"] == "docs/v1" && leftover.json["current"] == false)
        let states = leftover.json["pages"].list.map { "\($0["file"].string ?? "") \($0["state"].string ?? "")" }
        #expect(states.filter { !$0.hasSuffix(" current") } == ["gone-to-east.md leftover"], "\(states)")
    }

    @Test("1 where a file of somebody else's has a page's name; nothing is written")
    func foreignFile() async throws {
        try FileManager.default.createDirectory(atPath: pages, withIntermediateDirectories: true)
        try write("# My project\n", to: "README.md")
        let answer = try await docs()
        #expect(answer.exit == 1 && answer.errors.contains("README.md was not written by baton docs"), "\(answer.text)")
        #expect(try text("README.md") == "# My project\n")
        #expect(try FileManager.default.contentsOfDirectory(atPath: pages) == ["README.md"])
    }

    @Test("64 without a playbook or a directory, 65 for files that do not load or lead nowhere")
    func usage() async throws {
        #expect(try await WorldFixture.baton(["docs", "-t", Self.topology, "-o", pages]).exit == 64)
        #expect(try await WorldFixture.baton(["docs", WorldFixture.playbook, "-t", Self.topology]).exit == 64)
        #expect(try await docs(topology: "nowhere.yaml").exit == 65)
        let twice = try await WorldFixture.baton([
            "docs", WorldFixture.playbook, WorldFixture.playbook, "-t", Self.topology, "-o", pages,
        ])
        #expect(twice.exit == 65 && twice.text.contains("same name"), "\(twice.text)")
        #expect(!FileManager.default.fileExists(atPath: pages))
    }

    // MARK: Hostile values, in a real shell

    private static let evil = "it's \"$HOME\" `touch owned` ; touch owned #"

    /// A topology whose every free value holds something that a shell would take for its own, with programs that only say
    /// how they were called.
    private func hostileTopology() throws -> String {
        let base = directory.path(percentEncoded: false)
        let place = "it's `touch owned`; here"
        for path in ["\(place)/bin", "\(place)/pg/west", "\(place)/pg/east", "bin"] {
            try FileManager.default.createDirectory(
                atPath: "\(base)/\(path)", withIntermediateDirectories: true)
        }
        let program = "#!/bin/sh\nprintf '%s\\n' \"${PGPASSWORD-}\" \"$@\" >> \"$SPOKEN\"\necho 0/0\n"
        for path in ["bin/psql"] + ["pg_ctl", "pg_controldata"].map({ "\(place)/bin/\($0)" }) {
            try program.write(toFile: "\(base)/\(path)", atomically: false, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(base)/\(path)")
        }
        for site in ["west", "east"] {
            try "/x/postgres \"-D\" \"/y\"\n".write(
                toFile: "\(base)/\(place)/pg/\(site)/postmaster.opts", atomically: false, encoding: .utf8)
        }
        try "pa`touch owned`ss'word$HOME\nsecond line\n".write(
            toFile: "\(base)/\(place)/it's.pw", atomically: false, encoding: .utf8)
        try "[databases]\napp = host=127.0.0.1 port=5501 dbname=app\nother = port=1 host=h\n\n[users]\napp = host=x\n"
            .write(
                toFile: "\(base)/\(place)/pool it's.ini", atomically: false, encoding: .utf8)
        var topology = try String(contentsOfFile: Self.topology, encoding: .utf8)
        for (value, hostile) in [
            (
                "database: app\n    user: baton\n",
                "database: \(quoted("app " + Self.evil))\n    user: \(quoted("baton " + Self.evil))\n"
            ),
            ("data-directory: pg/", "data-directory: \"\(place)/pg/\""),
            ("/usr/lib/postgresql/15/bin", "\"\(place)/bin\""),
            ("admin: baton_admin", "admin: \(quoted(Self.evil))"),
            ("config: pgbouncer/pgbouncer.ini", "config: \"\(place)/pool it's.ini\""),
            ("user: app\n", "user: \(quoted("app " + Self.evil))\n"),
        ] { topology = topology.replacing(value, with: hostile) }
        // The site's name belongs inside the quotes.
        topology = topology.replacing(#"/pg/"west"#, with: #"/pg/west""#).replacing(#"/pg/"east"#, with: #"/pg/east""#)
        topology = topology.replacing(#/"file:[a-z]+\.pw"/#, with: "\"file:\(place)/it's.pw\"")
        let path = "\(base)/topology.yaml"
        try topology.write(toFile: path, atomically: false, encoding: .utf8)
        return path
    }

    /// In YAML's double quotes.
    private func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }

    @Test("values with quotes, blanks and commands reach the programs as they are, and nothing else is run")
    func hostileValues() async throws {
        let base = directory.path(percentEncoded: false)
        let made = try await docs(topology: try hostileTopology())
        try #require(made.exit == 0, "\(made.text)")
        let blocks = try text(Self.page).matches(of: #/(?m)^```(?:sh (?:do|check|await|undo)|shell)\n((?:.*\n)*?)```$/#)
        #expect(blocks.count > 70)
        for block in blocks {
            let result = try await Program.run(
                "/bin/sh", ["-c", "cd \"$BATON_DIR\" && { \(block.output.1)}"],
                environment: [
                    "PATH": "\(base)/bin:/usr/bin:/bin", "BATON_DIR": base, "SPOKEN": "\(base)/spoken",
                    "HOME": "/nowhere",
                ], deadline: WorldFixture.soon())
            // The programs' stubs never say `marked`; everything else succeeds, and no word is a command.
            #expect(
                !result.errors.contains("not found") && !result.errors.contains("yntax"),
                "\(block.output.1)\(result.errors)")
        }
        #expect(!FileManager.default.fileExists(atPath: base + "/owned"))
        let spoken = Set(
            try String(contentsOfFile: base + "/spoken", encoding: .utf8).split(separator: "\n").map(String.init))
        for word in [
            "pa`touch owned`ss'word$HOME", "baton " + Self.evil, "app " + Self.evil, Self.evil,
            "\(base)/it's `touch owned`; here/pg/west", "PAUSE \"app\"", "CHECKPOINT",
        ] { #expect(spoken.contains(word), "nobody was told \(word)") }
        // What the page's sed makes of the pooler's file, and what leads old to new.
        let place = base + "/it's `touch owned`; here"
        #expect(
            try String(contentsOfFile: place + "/pool it's.ini", encoding: .utf8)
                == "[databases]\napp = dbname=app host=127.0.0.1 port=5502\nother = port=1 host=h\n\n[users]\napp = host=x\n"
        )
        let passwords = try String(contentsOfFile: place + "/pg/west/baton.pgpass", encoding: .utf8)
        #expect(passwords == "127.0.0.1:5502:*:baton \(Self.evil):pa`touch owned`ss'word$HOME\n")
        let settings = try String(contentsOfFile: place + "/pg/west/postgresql.auto.conf", encoding: .utf8)
        #expect(settings.contains("primary_slot_name = 'west_db'\n"), "\(settings)")
        #expect(settings.contains("user=''baton it\\\\''s \"$HOME\" `touch owned` ; touch owned #''"), "\(settings)")
    }
}
