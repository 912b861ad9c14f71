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
    /// The promotion has been announced: only forward. → halted, finished
    case committed(group: Int)
    /// What was changed is taken back, last change first. → finished, halted
    case undoing(because: String)
    /// An operator decides. → advancing, committed, undoing
    case halted(Halt)
    case finished(RunOutcome)

    package enum Kind: String, Hashable, Codable, Sendable, CaseIterable {
        case planned, surveying, checking, advancing, committed, undoing, halted, finished
    }

    package var kind: Kind {
        switch self {
        case .planned: .planned
        case .surveying: .surveying
        case .checking: .checking
        case .advancing: .advancing
        case .committed: .committed
        case .undoing: .undoing
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
