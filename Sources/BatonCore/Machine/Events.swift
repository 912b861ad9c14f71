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

    /// Whether it answers what was asked of one step; such an event may settle the step that the run waited for.
    var answersAStep: Bool {
        switch self {
        case .judged, .reported, .observed: true
        case .started, .surveyed, .interrupted, .leaseLost, .measured, .decided: false
        }
    }
}

/// What the machine asks of whoever drives it. Every request but the last four is answered by exactly one event.
package enum Request: Hashable, Sendable {
    /// Observe every node: who is primary?
    case survey([FactKey], deadline: Deadline)
    case ask(ItemID, attempt: Int, gate: GateID, Arguments, notBefore: Instant, deadline: Deadline)
    case perform(ItemID, attempt: Int, Call, notBefore: Instant, deadline: Deadline)
    case observe(ItemID, attempt: Int, [FactKey], notBefore: Instant, deadline: Deadline)
    /// Stop waiting for this item's performer; it answers `unknown` or `failed`.
    case cancel(ItemID)
    /// Begin to write along the routes and to measure.
    case startCanary
    /// Stop the canary; answered by `measured`.
    case stopCanary
    /// Nothing more will be asked: finished or halted.
    case rest

    /// Whether it changes the world, so that its announcement must be durable before it is carried out (I6).
    package var isEffect: Bool {
        switch self {
        case .perform: true
        case .survey, .ask, .observe, .cancel, .startCanary, .stopCanary, .rest: false
        }
    }
}
