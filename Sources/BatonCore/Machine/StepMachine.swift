/// One step at work on one target: a small machine of its own, so that steps that run together do not multiply the
/// states of the run. It knows nothing of other steps, phases or undo.
package struct StepMachine: Hashable, Sendable {
    package enum State: Hashable, Sendable {
        /// A gate's question is out.
        case asking
        /// Facts that must be fresh are being observed before the announcement.
        case confirming
        /// Announced; the performer is at work.
        case performing
        /// The performer has answered; its effect is being observed.
        case observing(PerformOutcome)
        case settled(StepOutcome)
    }

    private let task: StepTask
    package internal(set) var deadline: Deadline
    package internal(set) var state: State
    /// Counts questions and announcements; an answer to an earlier one is late and ignored.
    package internal(set) var attempt = 1
    package internal(set) var retriesLeft: Int
    /// When it was first announced; nil while nothing has been sent.
    package internal(set) var announcedAt: Instant?
    /// When the performer answered last; nil before its first answer.
    package internal(set) var reportedAt: Instant?
    package internal(set) var endedAt: Instant?
    /// What was known when it was announced.
    package internal(set) var before = World()
    package internal(set) var verdict: Verdict?
    /// The rule that settled it.
    package internal(set) var rule: Rule?
    /// Whether an attempt was ever answered by anything but the proof that nothing was sent. A later attempt that failed
    /// proves nothing about an earlier one, so it stays set and the step is undone.
    package internal(set) var mayHaveActed = false

    init(id: ItemID, step: PlanStep, call: Call?, group: Int, at now: Instant, deadline: Deadline) {
        task = StepTask(id: id, step: step, call: call, group: group, startedAt: now)
        self.deadline = deadline
        self.state = call == nil ? .asking : .confirming
        self.retriesLeft = step.retries
    }

    package var id: ItemID { task.id }
    package var step: PlanStep { task.step }
    /// What is done; nil for a gate.
    package var call: Call? { task.call }
    /// Index of the plan's group that the step belongs to.
    package var group: Int { task.group }
    package var startedAt: Instant { task.startedAt }

    package var isSettled: Bool {
        if case .settled = state { return true }
        return false
    }

    package var outcome: StepOutcome? {
        if case .settled(let outcome) = state { return outcome }
        return nil
    }

    /// Whether the step ended as the plan wants it.
    package var succeeded: Bool {
        switch state {
        case .settled(.done), .settled(.adopted), .settled(.skipped): true
        case .settled(.failed), .settled(.unknown), .settled(.undone): false
        case .asking, .confirming, .performing, .observing: false
        }
    }

    mutating func settle(_ outcome: StepOutcome, by rule: Rule, at now: Instant) {
        state = .settled(outcome)
        self.rule = rule
        endedAt = now
    }
}

/// What never changes of a step at work. An object, so that the many copies of its machine share it.
private final class StepTask: Hashable, Sendable {
    let id: ItemID
    let step: PlanStep
    let call: Call?
    let group: Int
    let startedAt: Instant

    init(id: ItemID, step: PlanStep, call: Call?, group: Int, startedAt: Instant) {
        self.id = id
        self.step = step
        self.call = call
        self.group = group
        self.startedAt = startedAt
    }

    static func == (left: StepTask, right: StepTask) -> Bool {
        left === right
            || left.id == right.id && left.step == right.step && left.call == right.call && left.group == right.group
                && left.startedAt == right.startedAt
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(id)
        hasher.combine(startedAt)
    }
}
