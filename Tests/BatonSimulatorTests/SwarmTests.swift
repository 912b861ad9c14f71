import BatonActions
import BatonCore
import Testing

@testable import BatonSimulator

@Suite struct SwarmTests {
    private static let seeds: ClosedRange<UInt64> = 1...3_000

    @Test func `no seed breaks a promise`() throws {
        let swarm = Swarm(try SimulatedPlan.shipped(), catalogue: SimulatedPlan.catalogue)
        var outcomes: Set<String> = []
        for seed in Self.seeds {
            var simulation = swarm.simulation(seed: seed)
            let trial = simulation.play()
            for violation in trial.violations {
                Issue.record("seed \(seed): \(violation.invariant): \(violation.what)")
            }
            if let outcome = trial.outcome { outcomes.insert(outcome) }
        }
        #expect(outcomes.isSuperset(of: ["completed", "refused", "rolled-back", "interrupted"]))
    }

    @Test(arguments: [7, 119, 965, 19_228] as [UInt64])
    func `one seed tells one story, to the byte`(seed: UInt64) throws {
        let swarm = Swarm(try SimulatedPlan.shipped(), catalogue: SimulatedPlan.catalogue)
        var stories: [String] = []
        for _ in 0..<2 {
            var simulation = swarm.simulation(seed: seed, tells: true)
            let trial = simulation.play()
            stories.append("\(trial.faults) \(trial.chronicle) \(trial.journal) \(trial.occurrences)")
        }
        #expect(stories[0] == stories[1])
        #expect(!stories[0].isEmpty)
    }

    @Test func `a calm run completes, and its clients see nothing but a wait`() throws {
        var simulation = Simulation(try SimulatedPlan.shipped(), catalogue: SimulatedPlan.catalogue)
        let trial = simulation.play()
        #expect(trial.violations.isEmpty)
        #expect(trial.outcome == "completed")
        #expect(simulation.truth.clients.allSatisfy { $0.errors == 0 && $0.acknowledged > 0 })
        #expect(simulation.truth.writers == [1])
    }

    @Test func `every action has a performer and every gate an observer`() {
        #expect(SimulatedPerformers.ids.sorted() == SimulatedPlan.catalogue.actions.map(\.id))
        #expect(SimulatedObservers.ids.sorted() == SimulatedPlan.catalogue.gates.map(\.probeID).sorted())
    }
}

/// Seeds that once broke a promise, each named for what it found.
@Suite struct SeedRegressionTests {
    @Test(
        arguments: [
            ("the candidate dies between the proof and the promotion, and its timeline is never known", 19_228),
            ("a second Baton switches over while the first run's machine is down", 7_545),
            ("new dies in the middle of the promotion that a resume ordered", 965),
            ("old is started as a standby while a promotion that never happened is waited for", 588),
            ("Baton is stopped in the freeze after its guard has died", 8_438),
            ("the guard dies while a pause hangs, and the pause is to be tried again", 65_222),
            ("old dies again right after the undo has started it", 147_593),
            ("old dies while the guard starts it, and the performer cannot tell", 174_466),
            ("an operator retries a promotion that is found done", 131_381),
            ("old dies while another step of the fence is at work, and its session ends", 6_901),
        ] as [(String, UInt64)])
    func `a seed that found a fault finds it no more`(story: String, seed: UInt64) throws {
        var simulation = Swarm(try SimulatedPlan.shipped(), catalogue: SimulatedPlan.catalogue)
            .simulation(seed: seed)
        #expect(simulation.play().violations.isEmpty, "\(story)")
    }
}
