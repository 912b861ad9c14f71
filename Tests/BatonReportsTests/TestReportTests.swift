import BatonCore
import BatonReports
import Testing

@Suite("The report of played scenarios")
struct TestReportTests {
    private func scenario(_ problems: [String] = []) -> TestReport.Scenario {
        TestReport.Scenario(
            name: "New lags too far", line: 7, expected: .refused, expectedAt: "postgres.replay-lag",
            outcome: problems.isEmpty ? .refused : .rolledBack, at: problems.isEmpty ? nil : "fence.postgres.stop",
            reason: problems.isEmpty ? nil : "west-db still runs", problems: problems,
            story: problems.isEmpty
                ? []
                : [
                    StoryMoment(at: .microseconds(1_400), who: "the world", what: "east-db lags"),
                    StoryMoment(at: .milliseconds(12), who: "west-db", what: "stops"),
                ])
    }

    private func report(_ scenarios: [TestReport.Scenario], missing: [TestReport.Gap] = []) -> TestReport {
        TestReport(
            file: "p.test.yaml", playbook: FileIdentity(name: "planned", sha256: "ab"), scenarios: scenarios,
            coverage: TestReport.Coverage(
                steps: .init(reached: 3, of: 10), gates: .init(reached: 5, refused: 1, of: 22),
                branches: ["refused"], missing: missing))
    }

    @Test("The keys are those of the contract")
    func json() throws {
        let gap = TestReport.Gap(.refusal, "verify.canary.write")
        let json = try JSONValue(report([scenario(), scenario(["expected refused"])], missing: [gap]))
        #expect(json.keys == ["format", "passed", "file", "playbook", "scenarios", "coverage"])
        #expect(json["format"] == .text("test/v1"))
        #expect(json["passed"] == .flag(false))
        #expect(json["file"] == .text("p.test.yaml"))
        #expect(json["playbook"]?["name"] == .text("planned"))
        let scenarios = try #require(json["scenarios"]?.list)
        let keys: Set<String> = [
            "name", "line", "passed", "expected", "expectedAt", "outcome", "at", "reason", "problems", "story",
        ]
        #expect(scenarios.map(\.keys) == [keys, keys])
        #expect(scenarios[0]["passed"] == .flag(true) && scenarios[1]["passed"] == .flag(false))
        #expect(scenarios[0]["at"] == .null && scenarios[0]["reason"] == .null)
        #expect(scenarios[1]["outcome"] == .text("rolled-back") && scenarios[1]["expected"] == .text("refused"))
        #expect(scenarios[1]["at"] == .text("fence.postgres.stop"))
        #expect(scenarios[1]["problems"] == .list([.text("expected refused")]))
        let story = try #require(scenarios[1]["story"]?.list)
        #expect(story.map(\.keys) == [["ms", "who", "what"], ["ms", "who", "what"]])
        #expect(story[0]["ms"] == .number(1.4))
        let coverage = try #require(json["coverage"])
        #expect(coverage.keys == ["steps", "gates", "branches", "missing"])
        #expect(coverage["steps"]?.keys == ["reached", "of"])
        #expect(coverage["gates"]?.keys == ["reached", "refused", "of"])
        #expect(coverage["missing"]?.list.map(\.keys) == [["kind", "name"]])
        #expect(coverage["missing"]?.list.first?["kind"] == .text("refusal"))
    }

    @Test("What failed comes first and in full, then the count, then what is missing")
    func text() {
        let gaps = [
            TestReport.Gap(.step, "finish.postgres.follow"), TestReport.Gap(.branch, "halted"),
            TestReport.Gap(.branch, "interrupted"),
        ]
        let text = report(
            [scenario(), scenario(["expected refused, and the run ended as rolled-back"])], missing: gaps
        )
        .document().rendered()
        #expect(
            text == """
                ✗ New lags too far (line 7)
                  expected refused, and the run ended as rolled-back
                  The run says: west-db still runs
                     +1.4 ms  the world  east-db lags
                    +12.0 ms  west-db    stops

                ✗ p.test.yaml: 1 of 2 scenarios of planned passed
                  3 of 10 steps and 5 of 22 gates were reached; 1 of 22 gates refused.
                  runs went: refused
                  ! steps never reached: finish.postgres.follow
                  ! ways that no run went: halted, interrupted

                """)
    }

    @Test("When all passed, one line says so")
    func allPassed() {
        let text = report([scenario(), scenario()]).document().rendered()
        #expect(text.hasPrefix("✓ p.test.yaml: 2 of 2 scenarios of planned passed\n"))
        #expect(report([scenario()]).passed)
    }
}
