import BatonCore
import FoundationEssentials
import Testing

@testable import BatonReports

@Suite struct SavedPlanTests {
    private let binding = Binding(old: "west-db", new: "east-db")

    private func world() -> World {
        var world = World()
        func learn(_ target: Target, _ aspect: Aspect, _ value: FactValue) {
            world.learn(Change(FactKey(target, aspect), value), basis: .observed(at: ScriptedRun.start))
        }
        for (node, isPrimary) in [("west-db", true), ("east-db", false)] {
            learn(.node(node), .running, .flag(true))
            learn(.node(node), .writable, .flag(isPrimary))
            learn(.node(node), .inRecovery, .flag(!isPrimary))
            learn(.node(node), .timeline, .number(7))
        }
        learn(.node("east-db"), .follows, .name("west-db"))
        learn(.pooler("pool"), .paused, .flag(false))
        learn(.pooler("pool"), .leadsTo, .name("west-db"))
        return world
    }

    private func basis(
        _ plan: Plan? = nil, sha256: String = "cc", version: Int? = 150_018, binding: Binding?, world: World
    ) throws -> SavedPlan.Basis {
        SavedPlan.Basis(
            plan: try plan ?? ScriptedRun.plan(), planSHA256: sha256, binding: binding, world: world,
            identities: [
                "west-db": (7_300_000_000_000_000_001, 150_018), "east-db": (7_300_000_000_000_000_001, version),
            ])
    }

    private func basis() throws -> SavedPlan.Basis { try basis(binding: binding, world: world()) }

    private func moved(_ change: (inout World) -> Void) throws -> [SavedPlan.Moved] {
        var world = world()
        change(&world)
        return try basis().moved(to: try basis(binding: binding, world: world))
    }

    @Test func theFileTellsWhatThePlanRestsOn() throws {
        let saved = try SavedPlan(
            basis: try basis(), plan: PlanReport(plan: try ScriptedRun.plan(), catalogue: Toy.catalogue),
            at: ScriptedRun.wallStart, by: "olga", sha256: { "\($0.count) bytes" })
        let json = try JSONValue(saved)
        #expect(json.keys == ["format", "fingerprint", "savedAt", "savedBy", "basis", "plan"])
        #expect(json["format"] == .text("plan-file/v1"))
        #expect(json["savedAt"] == .text("2026-11-21T02:03:04.000000Z"))
        #expect(
            json["basis"]?.keys == [
                "playbook", "topology", "planSHA256", "to", "fromNode", "toNode", "candidates", "nodes", "poolers",
            ])
        let east = json["basis"]?["nodes"]?[1]
        #expect(east?.keys == ["name", "role", "follows", "systemIdentifier", "timeline", "version"])
        #expect(east?["role"] == .text("standby"))
        #expect(east?["version"] == .text("15.18"))
        #expect(east?["systemIdentifier"] == .text("7300000000000000001"))
        #expect(json["basis"]?["poolers"]?[0]?.keys == ["name", "leadsTo", "paused"])
        // The digest of the tests: how long the covered bytes are.
        let covered = try ReportJSON.text(saved.basis).utf8.count + ReportJSON.text(saved.plan).utf8.count
        #expect(saved.fingerprint == "\(covered + #"{"basis":,"plan":}"#.utf8.count) bytes")
        #expect(
            saved.reference
                == FollowedPlan(
                    fingerprint: saved.fingerprint, savedAt: ScriptedRun.wallStart, savedBy: "olga"))
    }

    @Test func whatWasEditedByHandIsNotWhole() throws {
        func digest(_ bytes: [UInt8]) -> String { "\(bytes.reduce(UInt64(5_381)) { $0 &* 33 &+ UInt64($1) })" }
        let saved = try SavedPlan(
            basis: try basis(), plan: PlanReport(plan: try ScriptedRun.plan(), catalogue: Toy.catalogue),
            at: ScriptedRun.wallStart, by: "olga", sha256: digest)
        #expect(try saved.isWhole(sha256: digest))
        // As a file has it.
        let read = try JSONDecoder().decode(SavedPlan.self, from: Data(try ReportJSON.text(saved).utf8))
        #expect(read == saved)
        #expect(try read.isWhole(sha256: digest))
        var edited = saved
        edited.basis.nodes[0].timeline = 8
        #expect(try !edited.isWhole(sha256: digest))
        edited = saved
        edited.plan.limits.freezeMs = 1
        #expect(try !edited.isWhole(sha256: digest))
    }

    @Test func whatIsAsItWasHasNotMoved() throws {
        #expect(try basis().moved(to: try basis()) == [])
    }

    @Test func eachThingThatMovedIsToldWithWhatItWas() throws {
        let west = Target.node("west-db")
        #expect(
            try moved { $0.learn(Change(FactKey(west, .timeline), .number(8)), basis: .assumed) }
                == [SavedPlan.Moved(item: "node west-db, timeline", was: "7", now: "8")])
        #expect(
            try moved { $0.forget([FactKey(west, .timeline)], why: "no answer") }
                == [SavedPlan.Moved(item: "node west-db, timeline", was: "7", now: "not known")])
        #expect(
            try moved { $0.learn(Change(FactKey(west, .running), .flag(false)), basis: .assumed) }
                == [SavedPlan.Moved(item: "node west-db, role", was: "primary", now: "down")])
        #expect(
            try moved { $0.learn(Change(FactKey(.node("east-db"), .follows), .nothing), basis: .assumed) }
                == [SavedPlan.Moved(item: "node east-db, follows", was: "west-db", now: "nothing")])
        #expect(
            try moved { $0.learn(Change(FactKey(.pooler("pool"), .leadsTo), .name("east-db")), basis: .assumed) }
                == [SavedPlan.Moved(item: "pooler pool, leads to", was: "west-db", now: "east-db")])
        #expect(
            try moved { $0.learn(Change(FactKey(.pooler("pool"), .paused), .flag(true)), basis: .assumed) }
                == [SavedPlan.Moved(item: "pooler pool, paused", was: "no", now: "yes")])
    }

    @Test func versionsIdentitiesAndTheBindingCountToo() throws {
        let updated = try basis(version: 150_019, binding: binding, world: world())
        #expect(
            try basis().moved(to: updated)
                == [SavedPlan.Moved(item: "node east-db, version", was: "15.18", now: "15.19")])
        let unbound = try basis(binding: nil, world: world())
        #expect(
            try basis().moved(to: unbound) == [
                SavedPlan.Moved(item: "old", was: "west-db", now: "not known"),
                SavedPlan.Moved(item: "new", was: "east-db", now: "not known"),
            ])
        var other = try basis()
        other.nodes[0].systemIdentifier = "7300000000000000002"
        #expect(try basis().moved(to: other).map(\.item) == ["node west-db, system identifier"])
    }

    @Test func theFilesAreComparedBeforeAnybodyIsAsked() throws {
        var plan = try ScriptedRun.plan()
        let nothing = try basis(plan, sha256: "dd", binding: nil, world: World())
        #expect(
            try basis().movedFiles(to: nothing)
                == [
                    SavedPlan.Moved(
                        item: "what Baton makes of the files and of what is accepted", was: "cc", now: "dd")
                ])
        plan.playbook.sha256 = "ff"
        plan.candidates = ["east-db", "far-db"]
        // That another playbook makes another plan need not be said.
        #expect(
            try basis().movedFiles(to: try basis(plan, sha256: "dd", binding: nil, world: World())) == [
                SavedPlan.Moved(item: "playbook planned", was: "aa", now: "ff"),
                SavedPlan.Moved(item: "candidates", was: "east-db", now: "east-db, far-db"),
            ])
    }

    @Test func aNodeThatIsThereNoMoreHasMoved() throws {
        var other = try basis()
        other.nodes.removeLast()
        #expect(
            try basis().moved(to: other).map(\.item) == [
                "node east-db, role", "node east-db, follows", "node east-db, system identifier",
                "node east-db, timeline", "node east-db, version",
            ])
        let all = try basis()
        #expect(other.moved(to: all).first?.was == "not known")
    }
}
