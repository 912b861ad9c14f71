import BatonCore
import Testing

@testable import BatonSimulator

/// Whatever a team writes down: no two faults of the vocabulary make Baton break a promise, and none raises a false alarm.
@Suite("Pairs of faults")
struct FaultPairTests {
    /// One way to write each word down.
    private func draw(_ plan: Plan, _ random: inout SeededRandom) -> GivenFault? {
        guard let word = random.pick(ScenarioFaults.declarations), let step = random.pick(plan.steps) else {
            return nil
        }
        let on: String? =
            switch word.kind {
            case .node: random.pick(["old", "new", "others"])
            case .pooler: random.pick(["poolers", "west-pool", "east-pool"])
            case .route: "routes"
            case .step: step.id.rawValue
            case .run: nil
            }
        let spans: [TimeSpan] = [.milliseconds(300), .seconds(3), .seconds(40), .seconds(600)]
        let moment: Moment =
            switch random.below(4) {
            case _ where word.isInitial || word.kind == .step: .start
            case 0: .start
            case 1: .phase(step.phase)
            case 2: .before(step.id.rawValue)
            default: .after(step.id.rawValue)
            }
        return .fault(word.id, on: on, with: word.value == nil ? nil : random.pick(spans), moment)
    }

    @Test("Two faults at once break no promise", arguments: 1...5)
    func pairs(seed: UInt64) throws {
        let plan = try ScenarioFixture.plan()
        let runner = ScenarioRunner(plan: plan, catalogue: ScenarioFixture.catalogue)
        var random = SeededRandom(seed: seed)
        var outcomes: Set<BatonCore.Expectation> = []
        for _ in 0..<80 {
            let given = [draw(plan, &random), draw(plan, &random)].compactMap(\.self)
            let result = runner.run([ScenarioFixture.scenario(given)]).results[0]
            let broken = result.problems.filter { $0.hasPrefix("broke a promise") }
            #expect(broken.isEmpty, "\(given.map { "\($0.fault) \($0.on ?? "") \($0.moment)" }): \(broken)")
            outcomes.insert(result.outcome)
        }
        #expect(outcomes.isSuperset(of: [.completed, .refused, .rolledBack, .halted]))
    }
}
