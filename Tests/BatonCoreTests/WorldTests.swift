import FoundationEssentials
import Testing

@testable import BatonCore

@Suite struct WorldTests {
    private static let key = FactKey(.node("a"), .writable)
    private static let condition = Condition(key, is: .flag(false), why: "One writer.")

    @Test func `what was never observed is unknown`() {
        #expect(World()[Self.key] == .unknown("never observed"))
        #expect(World().value(Self.key) == nil)
        #expect(World().judge(Self.condition) == .unknown("never observed"))
    }

    @Test func `what can no longer be observed is not believed any more`() {
        var world = World()
        world.learn(Observation(Self.key, .value(.flag(false))), at: Instant(nanoseconds: 1))
        #expect(world.judge(Self.condition) == .holds)
        world.learn(Observation(Self.key, .unknown("timed out")), at: Instant(nanoseconds: 2))
        #expect(world.judge(Self.condition) == .unknown("timed out"))
    }

    @Test func `a condition compares the value and names what it found`() {
        var world = World()
        world.learn(Change(Self.key, .flag(true)), basis: .assumed)
        #expect(world.judge(Self.condition) == .broken(found: .flag(true)))
    }

    @Test func `what is under way is forgotten, and nothing else is`() {
        var world = World()
        let other = FactKey(.node("a"), .slot, detail: "b")
        world.learn(Change(Self.key, .flag(true)), basis: .assumed)
        world.learn(Change(other, .flag(true)), basis: .predicted(by: "s"))
        world.forget([Self.key], why: "under way")
        #expect(world[Self.key] == .unknown("under way"))
        #expect(world[other] == .known(.flag(true), .predicted(by: "s")))
        #expect(world.sorted.map(\.key) == [other, Self.key].sorted())
    }

    private static let facts: [(FactKey, Knowledge)] = [
        (FactKey(.pooler("a"), .paused), .known(.flag(true), .assumed)),
        (FactKey(.node("b"), .slot, detail: "c"), .known(.flag(false), .predicted(by: "s"))),
        (FactKey(.node("a"), .timeline), .known(.number(7), .observed(at: Instant(nanoseconds: 3)))),
        (FactKey(.node("b"), .slot, detail: "a"), .unknown("no answer")),
        (FactKey(.node("b"), .follows), .known(.nothing, .assumed)),
        (FactKey(.node("a"), .writable), .known(.flag(true), .assumed)),
    ]

    private static func world(_ facts: some Sequence<(FactKey, Knowledge)>) -> World {
        var world = World()
        for (key, knowledge) in facts { world.set(key, knowledge) }
        return world
    }

    @Test func `a world is stored as a dictionary of facts and comes back as it was`() throws {
        let world = Self.world(Self.facts)
        let stored = try JSONEncoder().encode(world)
        let facts = try JSONDecoder().decode([String: [FactKey: Knowledge]].self, from: stored)
        #expect(facts == ["facts": Dictionary(uniqueKeysWithValues: Self.facts)])
        #expect(try JSONDecoder().decode(World.self, from: stored) == world)
    }

    @Test func `worlds are equal and sorted whatever came first`() {
        let world = Self.world(Self.facts)
        #expect(world == Self.world(Self.facts.reversed()))
        #expect(world.sorted.map(\.key) == Self.facts.map(\.0).sorted())
        #expect(Self.facts.allSatisfy { world[$0.0] == $0.1 })
        var other = world
        other.forget([Self.key], why: "under way")
        #expect(other != world)
        #expect(world[Self.key] == .known(.flag(true), .assumed))
    }
}

@Suite struct BindingRuleTests {
    /// The binding when the nodes answer so; one that is not named does not answer.
    private func bind(_ writable: [String: Bool], topology: Topology = TestPlan.topology) throws -> BindingRule.Slots {
        var world = World()
        for (node, answer) in writable {
            let now = Instant(nanoseconds: 1)
            world.learn(Observation(FactKey(.node(node), .writable), .value(.flag(answer))), at: now)
            world.learn(Observation(FactKey(.node(node), .inRecovery), .value(.flag(!answer))), at: now)
        }
        return BindingRule(plan: try TestPlan.plan(topology: topology)).bind(world)
    }

    @Test func `one primary and a standby of the target site fill the slots`() throws {
        #expect(
            try bind(["west-db": true, "east-db": false]) == .bound(Binding(old: "west-db", new: "east-db")))
    }

    @Test func `a primary at the target site is the end`() throws {
        #expect(try bind(["west-db": false, "east-db": true]) == .alreadyThere("east-db"))
    }

    @Test func `two primaries, none, or no standby bind nothing`() throws {
        for answers in [
            ["west-db": true, "east-db": true], ["west-db": false, "east-db": false], [:], ["west-db": true],
        ] {
            guard case .unbound(let assumed, let why) = try bind(answers) else {
                Issue.record("bound by \(answers)")
                continue
            }
            #expect(assumed == Binding(old: "west-db", new: "east-db"))
            #expect(!why.isEmpty)
        }
    }

    @Test func `the first candidate that answers as a standby becomes new`() throws {
        var topology = TestPlan.topology
        topology.nodes += [TestPlan.node("east-2", "east"), TestPlan.node("west-2", "west")]
        let slots = try bind(["west-db": false, "west-2": true, "east-2": false], topology: topology)
        #expect(slots == .bound(Binding(old: "west-2", new: "east-2")))
    }
}
