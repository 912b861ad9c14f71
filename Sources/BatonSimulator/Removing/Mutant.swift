#if DEBUG || BATON_REMOVALS
    package import BatonCore

    /// Baton with one thing taken out of it. Some seed must show that it is missed.
    package enum Mutant: Hashable, Sendable {
        /// Transitions by that rule do not happen.
        case transition(Rule)
        /// Records of that rule are not written.
        case record(Rule)
        case check(Check)
        /// What the action is there for counts as done at the first look.
        case settlement(ActionID)
        /// One of the conditions of an action, by its place among them.
        case condition(ActionID, Int)
        /// The gate passes, whatever is answered.
        case gate(GateID)

        /// Everything that can be taken out.
        package static func all(of plan: Plan, _ catalogue: Catalogue) -> [Mutant] {
            let scope = plan.scope(plan.assumedBinding)
            // What the plan has no place for is missed by nobody.
            let actions = catalogue.actions.filter { $0.modes.contains(plan.mode) }
            let gates = catalogue.gates.filter { gate in plan.steps.contains { $0.kind == .gate(gate.id) } }
            // What has no effect that could be seen is settled by the server's answer alone.
            let settled = actions.filter { !$0.changes(Call($0.id, on: scope.old), scope).isEmpty }
            // It settles a step within the transitions of a takeover, and leads no transition itself.
            let transitions = Rule.allCases.filter { $0 != .stepAdopted }
            // Pure waiting is never recorded.
            let records = transitions.filter { $0 != .gateAwaited && $0 != .stepAwaited && $0 != .watchKept }
            return transitions.map { .transition($0) } + records.map { .record($0) }
                + Check.allCases.map { .check($0) }
                + settled.map { .settlement($0.id) }
                + actions.flatMap { action in
                    action.sampleConditions(plan).indices.map { .condition(action.id, $0) }
                }
                + gates.map { .gate($0.id) }
        }

        /// The rule that stands on what is taken out.
        package var rule: Rule {
            switch self {
            case .transition(let rule), .record(let rule): rule
            case .check(let check): check.rule
            case .settlement: .stepDone
            case .condition: .conditionBroken
            case .gate: .gateRefused
            }
        }

        /// What is taken out, in words.
        package func words(_ plan: Plan, _ catalogue: Catalogue) -> String {
            switch self {
            case .transition: "the transition"
            case .record: "its record"
            case .check(let check): "check `\(check.rawValue)`"
            case .settlement(let action): "the settlement of `\(action)`"
            case .condition(let id, let index):
                "condition \(index + 1) of `\(id)`: "
                    + (catalogue.action(id)?.sampleConditions(plan)[index].why ?? "")
            case .gate(let gate): "gate `\(gate)`"
            }
        }

        /// The world of one seed, with Baton as it is without this.
        package func simulation(_ swarm: Swarm, seed: UInt64, tells: Bool = false) -> Simulation {
            var swarm = swarm
            swarm.catalogue = mutated(swarm.catalogue)
            var simulation = swarm.simulation(seed: seed, tells: tells)
            switch self {
            case .transition(let rule): simulation.removal = .transition(rule)
            case .check(let check): simulation.removal = .check(check)
            case .record(let rule): simulation.runs[0].journal.drops = rule
            case .settlement, .condition, .gate: break
            }
            return simulation
        }

        private func mutated(_ catalogue: Catalogue) -> Catalogue {
            switch self {
            case .transition, .record, .check: catalogue
            case .settlement(let id):
                Catalogue(
                    actions: catalogue.actions.map {
                        $0.id == id ? ActionDefinition($0, settle: { _, _, _, _ in .done }) : $0
                    },
                    gates: catalogue.gates)
            case .condition(let id, let index):
                Catalogue(
                    actions: catalogue.actions.map { action in
                        guard action.id == id else { return action }
                        return ActionDefinition(
                            action,
                            requires: { call, scope, mode in
                                var conditions = action.requires(call, scope, mode)
                                if conditions.indices.contains(index) { conditions.remove(at: index) }
                                return conditions
                            })
                    }, gates: catalogue.gates)
            case .gate(let id):
                Catalogue(
                    actions: catalogue.actions,
                    gates: catalogue.gates.map { gate in
                        gate.id == id ? GateDefinition(gate) { _, _ in .pass("whatever is answered") } : gate
                    })
            }
        }
    }

    extension ActionDefinition {
        /// What the action wants on some target of the plan.
        fileprivate func sampleConditions(_ plan: Plan) -> [Condition] {
            let scope = plan.scope(plan.assumedBinding)
            return requires(Call(id, on: scope.old), scope, plan.mode)
        }
    }
#endif
