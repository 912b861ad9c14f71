package import BatonCore

/// Plays scenarios, each in a simulated world of its own.
package struct ScenarioRunner: Sendable {
    private let plan: Plan
    private let catalogue: Catalogue

    package init(plan: Plan, catalogue: Catalogue) {
        self.plan = plan
        self.catalogue = catalogue
    }

    /// Plays every scenario. What they name must be checked against the plan (`complaints(for:)`) and against
    /// `ScenarioFaults.declarations`; what is not there does nothing.
    package func run(_ scenarios: [Scenario]) -> ScenarioReport {
        var coverage = ScenarioCoverage(plan: plan)
        let results = scenarios.map { play($0, &coverage) }
        return ScenarioReport(results: results, coverage: coverage)
    }

    /// The world of a scenario, with everything that goes wrong in it planned and nothing played.
    func simulation(of scenario: Scenario) -> Simulation {
        var options = Simulation.Options()
        options.tells = true
        var plan = plan
        if plan.mode == .emergency { plan.acceptance = scenario.acceptance }
        var simulation = Simulation(
            plan, catalogue: catalogue, world: scenario.lost.map { EmergencyWorld($0) }, options: options)
        for given in scenario.given { inject(given, into: &simulation) }
        return simulation
    }

    private func play(_ scenario: Scenario, _ coverage: inout ScenarioCoverage) -> ScenarioResult {
        var simulation = simulation(of: scenario)
        simulation.playToRest()
        let rest = simulation.rest
        // A run that a broken promise cut short neither ended nor went anywhere.
        let wasCutShort = !simulation.watch.violations.isEmpty
        if !wasCutShort { coverage.add(rest) }
        // From its rest it goes on: everything heals, an operator acts, and the world must become whole.
        let trial = simulation.play()
        let broken = trial.violations.map { Self.sentence($0) }
        let problems = (wasCutShort ? [] : mismatch(scenario, rest)) + broken
        var result = ScenarioResult(
            scenario: scenario, outcome: rest.outcome, decided: rest.decided, reason: rest.reason, problems: problems,
            story: [])
        if !problems.isEmpty {
            // The story ends where it went wrong.
            result.story = broken.isEmpty ? told(rest.story, rest.journal) : told(trial.chronicle, trial.journal)
        }
        return result
    }

    // MARK: Faults

    private func inject(_ given: GivenFault, into simulation: inout Simulation) {
        guard let fault = ScenarioFaults.byID[given.fault] else { return }
        let moment = moment(given.moment, of: fault.declaration.kind)
        for aim in aims(of: given, fault.declaration.kind) {
            for fault in fault.faults(aim) { simulation.plan(PlannedFault(fault: fault, moment: moment)) }
        }
    }

    /// A name that stands for several steps means the first of them.
    private func moment(_ moment: Moment, of kind: FaultDeclaration.Kind) -> FaultMoment {
        func step(_ name: String) -> StepID { plan.steps(named: name).first?.id ?? StepID(name) }
        return switch moment {
        // What happens to Baton needs a Baton: its record begins, and nothing was looked at.
        case .start: kind == .run ? .line(1) : .at(Simulation.start)
        case .phase(let phase): .phase(phase)
        case .before(let name): .before(step(name))
        case .after(let name): .after(step(name))
        }
    }

    /// Roles stand for what they stand for in the plan's assumed binding: the world begins that way.
    private func aims(of given: GivenFault, _ kind: FaultDeclaration.Kind) -> [ScenarioFault.Aim] {
        var aim = ScenarioFault.Aim(plan: plan)
        if case .span(let span)? = given.value { aim.span = span }
        if case .count(let count)? = given.value { aim.count = Int(clamping: count) }
        let scope = plan.scope(plan.assumedBinding)
        guard let name = given.on else { return [aim] }
        guard let target = kind.target else {
            return plan.steps(named: name).flatMap { step in
                scope.targets(of: step.on).map { target in
                    aim.step = step
                    aim.target = target
                    return aim
                }
            }
        }
        let names = Role(rawValue: name).map { scope.targets(of: $0).map(\.name) } ?? [name]
        return names.compactMap { name in
            aim.name = name
            guard let index = plan.topology.index(of: Target(target, name)) else { return nil }
            aim.index = index
            let bit = UInt64(1) << UInt64(index)
            switch target {
            case .node: aim.hurt = { $0.nodes |= bit }
            case .pooler: aim.hurt = { $0.poolers |= bit }
            case .proxy, .name, .route: break
            }
            return aim
        }
    }

    // MARK: Judging

    private func mismatch(_ scenario: Scenario, _ rest: Simulation.Rest) -> [String] {
        guard rest.outcome == scenario.expect else {
            let place = rest.decided.isEmpty ? "" : " at \(list(rest.decided))"
            let wanted = scenario.at.map { " at \($0)" } ?? ""
            return [
                "expected \(scenario.expect.rawValue)\(wanted), and the run ended as \(rest.outcome.rawValue)\(place)"
            ]
        }
        guard let at = scenario.at else { return [] }
        let wanted = plan.steps(named: at).map(\.id)
        guard !rest.decided.contains(where: wanted.contains) else { return [] }
        return [
            "the run ended as \(rest.outcome.rawValue), as expected, but at \(list(rest.decided)) and not at \(at)"
        ]
    }

    private func list(_ steps: [StepID]) -> String {
        steps.isEmpty ? "no step" : steps.map(\.rawValue).joined(separator: ", ")
    }

    private static func sentence(_ violation: Violation) -> String {
        "broke a promise (\(violation.invariant)) after \(violation.at - Simulation.start): \(violation.what)"
    }

    // MARK: The story

    /// What happened to the servers, and what Baton's record says that it did about it.
    private func told(_ happened: [Counterexample.Moment], _ journal: [JournalEntry]) -> [Counterexample.Moment] {
        let recorded = journal.flatMap { entry in
            entry.words.map {
                Counterexample.Moment(at: entry.instant - Simulation.start, who: "the record", what: $0)
            }
        }
        // What is recorded at a moment comes before what follows from it.
        return (recorded + happened).enumerated()
            .sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element)
    }
}

extension Topology {
    /// The place of a node or pooler; nil for what is not there.
    fileprivate func index(of target: Target) -> Int? {
        switch target.kind {
        case .node: nodes.firstIndex { $0.name == target.name }
        case .pooler: poolers.firstIndex { $0.name == target.name }
        case .route: routes.firstIndex { $0.name == target.name }
        case .proxy, .name: nil
        }
    }
}

extension JournalEntry {
    /// What of a record belongs into a story: what it announces, and what did not go as planned.
    fileprivate var words: [String] {
        let announced = announced.map { "announces \($0.action) on \($0.on)" }
        guard !Self.quiet.contains(rule) else { return announced }
        let said = note.isEmpty ? why : note
        return [event.item.map { "\($0): \(said)" } ?? (note.isEmpty ? why : "\(why) (\(note))")] + announced
    }

    /// Rules of a run that goes as planned.
    private static let quiet: Set<RuleID> = Set(
        [
            Rule.runStarted, .slotsBound, .gatePassed, .stepAnnounced, .stepReported, .stepDone, .preflightPassed,
            .promotionAnnounced, .measured, .undoneStep,
        ].map(\.id))
}
