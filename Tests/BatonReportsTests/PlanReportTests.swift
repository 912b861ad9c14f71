import BatonCore
import BatonReports
import Testing

@Suite struct PlanReportTests {
    @Test func theTopologyIsShownBeforeAndAfter() throws {
        let report = PlanReport(plan: try ScriptedRun.plan(), catalogue: Toy.catalogue)
        #expect(report.before.nodes.map(\.role) == ["primary", "standby"])
        #expect(report.before.nodes.map(\.follows) == [nil, "west-db"])
        #expect(report.after.nodes.map(\.role) == ["down", "primary"])
        #expect(report.before.poolers.map(\.leadsTo) == ["west-db"])
        #expect(report.after.poolers.map(\.leadsTo) == ["east-db"])
        #expect(report.after.poolers.map(\.paused) == [false])
    }

    @Test func changesFollowEachOther() throws {
        let json = try JSONValue(PlanReport(plan: try ScriptedRun.plan(), catalogue: Toy.catalogue))
        #expect(json["format"] == .text("plan/v1"))
        let steps = json["phases"]?.list.flatMap { $0["groups"]?.list ?? [] }.flatMap(\.list) ?? []
        #expect(steps.count == 8)
        for step in steps { #expect((step["do"] == .null) != (step["gate"] == .null)) }
        let resume = steps.first { $0["do"] == .text("toy.resume") }
        #expect(resume?["changes"]?[0]?["from"] == .text("yes"))
        #expect(resume?["changes"]?[0]?["to"] == .text("no"))
        let promote = steps.first { $0["do"] == .text("toy.promote") }
        #expect(promote?["undo"]?["kind"] == .text("irreversible"))
        #expect(promote?["deadlineMs"] == .number(10_000))
        #expect(steps.filter { $0["impliedBy"] == .text("toy.stop") }.count == 1)
        #expect(steps.filter { $0["awaited"] == .flag(true) }.count == 1)
    }

    @Test func textShowsTheOrder() throws {
        let text = PlanReport(plan: try ScriptedRun.plan(), catalogue: Toy.catalogue).document().rendered()
        #expect(
            text.contains(
                """
                           site  before              after
                  west-db  west  primary             down
                  east-db  east  standby of west-db  primary
                  pool     east  leads to west-db    leads to east-db

                """))
        #expect(
            text.contains(
                """
                promote
                  do   toy.promote on new (east-db), at most 10.00 s
                       A standby becomes the primary.
                       east-db in-recovery: yes -> no
                       east-db writable: no -> yes
                       point of no return: a promotion begins a new timeline

                """))
        #expect(text.contains("       asked because of toy.stop\n"))
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= TextDocument.width })
    }
}
