import BatonPlaybooks

@testable import BatonCore
@testable import BatonSimulator

/// A world that is well or ill from its beginning, for a plan to be foretold and run in. Nothing goes wrong later: what has
/// not happened cannot be known before.
struct AgreementWorld {
    let name: String
    let simulation: Simulation
    /// Whether a server may fail to do what it is told: because what is wrong with it shows only then, or because the gate
    /// that would see it was taken from the plan.
    let mayFail: Bool

    /// Ways to arrange the shipped plan's gates, so that it is not always the preflight that refuses.
    enum Shape: String, CaseIterable {
        case shipped
        /// Every gate of preflight stands at the beginning of `prepare` instead.
        case late
        /// Only what the steps themselves require.
        case bare

        func plan(_ shipped: Plan) -> Plan {
            var plan = shipped
            guard self != .shipped else { return plan }
            var gates = plan.groups[0].steps
            plan.groups[0].steps = []
            guard self == .late else { return plan }
            for index in gates.indices {
                gates[index].phase = .prepare
                gates[index].id = StepID("late.\(gates[index].id)")
            }
            plan.groups.insert(PlanGroup(phase: .prepare, steps: gates), at: 1)
            return plan
        }
    }

    /// Every shape of the shipped plan in every direction: on a healthy world, on one with each thing that may be wrong (in
    /// one direction with each two of them), and on the beginning of each shipped scenario.
    static func all() throws -> [AgreementWorld] {
        let scenarios = try ScenarioLoader.load(
            path: ScenarioFixture.playbooks + "/planned-switchover.test.yaml", faults: ScenarioFaults.declarations
        ).file.scenarios
        return try ["east", "west"].flatMap { site in
            let shipped = try ScenarioFixture.plan(to: site)
            return Shape.allCases.flatMap { shape in
                worlds(of: shape, shape.plan(shipped), "\(shape.rawValue) to \(site)", scenarios)
            }
        }
    }

    private static func worlds(
        of shape: Shape, _ plan: Plan, _ label: String, _ scenarios: [Scenario]
    ) -> [AgreementWorld] {
        let catalogue = ScenarioFixture.catalogue
        var worlds = [
            AgreementWorld(
                name: "\(label), healthy", simulation: Simulation(plan, catalogue: catalogue), mayFail: false)
        ]
        func add(_ defects: [WorldDefect], seed: UInt64) {
            var simulation = Simulation(plan, catalogue: catalogue)
            var random = SeededRandom(seed: seed)
            for defect in defects { simulation.spoil(defect, &random) }
            let name = defects.map(\.rawValue).joined(separator: " and ")
            worlds.append(
                AgreementWorld(
                    name: "\(label), \(name) \(seed)", simulation: simulation,
                    mayFail: shape == .bare || !defects.allSatisfy(\.isKnowable)))
        }
        for (index, defect) in WorldDefect.allCases.enumerated() {
            for seed in 1...2 as ClosedRange<UInt64> { add([defect], seed: seed) }
            for other in WorldDefect.allCases[(index + 1)...] where plan.toSite == "east" {
                add([defect, other], seed: 3)
            }
        }
        let runner = ScenarioRunner(plan: plan, catalogue: catalogue)
        let latent: Set<FaultID> = [
            "node.slow-checkpoint", "node.open-transaction", "standby.dies-promoting", "pooler.broken-reload",
        ]
        for scenario in scenarios where isBeginning(scenario) {
            worlds.append(
                AgreementWorld(
                    name: "\(label), \(scenario.name)", simulation: runner.simulation(of: scenario),
                    mayFail: shape == .bare || scenario.given.contains { latent.contains($0.fault) }))
        }
        return worlds
    }

    /// Whether all that goes wrong in a scenario is there from the beginning, and with the servers.
    static func isBeginning(_ scenario: Scenario) -> Bool {
        scenario.given.allSatisfy { given in
            given.moment == .start
                && [.node, .pooler].contains(ScenarioFaults.byID[given.fault]?.declaration.kind)
        }
    }
}
