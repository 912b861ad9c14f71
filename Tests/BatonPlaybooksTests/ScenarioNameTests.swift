import BatonCore
import Testing

@testable import BatonPlaybooks

@Suite("What scenarios name and only a plan knows")
struct ScenarioNameTests {
    private func plan(_ playbook: String = GoodFiles.playbook) throws -> Plan {
        let catalogue = TestCatalogue.catalogue
        let identity = FileIdentity(name: "x", sha256: "")
        return try Planner(catalogue: catalogue).plan(
            PlaybookLoader.parse(text: playbook, path: "p.yaml", catalogue: catalogue).playbook, identity: identity,
            on: TopologyLoader.parse(text: GoodFiles.topology, path: "t.yaml").topology, identity: identity,
            to: "east")
    }

    private func complaints(_ text: String, _ plan: Plan) throws -> [Complaint] {
        try ScenarioLoader.parse(text: text, path: "s.yaml", faults: ScenarioTests.faults).complaints(for: plan)
    }

    @Test("Names that the plan knows are no reason to complain")
    func good() throws {
        #expect(try complaints(ScenarioTests.form, plan()).isEmpty)
    }

    @Test("A fault that could never come is refused with its code on its line", arguments: bad)
    func refused(_ file: BadFile) throws {
        let plan = try plan()
        try file.check(in: ScenarioTests.form) { text in
            let found = try complaints(text, plan)
            if !found.isEmpty { throw LoadFailure(complaints: found) }
            return found
        }
    }

    static let bad: [BadFile] = [
        BadFile("at: postgres.replay-lag", "at: postgres.replay-lags", .unknownStep, 12),
        BadFile("before: thaw.pgbouncer.resume", "before: thaw.pgbouncer.pause", .unknownStep, 16),
        BadFile("after: postgres.stop", "after: nothing", .unknownStep, 20),
        BadFile("on: postgres.promote", "on: postgres.demote", .unknownStep, 20),
        BadFile("on: west-db", "on: west-bd", .unknownTarget, 15),
        BadFile("on: west-db", "on: pool", .unknownTarget, 15),
        BadFile("on: west-db", "on: others", .unknownTarget, 15),
        BadFile("on: poolers", "on: pol", .unknownTarget, 16),
        BadFile("on: routes", "on: ap", .unknownTarget, 22),
    ]

    @Test("A phase without steps is a moment that never comes")
    func emptyPhase() throws {
        let finish = try #require(GoodFiles.with(ScenarioTests.form, "in: freeze", "in: finish"))
        #expect(try complaints(finish, plan()).isEmpty)
        let shorter = try #require(
            GoodFiles.with(GoodFiles.playbook, "finish:\n  - do: postgres.rejoin\n    on: old\n", ""))
        let found = try complaints(finish, plan(shorter))
        #expect(found.map(\.code) == [ComplaintCode.momentNeverComes.rawValue] && found.map(\.line) == [15])
        expectSound(found)
    }

    @Test("The nearest name of the topology or the plan is the remedy")
    func nearestNames() throws {
        let node = try #require(GoodFiles.with(ScenarioTests.form, "on: west-db", "on: west-bd"))
        #expect(try complaints(node, plan()).map(\.remedy) == ["Did you mean `west-db`?"])
        #expect(try complaints(node, plan()).map(\.culprit) == ["west-bd"])
        let step = try #require(GoodFiles.with(ScenarioTests.form, "after: postgres.stop", "after: postgres.stpo"))
        #expect(try complaints(step, plan()).map(\.remedy) == ["Did you mean `postgres.stop`?"])
    }

    @Test("An id names one step, and an action's name every step that does it")
    func stepNames() throws {
        let plan = try plan()
        #expect(plan.steps(named: "fence.postgres.stop").map(\.id) == ["fence.postgres.stop"])
        #expect(plan.steps(named: "postgres.checkpoint").count == 1)
        #expect(plan.steps(named: "postgres.start").isEmpty)
    }
}
