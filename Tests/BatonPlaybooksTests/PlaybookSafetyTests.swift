import BatonCore
import Testing

@testable import BatonPlaybooks

@Suite("Well-formed but unsafe playbooks")
struct PlaybookSafetyTests {
    private static let stop = "fence:\n  - do: postgres.stop\n    on: old\n    deadline: 30s\n"
    private static let proof =
        "catch-up:\n  - gate: postgres.replayed-shutdown-checkpoint\n    on: new\n    deadline: 10s\n"
    private static let verify =
        "  - gate: postgres.single-writer\n    on: all\n    deadline: 10s\n  - gate: canary.write\n    on: routes\n"
        + "    deadline: 10s\n"

    @Test("Each kind of unsafe playbook is refused with its code on its line", arguments: unsafe)
    func refused(_ file: BadFile) throws {
        try file.check(in: GoodFiles.playbook, load: loadPlaybook)
    }

    static let unsafe: [BadFile] = [
        BadFile(stop, "", .promoteWithoutFence, 33),
        BadFile(stop, "fence:\n  - { do: postgres.stop, on: old, modes: emergency }\n", .promoteWithoutFence, 35),
        BadFile(proof, "", .promoteWithoutProof, 33),
        BadFile(
            "preflight:\n", "preflight:\n  - gate: postgres.replayed-shutdown-checkpoint\n    on: new\n",
            .proofBeforeFence, 11),
        BadFile("thaw:\n  - do: pgbouncer.resume\n    on: poolers\n", "", .freezeWithoutThaw, 24),
        BadFile(
            "  - do: postgres.stop\n", "  - do: pgbouncer.repoint\n    on: poolers\n  - do: postgres.stop\n",
            .beforePromotion, 29),
        BadFile(
            "  - do: postgres.checkpoint\n", "  - do: postgres.promote\n    on: new\n  - do: postgres.checkpoint\n",
            .irreversibleTooEarly, 21),
        BadFile("thaw:\n", "thaw:\n  - do: postgres.promote\n    on: new\n", .afterPromotion, 44),
        BadFile("promote:\n  - do: postgres.promote\n    on: new\n", "", .nothingPromotes, 1),
        BadFile(
            "promote:\n  - do: postgres.promote\n    on: new\nrepoint:\n",
            "promote: []\nrepoint:\n  - do: postgres.promote\n    on: new\n", .nothingPromotes, 38),
        BadFile(verify, "", .nothingVerifies, 46),
        BadFile("  - together:\n      - do: pgbouncer.repoint\n        on: poolers\n", "", .requirementNotMet, 41),
        BadFile("  - do: postgres.slots\n    on: new\n", "", .requirementNotMet, 52),
        BadFile("  - do: postgres.rejoin\n    on: old\n", "", .openObligation, 19, .warning),
        BadFile(
            "  - gate: pgbouncer.ready\n    on: poolers\n", "  - gate: postgres.single-writer\n    on: old\n",
            .gateRefusesHere, 16, .warning),
    ]

    @Test("A missing fence names the step that would make it, and nothing else is complained about")
    func fenceRemedy() throws {
        let text = try #require(GoodFiles.with(GoodFiles.playbook, Self.stop, ""))
        let failure = try #require(throws: LoadFailure.self) { try loadPlaybook(text) }
        let errors = failure.complaints
        #expect(errors.map(\.code) == [ComplaintCode.promoteWithoutFence.rawValue], "\(failure)")
        #expect(errors.first?.remedy == "Add `do: postgres.stop` on `old` in `fence`.")
        #expect(errors.first?.message.contains("Two writable servers would part for ever") == true)
    }

    @Test("A missing proof names the gate that would bring it")
    func proofRemedy() throws {
        let text = try #require(GoodFiles.with(GoodFiles.playbook, Self.proof, ""))
        let failure = try #require(throws: LoadFailure.self) { try loadPlaybook(text) }
        #expect(failure.complaints.map(\.code) == [ComplaintCode.promoteWithoutProof.rawValue], "\(failure)")
        #expect(
            failure.complaints.first?.remedy
                == "Add `gate: postgres.replayed-shutdown-checkpoint` on `new` in `catch-up` with a deadline.")
    }

    @Test("An emergency playbook needs no proof, but a fence")
    func emergency() throws {
        let emergency = try #require(GoodFiles.with(GoodFiles.playbook, "mode: planned ", "mode: emergency "))
        let withoutProof = try #require(GoodFiles.with(emergency, Self.proof, ""))
        #expect(try loadPlaybook(withoutProof).isEmpty)
        let withoutFence = try #require(GoodFiles.with(emergency, Self.stop, ""))
        let failure = try #require(throws: LoadFailure.self) { try loadPlaybook(withoutFence) }
        #expect(failure.complaints.contains { $0.code == ComplaintCode.promoteWithoutFence.rawValue })
    }

    @Test("Safety is not judged on steps that did not load")
    func noCascade() throws {
        let text = try #require(GoodFiles.with(GoodFiles.playbook, "do: postgres.stop", "do: postgres.stpo"))
        let failure = try #require(throws: LoadFailure.self) { try loadPlaybook(text) }
        #expect(failure.complaints.map(\.code) == [ComplaintCode.unknownAction.rawValue])
        #expect(failure.complaints.first?.remedy == "Did you mean `do: postgres.stop`?")
    }

    @Test("A bad title hides no unsafe step: all complaints come at once, sorted")
    func allAtOnce() throws {
        let title = try #require(
            GoodFiles.with(GoodFiles.playbook, "title: Planned switchover to another site", "title: no"))
        let text = try #require(GoodFiles.with(title, Self.stop, ""))
        let failure = try #require(throws: LoadFailure.self) { try loadPlaybook(text) }
        #expect(failure.complaints.map(\.line) == [4, 33])
    }

    @Test("The assumed run shows every effect in order and ends in the world after the switchover")
    func effects() throws {
        let playbook = try PlaybookLoader.parse(
            text: GoodFiles.playbook, path: "p.yaml", catalogue: TestCatalogue.catalogue
        ).playbook
        let run = AssumedRun(of: playbook, catalogue: TestCatalogue.catalogue)
        #expect(run.findings.isEmpty)
        #expect(
            run.effects.map(\.call.action) == [
                "postgres.slots", "postgres.checkpoint", "postgres.checkpoint", "pgbouncer.pause", "postgres.stop",
                "postgres.promote", "pgbouncer.repoint", "pgbouncer.resume", "postgres.rejoin",
            ])
        #expect(run.world.value(FactKey(.node("new"), .writable)) == .flag(true))
        #expect(run.world.value(FactKey(.pooler("pooler"), .leadsTo)) == .name("new"))
        #expect(run.world.value(FactKey(.node("old"), .follows)) == .name("new"))
    }
}
