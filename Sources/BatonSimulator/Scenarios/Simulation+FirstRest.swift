import BatonCore

extension Simulation {
    /// Where the first run came to rest while nobody helped it.
    struct Rest {
        var outcome: Expectation
        /// What the run says of it; nil where there is nothing to say.
        var reason: String?
        /// The steps that brought it about, in the plan's order.
        var decided: [StepID]
        /// Nil: the run never began.
        var machine: RunMachine?
        var journal: [JournalEntry]
        /// What happened up to there.
        var story: [Counterexample.Moment]
        var guardTookOver: Bool
    }

    /// The run as it stands when nobody works on it any more. A run whose process is gone, or stopped for good, waits for an
    /// operator as a halted one does.
    var rest: Rest {
        let run = runs[0]
        var rest = Rest(
            outcome: .refused, reason: "no node answered, so the run could not take the lease", decided: [],
            journal: run.journal.entries, story: story,
            guardTookOver: run.processes.contains { processes[$0].kind == .guardian })
        guard let last = run.processes.last else { return rest }
        let machine = processes[last].machine
        rest.machine = machine
        rest.decided = machine.decidingSteps
        (rest.outcome, rest.reason) = Self.end(of: machine.state)
        return rest
    }

    static func end(of state: RunState) -> (Expectation, reason: String?) {
        switch state {
        case .finished(.completed): (.completed, nil)
        case .finished(.completedWithObligations(let left)): (.completedWithObligations, left.joined(separator: "; "))
        case .finished(.refused(let why)): (.refused, why)
        case .finished(.rolledBack(let why)): (.rolledBack, why)
        case .finished(.alreadyThere(let why)): (.alreadyThere, why)
        case .finished(.interrupted(let why)): (.interrupted, why)
        case .halted(let halt): (.halted, halt.reason)
        case .planned, .surveying, .checking, .advancing, .holding, .committed, .undoing, .reconciling:
            (.halted, "its process is gone or stopped in the state \(state.kind.rawValue), and nobody went on with it")
        }
    }
}

extension RunMachine {
    /// The steps whose refusal, failure or interruption decided how the run stands; else the one that it stands at. None
    /// where it ended as it should.
    var decidingSteps: [StepID] {
        let own = order.compactMap { items[$0] }.filter { !$0.id.isUndo }
        switch state {
        case .finished(.completed), .finished(.alreadyThere): return []
        case .finished(.completedWithObligations):
            let owed = Set(openObligations.map(\.item.step))
            return inPlan(own.filter { !$0.succeeded || owed.contains($0.id.step) })
        case .halted(let halt) where !halt.open.isEmpty:
            return inPlan(halt.open.compactMap { items[$0] })
        case .finished, .halted, .planned, .surveying, .checking, .advancing, .holding, .committed, .undoing,
            .reconciling:
            let stopped = own.filter { $0.rule.map(Self.stops.contains) ?? false }
            if !stopped.isEmpty { return inPlan(stopped) }
            let standing = own.filter { !$0.isSettled }
            return inPlan(standing.isEmpty ? Array(own.suffix(1)) : standing)
        }
    }

    /// Rules after which a run does not go on as planned.
    private static let stops: Set<Rule> = [
        .gateRefused, .conditionBroken, .stepFailed, .stepUnknown, .stepDiverged, .interruptNoted,
    ]

    private func inPlan(_ items: [StepMachine]) -> [StepID] {
        let ids = Set(items.map(\.id.step))
        return plan.steps.map(\.id).filter(ids.contains)
    }
}
