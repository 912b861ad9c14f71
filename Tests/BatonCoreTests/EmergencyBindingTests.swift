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

    private func slots(
        primaries: [String] = [], standbys: [String] = [], poolers: [String] = ["pool-a", "pool-b"],
        unfenced: [String] = [], saying: [(node: String, aspect: Aspect, number: UInt64)] = []
    ) throws -> BindingRule.Slots {
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
        for (node, aspect, number) in saying {
            world.learn(
                Change(FactKey(.node(node), aspect), .number(number)),
                basis: .observed(at: Instant(nanoseconds: 1)))
        }
        var plan = try TestPlan.plan(topology: Self.topology)
        plan.mode = .emergency
        plan.acceptance = Acceptance(unfenced: unfenced)
        for pooler in poolers {
            world.learn(
                Change(FactKey(.pooler(pooler), .paused), .flag(false)),
                basis: .observed(at: Instant(nanoseconds: 1)))
        }
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

    @Test func `the furthest standby of the target site is promoted, and of equals the first`() throws {
        let standbys = ["west-db2", "east-db", "east-db2"]
        let further = try slots(
            standbys: standbys,
            saying: [("west-db2", .received, 900), ("east-db", .received, 100), ("east-db2", .received, 200)])
        #expect(further == .bound(Binding(old: "west-db", new: "east-db2")))
        let equal = try slots(
            standbys: standbys, saying: [("east-db", .received, 200), ("east-db2", .received, 200)])
        #expect(equal == .bound(Binding(old: "west-db", new: "east-db")))
    }

    @Test func `a standby of another cluster or history is left out by name, however far it is`() throws {
        let standbys = ["west-db2", "east-db", "east-db2"]
        let foreign = try slots(
            standbys: standbys,
            saying: [
                ("west-db", .cluster, 7), ("west-db2", .cluster, 7), ("east-db", .cluster, 8),
                ("east-db2", .cluster, 7),
                ("east-db", .received, 900), ("east-db2", .received, 100),
            ])
        #expect(
            foreign
                == .bound(
                    Binding(
                        old: "west-db", new: "east-db2",
                        excluded: [.init(node: "east-db", why: "it is of cluster 8, not of 7")])))
        let stale = try slots(
            standbys: standbys,
            saying: [
                ("west-db2", .timeline, 2), ("east-db", .timeline, 1), ("east-db2", .timeline, 2),
                ("east-db", .received, 900), ("east-db2", .received, 100),
            ])
        #expect(
            stale
                == .bound(
                    Binding(
                        old: "west-db", new: "east-db2",
                        excluded: [.init(node: "east-db", why: "it is on timeline 1, not on 2")])))
        let all = try slots(
            standbys: ["west-db2", "east-db"],
            saying: [("west-db", .cluster, 7), ("west-db2", .cluster, 7), ("east-db", .cluster, 8)])
        #expect(why(all)?.contains("east-db answers, but it is of cluster 8") == true)
    }

    @Test func `two clusters of the same size: nobody guesses`() throws {
        let found = why(
            try slots(standbys: ["east-db"], saying: [("west-db", .cluster, 7), ("east-db", .cluster, 8)]))
        #expect(found?.contains("nobody can tell which is yours") == true)
    }

    @Test func `who is left out is led nowhere`() {
        let scope = Scope(
            topology: Self.topology,
            binding: Binding(
                old: "west-db", new: "east-db", excluded: [.init(node: "east-db2", why: "it is of cluster 8")]))
        #expect(scope.others.map(\.name) == ["west-db2"])
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

    @Test func `a pooler that does not answer is left out, unless it is the last one`() throws {
        let standbys = ["west-db2", "east-db", "east-db2"]
        #expect(
            try slots(standbys: standbys, poolers: ["pool-b"])
                == .bound(Binding(old: "west-db", new: "east-db", lostPoolers: ["pool-a"])))
        #expect(why(try slots(standbys: standbys, poolers: []))?.contains("no pooler answers") == true)
    }

    @Test func `a silent pooler may lead to a node that nobody fenced, so it must be accepted as off, too`() throws {
        let standbys = ["west-db2", "east-db", "east-db2"]
        let open = try slots(standbys: standbys, poolers: ["pool-b"], unfenced: ["west-db"])
        #expect(why(open)?.contains("--accept-unfenced pool-a") == true)
        let closed = try slots(standbys: standbys, poolers: ["pool-b"], unfenced: ["west-db", "pool-a"])
        #expect(closed == .bound(Binding(old: "west-db", new: "east-db", lostPoolers: ["pool-a"])))
    }

    @Test func `a node whose host answers is fenced, whatever is accepted`() throws {
        let found = why(
            try slots(
                standbys: ["west-db2", "east-db", "east-db2"], unfenced: ["west-db"],
                saying: [("west-db", .cluster, 7)]))
        #expect(found?.contains("leave out --accept-unfenced west-db") == true)
    }

    @Test func `a lost pooler is owed its way to new, and a resume leads it there once it answers`() throws {
        let phases = TestPlan.phases.filter { $0.phase != .prepare && $0.phase != .preflight && $0.phase != .finish }
        var plan = try TestPlan.plan(phases)
        plan.mode = .emergency
        plan.acceptance = Acceptance(loss: .unknown)
        var script = Script(plan)
        let paused = FactKey(.pooler("pool-b"), .paused)
        script.truth[FactKey(.node("west-db"), .writable)] = nil
        script.truth[FactKey(.node("west-db"), .inRecovery)] = nil
        script.truth[paused] = nil
        script.run()
        guard case .finished(.completedWithObligations(let owed)) = script.state else {
            Issue.record("ended \(script.state)")
            return
        }
        #expect(owed == ["pooler pool-b did not answer and is to be led to east-db when it is back"])
        #expect(!script.sent.contains { $0.hasSuffix("pool-b") })
        script.truth[paused] = .flag(false)
        script.takeOver(.resume)
        script.run()
        #expect(script.state == .finished(.completed))
        #expect(script.sent.suffix(2) == ["test.repoint pool-b", "test.resume pool-b"])
        #expect(script.sent.count { $0 == "test.promote east-db" } == 1)
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
