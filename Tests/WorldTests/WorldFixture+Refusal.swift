import BatonCore
import BatonEngine
import BatonHosts
import BatonPostgres
import Testing

@testable import BatonLab

extension WorldFixture {
    /// Breaks the world, expects `preflight` and `switchover` to refuse it and to change nothing, heals it, and expects a
    /// whole service and a ready preflight. Heals also when an expectation throws.
    func refuses(
        by gates: String..., on target: String, remedy: String, breaking: () async throws -> Void,
        healing: () async throws -> Void, playbook: String = WorldFixture.playbook,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        do {
            try await breaking()
            try await expectRefusal(gates, target, remedy, playbook, sourceLocation)
        } catch {
            Issue.record(error, sourceLocation: sourceLocation)
        }
        try await healing()
        try await expectHealthy(sourceLocation: sourceLocation)
        let after = try await preflight()
        #expect(after.exit == 0, "\(after.output) \(after.errors)", sourceLocation: sourceLocation)
        #expect(after.json["ready"] == true, sourceLocation: sourceLocation)
    }

    private func expectRefusal(
        _ gates: [String], _ target: String, _ remedy: String, _ playbook: String, _ sourceLocation: SourceLocation
    ) async throws {
        let before = try await WorldPicture(self)
        let preflight = try await preflight(to: "east", playbook)
        #expect(preflight.exit == 2, "\(preflight.output) \(preflight.errors)", sourceLocation: sourceLocation)
        #expect(preflight.json["ready"] == false, sourceLocation: sourceLocation)
        let refusals = preflight.json["gates"].list.filter { $0["verdict"] == "block" || $0["verdict"] == "unknown" }
        let names = refusals.map { "\($0["gate"].string ?? "?") on \($0["target"].string ?? "?")" }
        let fitting = refusals.filter { gates.contains($0["gate"].string ?? "") && $0["target"] == .text(target) }
        #expect(!fitting.isEmpty, "refused by \(names)", sourceLocation: sourceLocation)
        #expect(
            fitting.contains { $0["remedy"].string?.contains(remedy) == true },
            "remedies: \(fitting.map { $0["remedy"] })", sourceLocation: sourceLocation)
        for refusal in refusals {
            #expect(
                refusal["remedy"].string?.isEmpty == false,
                "no remedy: \(refusal["gate"]) on \(refusal["target"]): \(refusal["reason"])",
                sourceLocation: sourceLocation)
        }

        let run = try await baton("switchover", playbook, "--to", "east", "-y")
        #expect(run.exit == 2, "\(run.output) \(run.errors)", sourceLocation: sourceLocation)
        let words = remedy.split(separator: " ").joined(separator: " ")
        #expect(run.text.contains(words), "\(run.output)", sourceLocation: sourceLocation)
        #expect(
            gates.contains { run.text.contains("\($0) on \(target)") },
            "\(run.output)", sourceLocation: sourceLocation)
        let report = try await baton("report", "latest", "--format", "json")
        #expect(report.json["outcome"] == "refused", "\(report.errors)", sourceLocation: sourceLocation)
        let refused = report.json["steps"].list.filter { $0["outcome"] == "failed" }.compactMap { $0["gate"].string }
        #expect(refused.contains(where: gates.contains), "\(refused)", sourceLocation: sourceLocation)
        #expect(report.json["obligations"] == .list([]), sourceLocation: sourceLocation)
        RealAgreement(preflight.json, report.json).expect(sourceLocation: sourceLocation)
        try await expectIntactJournal(sourceLocation: sourceLocation)
        try await expectUnchanged(since: before, sourceLocation: sourceLocation)
    }

    /// The shipped playbook, but a standby that cannot catch up is given up after 300 ms instead of 5 s.
    func hastyPlaybook() throws -> String {
        let path = state + "/hasty.yaml"
        let text = try #require(LabFiles.read(Self.playbook))
        try #require(text.contains("time: 5s"))
        try LabFiles.write(
            text.replacing("time: 5s", with: "time: 300ms"), to: path, owner: LabGround.survey().account)
        return path
    }

    /// The world is as `before`. Sessions and locks of a command that has just ended go a moment after it.
    func expectUnchanged(since before: WorldPicture, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let patience = SystemClock.deadline(in: .seconds(2))
        var after = try await WorldPicture(self)
        while after != before, SystemClock.now() < patience {
            try await SystemClock.sleep(.milliseconds(20))
            after = try await WorldPicture(self)
        }
        #expect(after == before, sourceLocation: sourceLocation)
    }

    /// Makes the east node anew as `pg_basebackup` does, following `upstream` at its first start.
    func rebuildEast(port: Int? = nil, slot: String = "east_db") async throws {
        let (west, east) = (try node("west-db"), try node("east-db"))
        try await lab.breakServer("east-db", .stop)
        let kept = try #require(LabFiles.read(east.dataDirectory + "/postgresql.conf"))
        let passwords = try #require(LabFiles.read(east.dataDirectory + "/baton.pgpass"))
        try await LabFiles.removeTree(east.dataDirectory, deadline: Self.soon())
        try await program(
            "pg_basebackup",
            [
                "-h", west.socketDirectory, "-p", "\(west.port)", "-U", "postgres", "-c", "fast", "-X", "fetch",
                "--no-sync", "-D", east.dataDirectory,
            ])
        let owner = try LabGround.survey().account
        try LabFiles.write(kept, to: east.dataDirectory + "/postgresql.conf", owner: owner)
        try LabFiles.write(passwords, to: east.dataDirectory + "/baton.pgpass", owner: owner)
        let settings = """
            primary_conninfo = '\(conninfo(port: port ?? west.port))'
            primary_slot_name = '\(slot)'
            wal_retrieve_retry_interval = '100ms'

            """
        try LabFiles.write(settings, to: east.dataDirectory + "/postgresql.auto.conf", owner: owner)
        try LabFiles.write("", to: east.dataDirectory + "/standby.signal", owner: owner)
        try await lab.heal("east-db") { _ in }
    }

    /// How east reaches west, or another port in west's place; a literal's inside.
    func conninfo(port: Int) -> String {
        let passwords = (try? node("east-db").dataDirectory).map { $0 + "/baton.pgpass" } ?? ""
        return "host=127.0.0.1 port=\(port) user=baton application_name=east-db passfile=''\(passwords)''"
    }

    /// Points east's receiver at `port`, while it runs.
    func pointEast(port: Int) async throws {
        try await sql(
            "east-db", "ALTER SYSTEM SET primary_conninfo = '\(conninfo(port: port))'", "SELECT pg_reload_conf()")
    }
}
