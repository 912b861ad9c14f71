/// A check of the machine that a test may take away, to prove that somebody would notice. Each case names what happens
/// without it. In the program that ships there is no way to take one away.
package enum Check: String, Hashable, Sendable, CaseIterable {
    /// Without a single primary and a standby that answer, the run goes on with those that the topology suggests.
    case bindingGuessed = "binding-guessed"
    /// A primary at the target site is believed to be the only one, whatever the silent nodes do.
    case rivalsIgnored = "rivals-ignored"
    /// A gate that refuses counts as passed.
    case gateIgnored = "gate-ignored"
    /// A gate or an effect that is awaited is looked at once.
    case notAwaited = "not-awaited"
    /// Preflight that refused goes on.
    case preflightIgnored = "preflight-ignored"
    /// A condition that does not hold counts as holding.
    case conditionIgnored = "condition-ignored"
    /// A condition that nobody can tell counts as holding.
    case unknownConditionHolds = "unknown-condition-holds"
    /// A condition that must be fresh is believed from an earlier look.
    case notFresh = "not-fresh"
    /// A promotion is announced although nobody could tell later whether it happened.
    case blindPromotion = "blind-promotion"
    /// A promotion is announced although the budget is spent.
    case latePromotion = "late-promotion"
    /// Deadlines before the promotion leave nothing of the budget for the undo.
    case noReserve = "no-reserve"
    /// The performer's word counts, nobody looks.
    case wordBelieved = "word-believed"
    /// An answer to an earlier try counts for this one.
    case lateAnswerCounts = "late-answer-counts"
    /// What is not done counts as done.
    case notDoneIsDone = "not-done-is-done"
    /// What nobody could see counts as done.
    case unknownIsDone = "unknown-is-done"
    /// What went a third way counts as done.
    case divergedIsDone = "diverged-is-done"
    /// A step is tried for ever.
    case triesForEver = "tries-for-ever"
    /// Routing that was refused once is not tried again.
    case noForwardRetry = "no-forward-retry"
    /// Who was refused because of the lease tries again.
    case barredTriesAgain = "barred-tries-again"
    /// A refusal proves that an earlier try did nothing either.
    case earlierTryForgotten = "earlier-try-forgotten"
    /// After the promotion is announced the run is still one that goes back.
    case noPointOfNoReturn = "no-point-of-no-return"
    /// A failure ends the run at once, with its changes in place.
    case noUndo = "no-undo"
    /// An undo that failed counts as undone.
    case undoFailureIgnored = "undo-failure-ignored"
    /// A failure after the promotion is no reason to halt.
    case noHalt = "no-halt"
    /// A failure before the thaw keeps every pooler's clients waiting.
    case routingStops = "routing-stops"
    /// A pooler whose own repoint stands waits for the others.
    case noEarlyThaw = "no-early-thaw"
    /// What is owed is not named at the end.
    case owedForgotten = "owed-forgotten"
    /// What is owed is not noted when it is announced.
    case obligationsUnarmed = "obligations-unarmed"
    /// What is owed counts as discharged at the next look, whatever is seen.
    case dischargedUnseen = "discharged-unseen"
    /// Nobody's wish to stop is heeded.
    case interruptIgnored = "interrupt-ignored"
    /// A lost lease is no reason to stop.
    case leaseLossIgnored = "lease-loss-ignored"
    /// The stop of old counts as the loss of its lease.
    case fenceIsLoss = "fence-is-loss"
    /// A decision is carried out for a step that waits for none.
    case decidesAnything = "decides-anything"
    /// A fence, a proof or a promotion is declared done unseen.
    case declaredUnseen = "declared-unseen"
    /// A fence, a proof or a promotion is skipped.
    case anythingSkipped = "anything-skipped"
    /// Old is made primary again whatever became of the promotion.
    case returnsAlways = "returns-always"
    /// A takeover believes what the process before it had seen.
    case takeoverBelieves = "takeover-believes"
    /// A takeover that finds nothing announced says so without a look at what was.
    case takeoverDropsChanges = "takeover-drops-changes"
    /// A takeover goes on where it must take back.
    case takeoverNeverGoesBack = "takeover-never-goes-back"
    /// A takeover takes back where the run may go on.
    case takeoverNeverGoesOn = "takeover-never-goes-on"
    /// A takeover takes back what only goes forward.
    case takeoverAlwaysGoesBack = "takeover-always-goes-back"
    /// A promotion that is found to have happened leads nowhere.
    case promotionFoundIgnored = "promotion-found-ignored"
    /// Gates that passed before the takeover count still.
    case gatesNotAnew = "gates-not-anew"
    /// What is found done is not adopted.
    case nothingAdopted = "nothing-adopted"
    /// An abort is obeyed after the promotion was announced.
    case abortAlways = "abort-always"
    /// Clients are let go while their repoint is done anew.
    case thawAtOnce = "thaw-at-once"
    /// The guard takes over a run that waits for an operator.
    case haltIsTaken = "halt-is-taken"
    /// Clients are held although nobody would release them.
    case unguardedFreeze = "unguarded-freeze"
    /// The run does not wait until its guard has come.
    case guardNotAwaited = "guard-not-awaited"
    /// The run does not wait where it was asked to.
    case noHold = "no-hold"
    /// A hold does not end with the budget.
    case holdForEver = "hold-for-ever"
    /// A write pause that was seen in part is reported as the whole.
    case partIsWhole = "part-is-whole"
}

#if DEBUG || BATON_REMOVALS
    /// What a test takes out of the machine. It is never part of a record.
    package enum Removal: Hashable, Sendable {
        /// Transitions by that rule do not happen: the event is ignored.
        case transition(Rule)
        case check(Check)
    }
#endif

extension RunMachine {
    /// Whether a test has taken the check away.
    func lacks(_ check: Check) -> Bool {
        #if DEBUG || BATON_REMOVALS
            if case .check(check)? = removal { return true }
        #endif
        return false
    }
}
