import BatonCore
import Testing

@testable import BatonReports

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
        #expect(resume?["changes"]?[0]?["sort"] == .text("change"))
        #expect(resume?["changes"]?[0]?["kind"] == .text("pooler"))
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
                     ~ node east-db in-recovery: yes → no
                     ~ node east-db writable: no → yes
                       point of no return: a promotion begins a new timeline

                """))
        #expect(text.contains("  gate toy.ready on old (west-db), because of toy.stop\n"))
        #expect(
            text.hasSuffix(
                "\n\nPlan: 7 changes in 5 steps: 2 can be undone, 2 need no undo, 1 cannot be undone.\n"))
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= TextDocument.width })
    }

    @Test func anObservedWorldTakesThePlaceOfTheAssumedOne() throws {
        let plan = try ScriptedRun.plan()
        var world = World()
        for (node, isPrimary) in [("west-db", true), ("east-db", false)] {
            world.learn(Change(FactKey(.node(node), .writable), .flag(isPrimary)), basis: .assumed)
            world.learn(Change(FactKey(.node(node), .inRecovery), .flag(!isPrimary)), basis: .assumed)
        }
        world.learn(Change(FactKey(.pooler("pool"), .leadsTo), .name("east-db")), basis: .assumed)
        let binding = Binding(old: "west-db", new: "east-db")
        let report = PlanReport(plan: plan, catalogue: Toy.catalogue, observed: (binding, world))
        #expect(report.observed && !PlanReport(plan: plan, catalogue: Toy.catalogue).observed)
        let changes = report.phases.flatMap { $0.groups.flatMap(\.self) }.flatMap(\.changes)
        let route = try #require(changes.first { $0.fact == "leads-to" })
        #expect(route.sort == .keep)
        // Whether anybody waits was not observed.
        #expect(changes.first { $0.fact == "paused" }?.from == nil)
        #expect(report.summary.changes == 6)
        let text = report.document().rendered()
        #expect(text.contains("= pooler pool leads-to: east-db already\n"))
        #expect(text.contains("~ pooler pool paused: not known → yes\n"))
        #expect(text.contains("Everything is as the servers answered just now.\n"))
    }

    @Test func slotsAndMarkersAreMadeAndRemoved() {
        func sort(_ aspect: Aspect, _ flag: Bool) -> PlanReport.StepChange.Sort {
            let key = FactKey(.node("n"), aspect, detail: aspect == .slot ? "m" : "")
            return PlanReport.StepChange(
                ForeseenChange(key: key, from: .known(.flag(!flag), .assumed), to: .flag(flag))
            ).sort
        }
        #expect([sort(.slot, true), sort(.slot, false)] == [.add, .remove])
        #expect([sort(.standbySignal, true), sort(.standbySignal, false)] == [.add, .remove])
        #expect([sort(.running, true), sort(.running, false)] == [.change, .change])
    }
}
