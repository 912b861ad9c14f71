import BatonCore
import BatonPlaybooks
import Testing

@testable import BatonSimulator

/// What a preflight foretells is what the run then does. Every disagreement is a bug of the prediction, or something that it
/// must say cannot be known before.
@Suite struct AgreementTests {
    @Test("In every world that is as it was observed, prediction and run agree step by step")
    func everyStep() throws {
        var (agreed, open, failed, disagreed) = (0, 0, 0, [String]())
        let worlds = try AgreementWorld.all()
        #expect(worlds.count >= 40)
        var (later, blocked) = (0, 0)
        var outcomes: [String: Int] = [:]
        for world in worlds {
            let agreement = Agreement(world.simulation)
            outcomes[agreement.outcome, default: 0] += 1
            agreed += agreement.count(.agrees)
            later += agreement.laterAgreements.all
            blocked += agreement.laterAgreements.blocked
            open += agreement.count(.notForetold)
            failed += agreement.count(.serverFailed)
            disagreed += agreement.disagreements.map { "\(world.name): \($0)" }
            #expect(agreement.count(.serverFailed) == 0 || world.mayFail, "\(world.name): \(agreement.failures)")
        }
        let compared = agreed + disagreed.count
        let figure = """
            \(worlds.count) worlds, \(compared) steps foretold and run, \(agreed) agree \
            (\(100 * agreed / max(1, compared)) %), \(later) of them after preflight, \(blocked) of which were to block \
            and did; \(open) were said to be unknowable before; \
            \(failed) were announced and not done by an ill server. Runs: \
            \(outcomes.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))

            """
        Attachment.record(figure, named: "agreement.txt")
        #expect(disagreed.isEmpty, "\(figure)\n\(disagreed.joined(separator: "\n"))")
        // A figure that rests on worlds where nothing happens says nothing.
        #expect(Set(outcomes.keys) == ["already-there", "completed", "halted", "refused", "rolled-back"])
        #expect(open < later / 2)
        #expect(blocked > 100)
    }

    @Test("What goes wrong later is not foretold, and only what cannot be known is left open")
    func laterFaults() throws {
        let scenarios = try ScenarioLoader.load(
            path: ScenarioFixture.playbooks + "/planned-switchover.test.yaml", faults: ScenarioFaults.declarations
        ).file.scenarios.filter { !AgreementWorld.isBeginning($0) }
        #expect(scenarios.count >= 20)
        let runner = try ScenarioFixture.runner()
        for scenario in scenarios {
            var world = runner.simulation(of: scenario)
            while world.runs[0].processes.isEmpty, world.step() {}
            let (machine, foresight) = world.preflight()
            let steps = try #require(foresight, "\(scenario.name)").laterSteps
            #expect(machine.state.kind == .advancing, "\(scenario.name)")
            let open = steps.filter { !$0.verdict.allows }
            #expect(
                open.map(\.step.kind.name) == [
                    "postgres.replayed-shutdown-checkpoint", "canary.write", "canary.write",
                ], "\(scenario.name): \(open.map(\.verdict.reason))")
            #expect(open.allSatisfy { $0.verdict.decision == .unknown }, "\(scenario.name)")
        }
    }

    @Test("A preflight changes nothing of the simulated world, nor of what happens in it next")
    func leavesNoTrace() throws {
        let plan = try ScenarioFixture.plan()
        func play(_ looks: Bool) -> Trial {
            var world = Simulation(plan, catalogue: ScenarioFixture.catalogue)
            while world.runs[0].processes.isEmpty, world.step() {}
            if looks { #expect(world.preflight().foresight != nil) }
            return world.play()
        }
        let (alone, watched) = (play(false), play(true))
        #expect(alone.journal == watched.journal)
        #expect(alone.occurrences == watched.occurrences)
    }
}
