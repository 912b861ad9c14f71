/// A step at work on one of its targets.
package struct ItemID: Hashable, Codable, Sendable, Comparable, CustomStringConvertible {
    package var step: StepID
    package var target: Target
    /// Whether this is the step's undo.
    package var isUndo: Bool

    package init(_ step: StepID, on target: Target, isUndo: Bool = false) {
        self.step = step
        self.target = target
        self.isUndo = isUndo
    }

    package static func < (left: ItemID, right: ItemID) -> Bool {
        (left.step, left.target, left.isUndo ? 1 : 0) < (right.step, right.target, right.isUndo ? 1 : 0)
    }

    package var description: String { "\(isUndo ? "undo of " : "")\(step) on \(target)" }
}

/// What an operator may decide about a halted step.
package struct Decision: Hashable, Codable, Sendable {
    package enum Choice: String, Hashable, Codable, Sendable, CaseIterable {
        case retry, done, skip
        case returnToOld = "return-to-old"
    }

    package var item: ItemID
    package var choice: Choice
    package var reason: String
    package var by: String

    package init(item: ItemID, choice: Choice, reason: String, by: String) {
        self.item = item
        self.choice = choice
        self.reason = reason
        self.by = by
    }
}

/// What clients saw, as the canary measured it. Absent means not measured, never zero.
package struct Measurements: Hashable, Codable, Sendable {
    /// Longest gap between acknowledged canary writes from freeze to verify.
    package var writePause: TimeSpan?
    /// From the command's acceptance to the first acknowledged write on new.
    package var recoveryTime: TimeSpan?
    package var lostBytes: Int64?
    /// Acknowledged canary writes that are missing on new.
    package var lostWrites: Int64?
    package var clientErrors: Int64?
    /// The gap's two ends, for the timeline.
    package var pauseBegan: Instant?
    package var pauseEnded: Instant?

    package init() {}
}

/// Another process goes on with a run whose own process is gone or has stopped.
package struct Takeover: Hashable, Codable, Sendable {
    package enum Purpose: String, Hashable, Codable, Sendable, CaseIterable {
        /// The guard: nobody is there, and clients may wait. Taken back before the promotion, forward after it.
        case ownerLost = "owner-lost"
        /// An operator wants the run to go on.
        case resume
        /// An operator wants everything taken back.
        case abort
        /// An operator's decision follows; what holds is looked at first, so that it is judged on what is seen (R17).
        case decide
    }

    package var purpose: Purpose
    /// Who: `the guard`, an operator.
    package var by: String
    /// What happened to the process before: a part of a sentence for the record.
    package var why: String

    package init(_ purpose: Purpose, by: String, why: String) {
        self.purpose = purpose
        self.by = by
        self.why = why
    }
}

/// Everything that can happen to a run. Time comes with each event.
package enum Event: Hashable, Codable, Sendable {
    /// The command was accepted: journal open, lease held.
    case started
    /// What was observed of every node before anything else.
    case surveyed([Observation])
    case judged(ItemID, attempt: Int, Verdict)
    case reported(ItemID, attempt: Int, PerformOutcome)
    case observed(ItemID, attempt: Int, [Observation])
    /// Ctrl-C or SIGTERM.
    case interrupted(by: String)
    /// A session that holds this run's lease is gone.
    case leaseLost(node: String, why: String)
    case measured(Measurements)
    case decided(Decision)
    case takenOver(Takeover)
    /// The guard watches this process.
    case guardArmed(String)
    /// The guard is gone, or never came.
    case guardLost(String)
    /// An operator lets a run that holds go on.
    case released(by: String)
    /// The moment that was asked for with `wake` has come.
    case woken
    /// What was seen of the fenced nodes; of the looks of that round.
    case watched(round: Int, [Observation])
    /// What a node that came back has written.
    case divergenceMeasured(node: String, DivergenceFinding)

    /// Whether it answers what was asked of one step; such an event may settle the step that the run waited for.
    var answersAStep: Bool {
        switch self {
        case .judged, .reported, .observed: true
        case .started, .surveyed, .interrupted, .leaseLost, .measured, .decided, .takenOver, .guardArmed, .guardLost,
            .released, .woken, .watched, .divergenceMeasured:
            false
        }
    }
}

/// What the machine asks of whoever drives it. All but `cancel`, `startCanary` and `rest` are answered by exactly one event.
package enum Request: Hashable, Sendable {
    /// Observe every node: who is primary?
    case survey([FactKey], deadline: Deadline)
    case ask(ItemID, attempt: Int, gate: GateID, Arguments, notBefore: Instant, deadline: Deadline)
    case perform(ItemID, attempt: Int, Call, notBefore: Instant, deadline: Deadline)
    case observe(ItemID, attempt: Int, [FactKey], notBefore: Instant, deadline: Deadline)
    /// Stop waiting for this item's performer; it answers `unknown` or `failed`.
    case cancel(ItemID)
    /// Start the dead man's switch; answered by `guardArmed` or `guardLost`.
    case armGuard(deadline: Deadline)
    /// Answered by `woken` at that moment.
    case wake(at: Instant)
    /// Look at the fenced nodes then; answered by `watched`. Best effort: they are lost, and nobody waits for their answer.
    case keepWatch(round: Int, [FactKey], notBefore: Instant, deadline: Deadline)
    /// Compare a returned node's log with new's; answered by `divergenceMeasured`.
    case measureDivergence(node: String, deadline: Deadline)
    /// Begin to write along the routes and to measure.
    case startCanary
    /// Stop the canary; answered by `measured`.
    case stopCanary
    /// Nothing more will be asked: finished or halted.
    case rest

    /// Whether the record of the event that caused it must be durable before it is carried out: it changes the world, or
    /// nothing follows it.
    package var needsDurableRecord: Bool { isEffect || isRest }

    private var isRest: Bool {
        if case .rest = self { return true }
        return false
    }

    /// Whether it changes the world, so that its announcement must be durable before it is carried out (I6).
    package var isEffect: Bool {
        switch self {
        case .perform: true
        case .survey, .ask, .observe, .cancel, .armGuard, .wake, .keepWatch, .measureDivergence, .startCanary,
            .stopCanary, .rest:
            false
        }
    }
}
