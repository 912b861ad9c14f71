package import BatonCore

/// Draws what one seed tries: which kinds of fault at all, then which of them, when, and how the world is to begin with.
/// Drawing the kinds first (swarm testing, Groce et al. 2012) reaches combinations that a draw from everything never does.
package struct Swarm: Sendable {
    /// The kinds of disturbance that a seed may allow.
    enum Kind: CaseIterable {
        case step, node, pooler, network, baton, guardian, host, operators, defects, disk
    }

    package let plan: Plan
    package var catalogue: Catalogue
    /// What a share of the seeds plays instead.
    private let emergency: Plan?
    /// Lines that the record of an undisturbed run has, and that of an undisturbed emergency.
    private let lines: Int
    private let emergencyLines: Int

    /// - Parameter emergency: what one seed in three plays instead of `plan`; nil: none does.
    package init(_ plan: Plan, emergency: Plan? = nil, catalogue: Catalogue) {
        self.plan = plan
        self.catalogue = catalogue
        self.emergency = plan.mode == .emergency ? plan : emergency
        lines = Self.lines(plan, catalogue)
        emergencyLines = self.emergency.map { Self.lines($0, catalogue) } ?? lines
    }

    private static func lines(_ plan: Plan, _ catalogue: Catalogue) -> Int {
        var plan = plan
        if plan.mode == .emergency { plan.acceptance = Acceptance(loss: .unknown) }
        var calm = Simulation(plan, catalogue: catalogue)
        calm.playToRest()
        return max(1, calm.runs[0].journal.entries.count)
    }

    /// The plan of an emergency, where this seed plays one.
    private func emergency(of seed: UInt64) -> Plan? {
        if plan.mode == .emergency { return plan }
        var random = SeededRandom(seed: seed ^ 0xE4E)
        return random.once(in: 3) ? emergency : nil
    }

    /// The world of one seed, with its faults planned.
    package func simulation(seed: UInt64, tells: Bool = false) -> Simulation {
        var random = SeededRandom(seed: seed)
        var options = Simulation.Options()
        options.latency = .microseconds(Int64(100 + random.below(1_500)))
        options.delaysAnswers = random.once(in: 3)
        options.replays = random.once(in: 16)
        options.tells = tells
        if let emergency = emergency(of: seed) { return simulation(of: emergency, seed, options, &random) }
        var (plan, begin) = Beginning.draw(plan, seed, &options)
        var simulation = Simulation(
            plan, catalogue: catalogue, primary: begin.primary(plan), seed: random.next(), options: options)
        guard !begin.apply(to: &simulation) else { return simulation }
        let kinds = Kind.allCases.filter { _ in random.once(in: 2) }
        let count = 1 + random.below(3)
        for _ in 0..<count { add(random.pick(kinds) ?? .step, to: &simulation, &random) }
        return simulation
    }

    /// The world of one seed that plays an emergency.
    private func simulation(
        of emergency: Plan, _ seed: UInt64, _ options: Simulation.Options, _ random: inout SeededRandom
    ) -> Simulation {
        var options = options
        let draw = EmergencyDraw(emergency, seed, &options)
        var simulation = Simulation(
            draw.plan, catalogue: catalogue, world: draw.world, seed: random.next(), options: options)
        // In one of eight nothing goes wrong but the disaster.
        let count = random.once(in: 8) ? 0 : 1 + random.below(3)
        let kinds = Kind.allCases.filter { _ in random.once(in: 2) }
        for _ in 0..<count {
            if random.once(in: 2), let fault = random.pick(EmergencyFault.allCases) {
                fault.plan(on: &simulation, moment(&random, emergencyLines), &random)
            } else {
                add(random.pick(kinds) ?? .step, to: &simulation, &random)
            }
        }
        return simulation
    }

    private func moment(_ random: inout SeededRandom, _ lines: Int) -> FaultMoment {
        switch random.below(10) {
        case 0: .at(Simulation.start + .milliseconds(Int64(random.below(700))))
        case 1:
            .phase(
                random.pick([.prepare, .freeze, .fence, .catchUp, .promote, .repoint, .thaw, .verify, .finish])
                    ?? .freeze)
        default: .line(1 + random.below(lines))
        }
    }

    private func add(_ kind: Kind, to simulation: inout Simulation, _ random: inout SeededRandom) {
        let plan = simulation.runs[0].plan
        let lines = plan.mode == .emergency ? emergencyLines : lines
        let node = random.below(plan.topology.nodes.count)
        let pooler = random.below(max(1, plan.topology.poolers.count))
        let moment = moment(&random, lines)
        func at(_ fault: Fault) { simulation.plan(PlannedFault(fault: fault, moment: moment)) }
        func later(_ fault: Fault, _ random: inout SeededRandom) {
            // Short enough that the run is still there to see it, or long enough that it is not.
            let span = random.once(in: 2) ? random.below(400) : random.below(30_000)
            simulation.plan(
                PlannedFault(fault: fault, moment: .at(Simulation.start + .milliseconds(Int64(100 + span)))))
        }
        switch kind {
        case .step: distort(&simulation, &random)
        case .node:
            switch random.below(3) {
            case 0: at(.nodeDies(node))
            case 1:
                at(.nodeDies(node))
                later(.nodeReturns(node), &random)
            default:
                at(.nodeHangs(node))
                if random.once(in: 2) { later(.nodeGoesOn(node), &random) }
            }
            if random.once(in: 3) { later(.nodeReturns(random.below(plan.topology.nodes.count)), &random) }
        case .pooler:
            guard !plan.topology.poolers.isEmpty else { return }
            if random.once(in: 2) {
                at(.poolerDies(pooler))
                if random.once(in: 2) { later(.poolerReturns(pooler), &random) }
            } else {
                at(.poolerHangs(pooler))
                if random.once(in: 2) { later(.poolerGoesOn(pooler), &random) }
            }
        case .network:
            let direction = random.pick(Fault.Direction.allCases) ?? .both
            switch random.below(3) {
            case 0: at(.nodeUnreachable(node, direction))
            case 1: if !plan.topology.poolers.isEmpty { at(.poolerUnreachable(pooler, direction)) }
            default: at(.nodesApart(node, random.below(plan.topology.nodes.count)))
            }
            if random.once(in: 2) { later(.networkHeals, &random) }
        case .baton:
            switch random.below(3) {
            case 0: at(.batonDies)
            case 1: simulation.plan(PlannedFault(fault: .batonDies, moment: .beforeLine(1 + random.below(lines))))
            default:
                at(.batonStops)
                if random.once(in: 2) { later(.batonGoesOn, &random) }
            }
        case .guardian: at(.guardDies)
        case .host: at(.hostCrashes)
        case .operators: at(random.once(in: 2) ? .operatorInterrupts : .secondBaton)
        case .defects: simulation.spoilByDraw(&random)
        case .disk:
            if random.once(in: 2) { at(.diskFills) } else { at(.wallClockJumps(random.below(7_200) - 3_600)) }
        }
    }

    private func distort(_ simulation: inout Simulation, _ random: inout SeededRandom) {
        let steps = simulation.runs[0].plan.steps.filter { $0.phase != .preflight || random.once(in: 10) }
        guard let step = random.pick(steps),
            let distortion = random.pick(Performance.Distortion.all)
        else { return }
        simulation.distort(
            StepDistortion(
                step: step.id, target: nil, isUndo: random.once(in: 5), distortion: distortion,
                times: 1 + random.below(3)))
    }
}

extension Simulation {
    /// One thing that is wrong with a server or pooler from the start.
    mutating func spoilByDraw(_ random: inout SeededRandom) {
        guard let defect = random.pick(WorldDefect.allCases) else { return }
        spoil(defect, &random)
        planned.append(defect.words)
    }
}

extension Performance.Distortion {
    static let all: [Performance.Distortion] = [
        .failsBefore, .failsAfter, .timesOutWithout, .timesOutWith, .late, .slow, .flaps,
    ]
}
