import BatonCore

/// What a seed begins with beside its faults: drawn by a generator of its own, so that a seed keeps its faults when
/// something is added here.
struct Beginning {
    private var random: SeededRandom
    private let isThere: Bool
    private let variant: Variant?

    /// How the operator wants the run, and where its primary is.
    static func draw(_ original: Plan, _ seed: UInt64, _ options: inout Simulation.Options) -> (Plan, Beginning) {
        var random = SeededRandom(seed: seed ^ 0x5EED)
        var plan = original
        options.holdsFor = .milliseconds(Int64(random.once(in: 2) ? random.below(2_000) : random.below(60_000)))
        options.diesWhenHalted = random.once(in: 16)
        if random.once(in: 8) {
            plan.holdBefore = random.pick([
                .prepare, .freeze, .fence, .catchUp, .promote, .repoint, .thaw, .verify, .finish,
            ])
        }
        if random.once(in: 8) { plan.tryTwice() }
        let isThere = random.once(in: 24)
        let variant = Variant(seed)
        variant?.change(&plan, &options)
        return (plan, Beginning(random: random, isThere: isThere, variant: variant))
    }

    /// The node that is the primary when all begins; nil: the usual one.
    func primary(_ plan: Plan) -> Int? {
        isThere ? plan.topology.nodes.firstIndex { $0.site == plan.toSite } : nil
    }

    /// Prepares the world; true when nothing else is to go wrong in it.
    mutating func apply(to simulation: inout Simulation) -> Bool {
        if isThere, random.once(in: 2) { simulation.addRival(random.once(in: 2)) }
        func at(_ fault: Fault, _ moment: FaultMoment) { simulation.plan(PlannedFault(fault: fault, moment: moment)) }
        if let variant {
            variant.spoil(&simulation, &random)
            return true
        }
        switch random.below(24) {
        case 0, 1: break
        case 2, 3:
            // One thing alone that a gate exists for.
            simulation.spoilByDraw(&random)
        case 4:
            // A server dies while it is stopped.
            at(.nodeDies(0), .at(Simulation.start + .milliseconds(Int64(20 + random.below(40)))))
        case 5:
            // What was proved is no longer true, and another process goes on.
            let line = 36 + random.below(40)
            at(.nodeDies(1), .line(line))
            at(.batonDies, .line(line))
        case 8:
            // The candidate dies right before its promotion.
            at(.nodeDies(1), .line(44 + random.below(8)))
        case 9:
            // One order is refused once.
            let steps = simulation.runs[0].plan.steps.filter { $0.phase == .repoint || $0.phase == .thaw }
            if let step = random.pick(steps) {
                simulation.distort(StepDistortion(step: step.id, target: nil, distortion: .flaps))
            }
        case 6: at(.nodeForced(0), .line(44 + random.below(8)))
        case 7:
            at(.batonStops, .line(36 + random.below(14)))
            at(.guardDies, .line(36))
            at(.batonGoesOn, .at(Simulation.start + .seconds(Int64(20 + random.below(20)))))
        default: return false
        }
        return true
    }
}

extension Plan {
    /// What can be taken back is tried a second time, as a playbook's `retry` says it.
    fileprivate mutating func tryTwice() {
        for group in groups.indices where groups[group].phase < .promote {
            for step in groups[group].steps.indices { groups[group].steps[step].retries = 1 }
        }
    }
}

/// What the shipped playbook cannot come to, and a user's can. Few seeds play one.
private enum Variant {
    /// The fence comes first, and new loses its upstream after preflight: a refusal with nothing changed.
    case fenceFirst
    /// Another step is at work on new while old is stopped, and old dies in its stop.
    case fencesTwo

    init?(_ seed: UInt64) {
        switch seed % 61 {
        case 7: self = .fenceFirst
        case 8: self = .fencesTwo
        default: return nil
        }
    }

    func change(_ plan: inout Plan, _ options: inout Simulation.Options) {
        options.replays = true
        switch self {
        case .fenceFirst: plan.groups.removeAll { [.prepare, .freeze, .thaw].contains($0.phase) }
        case .fencesTwo:
            guard let fence = plan.groups.firstIndex(where: { $0.phase == .fence }) else { return }
            plan.groups[fence].steps += plan.slowSteps
        }
    }

    func spoil(_ simulation: inout Simulation, _ random: inout SeededRandom) {
        func at(_ fault: Fault, _ moment: FaultMoment) { simulation.plan(PlannedFault(fault: fault, moment: moment)) }
        switch self {
        case .fenceFirst:
            let scope = Scope(
                topology: simulation.runs[0].plan.topology, binding: simulation.runs[0].plan.assumedBinding)
            let gates = simulation.runs[0].plan.steps.filter { $0.phase == .preflight }
            let passed = 2 + gates.reduce(0) { $0 + scope.targets(of: $1.on).count }
            at(random.once(in: 2) ? .nodesApart(1, 0) : .nodeDies(1), .line(passed - random.below(4)))
        case .fencesTwo:
            for step in simulation.runs[0].plan.slowSteps {
                simulation.distort(StepDistortion(step: step.id, target: nil, distortion: .slow))
            }
            at(.nodeDies(0), .at(Simulation.start + .milliseconds(Int64(20 + random.below(30)))))
            if random.once(in: 2) {
                at(.batonDies, .at(Simulation.start + .milliseconds(Int64(40 + random.below(40)))))
            }
        }
    }
}

extension Plan {
    /// What `prepare` does on new, as steps of the fence; the same whenever it is asked.
    fileprivate var slowSteps: [PlanStep] {
        let fence = groups.first { $0.phase == .fence }?.steps ?? []
        let known = fence.filter { $0.id.rawValue.hasSuffix(".again") }
        guard known.isEmpty else { return known }
        return steps.filter { $0.kind == .act("postgres.checkpoint") }.prefix(1).map { step in
            var step = step
            step.id = StepID("fence.checkpoint.again")
            step.phase = .fence
            step.on = [.new]
            return step
        }
    }
}
