import BatonCore
import Testing

@testable import BatonPlaybooks

@Suite("A scenario file's form")
struct ScenarioTests {
    static let faults = [
        FaultDeclaration("standby.lags", on: .node, with: .init(.span), "Replay is behind."),
        FaultDeclaration("node.dies", on: .node, "All of its processes end."),
        FaultDeclaration("pooler.refuses", on: .pooler, with: .init(.text, default: .text("PAUSE")), "It says no."),
        FaultDeclaration("route.stalls", on: .route, "Its clients get no answer."),
        FaultDeclaration("route.was-cut", on: .route, isInitial: true, "It never led anywhere."),
        FaultDeclaration("step.unknown", on: .step, "Its report never arrives."),
        FaultDeclaration("network.slow", on: .run, with: .init(.count, default: .count(2)), "All is slower."),
    ]

    static let form = """
        baton: scenarios/v1
        playbook: planned-switchover.yaml
        topology: ../lab.yaml
        to: east
        scenarios:
          - name: A standby that lags too far is refused
            given:
              - fault: standby.lags
                on: new
                with: 40s
            expect: refused
            at: postgres.replay-lag
          - name: Old dies while clients wait
            given:
              - { fault: node.dies, on: west-db, in: freeze }
              - { fault: pooler.refuses, on: poolers, before: thaw.pgbouncer.resume }
            expect: rolled-back
          - name: "The promotion's answer is lost"
            given:
              - { fault: step.unknown, on: postgres.promote, after: postgres.stop }
              - fault: network.slow
              - { fault: route.stalls, on: routes }
            expect: completed-with-obligations
          - name: All is well
            expect: completed

        """

    private func parse(_ text: String) throws -> LoadedScenarios {
        try ScenarioLoader.parse(text: text, path: "/team/tests/s.yaml", faults: Self.faults)
    }

    @Test("Every form is read, paths start at the file, and defaults are filled in")
    func good() throws {
        let loaded = try parse(Self.form)
        #expect(loaded.complaints.isEmpty && loaded.text == Self.form && loaded.path == "/team/tests/s.yaml")
        #expect(
            loaded.file
                == ScenarioFile(
                    playbook: "/team/tests/planned-switchover.yaml", topology: "/team/tests/../lab.yaml",
                    toSite: "east",
                    scenarios: [
                        Scenario(
                            name: "A standby that lags too far is refused",
                            given: [GivenFault(fault: "standby.lags", on: "new", value: .span(.seconds(40)), line: 8)],
                            expect: .refused, at: "postgres.replay-lag", line: 6),
                        Scenario(
                            name: "Old dies while clients wait",
                            given: [
                                GivenFault(fault: "node.dies", on: "west-db", moment: .phase(.freeze), line: 15),
                                GivenFault(
                                    fault: "pooler.refuses", on: "poolers", value: .text("PAUSE"),
                                    moment: .before("thaw.pgbouncer.resume"), line: 16),
                            ], expect: .rolledBack, line: 13),
                        Scenario(
                            name: "The promotion's answer is lost",
                            given: [
                                GivenFault(
                                    fault: "step.unknown", on: "postgres.promote", moment: .after("postgres.stop"),
                                    line: 20),
                                GivenFault(fault: "network.slow", value: .count(2), line: 21),
                                GivenFault(fault: "route.stalls", on: "routes", line: 22),
                            ], expect: .completedWithObligations, line: 18),
                        Scenario(name: "All is well", expect: .completed, line: 24),
                    ]))
    }

    @Test("Without a topology the simulator's own stands in")
    func withoutTopology() throws {
        let text = try #require(GoodFiles.with(Self.form, "topology: ../lab.yaml\nto: east\n", ""))
        let file = try parse(text).file
        #expect(file.topology == nil && file.toSite == nil)
    }

    @Test("A bad scenario file is refused with its code on its line", arguments: bad)
    func refused(_ file: BadFile) throws {
        try file.check(in: Self.form) { try parse($0).complaints }
    }

    private static let lags = "      - fault: standby.lags\n        on: new\n        with: 40s\n"

    static let bad: [BadFile] = [
        BadFile("scenarios/v1", "scenarios/v2", .unknownVersion, 1),
        BadFile("scenarios/v1", "scenario/v1", .wrongKind, 1),
        BadFile("scenarios/v1", "playbook/v1", .wrongKind, 1),
        BadFile("baton: scenarios/v1\n", "", .missingKey, 1),
        BadFile("playbook: planned-switchover.yaml\n", "", .missingKey, 1),
        BadFile("planned-switchover.yaml", "~/planned.yaml", .badPath, 2),
        BadFile("planned-switchover.yaml", "[a]", .wrongType, 2),
        BadFile("topology: ../lab.yaml", "topology: \"\"", .emptyValue, 3),
        BadFile("topology: ../lab.yaml", "topolgy: ../lab.yaml", .unknownKey, 3),
        BadFile("topology: ../lab.yaml\n", "", .unknownKey, 3),
        BadFile("to: east\n", "", .missingKey, 1),
        BadFile("to: east", "to: the east", .badName, 4),
        BadFile("scenarios:\n", "tests:\n", .unknownKey, 5),
        BadFile("scenarios:\n", "scenarios: []\nto2:\n", .wrongType, 5),
        BadFile("  - name: All is well\n    expect: completed\n", "  - All is well\n", .wrongType, 24),
        BadFile("name: All is well\n    ", "", .missingKey, 24),
        BadFile("All is well", "Old dies while clients wait", .duplicateName, 24),
        BadFile("All is well", "yes", .ambiguousScalar, 24),
        BadFile("    expect: refused\n", "", .missingKey, 6),
        BadFile("expect: refused", "expect: refuse", .unknownWord, 11),
        BadFile("expect: refused", "expect: failed", .unknownWord, 11),
        BadFile("expect: refused", "expects: refused", .unknownKey, 11),
        BadFile("expect: refused", "expect: completed", .unknownKey, 12),
        BadFile("expect: refused", "expect: already-there", .unknownKey, 12),
        BadFile("at: postgres.replay-lag", "at: [postgres.replay-lag]", .wrongType, 12),
        BadFile("at: postgres.replay-lag", "at: the lag", .badName, 12),
        BadFile(lags, "      standby.lags\n", .wrongType, 8),
        BadFile(lags, "      - standby.lags\n", .wrongType, 8),
        BadFile("fault: standby.lags", "fault: standby.lag", .unknownFault, 8),
        BadFile("fault: standby.lags", "fault: earthquake", .unknownFault, 8),
        BadFile("      - fault: standby.lags\n        on", "      - on", .missingKey, 8),
        BadFile("        on: new\n", "", .missingKey, 8),
        BadFile("on: new", "on: poolers", .wrongRole, 9),
        BadFile("on: new", "on: [new]", .wrongType, 9),
        BadFile("on: new", "node: new", .unknownKey, 9),
        BadFile("with: 40s", "with: 40", .missingUnit, 10),
        BadFile("with: 40s", "with: 40MiB", .unknownUnit, 10),
        BadFile("        with: 40s\n", "", .missingKey, 8),
        BadFile("on: west-db, in", "on: routes, in", .wrongRole, 15),
        BadFile("on: west-db, in", "on: west-db, with: 5s, in", .unknownKey, 15),
        BadFile("in: freeze", "in: freze", .unknownPhase, 15),
        BadFile("in: freeze", "phase: freeze", .unknownKey, 15),
        BadFile("in: freeze", "in: freeze, before: postgres.stop", .severalMoments, 15),
        BadFile("after: postgres.stop", "after: postgres.stop, before: postgres.stop", .severalMoments, 20),
        BadFile("after: postgres.stop", "after: the stop", .badName, 20),
        BadFile("fault: route.stalls,", "fault: route.was-cut, in: freeze,", .unknownKey, 22),
        BadFile("on: postgres.promote", "on: new", .wrongRole, 20),
        BadFile("on: postgres.promote, ", "", .missingKey, 20),
        BadFile("- fault: network.slow", "- { fault: network.slow, on: all }", .unknownKey, 21),
        BadFile("- fault: network.slow", "- { fault: network.slow, with: two }", .notWhole, 21),
    ]

    @Test(
        "What is misspelt has the nearest word as its remedy",
        arguments: [
            ("standby.lags", "standby.lag", "standby.lags"), ("expect: refused", "expect: refusd", "refused"),
            ("in: freeze", "in: freeez", "freeze"), ("scenarios:\n", "scenario:\n", "scenarios"),
        ])
    func nearestWords(_ word: String, _ misspelt: String, _ meant: String) throws {
        let text = try #require(GoodFiles.with(Self.form, word, misspelt))
        let failure = try #require(throws: LoadFailure.self) { try parse(text) }
        #expect(failure.complaints.contains { $0.remedy.hasPrefix("Did you mean `\(meant)`?") }, "\(failure)")
    }

    @Test("All complaints come at once, with their lines")
    func allAtOnce() throws {
        let first = try #require(GoodFiles.with(Self.form, "with: 40s", "with: 40"))
        let text = try #require(GoodFiles.with(first, "in: freeze", "in: freeez"))
        let failure = try #require(throws: LoadFailure.self) { try parse(text) }
        #expect(failure.complaints.map(\.line) == [10, 15])
        #expect(failure.complaints.first?.sourceLine == "        with: 40", "a scenario file holds no secrets")
    }

    @Test("The outcomes that can be expected are those that runs end with")
    func outcomes() {
        let words = [
            RunOutcome.completed, .completedWithObligations([]), .refused(""), .rolledBack(""), .alreadyThere(""),
            .interrupted(""),
        ].map(\.word)
        #expect(Set(Expectation.allCases.map(\.rawValue)) == Set(words + [RunState.Kind.halted.rawValue]))
    }
}
