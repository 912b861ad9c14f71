import BatonCore
import BatonJournal
import BatonPostgres
import Glibc
import Testing

@testable import BatonEngine
@testable import BatonLab

extension WorldSerialTests {
    /// The service moves, and clients only wait.
    @Suite(.serialized)
    struct SwitchoverSerialTests {
        @Test("there and back three times with four clients: no error, no lost write, every record intact")
        func thereAndBack() async throws {
            try await WorldFixture.with { world in
                let load = try await world.underLoad {
                    for round in 1...3 {
                        let answer = try await world.duringDrill(
                            WorldFixture.playbook, "--and-back", "--format", "json"
                        ) { _ in }
                        #expect(answer.exit == 0, "round \(round): \(answer.text)")
                        try await checkReport(answer.json, world)
                        try await world.wait(
                            "west-db", until: "SELECT count(*) = 1 FROM pg_stat_replication WHERE state = 'streaming'")
                    }
                }
                #expect(load.errors == 0 && load.missing == 0, "\(load.text)")
                #expect(load.acknowledged > 20)
                try await world.expectNothingLeft()
                try await world.expectHealthy()
                let runs = try await world.baton("runs", "--format", "json")
                #expect(runs.exit == 0 && runs.json["runs"].list.count == 6, "\(runs.output)")
                for run in runs.json["runs"].list {
                    try await world.expectIntactJournal(try #require(run["run"].string))
                }
            }
        }

        /// The keys of `run/v1` (architecture §9), here and in what `report` says later; and what was measured.
        private func checkReport(_ json: JSONAnswer, _ world: WorldFixture) async throws {
            let promised: Set<String> = [
                "format", "run", "outcome", "mode", "from", "to", "playbook", "topology", "operator", "reason",
                "startedAt", "objectives", "measured", "phases", "steps", "overrides", "approvals", "obligations",
                "back", "runs",
            ]
            #expect(promised.subtracting(json.keys) == [])
            // Beyond the contract: the nodes of the two sites, the second leg's own report, the plan that was followed, and
            // what belongs to an emergency.
            #expect(
                json.keys.subtracting(promised) == [
                    "fromNode", "toNode", "backReport", "savedPlan", "acceptance", "splitBrain", "lossCard",
                    "skippedGates",
                ])
            #expect(json["format"] == "run/v1" && json["outcome"] == "completed" && json["mode"] == "planned")
            #expect(json["from"] == "west" && json["to"] == "east")
            #expect(
                json["measured"].keys == [
                    "writePauseMs", "recoveryTimeMs", "lostBytes", "lostWrites", "clientErrors",
                ])
            for leg in [json, json["backReport"]] {
                #expect(leg["measured"]["lostBytes"] == .number(0))
                #expect(leg["measured"]["lostWrites"] == .number(0))
                #expect(leg["measured"]["clientErrors"] == .number(0))
                #expect(leg["objectives"].list.allSatisfy { $0["met"] == true }, "\(leg["objectives"])")
                #expect(leg["steps"].list.allSatisfy { $0["outcome"] == "done" }, "\(leg["steps"])")
            }
            let run = try #require(json["run"].string)
            let back = try #require(json["back"].string)
            #expect(json["runs"] == .list([.text(run), .text(back)]))
            let later = try await world.baton("report", run, "--format", "json")
            #expect(later.json == json)
        }

        @Test("SIGHUP and pipes that nobody reads do not disturb a run (R18)")
        func lostTerminal() async throws {
            try await WorldFixture.with { world in
                let client = try await world.client()
                _ = try await client.simpleQuery("BEGIN; SELECT 1", deadline: WorldFixture.soon())
                let answer = try await world.during(
                    ["drill", WorldFixture.playbook, "--to", "east", "-y"], speech: .closedPipes
                ) { running in
                    try await running.announces("pgbouncer.pause")
                    running.send(SIGHUP)
                    _ = try await client.simpleQuery("COMMIT", deadline: WorldFixture.soon())
                    try await running.moves(by: .promotionAnnounced)
                    running.send(SIGHUP)
                }
                await client.close()
                #expect(answer.exit == 0)
                try await world.expectIntactJournal()
                try await world.expectNothingLeft(primary: "east-db")
                try await world.expectHealthy(primary: "east-db")
            }
        }

        @Test("the terminal goes away in the freeze, as when an SSH connection drops: the run completes (R18)")
        func droppedLine() async throws {
            try await WorldFixture.with { world in
                let client = try await world.client()
                _ = try await client.simpleQuery("BEGIN; SELECT 1", deadline: WorldFixture.soon())
                let end = try Terminal.open()
                let answer = try await world.during(
                    ["drill", WorldFixture.playbook, "--to", "east", "-y"], speech: .terminal(end)
                ) { running in
                    try await running.announces("pgbouncer.pause")
                    close(end)
                    _ = try await client.simpleQuery("COMMIT", deadline: WorldFixture.soon())
                }
                await client.close()
                #expect(answer.exit == 0)
                try await world.expectEnded("completed")
                try await world.expectNothingLeft(primary: "east-db")
                try await world.expectHealthy(primary: "east-db")
            }
        }

        @Test("an objective missed: the drill is 5, a switchover with the same playbook 0")
        func objectiveMissed() async throws {
            try await WorldFixture.with { world in
                let playbook = try world.playbook((from: "write-pause: 2s", to: "write-pause: 1ms"))
                let drill = try await world.duringDrill(playbook) { _ in }
                #expect(drill.exit == 5, "\(drill.text)")
                #expect(drill.text.contains("missed"))
                let report = try await world.baton("report", "--format", "json")
                let missed = report.json["objectives"].list.filter { $0["met"] == false }.compactMap(\.["name"].string)
                #expect(missed == ["write-pause"])
                let back = try await world.baton("switchover", playbook, "--to", "west", "-y")
                #expect(back.exit == 0, "\(back.text)")
                try await world.expectHealthy()
            }
        }

        @Test("the way back is refused: 3, the first leg stands and is told")
        func wayBackRefused() async throws {
            try await WorldFixture.with { world in
                // A primary ignores it; the standby that it becomes does not.
                try await world.sql("west-db", "ALTER SYSTEM SET recovery_min_apply_delay = '1h'")
                let answer = try await world.duringDrill(
                    WorldFixture.playbook, "--and-back", "--format", "json"
                ) { _ in }
                #expect(answer.exit == 3, "\(answer.text)")
                #expect(answer.json["outcome"] == "completed")
                #expect(answer.json["backReport"]["outcome"] == "refused", "\(answer.text)")
                #expect(answer.json["runs"].list.count == 2)
                try await world.sql("west-db", "ALTER SYSTEM RESET recovery_min_apply_delay", "SELECT pg_reload_conf()")
                try await world.expectNothingLeft(primary: "east-db")
                try await world.expectHealthy(primary: "east-db")
            }
        }

        @Test("old streams the end of its own timeline again and again, never new's: it has not rejoined (3)")
        func strandedOnItsTimeline() async throws {
            try await WorldFixture.with { world in
                // A primary ignores it; as a standby it follows nobody past its own timeline.
                try await world.sql("west-db", "ALTER SYSTEM SET recovery_target_timeline = 'current'")
                let playbook = try world.playbook(
                    (from: "do: postgres.rejoin", to: "do: postgres.rejoin\n        deadline: 6s"))
                let answer = try await world.duringDrill(playbook) { _ in }
                #expect(answer.exit == 3, "\(answer.text)")
                #expect(answer.text.contains("Completed with work left"), "\(answer.text)")
                #expect(try await world.write() == world.node("east-db").port)
            }
        }

        @Test("Ctrl-C after the promotion: clients thaw on new, the run halts before verify (3), never toward old")
        func interruptedAfterPromotion() async throws {
            try await WorldFixture.with { world in
                var answer: WorldFixture.Answer?
                let load = try await world.underLoad {
                    answer = try await world.duringDrill(WorldFixture.playbook, "--and-back") { running in
                        try await running.moves(by: .promotionAnnounced)
                        running.send(SIGINT)
                    }
                }
                let text = try #require(answer).text
                #expect(answer?.exit == 3, "\(text)")
                #expect(load.errors == 0 && load.missing == 0, "\(load.text)")
                #expect(try await world.write() == world.node("east-db").port)
                #expect(try await !world.isPaused())
                #expect(LabFiles.exists(try world.node("west-db").dataDirectory + "/standby.signal"))
                // The way back never begins once somebody asked to stop.
                let runs = try await world.baton("runs", "--format", "json")
                #expect(runs.json["runs"].list.count == 1)
                let status = try await world.baton("status", "--format", "json")
                #expect(status.json["runs"].list.first?["frozen"] == false, "\(status.output)")
            }
        }

        @Test("PgBouncer dies after the promotion and returns: the run goes on forward, clients reach new")
        func poolerDies() async throws {
            try await WorldFixture.with { world in
                let answer = try await world.duringDrill { running in
                    try await running.moves(by: .promotionAnnounced)
                    try await world.lab.breakServer("pool", .kill)
                    try await running.moves(by: .stepRetried)
                    try await world.lab.heal("pool") { _ in }
                }
                // Clients met errors, since their pooler died; the run lost nothing and went nowhere but forward.
                #expect(answer.exit == 0, "\(answer.text)")
                try await world.expectIntactJournal()
                try await world.expectNothingLeft(primary: "east-db")
                try await world.expectHealthy(primary: "east-db")
            }
        }
    }
}
