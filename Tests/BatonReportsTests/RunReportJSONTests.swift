import BatonCore
import BatonReports
import FoundationEssentials
import Testing

@Suite struct RunReportJSONTests {
    static let keys: Set<String> = [
        "format", "run", "outcome", "mode", "from", "to", "fromNode", "toNode", "playbook", "topology", "operator",
        "reason", "startedAt", "objectives", "measured", "phases", "steps", "overrides", "approvals", "obligations",
        "back", "backReport", "runs", "savedPlan", "acceptance", "lossCard", "skippedGates",
        "splitBrain",
    ]
    static let scripts: [ScriptedRun] = [.happy, .refused, .rolledBack, .halted]

    @Test(arguments: scripts.indices) func keysAreThoseOfTheContract(index: Int) throws {
        let json = try JSONValue(RunReport(Self.scripts[index].record()))
        #expect(json.keys == Self.keys)
        #expect(
            json["measured"]?.keys == ["writePauseMs", "recoveryTimeMs", "lostBytes", "lostWrites", "clientErrors"])
        #expect(json["playbook"]?.keys == ["name", "sha256"])
        #expect(json["topology"]?.keys == ["name", "sha256"])
        let steps = json["steps"]?.list ?? []
        #expect(!steps.isEmpty)
        let shared: Set<String> = [
            "id", "phase", "on", "target", "outcome", "attempts", "startedAt", "durationMs", "rule", "evidence",
        ]
        for step in steps { #expect(step.keys == shared.union(["do"]) || step.keys == shared.union(["gate"])) }
        for phase in json["phases"]?.list ?? [] { #expect(phase.keys == ["name", "startedAt", "durationMs"]) }
        for objective in json["objectives"]?.list ?? [] {
            #expect(objective.keys == ["name", "limit", "measured", "met"])
        }
        for obligation in json["obligations"]?.list ?? [] { #expect(obligation.keys == ["owed", "open", "release"]) }
    }

    @Test func happyRunHasItsNumbers() throws {
        let json = try JSONValue(RunReport(ScriptedRun.happy.record()))
        #expect(json["format"] == .text("run/v1"))
        #expect(json["outcome"] == .text("completed"))
        #expect(json["from"] == .text("west"))
        #expect(json["fromNode"] == .text("west-db"))
        #expect(json["to"] == .text("east"))
        #expect(json["toNode"] == .text("east-db"))
        #expect(json["operator"] == .text("olga"))
        #expect(json["startedAt"] == .text("2026-11-21T02:03:04.000000Z"))
        #expect(json["back"] == .null && json["backReport"] == .null)
        #expect(json["runs"] == .list([.text("r1")]))
        #expect(json["measured"]?["writePauseMs"] == .number(142.5))
        #expect(json["measured"]?["recoveryTimeMs"] == .number(150.123))
        #expect(json["measured"]?["lostBytes"] == .number(0))
        #expect(json["measured"]?["lostWrites"] == .number(0))
        let recovery = json["objectives"]?[1]
        #expect(recovery?["name"] == .text("recovery-time"))
        #expect(recovery?["limit"] == .number(100))
        #expect(recovery?["met"] == .flag(false))
        let stop = json["steps"]?.list.first { $0["do"] == .text("toy.stop") }
        #expect(stop?["on"] == .text("old"))
        #expect(stop?["target"] == .text("west-db"))
        #expect(stop?["startedAt"] == .text("2026-11-21T02:03:04.050000Z"))
        #expect(stop?["durationMs"] == .number(20))
        #expect(stop?["rule"] == .text("step.done"))
        #expect(json["phases"]?.list.compactMap { $0["name"] }.count == 7)
    }

    @Test func whatWasNotMeasuredIsNull() throws {
        let json = try JSONValue(RunReport(ScriptedRun.refused.record()))
        #expect(json["outcome"] == .text("refused"))
        for key in ["writePauseMs", "recoveryTimeMs", "lostBytes", "lostWrites", "clientErrors"] {
            #expect(json["measured"]?[key] == .null)
        }
        for objective in json["objectives"]?.list ?? [] {
            #expect(objective["measured"] == .null)
            #expect(objective["met"] == .null)
        }
        #expect(json["reason"] == .null)
    }

    @Test func lostBytesAreZeroOnlyWithTheProof() throws {
        var unproved = ScriptedRun()
        unproved.playbook = ScriptedRun.playbook(hasProof: false)
        unproved.measurements.lostBytes = 0
        #expect(try RunReport(unproved.record()).measured.lostBytes == nil)
        unproved.measurements.lostBytes = 8_192
        #expect(try RunReport(unproved.record()).measured.lostBytes == 8_192)
        #expect(try RunReport(ScriptedRun().record()).measured.lostBytes == 0)
        // Proved, but nothing was promoted: nothing to have lost.
        var failed = ScriptedRun()
        failed.reports["promote.toy.promote"] = .failed("no")
        #expect(try RunReport(failed.record()).measured.lostBytes == nil)
    }

    @Test func rolledBackStepsAreUndone() throws {
        let report = try RunReport(ScriptedRun.rolledBack.record())
        #expect(report.outcome == .rolledBack)
        let pause = try #require(report.steps.first { $0.id == "freeze.toy.pause" })
        #expect(pause.outcome == .undone)
        #expect(pause.rule == "undo.step")
        #expect(report.steps.first { $0.id == "fence.toy.stop" }?.outcome == .failed)
        #expect(report.steps.filter { $0.id == "freeze.toy.pause" }.count == 1)
        #expect(report.obligations.map(\.open) == [false])
    }

    @Test func unfinishedRunHasOpenStepsAndObligations() throws {
        var cut = ScriptedRun()
        cut.entryLimit = 6  // the pause was performed, its effect not yet observed
        let record = try cut.record()
        let json = try JSONValue(RunReport(record))
        #expect(json["outcome"] == .text("unfinished"))
        let pause = json["steps"]?.list.first { $0["do"] == .text("toy.pause") }
        #expect(pause?["outcome"] == .text("unknown"))
        #expect(pause?["rule"] == .null)
        #expect(pause?["durationMs"] == .null)
        #expect(json["phases"]?.list.last?["durationMs"] == .null)
        #expect(json["obligations"]?[0]?["open"] == .flag(true))
        #expect(json["obligations"]?[0]?["release"] == .text("psql -c 'RESUME app;'"))
    }

    @Test func decisionsPastTheEvidenceAreOverrides() throws {
        var run = ScriptedRun.halted
        run.decision = Decision(
            item: ItemID("repoint.toy.repoint", on: .pooler("pool")), choice: .skip, reason: "edited by hand",
            by: "olga")
        let json = try JSONValue(RunReport(run.record()))
        #expect(json["outcome"] == .text("completed"))
        let override = json["overrides"]?[0]
        #expect(override?.keys == ["step", "target", "choice", "reason", "by"])
        #expect(override?["choice"] == .text("skip"))
        var retried = ScriptedRun.halted
        retried.decision = run.decision.map { Decision(item: $0.item, choice: .retry, reason: "again", by: "olga") }
        #expect(try RunReport(retried.record()).overrides.isEmpty)
    }

    @Test func alreadyThereNamesThePrimary() throws {
        var run = ScriptedRun()
        run.isAlreadyThere = true
        let report = try RunReport(run.record())
        #expect(report.outcome == .alreadyThere)
        #expect(report.fromNode == "east-db")
        #expect(report.toNode == "east-db")
        #expect(report.from == "east")
    }

    @Test func unboundSlotsAreNobody() throws {
        var run = ScriptedRun()
        run.isHeadless = true
        let json = try JSONValue(RunReport(run.record()))
        #expect(json["outcome"] == .text("refused"))
        #expect(json["fromNode"] == .null)
        #expect(json["toNode"] == .null)
        #expect(json["from"] == .text("west"))
    }

    @Test func theWayBackStandsWithin() throws {
        var second = ScriptedRun()
        second.run = "r2"
        let back = RunReport(try second.record())
        let report = RunReport(try ScriptedRun.happy.record(), back: back)
        let json = try JSONValue(report)
        #expect(json["backReport"]?.keys == Self.keys)
        #expect(json["back"] == .text("r2"))
        #expect(json["runs"] == .list([.text("r1"), .text("r2")]))
        let text = try ReportJSON.text(report)
        let decoded = try JSONDecoder().decode(RunReport.self, from: Data(text.utf8))
        #expect(decoded == report)
        #expect(decoded.backReport == back)
        #expect(try ReportJSON.text(decoded) == text)
        #expect(!text.contains("\\/"))
        #expect(!text.contains("\n"))
    }

    @Test func missedObjectivesAreNamed() throws {
        #expect(try RunReport(ScriptedRun.happy.record()).missedObjectives == ["recovery-time"])
        #expect(try RunReport(ScriptedRun.refused.record()).missedObjectives.isEmpty)
    }

    @Test func theSavedPlanThatWasFollowedIsNamed() throws {
        #expect(try JSONValue(RunReport(ScriptedRun.happy.record()))["savedPlan"] == .null)
        var run = ScriptedRun.happy
        run.savedPlan = FollowedPlan(
            fingerprint: "8c5d03714ebed6c9", savedAt: ScriptedRun.wallStart, savedBy: "petra")
        let record = try run.record()
        let plan = try JSONValue(RunReport(record))["savedPlan"]
        #expect(plan?.keys == ["fingerprint", "savedAt", "savedBy"])
        #expect(plan?["fingerprint"] == .text("8c5d03714ebed6c9"))
        #expect(
            RunReportText(record).document().rendered().contains(
                "followed the plan 8c5d03714ebe that petra saved at 2026-11-21T02:03:04.000000Z\n"))
    }
}
