import BatonCore

/// What the seed of an emergency begins with: the topology, the disaster, what the operator accepts and how they want the run.
struct EmergencyDraw {
    var plan: Plan
    var world: EmergencyWorld

    init(_ original: Plan, _ seed: UInt64, _ options: inout Simulation.Options) {
        var random = SeededRandom(seed: seed ^ 0xE4E7)
        plan = original
        if plan.topology == SimulatedTopology.threeNodes {
            let other = [SimulatedTopology.twoNodes, SimulatedTopology.fourNodes, plan.topology, plan.topology]
            plan.move(to: random.pick(other) ?? plan.topology)
        }
        options.holdsFor = .milliseconds(Int64(random.once(in: 2) ? random.below(2_000) : random.below(60_000)))
        options.diesWhenHalted = random.once(in: 16)
        if random.once(in: 8) {
            plan.holdBefore = random.pick([
                .prepare, .freeze, .fence, .catchUp, .promote, .repoint, .thaw, .verify, .finish,
            ])
        }
        world = Self.world(plan, &random)
        plan.acceptance = Self.acceptance(plan, world, &random)
    }

    private static func world(_ plan: Plan, _ random: inout SeededRandom) -> EmergencyWorld {
        let losses: [PrimaryLoss] = [
            .killed, .killed, .killed, .killed, .hung, .hung, .hung, .isolated, .isolated, .stopped, .stopped, .stopped,
            .orphaned, .orphaned, .alive,
        ]
        let nodes = plan.topology.nodes
        var world = EmergencyWorld(random.pick(losses) ?? .killed, hostIsLost: random.once(in: 6))
        if world.loss == .isolated, random.once(in: 3) { world.hostIsLost = false }
        if random.once(in: 2) { world.unreceived = 1 + random.below(20) }
        let primary = nodes.firstIndex { $0.site != plan.toSite } ?? 0
        for node in nodes.indices where node != primary {
            if random.once(in: 8) { world.missing[node] = 1 + random.below(8) }
            let isNear = nodes[node].site == nodes[primary].site
            let isLost = isNear ? random.once(in: 2) : random.once(in: 24)
            if isLost, world.loss != .alive { world.lostWith.insert(node) }
        }
        for pooler in plan.topology.poolers.indices {
            let isNear = plan.topology.poolers[pooler].site == nodes[primary].site
            if isNear ? random.once(in: 3) : random.once(in: 24) {
                world.poolers[pooler] = random.pick(EmergencyWorld.PoolerLoss.allCases)
            }
        }
        return world
    }

    /// What the operator takes upon themselves: rarely nothing, or too little.
    private static func acceptance(_ plan: Plan, _ world: EmergencyWorld, _ random: inout SeededRandom) -> Acceptance {
        var acceptance = Acceptance()
        switch random.below(9) {
        case 0: break
        case 1: acceptance.loss = .bytes(UInt64(random.below(2_000)))
        default: acceptance.loss = .unknown
        }
        guard random.once(in: world.hostIsLost ? 2 : 10) else { return acceptance }
        let nodes = plan.topology.nodes
        let primary = nodes.firstIndex { $0.site != plan.toSite } ?? 0
        acceptance.unfenced.append(nodes[primary].name)
        for node in world.lostWith.sorted() where !random.once(in: 4) { acceptance.unfenced.append(nodes[node].name) }
        for pooler in world.poolers.keys.sorted() where !random.once(in: 4) {
            acceptance.unfenced.append(plan.topology.poolers[pooler].name)
        }
        return acceptance
    }
}

extension Plan {
    /// The same plan for another topology with the same sites.
    mutating func move(to topology: Topology) {
        self.topology = topology
        candidates = topology.nodes.filter { $0.site == toSite }.map(\.name)
    }
}

/// What goes wrong in an emergency beside what goes wrong anywhere.
enum EmergencyFault: CaseIterable {
    case oldReturns, oldForced, oldGoesOn, networkHeals, candidateDies, candidateFull, candidateInPlace
    case standbysPaused, otherOperator, candidateUnseen, lostPoolerReturns

    func plan(on simulation: inout Simulation, _ moment: FaultMoment, _ random: inout SeededRandom) {
        let plan = simulation.runs[0].plan
        guard let emergency = simulation.emergency,
            let new = plan.topology.nodes.firstIndex(where: { plan.candidates.contains($0.name) })
        else { return }
        func at(_ fault: Fault, _ moment: FaultMoment) {
            simulation.plan(PlannedFault(fault: fault, moment: moment))
        }
        let promotion = plan.steps.first { $0.phase == .promote && !$0.kind.isGate }?.id
        let beforePromotion = promotion.map { FaultMoment.before($0) } ?? moment
        switch self {
        case .oldReturns: at(.nodeReturns(emergency.primary), moment)
        case .oldForced: at(.nodeForced(emergency.primary), moment)
        case .oldGoesOn: at(.nodeGoesOn(emergency.primary), moment)
        case .networkHeals: at(.networkHeals, moment)
        case .candidateDies: at(.nodeDies(new), random.once(in: 2) ? beforePromotion : moment)
        case .candidateFull: at(.disturbance(.fullDisk(new, plan.topology.nodes[new].name)), moment)
        case .candidateInPlace: at(.disturbance(.promotesInPlace(new, plan.topology.nodes[new].name)), moment)
        case .standbysPaused:
            for node in plan.topology.nodes.indices where node != emergency.primary {
                at(.disturbance(.pausedReplay(node, plan.topology.nodes[node].name)), moment)
            }
        case .otherOperator: at(.disturbance(.otherOperator), moment)
        case .candidateUnseen: at(.nodeUnreachable(new, random.pick(Fault.Direction.allCases) ?? .both), moment)
        case .lostPoolerReturns:
            for pooler in plan.topology.poolers.indices {
                at(.poolerGoesOn(pooler), moment)
                at(.poolerReturns(pooler), moment)
            }
        }
    }
}

extension Disturbance {
    /// ENOSPC: a promotion writes a history file and an end-of-recovery record, and PostgreSQL ends where it cannot.
    static func fullDisk(_ node: Int, _ name: String) -> Disturbance {
        Disturbance("\(name) has no space left on its disk", hurt: { $0.nodes |= 1 << UInt64(node) }) {
            $0.truth.nodes[node].defects.diskFull = true
        }
    }

    /// It leaves recovery on the timeline that it had.
    static func promotesInPlace(_ node: Int, _ name: String) -> Disturbance {
        Disturbance(
            "\(name) will leave recovery without a new timeline",
            hurt: {
                $0.nodes |= 1 << UInt64(node)
                $0.promotesInPlace = true
            }
        ) { $0.truth.nodes[node].defects.promotesInPlace = true }
    }

    static func pausedReplay(_ node: Int, _ name: String) -> Disturbance {
        Disturbance("\(name) has its replay paused", hurt: { $0.nodes |= 1 << UInt64(node) }) {
            $0.truth.nodes[node].defects.replayPaused = true
        }
    }

    /// Somebody else's Baton, with a state directory of its own, promotes the other site.
    static let otherOperator = Disturbance("another operator promotes the other site", hurt: { _ in }) { simulation in
        var plan = simulation.runs[0].plan
        guard let site = plan.topology.sites.first(where: { $0 != plan.toSite }) else { return }
        plan.toSite = site
        plan.candidates = plan.topology.nodes.filter { $0.site == site }.map(\.name)
        simulation.addRun(plan, after: .milliseconds(1))
    }
}
