import Testing

@testable import BatonCore

/// Who comes back, and to whom.
@Suite struct RejoinBindingTests {
    private static let topology = Topology(
        name: "test", sites: ["west", "east"],
        nodes: [
            TestPlan.node("west-db", "west"), TestPlan.node("east-db", "east"), TestPlan.node("east-db2", "east"),
        ], poolers: [TestPlan.pooler("pool-a")],
        routes: [Route(name: "app", through: "pool-a", database: "app", user: "app")])

    private func plan() throws -> Plan {
        var plan = try TestPlan.plan(topology: Self.topology)
        plan.mode = .rejoin
        plan.returning = "west-db"
        return plan
    }

    private func slots(primaries: [String], following: String? = nil) throws -> BindingRule.Slots {
        var world = World()
        let seen = Basis.observed(at: Instant(nanoseconds: 1))
        for node in primaries { world.learn(Change(FactKey(.node(node), .writable), .flag(true)), basis: seen) }
        if let following {
            world.learn(Change(FactKey(.node("west-db"), .follows), .name(following)), basis: seen)
        }
        return BindingRule(plan: try plan()).bind(world)
    }

    @Test func `new is the one other node that writes, whatever the returning one does`() throws {
        let bound = BindingRule.Slots.bound(Binding(old: "west-db", new: "east-db2"))
        #expect(try slots(primaries: ["east-db2"]) == bound)
        #expect(try slots(primaries: ["west-db", "east-db2"]) == bound)
    }

    @Test func `without a primary, or with two, nobody is bound`() throws {
        for primaries in [[], ["west-db"], ["east-db", "east-db2"]] {
            guard case .unbound(_, let why) = try slots(primaries: primaries) else {
                Issue.record("bound: \(primaries)")
                continue
            }
            #expect(why.contains(primaries.count > 1 ? "baton rejoin east-db2" : "baton promote"), "\(why)")
        }
    }

    @Test func `one that streams from the primary is there already, one that streams from another is not`() throws {
        #expect(try slots(primaries: ["east-db"], following: "east-db") == .alreadyThere("west-db"))
        #expect(
            try slots(primaries: ["east-db"], following: "east-db2")
                == .bound(Binding(old: "west-db", new: "east-db")))
    }

    @Test func `slots are kept on new for the node that comes back alone`() throws {
        let scope = try plan().scope(Binding(old: "west-db", new: "east-db"))
        #expect(scope.followers(of: scope.new).map(\.name) == ["west-db"])
        #expect(scope.followers(of: scope.old).map(\.name) == ["east-db", "east-db2"])
    }
}
