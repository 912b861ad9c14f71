import BatonCore
import Testing

@testable import BatonPlaybooks

@Suite("A playbook's form")
struct PlaybookFormTests {
    @Test("The contract's playbook loads, word for word")
    func good() throws {
        let loaded = try PlaybookLoader.parse(
            text: GoodFiles.playbook, path: "p.yaml", catalogue: TestCatalogue.catalogue)
        #expect(loaded.complaints.isEmpty)
        let playbook = loaded.playbook
        #expect(playbook.name == "planned-switchover")
        #expect(playbook.mode == .planned)
        #expect(
            playbook.objectives
                == Objectives(writePause: .seconds(2), recoveryTime: .seconds(60), recoveryPoint: ByteCount(0)))
        #expect(playbook.limits == Limits(freeze: .seconds(30), undoReserve: .seconds(10)))
        #expect(playbook.phases.map(\.phase) == Phase.allCases)
        #expect(playbook.steps.count == 14)
        let lag = try #require(playbook.steps.dropFirst().first)
        #expect(lag.kind == .gate("postgres.replay-lag") && lag.line == 13)
        #expect(lag.arguments.bytes("bytes") == ByteCount(16 << 20) && lag.arguments.span("time") == .seconds(5))
        let promote = try #require(playbook.steps.first { $0.kind == .act("postgres.promote") })
        #expect(promote.arguments.span("wait") == .seconds(10), "defaults are filled in")
        #expect(playbook.steps[4].on == [.old, .new])
        #expect(playbook.steps[5].why == "Clients wait; none of them sees an error.")
        #expect(playbook.steps[5].deadline == .seconds(5))
    }

    @Test("Every key of a step is read")
    func stepKeys() throws {
        let step = """
              - id: stop-old
                title: Stop old
                why: >
                  It must not write
                  any more.
                owner: dba
                do: postgres.stop
                on: [old]
                deadline: 2min
                retry: 3
                modes: [planned, emergency]
                by-hand: |
                  sudo systemctl stop postgresql
                  # [and wait & see]
            """
        let text = try #require(
            GoodFiles.with(GoodFiles.playbook, "  - do: postgres.stop\n    on: old\n    deadline: 30s", step))
        let loaded = try PlaybookLoader.parse(text: text, path: "p.yaml", catalogue: TestCatalogue.catalogue)
        let stop = try #require(loaded.playbook.steps.first { $0.id == "stop-old" })
        #expect(stop.title == "Stop old" && stop.why == "It must not write any more.\n" && stop.owner == "dba")
        #expect(stop.deadline == .seconds(120) && stop.retries == 3 && stop.modes == [.planned, .emergency])
        #expect(stop.byHand == "sudo systemctl stop postgresql\n# [and wait & see]\n")
    }

    @Test("A best effort is one in the playbook and in the plan; every other step is none")
    func bestEffort() throws {
        let text = try #require(
            GoodFiles.with(
                GoodFiles.playbook, "do: postgres.checkpoint",
                "do: postgres.checkpoint\n    deadline: 10s\n    best-effort: true"))
        let loaded = try PlaybookLoader.parse(text: text, path: "p.yaml", catalogue: TestCatalogue.catalogue)
        #expect(loaded.playbook.steps.filter(\.isBestEffort).map(\.kind.name) == ["postgres.checkpoint"])
        let topology = try TopologyLoader.parse(text: GoodFiles.topology, path: "t.yaml").topology
        let plan = try Planner(catalogue: TestCatalogue.catalogue).plan(
            loaded.playbook, identity: FileIdentity(name: "p", sha256: "0"), on: topology,
            identity: FileIdentity(name: "t", sha256: "1"), to: "east")
        #expect(plan.steps.filter(\.isBestEffort).map(\.kind.name) == ["postgres.checkpoint"])
    }

    @Test("An empty phase and an absent one load alike; CR LF and a byte order mark do not matter")
    func emptyPhases() throws {
        let text = try #require(
            GoodFiles.with(
                GoodFiles.playbook,
                "  - do: postgres.slots\n    on: new\n  - do: postgres.checkpoint\n    on: [old, new]\n", ""))
        let withoutRejoin = try #require(GoodFiles.with(text, "  - do: postgres.rejoin\n    on: old\n", ""))
        let dos =
            "\u{FEFF}"
            + withoutRejoin.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n")
        #expect(try loadPlaybook(dos).isEmpty)
    }

    @Test("A bad playbook is refused with its code on its line", arguments: badForms)
    func bad(_ file: BadFile) throws {
        try file.check(in: GoodFiles.playbook, load: loadPlaybook)
    }

    private static let repoint = "repoint:\n  - together:\n      - do: pgbouncer.repoint\n        on: poolers\n"
    private static let thaw = "thaw:\n  - do: pgbouncer.resume\n    on: poolers\n"

    static let badForms: [BadFile] = [
        BadFile("baton: playbook/v1", "baton: playbook/v2", .unknownVersion, 2),
        BadFile("baton: playbook/v1", "baton: topology/v1", .wrongKind, 2),
        BadFile("baton: playbook/v1", "baton: 1", .ambiguousScalar, 2),
        BadFile("baton: playbook/v1\n", "", .missingKey, 2),
        BadFile("name: planned-switchover\n", "", .missingKey, 2),
        BadFile("name: planned-switchover", "name: planned switchover", .badName, 3),
        BadFile("name: planned-switchover", "name: 012", .ambiguousScalar, 3),
        BadFile("name: planned-switchover", "name: 2026-11-21", .ambiguousScalar, 3),
        BadFile("title: Planned switchover to another site", "title: yes", .ambiguousScalar, 4),
        BadFile("title: Planned switchover to another site", "title: 1e3", .ambiguousScalar, 4),
        BadFile("title: Planned switchover to another site", "title: ~", .ambiguousScalar, 4),
        BadFile("title: Planned switchover to another site", "title: 1:30", .ambiguousScalar, 4),
        BadFile("title: Planned switchover to another site", "title: [a]", .wrongType, 4),
        BadFile("title: Planned switchover to another site", "title: \" \"", .emptyValue, 4),
        BadFile("title: Planned switchover to another site", "title: \"a\\eb\"", .controlCharacter, 4),
        BadFile("title: Planned switchover to another site", "title: \"a\\nb\"", .controlCharacter, 4),
        BadFile("mode: planned ", "mode: planed ", .unknownWord, 6),
        BadFile("mode: planned ", "mod: planned ", .unknownKey, 6),
        BadFile("write-pause: 2s", "write-pause: 2", .missingUnit, 7),
        BadFile("write-pause: 2s", "write-paus: 2s", .unknownKey, 7),
        BadFile("write-pause: 2s", "write-pause: 2 s", .unknownUnit, 7),
        BadFile("write-pause: 2s", "write-pause: 1.5s", .notWhole, 7),
        BadFile("write-pause: 2s", "write-pause: -2s", .negative, 7),
        BadFile("write-pause: 2s", "write-pause: soon", .wrongType, 7),
        BadFile("write-pause: 2s", "write-pause: 99999999999999999999s", .outOfRange, 7),
        BadFile("write-pause: 2s", "write-pause: 169h", .outOfRange, 7),
        BadFile("recovery-point: 0B", "recovery-point: 0", .missingUnit, 7),
        BadFile("recovery-point: 0B", "recovery-point: 5MB", .decimalUnit, 7),
        BadFile("recovery-point: 0B", "recovery-point: 5kB", .decimalUnit, 7),
        BadFile("recovery-point: 0B", "recovery-point: 5s", .unknownUnit, 7),
        BadFile("undo-reserve: 10s", "undo-reserve: 30s", .reserveTooLong, 8),
        BadFile("freeze: 30s", "freeze: 0s", .outOfRange, 8),
        BadFile("limits: { freeze: 30s, undo-reserve: 10s }", "limits: 30s", .wrongType, 8),
        BadFile("preflight:", "pre-flight:", .unknownPhase, 10),
        BadFile("preflight:", "before:", .unknownPhase, 10),
        BadFile("finish:\n  - do: postgres.rejoin\n    on: old\n", "verify:\n  []", .duplicateKey, 53),
        BadFile("thaw:\n", "freeze-again:\n", .unknownPhase, 43),
        BadFile(repoint + thaw, thaw + repoint, .phaseOrder, 42),
        BadFile("prepare:\n", "prepare: now\nfreeze2:\n", .wrongType, 18),
        BadFile("gate: postgres.streaming", "gate: postgres.steaming", .unknownGate, 11),
        BadFile("gate: postgres.streaming", "gate: nothing-like-it", .unknownGate, 11),
        BadFile("gate: postgres.streaming", "do: postgres.streaming", .gateAsAction, 11),
        BadFile("do: postgres.stop", "gate: postgres.stop", .actionAsGate, 29),
        BadFile("do: postgres.stop", "do: postgres.stpo", .unknownAction, 29),
        BadFile("do: postgres.stop", "do: [postgres.stop]", .wrongType, 29),
        BadFile("  - do: postgres.stop", "  - do: postgres.stop\n    gate: postgres.streaming", .doAndGate, 30),
        BadFile("  - do: postgres.stop", "  - title: Stop", .noDoOrGate, 29),
        BadFile("do: postgres.stop\n    on: old", "do: postgres.stop\n    on: primary", .unknownRole, 30),
        BadFile("do: postgres.stop\n    on: old", "do: postgres.stop\n    on: poolers", .wrongRole, 30),
        BadFile("do: postgres.stop\n    on: old", "do: postgres.stop\n    on: []", .emptyValue, 30),
        BadFile("do: postgres.stop\n    on: old", "do: postgres.stop\n    on: [old, old]", .duplicateRole, 30),
        BadFile("do: postgres.stop\n    on: old", "do: postgres.stop\n    on:", .wrongType, 30),
        BadFile("do: postgres.stop\n    on: old", "do: postgres.stop", .missingKey, 29),
        BadFile("gate: canary.write\n    on: routes", "gate: canary.write\n    on: all", .wrongRole, 51),
        BadFile("deadline: 30s", "deadline: 30", .missingUnit, 31),
        BadFile("deadline: 30s", "deadline: 0s", .outOfRange, 31),
        BadFile("deadline: 30s", "timeout: 30s", .unknownKey, 31),
        BadFile("deadline: 30s", "retry: -1", .negative, 31),
        BadFile("deadline: 30s", "retry: 01", .ambiguousScalar, 31),
        BadFile("deadline: 30s", "retry: \"1\"", .wrongType, 31),
        BadFile("deadline: 30s", "retry: 1e1", .notWhole, 31),
        BadFile("deadline: 30s", "retry: 101", .outOfRange, 31),
        BadFile("deadline: 30s", "needs: approval", .notSupportedYet, 31),
        BadFile("deadline: 30s", "needs: coffee", .unknownWord, 31),
        BadFile("deadline: 30s", "modes: [drill]", .unknownWord, 31),
        BadFile("deadline: 30s", "modes: [planned, planned]", .duplicateRole, 31),
        BadFile("deadline: 30s", "limit: { bytes: 1B }", .wrongParameterKey, 31),
        BadFile("deadline: 30s", "with: { hard: true }", .unknownParameter, 31),
        BadFile("limit: { bytes: 16MiB, time: 5s }", "limit: { byte: 16MiB }", .unknownParameter, 15),
        BadFile("limit: { bytes: 16MiB, time: 5s }", "limit: { bytes: 16, time: 5s }", .missingUnit, 15),
        BadFile("limit: { bytes: 16MiB, time: 5s }", "limit: { time: 5m }", .unknownUnit, 15),
        BadFile("limit: { bytes: 16MiB, time: 5s }", "limit: 16MiB", .wrongType, 15),
        BadFile("limit: { bytes: 16MiB, time: 5s }", "with: { bytes: 16MiB }", .wrongParameterKey, 15),
        BadFile("limit: { bytes: 16MiB, time: 5s }", "retry: 2", .retryOnGate, 15),
        BadFile("limit: { bytes: 16MiB, time: 5s }", "best-effort: true", .bestEffortNotHere, 15),
        BadFile("deadline: 30s", "deadline: 3s\n    best-effort: true", .bestEffortNotHere, 32),
        BadFile("deadline: 30s", "best-effort: perhaps", .wrongType, 31),
        BadFile("do: postgres.checkpoint", "do: postgres.checkpoint\n    best-effort: true", .bestEffortDeadline, 22),
        BadFile(
            "do: postgres.checkpoint", "do: postgres.checkpoint\n    best-effort: true\n    deadline: 11s",
            .bestEffortDeadline, 22),
        BadFile(
            "do: postgres.promote", "do: postgres.promote\n    deadline: 3s\n    best-effort: true",
            .bestEffortNotHere, 39),
        BadFile("do: postgres.promote", "do: postgres.promote\n    with: { checkpoint: yes }", .wrongType, 38),
        BadFile("do: postgres.promote", "do: postgres.promote\n    with: { label: off }", .ambiguousScalar, 38),
        BadFile("do: postgres.promote", "do: postgres.promote\n    with: { tries: many }", .notWhole, 38),
        BadFile("on: new\n    deadline: 10s", "on: new", .gateWithoutDeadline, 33),
        BadFile("on: routes\n    deadline: 10s", "on: routes", .gateWithoutDeadline, 50),
        BadFile("gate: pgbouncer.ready", "do: pgbouncer.pause", .actionNotHere, 16),
        BadFile("  - together:\n", "  - on: poolers\n    together:\n", .unknownKey, 40),
        BadFile("  - together:\n", "  - together: [{ together: [] }]\n  - together:\n", .nestedTogether, 40),
        BadFile("  - together:\n", "  - together: []\n  - together:\n", .wrongType, 40),
        BadFile(
            "  - do: postgres.checkpoint",
            "  - { id: a, do: postgres.slots, on: new }\n  - id: a\n    do: postgres.checkpoint",
            .duplicateStep, 22),
        BadFile("  - do: postgres.checkpoint", "  - postgres.checkpoint\n  - do: postgres.checkpoint", .wrongType, 21),
        BadFile(
            "  - do: postgres.checkpoint", "  - modes: emergency\n    do: postgres.checkpoint", .stepNeverRuns, 21,
            .warning),
    ]
}
