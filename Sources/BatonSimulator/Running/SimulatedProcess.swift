import BatonCore

/// A run: its plan, its record, and who works on it.
struct SimulatedRun {
    let plan: Plan
    let journal: SimulatedJournal
    /// Processes that worked on it, in order.
    var processes: [Int] = []
    /// Why it never began: another run holds the lease.
    var refusedLease = false
    /// How often an operator went on with it.
    var operatorActions = 0
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
    /// How much slower than the servers its own clock runs, in parts of a thousand; the deadlines are its own.
    var clockOffset = TimeSpan.zero

    enum Guarding: Hashable {
        case none, arming, armed, dead
    }

    var machine: RunMachine { loop.machine }
}
