/// Decides what a run does next. A value without clock, randomness or I/O: the same events give the same run, so a journal
/// can be replayed, a crash explored and a decision explained. `RunLoop` feeds it and persists what it decides.
package struct RunMachine: Sendable {
    package let plan: Plan
    package let catalogue: Catalogue
    package internal(set) var state: RunState = .planned
    package internal(set) var world = World()
    /// The plan's topology, with who is old and who is new in it; assumed until the survey has bound the slots.
    package private(set) var scope: Scope
    package internal(set) var isBound = false
    /// Why nobody fills the slots, as the survey had it.
    var unboundBecause: String?
    package internal(set) var items = ItemTable()
    package internal(set) var obligations: [Obligation] = []
    /// When the first freezing step was announced (R1).
    package internal(set) var freezeBegan: Instant?
    package internal(set) var measurements: Measurements?
    package internal(set) var decisions: [Decision] = []
    /// Processes that went on with the run after its first one, in order.
    package internal(set) var takeovers: [Takeover] = []
    package internal(set) var guardState = GuardState.none
    /// Fenced nodes that were seen to accept writes since, in order.
    package internal(set) var splitBrains: [SplitBrain] = []
    /// Counts how often the run began to watch what is fenced; a look of an earlier round is late.
    var watchRound = 0
    /// What the run was at when it was taken over; nil while nothing is looked at.
    var suspended: RunState?
    /// Whether `plan.holdBefore` has been reached.
    var holdIsOver = false
    /// Whether one canary saw the whole freeze. A process that came later measures a part, which is not the pause.
    var isMeasuredWhole = true
    /// Why no further step may begin: an interrupt or a lost lease.
    var stopReason: (why: String, isInterrupt: Bool)?
    /// Undo work that has not begun: the items of one group at a time, last announced first.
    var undoQueue: [[ItemID]] = []
    var canaryRuns = false
    /// Collected while one event is handled.
    var output = Output()
    #if DEBUG || BATON_REMOVALS
        /// What a test has taken away.
        package var removal: Removal?
    #endif

    /// What an event makes the machine ask for.
    struct Output {
        var requests: [Request] = []
        var announced: [Call] = []
    }

    package init(plan: Plan, catalogue: Catalogue) {
        self.plan = plan
        self.catalogue = catalogue
        scope = plan.scope(plan.assumedBinding)
    }

    /// Whether two machines that know the same mean to do the same: what they were told, and what they have begun.
    package func hasSameIntent(as other: RunMachine) -> Bool {
        isBound == other.isBound && unboundBecause == other.unboundBecause && suspended == other.suspended
            && holdIsOver == other.holdIsOver
            && isMeasuredWhole == other.isMeasuredWhole && stopReason?.why == other.stopReason?.why
            && stopReason?.isInterrupt == other.stopReason?.isInterrupt && undoQueue == other.undoQueue
            && canaryRuns == other.canaryRuns && splitBrains == other.splitBrains && watchRound == other.watchRound
    }

    /// Items in the order in which they began.
    package var order: [ItemID] { items.inOrder.map(\.id) }

    package internal(set) var binding: Binding {
        get { scope.binding }
        set { scope.binding = newValue }
    }

    /// What an emergency has found lost: once the slots are bound its steps and gates do without these (I7). A takeover looks
    /// at all of them again.
    package var lostTargets: Set<Target> {
        guard plan.mode == .emergency, isBound else { return [] }
        switch state {
        case .planned, .surveying, .reconciling: return []
        case .checking, .advancing, .holding, .committed, .undoing, .halted, .finished:
            return Set(([binding.old] + binding.lost).map { .node($0) } + binding.lostPoolers.map { .pooler($0) })
        }
    }

    /// Obligations that no observation has discharged.
    package var openObligations: [Obligation] { obligations.filter(\.isOpen) }

    /// Whether nothing happens by itself any more: the run has ended or waits for an operator's decision.
    package var isAtRest: Bool { state.kind == .finished || state.kind == .halted }

    /// Handles one event. Total: every state has an answer to every event.
    package mutating func handle(_ event: Event, at now: Instant) -> Transition {
        output = Output()
        let before = state.kind
        #if DEBUG || BATON_REMOVALS
            let untouched = removal == nil ? nil : self
        #endif
        var transition =
            switch event {
            case .started: started(at: now)
            case .surveyed(let observations): surveyed(observations, at: now)
            case .judged(let item, let attempt, let verdict): judged(item, attempt, verdict, at: now)
            case .reported(let item, let attempt, let outcome): reported(item, attempt, outcome, at: now)
            case .observed(let item, let attempt, let observations): observed(item, attempt, observations, at: now)
            case .interrupted(let by): interrupted(by: by, at: now)
            case .leaseLost(let node, let why): leaseLost(node: node, why: why, at: now)
            case .measured(let measurements): measured(measurements)
            case .decided(let decision): decided(decision, at: now)
            case .takenOver(let takeover): takenOver(takeover, at: now)
            case .guardArmed(let words): guardArmed(words, at: now)
            case .guardLost(let why): guardLost(why, at: now)
            case .released(let by): released(by: by, at: now)
            case .woken: woken(at: now)
            case .watched(let round, let observations): watched(round, observations, at: now)
            case .divergenceMeasured(let node, let finding): divergenceMeasured(node, finding, at: now)
            }
        #if DEBUG || BATON_REMOVALS
            let answered = transition.disposition
        #endif
        if case .moved(let rule) = transition.disposition, event.answersAStep, state.kind != before {
            transition.disposition = .moved(Rule.move(from: before, to: state) ?? rule)
        }
        #if DEBUG || BATON_REMOVALS
            if let untouched, case .transition(let rule)? = removal,
                [answered, transition.disposition].contains(.moved(rule))
            {
                self = untouched
                return .ignored("a test has taken \(rule.rawValue) away")
            }
        #endif
        transition.requests = output.requests
        transition.announced = output.announced
        return transition
    }

    /// How long one look at every node may take before the run knows who is primary. In an emergency some are lost, and
    /// silence is what is expected of them.
    static func surveyDeadline(_ mode: Mode) -> TimeSpan {
        switch mode {
        case .planned, .rejoin: .seconds(5)
        case .emergency: .seconds(2)
        }
    }

    private mutating func started(at now: Instant) -> Transition {
        switch state {
        case .planned:
            survey(at: now)
            return Transition(.moved(.runStarted))
        case .finished: return .ignored("the run ended before it began")
        case .surveying, .checking, .advancing, .holding, .committed, .undoing, .reconciling, .halted:
            return .illegal("a run starts once")
        }
    }

    mutating func survey(at now: Instant) {
        state = .surveying
        output.requests.append(.survey(roleKeys, deadline: now + Self.surveyDeadline(plan.mode)))
    }

    /// What tells who is primary, and in an emergency which standby is the furthest and which poolers are lost.
    var roleKeys: [FactKey] {
        let aspects: [Aspect] =
            switch plan.mode {
            case .planned, .rejoin: [.writable, .inRecovery]
            case .emergency: [.writable, .inRecovery, .cluster, .timeline, .received]
            }
        let nodes = plan.topology.nodes.flatMap { node in aspects.map { FactKey(.node(node.name), $0) } }
        if let returning = plan.returning { return nodes + [FactKey(.node(returning), .follows)] }
        guard plan.mode == .emergency else { return nodes }
        return nodes + plan.topology.poolers.map { FactKey(.pooler($0.name), .paused) }
    }

    private mutating func surveyed(_ observations: [Observation], at now: Instant) -> Transition {
        switch state {
        case .surveying:
            for observation in observations { world.learn(observation, at: now) }
            let slots = BindingRule(plan: plan, ignoresRivals: lacks(.rivalsIgnored)).bind(world)
            switch slots {
            case .alreadyThere(let node):
                finish(
                    .alreadyThere(
                        plan.returning == nil
                            ? "\(node) at site \(plan.toSite) answers as the primary"
                            : "\(node) streams from the primary"))
                return Transition(
                    .moved(.alreadyThere),
                    note: plan.returning == nil
                        ? "\(node) is primary at \(plan.toSite)" : "\(node) streams from the primary")
            case .bound(let binding):
                self.binding = binding
                isBound = true
                noteReturned(at: now)
            case .unbound(let assumed, let why):
                binding = assumed
                unboundBecause = why
            }
            state = .checking(group: 0)
            begin(group: 0, at: now)
            advanceIfIdle(at: now)
            switch slots {
            case .unbound(_, let why): return Transition(.moved(.slotsUnbound), note: why)
            case .bound, .alreadyThere:
                return Transition(.moved(.slotsBound), note: binding.words)
            }
        case .reconciling(let takeover): return reconciled(takeover, observations, at: now)
        case .finished: return .ignored("the run ended while the nodes were observed")
        case .planned, .checking, .advancing, .holding, .committed, .undoing, .halted:
            return .illegal("the nodes are surveyed right after the start and after a takeover")
        }
    }

    private mutating func measured(_ measurements: Measurements) -> Transition {
        switch state {
        case .planned, .surveying, .checking: return .illegal("nothing is measured before preflight has passed")
        case .advancing, .holding, .committed, .undoing, .reconciling, .halted, .finished:
            learn(measurements)
            return Transition(.moved(.measured))
        }
    }
}

extension RunMachine {
    /// Takes over what the canary measured. What only a part of the freeze was seen by is not measured: null, never less
    /// than it was.
    private mutating func learn(_ measured: Measurements) {
        guard !isMeasuredWhole, !lacks(.partIsWhole) else { return measurements = measured }
        var known = measurements ?? Measurements()
        known.recoveryTime = known.recoveryTime ?? measured.recoveryTime
        known.lostBytes = known.lostBytes ?? measured.lostBytes
        measurements = known
    }
}

extension Measurements {
    /// The pause went on after it was measured, so that nobody knows how long it was.
    mutating func forgetPause() {
        writePause = nil
        pauseBegan = nil
        pauseEnded = nil
    }
}
