package import BatonCore

/// One simulated world with Baton in it: the truth, the processes, and what happens next. A value: a copy is a branch that
/// goes its own way.
package struct Simulation {
    package let catalogue: Catalogue
    var truth: Truth
    var agenda = Agenda()
    var runs: [SimulatedRun] = []
    var processes: [SimulatedProcess] = []
    var random: SeededRandom
    let options: Options
    /// How the emergency began; nil in a planned run.
    var emergency: Emergency?
    /// Whether the primary is not at the target site when all begins.
    let beginsElsewhere: Bool
    var watch: Watch
    /// How many occurrences there were.
    package private(set) var steps = 0
    /// How far the wall clock is off.
    var wallOffset = TimeSpan.zero
    /// Whether faults are over and everything heals.
    var isHealing = false
    /// Distortions of steps that are still to come: by step, each for one attempt.
    var distortions: [StepDistortion] = []
    /// Whether the first run's record has grown since this was last set to false.
    var hasRecorded = false
    /// What the last event asked for: orders and questions that a fault may distort.
    var justAsked: [(item: ItemID, isPromotion: Bool, isGate: Bool)] = []
    /// How steps were disturbed, in order.
    var disturbances: [Performance.Distortion] = []
    /// Everything that was planned to go wrong, in words.
    var planned: [String] = []
    #if DEBUG || BATON_REMOVALS
        /// What a test has taken out of every machine.
        package var removal: Removal?
    #endif
    /// Moments at which a fault strikes when a step or phase is reached.
    var pending: [PlannedFault] = []

    package struct Options: Sendable {
        /// How long one exchange with a server takes at most.
        var latency = TimeSpan.microseconds(400)
        /// Whether answers arrive later than the moment that they tell of.
        var delaysAnswers = false
        /// How long the operator lets a run wait that was to hold.
        var holdsFor = TimeSpan.seconds(1)
        /// Whether a process that comes to wait for an operator dies before it has ended.
        var diesWhenHalted = false
        /// Time between two attempts of the clients while nothing changes.
        var clientInterval = TimeSpan.milliseconds(100)
        /// Whether every prefix of the journal is replayed and compared (I9).
        var replays = false
        /// Whether a takeover reads the record again. Otherwise it goes on with the machine of the process before, which
        /// is the same as long as I9 holds; the swarm's seeds see to that.
        var readsRecords = true
        /// Whether the story is kept for people.
        var tells = false

        package init() {}
    }

    /// No run needs as many.
    private static let mostOccurrences = 100_000
    package static let start = Instant(nanoseconds: 100_000_000_000)

    /// - Parameter world: how an emergency begins; that of a planned run begins with everybody well.
    package init(
        _ plan: Plan, catalogue: Catalogue, primary: Int? = nil, world: EmergencyWorld? = nil, seed: UInt64 = 1,
        options: Options = Options()
    ) {
        let first = primary ?? plan.topology.nodes.firstIndex { $0.site != plan.toSite } ?? 0
        self.catalogue = catalogue
        self.options = options
        beginsElsewhere = plan.topology.nodes[first].site != plan.toSite
        random = SeededRandom(seed: seed)
        truth = Truth.healthy(plan.topology, primary: first, at: Self.start)
        if options.tells { truth.chronicle = [] }
        watch = Watch()
        if plan.mode == .emergency { begin(world ?? EmergencyWorld(.killed)) }
        addRun(plan, after: .milliseconds(1))
        agenda.add(.server(.clientsTry), at: Self.start)
    }

    /// A machine to which nothing has happened.
    func machine(for plan: Plan) -> RunMachine {
        #if DEBUG || BATON_REMOVALS
            var machine = RunMachine(plan: plan, catalogue: catalogue)
            machine.removal = removal
            return machine
        #else
            return RunMachine(plan: plan, catalogue: catalogue)
        #endif
    }

    /// A run that some operator begins then.
    mutating func addRun(_ plan: Plan, after span: TimeSpan) {
        runs.append(SimulatedRun(plan, SimulatedJournal()))
        agenda.add(.beginRun(runs.count - 1), at: truth.now + span)
    }

    /// Plays until nothing is left to happen, a violation is seen, or the time is over. True when it goes on.
    package mutating func step() -> Bool {
        guard let (at, occurrence) = agenda.next() else { return false }
        truth.now = max(truth.now, at)
        steps += 1
        if steps == Self.mostOccurrences {
            watch.report("I5", "the run goes round in circles", at: truth.now, step: currentStep)
        }
        happen(occurrence)
        settleTruth()
        return watch.violations.isEmpty
    }

    /// Takes over what the servers will do, lets the clients try, and has the truth judged.
    private mutating func settleTruth() {
        while true {
            for (after, happening) in truth.upcoming { agenda.add(.server(happening), at: truth.now + after) }
            truth.upcoming.removeAll(keepingCapacity: true)
            for lost in truth.lostLocks {
                agenda.add(
                    .deliver(
                        process: lost.process,
                        .leaseLost(node: truth.name(of: lost.node), why: "the server closed the connection")),
                    at: truth.now + .microseconds(300))
            }
            truth.lostLocks.removeAll(keepingCapacity: true)
            guard truth.hasChanged else { return }
            truth.hasChanged = false
            truth.clientsTry()
            judgeTruth()
        }
    }

    private mutating func happen(_ occurrence: Occurrence) {
        switch occurrence {
        case .server(let happening): serve(happening)
        case .look(let process, let request): look(process, request)
        case .deliver(let process, let event): deliver(event, to: process)
        case .perform(let performance): advance(performance)
        case .guardLooks(let owner): guardLooks(owner)
        case .strike(let fault): if !isHealing { strike(fault) }
        case .operatorActs(let run): operatorActs(on: run)
        case .beginRun(let run): beginRun(run)
        }
    }

    private mutating func serve(_ happening: Truth.Happening) {
        truth.happen(happening)
        if case .clientsTry = happening {
            judgeFreezes()
            agenda.add(.server(.clientsTry), at: truth.now + clientInterval)
        }
    }

    /// Clients write often at first; a run that takes long is watched less closely.
    private var clientInterval: TimeSpan {
        if isHealing { return .seconds(1) }
        return truth.now - Self.start < .seconds(2) ? options.clientInterval : .milliseconds(500)
    }

    /// Whether nobody works and nobody will.
    var isOver: Bool {
        for index in processes.indices {
            if processes[index].isAlive { return false }
            if !processes[index].endedAtRest, processes[index].guardState == .armed { return false }
        }
        for index in runs.indices where runs[index].processes.isEmpty && !runs[index].refusedLease { return false }
        return true
    }

    /// A copy that goes its own way: the journals are copied with it.
    package func branched() -> Simulation {
        var branch = self
        for index in runs.indices {
            branch.runs[index] = runs[index].branched()
            for process in processes.indices where processes[process].run == index {
                branch.processes[process].loop = RunLoop(
                    machine: processes[process].loop.machine, journal: branch.runs[index].journal)
            }
        }
        return branch
    }
}
