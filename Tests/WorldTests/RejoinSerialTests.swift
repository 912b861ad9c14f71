import BatonCore
import BatonPostgres
import Glibc
import Testing

@testable import BatonEngine
@testable import BatonHosts
@testable import BatonLab

extension WorldSerialTests {
    /// A node that was lost comes back as a standby, on each rung of the ladder; and those that must not.
    @Suite(.serialized)
    struct RejoinSerialTests {
        @Test(
            "nothing diverged: it follows as it is; again, there is nothing to do; then home under load, nothing lost",
            arguments: ["stop", "kill"])
        func follows(fault: String) async throws {
            try await WorldFixture.with { world in
                try await world.loseWest(by: fault)
                let told = try await world.baton("report")
                #expect(told.text.contains("baton rejoin west-db -t TOPOLOGY"), "\(told.text)")
                let topology = world.state + "/lab/topology.yaml"
                let status = try await world.baton("status", "-t", topology)
                #expect(status.text.contains("bring back: baton rejoin west-db -t \(topology)"), "\(status.text)")
                let back = try await world.rejoin()
                #expect(back.exit == 0, "\(back.text)")
                #expect(back.json["mode"] == "rejoin" && back.json["outcome"] == "completed")
                #expect(back.json["from"] == "west" && back.json["to"] == "east")
                #expect(back.json["obligations"].list.allSatisfy { $0["open"] == false }, "\(back.json)")
                #expect(try world.kept() + world.leftovers() == [], "\(back.text)")
                try await world.expectHealthy(primary: "east-db")
                try await world.expectIntactJournal()
                let again = try await world.rejoin()
                #expect(again.exit == 0 && again.json["outcome"] == "already-there", "\(again.text)")
                #expect(try await world.baton("report").output.contains("west-db streams from the primary"))
                let load = try await world.underLoad(primary: "east-db") {
                    let home = try await world.baton("switchover", WorldFixture.failback, "--to", "west", "-y")
                    #expect(home.exit == 0, "\(home.text)")
                }
                #expect(load.errors == 0 && load.missing == 0, "\(load.text)")
                try await world.expectHealthy()
            }
        }

        @Test("it wrote what new never had: rewound, and what it wrote is kept where the report says")
        func rewinds() async throws {
            try await WorldFixture.with { world in
                try await world.loseWest(diverged: true)
                try await world.prepareSegments(of: "west-db")
                let settings = try #require(LabFiles.read(world.node("west-db").dataDirectory + "/postgresql.conf"))
                let back = try await world.rejoin()
                #expect(back.exit == 0, "\(back.text)")
                #expect(back.text.contains("pg_rewind"), "\(back.text)")
                let kept = try #require(world.kept().first)
                let report = try await world.baton("report")
                #expect(report.text.contains("kept in \(kept)"), "\(report.text)")
                #expect(report.text.contains("west-db has diverged at 0/"), "\(report.text)")
                #expect(report.text.contains("and, after that was ended, as"), "\(report.text)")
                #expect(try world.leftovers().isEmpty)
                try await world.expectHealthy(primary: "east-db")
                #expect(try await world.strays("east-db") == 0)
                #expect(try await world.strays("west-db") == 0)
                #expect(try LabFiles.read(world.node("west-db").dataDirectory + "/postgresql.conf") == settings)
                // What is kept is the whole of it: a server started on it has the rows.
                #expect(try await world.straysKept(in: kept) == 100)
                let home = try await world.baton("switchover", WorldFixture.failback, "--to", "west", "-y")
                #expect(home.exit == 0, "\(home.text)")
                try await world.expectHealthy()
            }
        }

        @Test("what it wrote is given up by name only")
        func discards() async throws {
            try await WorldFixture.with { world in
                try await world.loseWest(diverged: true)
                let wrong = try await world.rejoin("--discard-divergence", "east-db")
                #expect(wrong.exit == 64, "\(wrong.text)")
                let back = try await world.rejoin("--discard-divergence", "west-db")
                #expect(back.exit == 0, "\(back.text)")
                #expect(try world.kept().isEmpty && world.leftovers().isEmpty)
                try await world.expectHealthy(primary: "east-db")
                #expect(try await world.strays("west-db") == 0)
            }
        }

        @Test("without checksums and hint bits in the log it cannot be rewound: a new copy, and the old one is kept")
        func copies() async throws {
            try await WorldFixture.with { world in
                try await world.withoutHints()
                try await world.loseWest(diverged: true)
                let own = try world.node("west-db").dataDirectory
                let rules = try #require(LabFiles.read(own + "/pg_hba.conf"))
                try world.rewrite(own + "/pg_hba.conf") { _ in rules + "# of west alone\n" }
                let back = try await world.rejoin()
                #expect(back.exit == 0, "\(back.text)")
                #expect(back.text.contains("neither data checksums nor wal_log_hints"), "\(back.text)")
                #expect(try world.kept().count == 1 && world.leftovers().isEmpty)
                #expect(LabFiles.read(own + "/pg_hba.conf")?.contains("of west alone") == true)
                try await world.expectHealthy(primary: "east-db")
                #expect(try await world.strays("west-db") == 0)
                #expect(try await world.straysKept(in: try #require(world.kept().first)) == 100)
            }
        }

        @Test("a second primary is ended first, and clients of the true one see nothing of it")
        func secondPrimary() async throws {
            try await WorldFixture.with { world in
                try await world.loseWest(diverged: true)
                let data = try world.node("west-db").dataDirectory
                unlink(data + "/standby.signal")
                // The lab itself would not do that.
                let tools = try LabGround.survey().binDirectory
                try await LocalServer(
                    Node.DataDirectory(path: data, binDirectory: tools), logFile: data + "/by-hand.log"
                )
                .start(deadline: WorldFixture.soon())
                try await world.wait("west-db", until: "NOT pg_is_in_recovery()")
                // East is the one to keep: it was promoted later.
                let wrong = try await world.rejoin(node: "east-db")
                #expect(wrong.exit == 2, "\(wrong.text)")
                let why = try await world.baton("report")
                #expect(why.text.contains("east-db was promoted after west-db"), "\(why.text)")
                #expect(why.text.contains("baton rejoin west-db"), "\(why.text)")
                let load = try await world.underLoad(primary: "east-db") {
                    let back = try await world.rejoin()
                    #expect(back.exit == 0, "\(back.text)")
                }
                #expect(load.errors == 0 && load.missing == 0, "\(load.text)")
                try await world.expectHealthy(primary: "east-db")
                #expect(try world.kept().count == 1)
            }
        }

        @Test("refused, and nothing changed: no primary, a foreign cluster, no host, no such node")
        func refused() async throws {
            try await WorldFixture.with { world in
                let unknown = try await world.rejoin(node: "north-db")
                #expect(unknown.exit == 64, "\(unknown.text)")
                _ = try await world.baton("lab", "break", "west-db", "kill")
                let nobody = try await world.rejoin()
                #expect(nobody.exit == 2 && nobody.text.contains("baton promote"), "\(nobody.text)")
                let promoted = try await world.promoteEast()
                #expect(promoted.exit == 0, "\(promoted.text)")
                let data = try world.node("west-db").dataDirectory
                try await world.program("initdb", ["--no-sync", "-U", "postgres", "-D", data + "-other"])
                let topology = LabFiles.read(world.state + "/lab/topology.yaml")
                try world.rewrite(world.state + "/lab/topology.yaml") {
                    $0.replacing("data-directory: pg/west\n", with: "data-directory: pg/west-other\n")
                }
                #expect(LabFiles.read(world.state + "/lab/topology.yaml") != topology)
                let foreign = try await world.rejoin()
                #expect(foreign.exit == 2 && foreign.text.contains("is no copy of east-db"), "\(foreign.text)")
                #expect(!foreign.text.contains("postgres.fence "), "nothing was fenced")
                try world.rewrite(world.state + "/lab/topology.yaml") { _ in topology ?? "" }
                try world.withoutControl()
                let blind = try await world.rejoin()
                #expect(blind.exit == 2, "\(blind.text)")
                let report = try await world.baton("report")
                #expect(report.text.contains("Give west-db a control in the topology"), "\(report.text)")
            }
        }
    }
}

extension WorldFixture {
    static let failback = String(playbook.dropLast("planned-switchover.yaml".count) + "failback.yaml")

    func promoteEast() async throws -> Answer {
        try await baton(
            "promote", Self.emergency, "--to", "east", "--reason", "west lost power", "-y", "--accept-loss", "unknown")
    }

    func rejoin(node: String = "west-db", _ more: String...) async throws -> Answer {
        try await Self.baton(
            ["rejoin", node, "-y", "--format", "json", "--state", state] + more,
            deadline: SystemClock.deadline(in: .seconds(120)))
    }

    /// West is killed and east is promoted. Diverged: a hundred rows were written after its standby was cut off.
    func loseWest(by fault: String = "kill", diverged: Bool = false) async throws {
        if diverged {
            try await sql("west-db", "CREATE TABLE strays (id int)")
            try await wait(
                "west-db",
                until: "SELECT count(*) = 1 FROM pg_stat_replication WHERE replay_lsn >= pg_current_wal_flush_lsn()")
            try await sql("east-db", "ALTER SYSTEM SET primary_conninfo = ''", "SELECT pg_reload_conf()")
            try await wait("west-db", until: "SELECT count(*) = 0 FROM pg_stat_replication")
            try await sql("west-db", "INSERT INTO strays SELECT generate_series(1, 100)", "CHECKPOINT")
        }
        if !diverged {
            // Hint bits that the first look sets are in the log, and sent.
            for _ in 1...2 {
                try await sql("west-db", "CHECKPOINT")
                try await wait(
                    "west-db",
                    until:
                        "SELECT count(*) = 1 FROM pg_stat_replication WHERE replay_lsn >= pg_current_wal_insert_lsn()")
                try await SystemClock.sleep(.milliseconds(300))
            }
        }
        _ = try await baton("lab", "break", "west-db", fault)
        let answer = try await promoteEast()
        #expect(answer.exit == 0, "\(answer.text)")
    }

    func strays(_ node: String) async throws -> Int {
        try await sql(node, "SELECT count(*) AS n FROM strays").single().int("n")
    }

    /// The rows in a directory that was set aside, asked in single-user mode; the directory is not needed any more.
    func straysKept(in directory: String) async throws -> Int {
        unlink(directory + "/standby.signal")
        let ground = try LabGround.survey()
        let result = try await Program.run(
            ground.binDirectory + "/postgres", ["--single", "-D", directory, "app"], as: ground.account,
            environment: ["PATH": "/usr/bin:/bin", "LC_ALL": "C"], input: "SELECT count(*) FROM strays\n",
            deadline: Self.soon())
        let digits = result.output.split(separator: "\n").first { $0.contains("count = ") }
        return digits.flatMap { $0.split(separator: "\"").dropFirst().first }.flatMap { Int($0) } ?? -1
    }

    /// Makes segments for later, as a busy server does: all zeroes, and listed before the others in some directories.
    func prepareSegments(of node: String) async throws {
        let log = try self.node(node).dataDirectory + "/pg_wal/"
        let paths = (10..<30).map { log + "0000000100000000000000\($0)" }
        let made = try await Program.run(
            "truncate", ["-s", "16M"] + paths, as: try LabGround.survey().account, deadline: Self.soon())
        try #require(made.status == 0, "\(made.complaint)")
    }

    /// Directories that were set aside.
    func kept() throws -> [String] { try beside().filter { $0.contains(".baton-kept-") } }

    /// What a rejoin should not leave.
    func leftovers() throws -> [String] { try beside().filter { !$0.contains(".baton-kept-") } }

    private func beside() throws -> [String] {
        let data = try node("west-db").dataDirectory
        let (parent, name) = (DurableFile.parent(of: data), data.split(separator: "/").last.map(String.init) ?? "")
        return try ProcessTable.names(in: parent).filter { $0.hasPrefix(name + ".baton-") }.map { "\(parent)/\($0)" }
            .sorted()
    }

    /// A cluster as initdb makes it by default: changes of hint bits are not in its log.
    func withoutHints() async throws {
        for node in status.nodes {
            try await lab.breakServer(node.name, .stop)
            try await program("pg_checksums", ["--disable", "--no-sync", "-D", node.dataDirectory])
            try rewrite(node.dataDirectory + "/postgresql.conf") {
                $0.replacing("wal_log_hints = on", with: "wal_log_hints = off")
            }
        }
        for node in status.nodes { try await lab.heal(node.name) { _ in } }
        try await expectHealthy()
    }

    /// Takes the control of west out of the topology.
    func withoutControl() throws {
        try rewrite(state + "/lab/topology.yaml") { text in
            var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            if let control = lines.firstIndex(of: "    control:") { lines.removeSubrange(control..<(control + 4)) }
            return lines.joined(separator: "\n")
        }
    }
}
