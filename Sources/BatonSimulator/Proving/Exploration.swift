import BatonCore

/// A proof under way: walks along a run, and at every record branches off with everything that may go wrong there.
struct Exploration {
    let prover: Prover
    let progress: (_ runs: Int, _ states: Int) -> Bool
    let isEnough: (Counterexample) -> Bool
    private let choices: Choices
    private var states: Set<Int> = []
    /// States from which everything was tried, by how much may still go wrong.
    private var tried: [Set<Int>]
    /// States of rest from which the end was played.
    private var ended: Set<Int> = []
    private var healed: Set<Int> = []
    private var runs = 0
    private var points = 0
    private var isStopped = false
    /// The plan and the world that every path begins with; a planned run has one of them.
    private var beginning: ProofBeginning
    private(set) var proof: Proof

    init(
        prover: Prover, progress: @escaping (_ runs: Int, _ states: Int) -> Bool,
        isEnough: @escaping (Counterexample) -> Bool
    ) {
        self.prover = prover
        self.progress = progress
        self.isEnough = isEnough
        choices = Choices(prover.plan)
        beginning = ProofBeginning(plan: prover.plan, world: nil)
        tried = Array(repeating: [], count: prover.depth + 1)
        proof = Proof(states: [], runs: 0, depth: prover.depth, counterexamples: [], isWhole: true)
    }

    mutating func explore() {
        let beginnings = ProofBeginning.all(of: prover.plan)
        for next in beginnings where !isStopped {
            beginning = next
            exploreFromBeginning()
        }
        proof.states = states
        // Every share walks along the calm runs; one of them counts them.
        proof.runs = prover.share.index == 0 ? runs : runs - beginnings.count
        proof.isWhole = !isStopped
    }

    private mutating func exploreFromBeginning() {
        let calm = simulation(tells: false)
        walk(calm, left: prover.depth, trail: [])
        guard prover.depth > 0 else { return }
        for world in choices.worlds where isMine() {
            var ill = calm.branched()
            ill.apply(world)
            walk(ill, left: min(1, prover.depth - 1), trail: [Deviation(point: 0, choice: world)])
        }
    }

    /// A world in which nothing has gone wrong but what the beginning says.
    private func simulation(tells: Bool) -> Simulation {
        var options = Simulation.Options()
        options.tells = tells
        options.readsRecords = false
        return Simulation(
            beginning.plan, catalogue: prover.catalogue, world: beginning.world, options: options)
    }

    /// Whether the next point belongs to this prover's share.
    private mutating func isMine() -> Bool {
        points += 1
        return points % prover.share.of == prover.share.index
    }

    /// One thing that went wrong, and after how many records of the whole path.
    struct Deviation: Hashable {
        var point: Int
        var choice: Choice
    }

    private mutating func walk(_ start: Simulation, left: Int, trail: [Deviation]) {
        var simulation = start
        var point = trail.last?.point ?? 0
        runs += 1
        if runs.isMultiple(of: 256), !progress(runs, states.count) { isStopped = true }
        let end = simulation.truth.now + simulation.horizon
        while !simulation.isOver, !simulation.isAsleep, !isStopped {
            guard simulation.step(), simulation.truth.now < end else { break }
            guard simulation.hasRecorded else { continue }
            simulation.hasRecorded = false
            point += 1
            let state = simulation.fingerprint
            states.insert(state)
            guard tried[left].insert(state).inserted else { return }
            guard left > 0 else { continue }
            let isFirst = trail.isEmpty
            if isFirst, !isMine() { continue }
            for choice in options(simulation, after: trail) {
                var branch = simulation.branched()
                branch.apply(choice)
                walk(branch, left: left - 1, trail: trail + [Deviation(point: point, choice: choice)])
            }
        }
        guard !isStopped else { return }
        // From one state of rest there is one way on: everything heals, and an operator acts.
        if simulation.watch.violations.isEmpty {
            guard ended.insert(simulation.fingerprint).inserted else { return }
        }
        // Taken out and put back, so that it is never copied.
        var healed: Set<Int> = []
        swap(&healed, &self.healed)
        simulation.endPlay { healed.insert($0.fingerprint).inserted }
        self.healed = healed
        if !simulation.watch.violations.isEmpty { tell(trail) }
    }

    private func options(_ simulation: Simulation, after trail: [Deviation]) -> [Choice] {
        switch trail.first?.choice {
        case nil: choices.first(simulation)
        case .defect: choices.besides(simulation, prover.pairs)
        default: choices.second(simulation, prover.pairs)
        }
    }

    /// Plays a path again, now with its story kept, and keeps it as a counterexample.
    private mutating func tell(_ trail: [Deviation]) {
        var simulation = simulation(tells: true)
        var rest = trail[...]
        var point = 0
        func deviate(_ simulation: inout Simulation) {
            while let next = rest.first, next.point == point {
                rest.removeFirst()
                simulation.apply(next.choice)
            }
        }
        deviate(&simulation)
        let end = simulation.truth.now + simulation.horizon
        while !simulation.isOver, !simulation.isAsleep {
            guard simulation.step(), simulation.truth.now < end else { break }
            guard simulation.hasRecorded else { continue }
            simulation.hasRecorded = false
            point += 1
            deviate(&simulation)
        }
        simulation.endPlay()
        for violation in simulation.watch.violations.prefix(3) {
            let step = violation.step.flatMap { prover.plan.step($0) }
            let last = Counterexample.Moment(
                at: violation.at - Simulation.start, who: violation.invariant, what: violation.what)
            let found = Counterexample(
                invariant: violation.invariant, what: violation.what, step: violation.step, line: step?.line,
                faults: beginning.words + simulation.planned,
                timeline: simulation.story.filter { $0.at <= last.at } + [last])
            proof.keepShortest(found)
            if isEnough(found) { isStopped = true }
        }
    }
}
