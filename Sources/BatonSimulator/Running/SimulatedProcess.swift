import BatonCore

/// A run: its plan, its record, and who works on it.
struct SimulatedRun {
    let plan: Plan
    private(set) var journal: SimulatedJournal
    /// The action behind which there is no way back, and the step that holds the clients.
    let promotion: ActionID?
    let freezingStep: StepID?
    /// Processes that worked on it, in order.
    var processes: [Int] = []
    /// Why it never began: another run holds the lease.
    var refusedLease = false
    /// Whether its record says less than its last process knew.
    var lostRecord = false
    /// How often an operator went on with it.
    var operatorActions = 0
    /// How often of these when it had ended, with something owed.
    var actionsAfterEnd = 0

    init(_ plan: Plan, _ journal: SimulatedJournal) {
        self.plan = plan
        self.journal = journal
        let promoting = plan.steps.first { $0.phase == .promote && !$0.kind.isGate }
        if case .act(let action)? = promoting?.kind { promotion = action } else { promotion = nil }
        freezingStep = plan.steps.first { $0.phase == .freeze && !$0.kind.isGate }?.id
    }

    private init(_ other: SimulatedRun, _ journal: SimulatedJournal) {
        self = other
        self.journal = journal
    }

    /// The same run with a record of its own.
    func branched() -> SimulatedRun { SimulatedRun(self, journal.copy()) }
}

/// A Baton process at work on a run: the run's own, its guard after a takeover, or an operator's `resume`.
struct SimulatedProcess {
    enum Kind: Hashable {
        case owner, guardian, resume
    }

    let id: Int
    let run: Int
    let kind: Kind
    var loop: RunLoop
    var isAlive = true
    /// Stopped by SIGSTOP since then.
    var stoppedSince: Instant?
    /// It was stopped for so long that it cannot know who held its locks meanwhile.
    var sleptLong = false
    /// Events that wait until the look of a takeover is over.
    var opening: [Event] = []
    var isResting = false
    var awaitsMeasurement = false
    /// Whether its canary has measured something.
    var hasMeasured = false
    /// The last word that told it to stop: before the promotion was announced, or after.
    var stopAsked: StopAsked?
    /// It came to the phase before which it was to ask.
    var wasAsked = false
    /// Gates of preflight that it saw pass.
    var passed: Set<ItemID> = []
    let beganAt: Instant
    /// It knows that somebody would release the clients if it died.
    var knowsGuarded = false
    /// It knows that nobody would release the clients if it died.
    var knowsUnguarded = false
    /// The run that it took over waited for an operator.
    let tookOverHalt: Bool
    /// Items whose performer was told to end early.
    var cancelled: Set<ItemID> = []
    /// What waits for the process to go on.
    var held: [Occurrence] = []
    /// How often each step was asked the same again.
    var looks: [ItemID: Int] = [:]
    var guardState = Guarding.none
    var watch = OwnerWatch.death
    /// When this process ended by itself.
    var endedAtRest = false

    struct StopAsked: Hashable {
        var why: String
        var isPastNoReturn: Bool
    }

    enum Guarding: Hashable {
        case none, armed, dead
    }

    var machine: RunMachine { loop.machine }
}
