/// The saved plan that a run was told to follow, and that was found to be as it had been saved.
package struct FollowedPlan: Hashable, Codable, Sendable {
    /// SHA-256 of what the plan rests on, in lower-case hexadecimal.
    package var fingerprint: String
    package var savedAt: WallTime
    package var savedBy: String

    package init(fingerprint: String, savedAt: WallTime, savedBy: String) {
        self.fingerprint = fingerprint
        self.savedAt = savedAt
        self.savedBy = savedBy
    }
}

/// The first record of a journal: which run this is, whose, and of what plan.
package struct RunHeader: Hashable, Codable, Sendable {
    /// The version of everything that follows. Another version is refused, never acted on (I9).
    package static let format = "journal/v1"

    package var format: String
    package var run: RunID
    /// The command that began the run: `drill`, `switchover`.
    package var command: String
    package var operatorName: String
    package var host: String
    /// The machine's start in which the run began; nil where the system does not say. Monotonic times of one boot compare.
    package var bootID: String?
    package var processID: Int32
    package var reason: String?
    package var playbook: FileIdentity
    package var topology: FileIdentity
    package var toSite: String
    /// SHA-256 of `plan.json` beside the journal.
    package var planSHA256: String
    /// The first leg, when this run is the way back.
    package var backOf: RunID?
    /// Nil when the run followed no saved plan.
    package var savedPlan: FollowedPlan?
    package var startedAt: WallTime
    /// The monotonic clock at the start; offsets count from here.
    package var startedInstant: Instant

    package init(
        run: RunID, command: String, operatorName: String, host: String, bootID: String? = nil, processID: Int32,
        reason: String?,
        playbook: FileIdentity, topology: FileIdentity, toSite: String, planSHA256: String, backOf: RunID?,
        savedPlan: FollowedPlan? = nil, startedAt: WallTime, startedInstant: Instant
    ) {
        self.format = Self.format
        self.run = run
        self.command = command
        self.operatorName = operatorName
        self.host = host
        self.bootID = bootID
        self.processID = processID
        self.reason = reason
        self.playbook = playbook
        self.topology = topology
        self.toSite = toSite
        self.planSHA256 = planSHA256
        self.backOf = backOf
        self.savedPlan = savedPlan
        self.startedAt = startedAt
        self.startedInstant = startedInstant
    }
}

/// One recorded transition: what happened, which rule answered, and what is announced because of it. Feeding the events
/// of any prefix to a fresh machine gives the state that the prefix ends in.
package struct JournalEntry: Hashable, Codable, Sendable {
    package var at: WallTime
    /// Monotonic time of the event.
    package var instant: Instant
    package var event: Event
    package var rule: RuleID
    package var why: String
    package var note: String
    package var state: RunState.Kind
    /// Steps that may take effect as soon as this record is durable.
    package var announced: [Call]

    package init(
        at: WallTime, instant: Instant, event: Event, rule: RuleID, why: String, note: String, state: RunState.Kind,
        announced: [Call]
    ) {
        self.at = at
        self.instant = instant
        self.event = event
        self.rule = rule
        self.why = why
        self.note = note
        self.state = state
        self.announced = announced
    }
}

/// The last record of a run that has ended; a journal without it is unfinished.
package struct RunClosing: Hashable, Codable, Sendable {
    package var outcome: String
    package var at: WallTime
    /// Records before this one.
    package var entries: Int

    package init(outcome: String, at: WallTime, entries: Int) {
        self.outcome = outcome
        self.at = at
        self.entries = entries
    }
}

/// Where a run's transitions are kept. Takes typed records; only a store encodes them.
package protocol RunJournal: AnyObject, Sendable {
    /// Writes the entry; when `durably`, returns only after it is on disk (I6).
    func append(_ entry: JournalEntry, durably: Bool) throws
}
