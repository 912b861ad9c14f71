import BatonCore
import Testing

@testable import BatonSimulator

@Suite("Scenarios, played")
struct ScenarioRunnerTests {
    private static let lagging = GivenFault.fault("standby.lags", on: "new", with: .seconds(40))

    private func play(_ scenarios: Scenario...) throws -> ScenarioReport {
        try ScenarioFixture.runner().run(scenarios)
    }

    @Test("What came as expected passes and tells no story")
    func passes() throws {
        let report = try play(
            ScenarioFixture.scenario([]),
            ScenarioFixture.scenario([Self.lagging], .refused, at: "postgres.replay-lag"),
            ScenarioFixture.scenario([Self.lagging], .refused, at: "preflight.postgres.replay-lag"),
            ScenarioFixture.scenario([Self.lagging], .refused))
        #expect(report.passed)
        #expect(report.results.allSatisfy { $0.passed && $0.problems.isEmpty && $0.story.isEmpty })
        #expect(report.results[1].reason == "postgres.replay-lag on east-db")
    }

    @Test("A wrong outcome is told in one sentence, with the story up to there")
    func wrongOutcome() throws {
        let result = try play(ScenarioFixture.scenario([Self.lagging], .rolledBack, at: "postgres.stop")).results[0]
        #expect(
            result.problems == [
                "expected rolled-back at postgres.stop, and the run ended as refused at preflight.postgres.replay-lag"
            ])
        #expect(result.outcome == .refused && result.decided == ["preflight.postgres.replay-lag"])
        #expect(result.story.contains { $0.who == "the world" && $0.what == "east-db lags (40.00 s)" })
        #expect(
            result.story.contains {
                $0.who == "the record" && $0.what.contains("preflight.postgres.replay-lag on east-db")
            })
        #expect(result.story.map(\.at) == result.story.map(\.at).sorted())
    }

    @Test("The story of a wrong outcome ends before anything is repaired")
    func storyEndsAtRest() throws {
        let given = GivenFault.fault("node.dies", on: "new", .after("postgres.promote"))
        let result = try play(ScenarioFixture.scenario([given], .completed)).results[0]
        #expect(result.outcome == .halted && result.problems.count == 1, "\(result.problems)")
        #expect(result.story.last?.what == "waits for an operator", "\(result.story)")
    }

    @Test("A wrong step is told in one sentence")
    func wrongStep() throws {
        let result = try play(ScenarioFixture.scenario([Self.lagging], .refused, at: "postgres.version")).results[0]
        #expect(
            result.problems == [
                "the run ended as refused, as expected, but at preflight.postgres.replay-lag and not at postgres.version"
            ])
    }

    @Test("Coverage counts what the runs went through, and names the rest")
    func coverage() throws {
        let plan = try ScenarioFixture.plan()
        let refused = try play(ScenarioFixture.scenario([Self.lagging], .refused)).coverage
        #expect(refused.stepsReached.isEmpty && refused.steps.count == plan.steps.filter { !$0.kind.isGate }.count)
        #expect(refused.gatesReached == Set(plan.steps.filter { $0.phase == .preflight }.map(\.id)))
        #expect(refused.gatesRefused == ["preflight.postgres.replay-lag"])
        #expect(refused.branches == [.refused])
        #expect(refused.gaps.contains(.init(kind: .step, name: "promote.postgres.promote")))
        #expect(refused.gaps.contains(.init(kind: .gate, name: "verify.canary.write")))
        #expect(refused.gaps.contains(.init(kind: .refusal, name: "preflight.postgres.version")))
        #expect(!refused.gaps.contains(.init(kind: .refusal, name: "preflight.postgres.replay-lag")))
        #expect(refused.gaps.contains(.init(kind: .branch, name: "guard-took-over")))

        let both = try play(
            ScenarioFixture.scenario([]), ScenarioFixture.scenario([.fault("baton.dies", .phase(.fence))], .rolledBack)
        ).coverage
        #expect(both.stepsReached == Set(both.steps) && both.gatesReached == Set(both.gates))
        #expect(both.gatesRefused.isEmpty)
        #expect(both.branches == [.completed, .rolledBack, .guardTookOver])
        #expect(Set(both.gaps.map(\.kind)) == [.refusal, .branch])
    }

    @Test("What concerns nobody in a topology is not missing")
    func pair() throws {
        var topology = SimulatedTopology.threeNodes
        topology.nodes.removeLast()
        let plan = try ScenarioFixture.plan(on: topology)
        let coverage = ScenarioRunner(plan: plan, catalogue: ScenarioFixture.catalogue)
            .run([ScenarioFixture.scenario([])]).coverage
        #expect(plan.step("finish.postgres.follow") != nil && plan.step("preflight.postgres.host-2") != nil)
        #expect(coverage.steps.count == 9 && Set(coverage.steps) == coverage.stepsReached)
        #expect(coverage.gates.count == 21 && Set(coverage.gates) == coverage.gatesReached)
    }

    @Test("What an operator does later does not count as reached")
    func healingIsNotCoverage() throws {
        let coverage = try play(ScenarioFixture.scenario([.fault("host.crashes", .phase(.fence))], .halted)).coverage
        #expect(!coverage.stepsReached.contains("promote.postgres.promote"))
        #expect(coverage.branches == [.halted])
    }

    @Test("A broken promise fails a scenario whatever it expects")
    func violation() throws {
        // It stops old under clients that nobody pauses.
        let plan = try ScenarioFixture.plan(ScenarioFixture.unsafePlaybooks + "/no-freeze.yaml")
        let runner = ScenarioRunner(plan: plan, catalogue: ScenarioFixture.catalogue)
        let result = runner.run([ScenarioFixture.scenario([], .completed)]).results[0]
        #expect(result.outcome == .completed && !result.passed)
        let problem = try #require(result.problems.first)
        #expect(problem.hasPrefix("broke a promise (no-client-error) after "), "\(result.problems)")
        #expect(problem.hasSuffix("nothing goes wrong, and a client gets an error: west-db ended its session"))
        #expect(result.story.contains { $0.what.contains("gets an error") })
    }

    @Test("Roles stand for what the plan's direction makes of them")
    func otherDirection() throws {
        let plan = try ScenarioFixture.plan(to: "west")
        let runner = ScenarioRunner(plan: plan, catalogue: ScenarioFixture.catalogue)
        #expect(plan.assumedBinding.new == "west-db")
        let result = runner.run([ScenarioFixture.scenario([Self.lagging], .refused, at: "postgres.replay-lag")])
            .results[0]
        #expect(result.passed, "\(result.problems)")
        #expect(result.reason == "postgres.replay-lag on west-db")
    }

    @Test("The same scenario is played alike every time")
    func repeats() throws {
        let scenario = ScenarioFixture.scenario([.fault("host.crashes", .phase(.promote))], .completed)
        #expect(try play(scenario).results[0].story == play(scenario).results[0].story)
    }
}
