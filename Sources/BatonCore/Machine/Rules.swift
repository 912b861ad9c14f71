/// The transitions of the run machine: a stable id and a sentence that says why. Journal, log and diagram cite both.
package enum Rule: String, Hashable, Codable, Sendable, CaseIterable {
    case runStarted = "run.started"
    case slotsBound = "survey.bound"
    case slotsUnbound = "survey.unbound"
    case alreadyThere = "survey.already-there"
    case gatePassed = "gate.passed"
    case gateRefused = "gate.refused"
    case gateAwaited = "gate.awaited"
    case preflightPassed = "preflight.passed"
    case preflightRefused = "preflight.refused"
    case conditionBroken = "step.condition-broken"
    case stepAnnounced = "step.announced"
    case stepReported = "step.reported"
    case stepAwaited = "step.awaited"
    case stepDone = "step.done"
    case stepRetried = "step.retried"
    case stepFailed = "step.failed"
    case stepUnknown = "step.unknown"
    case stepDiverged = "step.diverged"
    case promotionAnnounced = "promote.announced"
    case refusedUnchanged = "run.refused-unchanged"
    case undoBegan = "undo.began"
    case undoneStep = "undo.step"
    case rolledBack = "undo.rolled-back"
    case undoFailed = "undo.failed"
    case halted = "run.halted"
    case completed = "run.completed"
    case obligationsLeft = "run.obligations-left"
    case interruptNoted = "interrupt.noted"
    case interruptedUnchanged = "interrupt.unchanged"
    case leaseLost = "lease.lost"
    case measured = "canary.measured"
    case decidedRetry = "decide.retry"
    case decidedDone = "decide.done"
    case decidedSkip = "decide.skip"
    case decidedReturn = "decide.return-to-old"
    case takenOver = "takeover.began"
    case takeoverUnchanged = "takeover.nothing-changed"
    case takeoverRestarts = "takeover.restarts"
    case takeoverGoesOn = "takeover.goes-on"
    case takeoverTakesBack = "takeover.takes-back"
    case takeoverLooked = "takeover.looked"
    case stepAdopted = "step.adopted"
    case guardArmed = "guard.armed"
    case guardLost = "guard.lost"
    case holdBegan = "hold.began"
    case holdReleased = "hold.released"
    case holdOver = "hold.over"
    case watchKept = "standing-order.quiet"
    case fencedAgain = "standing-order.fences"
    case returnedUnfenced = "standing-order.cannot-fence"
    case divergenceMeasured = "split-brain.measured"

    package var id: RuleID { RuleID(rawValue) }

    /// The rule that moves the run when the answer of the step that it waited for settles a phase; nil where the answer's
    /// own rule says all.
    static func move(from before: RunState.Kind, to state: RunState) -> Rule? {
        switch (before, state) {
        case (_, .holding): .holdBegan
        case (_, .committed): .promotionAnnounced
        case (.checking, .advancing): .preflightPassed
        case (.checking, .finished(.refused)): .preflightRefused
        case (_, .undoing): .undoBegan
        case (.advancing, .halted), (.undoing, .halted): .undoFailed
        case (_, .halted): .halted
        case (_, .finished(.refused)): .refusedUnchanged
        case (_, .finished(.interrupted)): .interruptedUnchanged
        case (_, .finished(.rolledBack)): .rolledBack
        case (_, .finished(.completed)): .completed
        case (_, .finished(.completedWithObligations)): .obligationsLeft
        case (_, .finished(.alreadyThere)), (_, .planned), (_, .surveying), (_, .checking), (_, .advancing),
            (_, .reconciling):
            nil
        }
    }

    /// Why the machine moves so.
    package var why: String {
        switch self {
        case .runStarted: "First of all the run looks who is primary; it believes no file."
        case .slotsBound: "One node says that it is primary and a candidate says that it is a standby."
        case .slotsUnbound: "No single primary and standby answered; the gates say which node is at fault."
        case .alreadyThere: "The primary is at the target site already, so there is nothing to do."
        case .gatePassed: "The answer is within the limit."
        case .gateRefused: "The answer is outside the limit or there is none; unknown blocks."
        case .gateAwaited: "The gate may still pass before its deadline, so it is asked again."
        case .preflightPassed: "Every gate of preflight passed; the first change may be made."
        case .preflightRefused: "A gate of preflight refused; nothing was changed."
        case .conditionBroken: "What must hold before the step does not, so it was not announced."
        case .stepAnnounced: "What must hold before the step does; its announcement is durable before it is sent."
        case .stepReported: "The performer's word is a hint; an observation decides."
        case .stepAwaited: "The effect is not to be seen yet and its deadline has not passed."
        case .stepDone: "Every effect of the step was observed."
        case .stepRetried: "The step was proved not done and may be tried again."
        case .stepFailed: "The step was proved not done and has no try left."
        case .stepUnknown: "Whether the step happened could not be observed before its deadline."
        case .stepDiverged: "Something else than the step's effect was observed."
        case .promotionAnnounced: "From here the run only goes forward: a promotion cannot be taken back."
        case .refusedUnchanged: "A step was refused before anything was changed."
        case .undoBegan: "Before the point of no return a failure is undone, last change first."
        case .undoneStep: "The undo's effect was observed."
        case .rolledBack: "Every change was taken back, or what holds no client is named as owed."
        case .undoFailed: "An undo could not be completed; an operator is shown the commands."
        case .halted: "Past the point of no return a failure waits for an operator's decision."
        case .completed: "Every step is done and nothing is owed."
        case .obligationsLeft: "The service is on new; what is still owed is named."
        case .interruptNoted: "The operator asked to stop; what is in flight is settled first."
        case .interruptedUnchanged: "The operator asked to stop and nothing had been changed."
        case .leaseLost: "Another run could act now, so this one goes no further."
        case .measured: "What the clients saw is part of the record."
        case .decidedRetry: "The operator decided to try the step again."
        case .decidedDone: "The operator declared the step done."
        case .decidedSkip: "The operator decided to go on without the step."
        case .decidedReturn: "The operator decided to make old primary again."
        case .takenOver:
            "Another process goes on with the run; first it looks what holds, and believes no earlier look."
        case .takeoverUnchanged: "The run had changed nothing, so there is nothing to take back."
        case .takeoverRestarts: "No client waits, so the gates are judged anew and the run goes on."
        case .takeoverGoesOn: "The promotion was announced, so the run goes forward from what was found."
        case .takeoverTakesBack: "The promotion was not announced, so what was changed is taken back."
        case .takeoverLooked: "What holds is known; the run waits for the operator's decision."
        case .stepAdopted: "The step's effect was found, whoever brought it about."
        case .guardArmed: "From here the clients are released even when this process dies."
        case .guardLost:
            "Nobody would release the clients if this process died; before the freeze that is a reason to stop."
        case .holdBegan: "The operator asked to be asked before this phase."
        case .holdReleased: "The operator lets the run go on."
        case .watchKept: "No fenced node has come back as a primary."
        case .fencedAgain:
            "A fenced node came back as a primary beside new, so it is fenced again at once, as it was the first time."
        case .returnedUnfenced:
            "A node that nobody could fence came back as a primary beside new; only an operator can end it."
        case .divergenceMeasured: "What the returned node wrote is on no other node, so it is part of the record."
        case .holdOver: "Clients have waited as long as the freeze budget allows, so the run waits no longer."
        }
    }
}

/// What an event did to the machine.
package enum Disposition: Hashable, Sendable {
    case moved(Rule)
    /// A benign race: named, and without effect.
    case ignored(String)
    /// Cannot happen unless Baton itself is wrong. Without effect, and reported.
    case illegal(String)
}

/// One event's result: what it did, and what is asked next.
package struct Transition: Sendable {
    package var disposition: Disposition
    package var requests: [Request]
    /// Steps that this transition announces, for the record.
    package var announced: [Call]
    /// Verdicts and outcomes in words, for the record and the screen.
    package var note: String
    /// False for pure waiting, which leaves the state as it was and is not recorded.
    package var isRecorded: Bool

    init(
        _ disposition: Disposition, _ requests: [Request] = [], announced: [Call] = [], note: String = "",
        isRecorded: Bool = true
    ) {
        self.disposition = disposition
        self.requests = requests
        self.announced = announced
        self.note = note
        self.isRecorded = isRecorded
    }

    static func ignored(_ why: String) -> Transition { Transition(.ignored(why)) }
    static func illegal(_ why: String) -> Transition { Transition(.illegal(why)) }
}
