import Testing

@testable import BatonCore

@Suite struct PlannerTests {
    private func problems(
        _ phases: [PlaybookPhase], topology: Topology = TestPlan.topology, to site: String = "east"
    ) -> [PlanningProblem] {
        do throws(PlanningFailure) {
            _ = try Planner(catalogue: TestCatalogue.catalogue).plan(
                TestPlan.playbook(phases), identity: FileIdentity(name: "test", sha256: "0"), on: topology,
                identity: FileIdentity(name: "test", sha256: "1"), to: site)
            return []
        } catch { return error.problems }
    }

    @Test func `the same input gives the same plan`() throws {
        #expect(try TestPlan.plan() == TestPlan.plan())
    }

    @Test func `steps without a name are named after phase and action, later ones with a number`() throws {
        let plan = try TestPlan.plan([
            TestPlan.phase(
                .prepare, TestPlan.act("test.checkpoint", on: .old), TestPlan.act("test.checkpoint", on: .new),
                TestPlan.act("test.checkpoint", on: .all, id: "prepare.test.checkpoint-2"),
                TestPlan.act("test.checkpoint", on: .all))
        ])
        #expect(
            plan.steps.map(\.id) == [
                "prepare.test.checkpoint", "prepare.test.checkpoint-3", "prepare.test.checkpoint-2",
                "prepare.test.checkpoint-4",
            ])
        #expect(plan.step("prepare.test.checkpoint-3")?.on == [.new])
    }

    @Test func `two steps of one name are refused`() {
        let found = problems([
            TestPlan.phase(
                .prepare, TestPlan.act("test.checkpoint", on: .old, id: "same"),
                TestPlan.act("test.slot", on: .new, id: "same", line: 9))
        ])
        #expect(found.map(\.line) == [9])
    }

    @Test func `unknown actions and gates are refused`() {
        let found = problems([
            TestPlan.phase(.preflight, TestPlan.gate("test.nonsense", on: .old, line: 3)),
            TestPlan.phase(.prepare, TestPlan.act("test.nothing", on: .old, line: 5)),
        ])
        #expect(found.map(\.line) == [3, 5])
        #expect(found.allSatisfy { $0.remedy.contains("test.") })
    }

    @Test func `the gates that actions want are judged in preflight, once`() throws {
        let freeze = TestPlan.phase(.freeze, TestPlan.act("test.pause", on: .poolers))
        let bare = try TestPlan.plan([freeze])
        #expect(bare.groups[0].phase == .preflight)
        #expect(bare.groups[0].steps.map(\.id) == ["preflight.test.budget", "preflight.test.healthy"])
        #expect(bare.groups[0].steps.map(\.impliedBy) == ["test.pause", "test.pause"])
        #expect(bare.groups[0].steps[1].on == [.new])
        for role in [Role.new, .all] {
            let listed = try TestPlan.plan([
                TestPlan.phase(.preflight, TestPlan.gate("test.healthy", on: role)), freeze,
            ])
            #expect(listed.groups[0].steps.map(\.id) == ["preflight.test.healthy", "preflight.test.budget"])
        }
        let other = try TestPlan.plan([TestPlan.phase(.preflight, TestPlan.gate("test.healthy", on: .old)), freeze])
        #expect(other.groups[0].steps.map(\.on) == [[.old], [.poolers], [.new]])
    }

    @Test func `a gate's budget is the playbook's freeze`() throws {
        let plan = try TestPlan.plan([TestPlan.phase(.freeze, TestPlan.act("test.pause", on: .poolers))])
        #expect(plan.step("preflight.test.budget")?.arguments["budget"] == .span(.seconds(30)))
    }

    @Test func `steps of other modes are left out, with the group that they leave empty`() throws {
        let phases = [
            TestPlan.phase(
                .prepare, TestPlan.act("test.checkpoint", on: .old, modes: [.planned]),
                TestPlan.act("test.slot", on: .new, modes: [.emergency])),
            TestPlan.phase(.preflight, TestPlan.gate("test.healthy", on: .new, modes: [.emergency])),
        ]
        #expect(try TestPlan.plan(phases).steps.map(\.id) == ["prepare.test.checkpoint"])
        #expect(
            try TestPlan.plan(phases, mode: .emergency).steps.map(\.id) == [
                "preflight.test.healthy", "prepare.test.slot",
            ])
    }

    @Test func `deadlines are the step's, else the action's`() throws {
        let plan = try TestPlan.plan([
            TestPlan.phase(
                .prepare, TestPlan.act("test.slot", on: .new),
                TestPlan.act("test.slot", on: .new, deadline: .seconds(3)))
        ])
        #expect(plan.steps.map(\.deadline) == [.seconds(10), .seconds(3)])
        #expect(plan.steps.map(\.title) == ["Makes a slot for old.", "Makes a slot for old."])
    }

    @Test func `a role that the topology leaves empty is refused, with the line`() {
        var topology = TestPlan.topology
        topology.poolers = []
        let freeze = TestPlan.phase(.freeze, TestPlan.act("test.hold", on: .poolers, line: 7))
        #expect(problems([freeze], topology: topology).map(\.line) == [7])
        #expect(problems([TestPlan.phase(.prepare, TestPlan.act("test.checkpoint", on: .others))]).isEmpty)
        #expect(problems([TestPlan.phase(.fence, TestPlan.act("test.stop", on: .names, line: 8))]).map(\.line) == [8])
        #expect(problems([TestPlan.phase(.repoint, TestPlan.act("test.repoint", on: .names))]).isEmpty)
    }

    @Test func `the target site must exist and have a node`() {
        #expect(problems([], to: "north").map(\.message) == ["topology test has no site north"])
        var topology = TestPlan.topology
        topology.sites.append("north")
        #expect(problems([], topology: topology, to: "north").count == 1)
    }

    @Test func `candidates are the target site's nodes in the topology's order`() throws {
        var topology = TestPlan.topology
        topology.nodes.insert(TestPlan.node("east-0", "east"), at: 0)
        let plan = try TestPlan.plan(topology: topology)
        #expect(plan.candidates == ["east-0", "east-db"])
        #expect(plan.assumedBinding == Binding(old: "west-db", new: "east-0"))
    }
}
