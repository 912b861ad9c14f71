import Testing

@testable import BatonCore

/// Who is old and who is new when the primary is lost.
@Suite struct EmergencyBindingTests {
    private static let topology = Topology(
        name: "test", sites: ["west", "east"],
        nodes: [
            TestPlan.node("west-db", "west"), TestPlan.node("west-db2", "west"), TestPlan.node("east-db", "east"),
            TestPlan.node("east-db2", "east"),
        ], poolers: [TestPlan.pooler("pool-a"), TestPlan.pooler("pool-b")],
        routes: [Route(name: "app", through: "pool-a", database: "app", user: "app")])

    private func slots(primaries: [String] = [], standbys: [String] = []) throws -> BindingRule.Slots {
        var world = World()
        func see(_ node: String, writable: Bool) {
            let target = Target.node(node)
            world.learn(
                Change(FactKey(target, .writable), .flag(writable)), basis: .observed(at: Instant(nanoseconds: 1)))
            world.learn(
                Change(FactKey(target, .inRecovery), .flag(!writable)), basis: .observed(at: Instant(nanoseconds: 1)))
        }
        for node in primaries { see(node, writable: true) }
        for node in standbys { see(node, writable: false) }
        var plan = try TestPlan.plan(topology: Self.topology)
        plan.mode = .emergency
        return BindingRule(plan: plan).bind(world)
    }

    private func why(_ slots: BindingRule.Slots) -> String? {
        if case .unbound(_, let why) = slots { return why }
        return nil
    }

    @Test func `every node that is not seen in recovery may be the primary, and is fenced`() throws {
        #expect(
            try slots(standbys: ["east-db", "east-db2"])
                == .bound(Binding(old: "west-db", new: "east-db", lost: ["west-db2"])))
        #expect(
            try slots(standbys: ["west-db2", "east-db2"])
                == .bound(Binding(old: "west-db", new: "east-db2", lost: ["east-db"])))
        #expect(
            try slots(standbys: ["west-db", "west-db2", "east-db2"]) == .bound(Binding(old: "east-db", new: "east-db2"))
        )
    }

    @Test func `a primary that answers is no emergency`() throws {
        let found = why(try slots(primaries: ["west-db"], standbys: ["west-db2", "east-db", "east-db2"]))
        #expect(found?.contains("use baton switchover") == true)
    }

    @Test func `two primaries are refused`() throws {
        let found = why(try slots(primaries: ["west-db", "east-db"], standbys: ["west-db2"]))
        #expect(found?.contains("several nodes accept writes") == true)
    }

    @Test func `a primary at the target site is proof only when every other node is seen`() throws {
        #expect(
            try slots(primaries: ["east-db"], standbys: ["west-db", "west-db2", "east-db2"]) == .alreadyThere("east-db")
        )
        let found = why(try slots(primaries: ["east-db"], standbys: ["east-db2"]))
        #expect(found?.contains("nobody knows whether these accept writes") == true)
    }

    @Test func `nobody to promote, and nobody lost, are refused`() throws {
        #expect(why(try slots(standbys: ["west-db2"]))?.contains("no node of site east answers") == true)
        let all = ["west-db", "west-db2", "east-db", "east-db2"]
        #expect(why(try slots(standbys: all))?.contains("no lost primary to fence") == true)
    }

    @Test func `who is accepted as not fenced is not to be fenced`() {
        let scope = Scope(
            topology: Self.topology, binding: Binding(old: "west-db", new: "east-db", lost: ["west-db2"]),
            acceptance: Acceptance(unfenced: ["west-db"]))
        #expect(scope.targets(of: .old) == [.node("west-db2")])
        #expect(scope.others.map(\.name) == ["east-db2"])
    }

    @Test(arguments: [
        ("unknown", UInt64?.none, true), ("unknown", 5, true), ("10", 10, true), ("10", 11, false), ("10", nil, false),
    ])
    func `an accepted loss covers no more than it says`(words: String, bytes: UInt64?, covers: Bool) throws {
        let loss = try #require(Acceptance.Loss(words: words))
        #expect(loss.covers(bytes) == covers)
        #expect(loss.words == words)
    }

    @Test(arguments: ["", "none", "-1", "1MB", "1.5"])
    func `what is no number of bytes is no acceptance`(words: String) {
        #expect(Acceptance.Loss(words: words) == nil)
    }
}
