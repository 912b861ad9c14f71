import BatonCore

/// A preflight in the simulated world: the counterpart of `PreflightEngine`. It looks and changes nothing, not even what
/// happens next.
extension Simulation {
    /// What a preflight of the first run's plan would tell at this moment: the machine as its gates leave it, and how the
    /// rest of the plan would go; nil while nobody knows who is old and who is new.
    func preflight() -> (machine: RunMachine, foresight: Foresight?) {
        let plan = runs[0].plan
        var machine = machine(for: plan)
        var events: [Event] = [.started]
        while !events.isEmpty {
            let requests = machine.handle(events.removeFirst(), at: truth.now).requests
            switch machine.state.kind {
            case .planned, .surveying, .checking: events += requests.compactMap { answer($0, machine.scope) }
            case .advancing, .holding, .committed, .undoing, .reconciling, .halted, .finished: events = []
            }
        }
        return (machine, machine.isBound ? foresee(plan, machine.scope) : nil)
    }

    private func answer(_ request: Request, _ scope: Scope) -> Event? {
        let sight = Sight(truth: truth, scope: scope)
        switch request {
        case .survey(let keys, _): return .surveyed(sight.observe(keys).observations)
        case .ask(let item, let attempt, let gate, let arguments, _, _):
            return .judged(item, attempt: attempt, verdict(gate, arguments, item.target, sight).0)
        case .perform, .observe, .cancel, .armGuard, .wake, .keepWatch, .measureDivergence, .startCanary, .stopCanary,
            .rest:
            return nil
        }
    }

    private func foresee(_ plan: Plan, _ scope: Scope) -> Foresight {
        let sight = Sight(truth: truth, scope: scope)
        var world = World()
        for observation in sight.observe(Foresight.facts(of: plan, in: scope, catalogue: catalogue)).observations {
            world.learn(observation, at: truth.now)
        }
        var answers: [ItemID: Verdict] = [:]
        for (item, gate, arguments) in Foresight.questions(of: plan, in: scope, catalogue: catalogue) {
            answers[item] = verdict(gate, arguments, item.target, sight).0
        }
        return Foresight(plan, in: scope, from: world, catalogue: catalogue, answers: answers)
    }
}
