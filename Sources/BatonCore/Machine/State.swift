/// How a run ended.
package enum RunOutcome: Hashable, Codable, Sendable {
    case completed
    case completedWithObligations([String])
    case refused(String)
    case rolledBack(String)
    /// The primary is already at the target site; with the proof (R20).
    case alreadyThere(String)
    /// Stopped by the operator before anything changed.
    case interrupted(String)

    /// The word of reports and JSON.
    package var word: String {
        switch self {
        case .completed: "completed"
        case .completedWithObligations: "completed-with-obligations"
        case .refused: "refused"
        case .rolledBack: "rolled-back"
        case .alreadyThere: "already-there"
        case .interrupted: "interrupted"
        }
    }
}

/// A run that waits for an operator.
package struct Halt: Hashable, Codable, Sendable {
    package var reason: String
    /// The steps that need a decision, with what happened to each.
    package var open: [ItemID]
    /// The group in which the run stands; it goes on from here.
    package var group: Int
    /// Whether old may still be made primary again.
    package var beforePointOfNoReturn: Bool
}

/// A run that waits before a phase (`--hold-before`).
package struct Hold: Hashable, Codable, Sendable {
    /// The group that comes next.
    package var group: Int
    package var phase: Phase
    /// Whether the promotion was announced.
    package var isCommitted: Bool
    /// When it goes on or is taken back by itself, because clients wait; nil while nobody does.
    package var until: Instant?
}

/// Where a run stands. Who may move where is in the golden table (`Documentation/RunMachine.md`).
package enum RunState: Hashable, Codable, Sendable {
    /// Nothing has happened. → surveying
    case planned
    /// Who is primary? → checking, finished
    case surveying
    /// The gates of preflight are judged; nothing has changed. → advancing, finished
    case checking(group: Int)
    /// Steps that can be undone. → committed, undoing, finished
    case advancing(group: Int)
    /// Waits before a phase because the operator asked for it. → advancing, committed, undoing, finished
    case holding(Hold)
    /// The promotion has been announced: only forward. → halted, finished
    case committed(group: Int)
    /// What was changed is taken back, last change first. → finished, halted
    case undoing(because: String)
    /// Another process has taken over and looks what holds, before it does anything. → checking, committed, undoing,
    /// halted, finished
    case reconciling(Takeover)
    /// An operator decides. → reconciling, committed, undoing
    case halted(Halt)
    case finished(RunOutcome)

    package enum Kind: String, Hashable, Codable, Sendable, CaseIterable {
        case planned, surveying, checking, advancing, holding, committed, undoing, reconciling, halted, finished
    }

    package var kind: Kind {
        switch self {
        case .planned: .planned
        case .surveying: .surveying
        case .checking: .checking
        case .advancing: .advancing
        case .holding: .holding
        case .committed: .committed
        case .undoing: .undoing
        case .reconciling: .reconciling
        case .halted: .halted
        case .finished: .finished
        }
    }
}

/// What must not outlive the run, from the moment the change that causes it is announced until an observation discharges
/// it.
package struct Obligation: Hashable, Codable, Sendable {
    package var terms: ObligationTerms
    package var item: ItemID
    package var armedAt: Instant
    package var dischargedAt: Instant?

    package var isOpen: Bool { dischargedAt == nil }
}
