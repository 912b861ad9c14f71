/// What becomes of a step that was sent: the performer's answer, the look at its effect, and whether it is sent again.
extension RunMachine {
    mutating func reported(_ id: ItemID, _ attempt: Int, _ outcome: PerformOutcome, at now: Instant) -> Transition {
        guard acceptsAnswers else { return unexpected("a report") }
        guard var item = items[id], item.state == .performing, isMeant(item, attempt) else {
            return .ignored("the report is late: \(id) is not being performed")
        }
        let keys = evidenceKeys(of: item)
        switch outcome {
        case .failed(let why), .barred(let why):
            // An earlier try may have done a part of it; then this refusal proves nothing.
            if lacks(.earlierTryForgotten) {
                item.mayHaveActed = false
                items[id] = item
            }
            if !item.mayHaveActed {
                // Nothing happened, so what was known before is known still, and nothing is owed.
                for key in keys {
                    if case .known(let value, let basis) = item.before[key] {
                        world.learn(Change(key, value), basis: basis)
                    }
                }
                if !isStandingOrder(id) { obligations.removeAll { $0.item == id } }
            }
            if case .barred = outcome, !lacks(.barredTriesAgain) {
                settle(id, .failed(why), by: .stepFailed, at: now)
                advanceIfIdle(at: now)
                return Transition(.moved(.stepFailed), note: why)
            }
            return notDone(id, why, at: now)
        case .succeeded(let evidence) where keys.isEmpty || lacks(.wordBelieved):
            items.update(id) { $0.mayHaveActed = true }
            settle(id, .done(evidence: evidence), by: .stepDone, at: now)
            if id.isUndo { markUndone(id, evidence: evidence) }
            advanceIfIdle(at: now)
            return Transition(.moved(id.isUndo ? .undoneStep : .stepDone), note: evidence)
        case .unknown(let why) where keys.isEmpty:
            items.update(id) { $0.mayHaveActed = true }
            settle(id, .unknown(why), by: .stepUnknown, at: now)
            advanceIfIdle(at: now)
            return Transition(.moved(.stepUnknown), note: why)
        case .succeeded(let text), .unknown(let text):
            item.state = .observing(outcome)
            item.reportedAt = now
            item.mayHaveActed = true
            items[id] = item
            output.requests.append(
                .observe(id, attempt: attempt, keys, notBefore: now, deadline: observationDeadline(item, at: now)))
            return Transition(.moved(.stepReported), note: text)
        }
    }

    /// Whether a step is awaited and retried as planned. Whoever asks to stop ends early what can be taken back; what takes
    /// it back, and what follows the promotion, is never cut short: clients would stay frozen behind it.
    func goesOn(_ item: StepMachine) -> Bool {
        stopReason == nil || item.id.isUndo || state.kind == .committed
    }

    /// A performer may use its whole deadline; one look at what it left behind is always granted. It is a short one when the
    /// run was asked to stop: clients wait for the undo.
    private func observationDeadline(_ item: StepMachine, at now: Instant) -> Deadline {
        let look = now + .seconds(1)
        return goesOn(item) ? max(lookDeadline(item, at: now), look) : look
    }

    /// The end of one look at what a step has left behind: nobody waits for a silent server longer than until the step would
    /// be sent again.
    private func lookDeadline(_ item: StepMachine, at now: Instant) -> Deadline {
        guard goesForward(item), let reported = item.reportedAt, now < reported + Self.effectPatience else {
            return item.deadline
        }
        return min(item.deadline, reported + Self.effectPatience)
    }

    mutating func observed(_ id: ItemID, _ attempt: Int, _ observations: [Observation], at now: Instant) -> Transition {
        guard acceptsAnswers else { return unexpected("an observation") }
        guard let item = items[id], isMeant(item, attempt) else {
            return .ignored("the observation is late: \(id) has gone on")
        }
        switch item.state {
        case .confirming:
            learn(observations, at: now)
            if !goesOn(item) {
                settle(id, .skipped("the run was stopped before the step was announced"), by: .interruptNoted, at: now)
            } else {
                announce(id, at: now)
            }
            let settled = items[id].flatMap { $0.isSettled ? $0 : nil }
            advanceIfIdle(at: now)
            return Transition(.moved(settled?.rule ?? .stepAnnounced), note: settled?.outcome?.text ?? "")
        case .observing(let report):
            let (known, owed) = (world, obligations)
            learn(observations, at: now)
            let transition = settleByObservation(item, report, evidence: observations.map(\.evidence), at: now)
            // What is not recorded leaves no trace, or a replay would know less than the run did (I9).
            if !transition.isRecorded { (world, obligations) = (known, owed) }
            return transition
        case .asking, .performing, .settled: return .ignored("the observation is late: \(id) has gone on")
        }
    }

    private mutating func settleByObservation(
        _ item: StepMachine, _ report: PerformOutcome, evidence: [String], at now: Instant
    ) -> Transition {
        guard let call = item.call, let definition = catalogue.action(call.action) else {
            return .illegal("\(item.id) performs nothing")
        }
        let mayWait = now + Self.shortestQuestion < item.deadline && goesOn(item) && !lacks(.notAwaited)
        switch believed(definition.settle(call, scope, item.before, world), mayWait: mayWait) {
        case .notDone(let why) where mayWait && isGone(item, at: now):
            return notDone(item.id, "\(why) (\(report.text))", at: now)
        case .unknown(let why) where mayWait && item.attempt < Self.blindTries && isGone(item, at: now):
            return notDone(item.id, "\(why) (\(report.text))", at: now)
        case .done:
            // Which way a rejoin took only its performer knows.
            let said = plan.mode == .rejoin ? [report.text] : []
            let seen = (said + evidence).filter { !$0.isEmpty }.joined(separator: "; ")
            settle(item.id, .done(evidence: seen), by: .stepDone, at: now)
            if item.id.isUndo { markUndone(item.id, evidence: seen) }
            advanceIfIdle(at: now)
            return Transition(.moved(item.id.isUndo ? .undoneStep : .stepDone), note: seen)
        case .diverged(let why):
            settle(item.id, .failed("diverged: \(why)"), by: .stepDiverged, at: now)
            advanceIfIdle(at: now)
            return Transition(.moved(.stepDiverged), note: why)
        case .notDone where mayWait, .unknown where mayWait:
            output.requests.append(
                .observe(
                    item.id, attempt: item.attempt, evidenceKeys(of: item), notBefore: now + Self.awaitInterval,
                    deadline: lookDeadline(item, at: now)))
            return Transition(.moved(.stepAwaited), isRecorded: false)
        case .notDone(let why): return notDone(item.id, "\(why) (\(report.text))", at: now)
        case .unknown(let why):
            settle(item.id, .unknown("\(why) (\(report.text))"), by: .stepUnknown, at: now)
            advanceIfIdle(at: now)
            return Transition(.moved(.stepUnknown), note: why)
        }
    }

    /// Whether the effect of a step that must go forward is not there long after its performer answered.
    private func isGone(_ item: StepMachine, at now: Instant) -> Bool {
        guard goesForward(item), let reported = item.reportedAt else { return false }
        return now - reported >= Self.effectPatience
    }

    /// What is tried until its deadline: the way back, and the routing after the promotion.
    private func goesForward(_ item: StepMachine) -> Bool {
        item.step.phase == .repoint || item.step.phase == .thaw || item.id.isUndo || isStandingOrder(item.id)
    }

    /// Whether an answer is the one that the step waits for.
    func isMeant(_ item: StepMachine, _ attempt: Int) -> Bool {
        item.attempt == attempt || lacks(.lateAnswerCounts)
    }

    /// What the run makes of a settlement that will not change by waiting.
    private func believed(_ settlement: Settlement, mayWait: Bool) -> Settlement {
        switch settlement {
        case .diverged where lacks(.divergedIsDone): .done
        case .notDone where !mayWait && lacks(.notDoneIsDone): .done
        case .unknown where !mayWait && lacks(.unknownIsDone): .done
        case .done, .notDone, .diverged, .unknown: settlement
        }
    }

    /// A step that was proved not done: tried again where that is allowed, else failed.
    private mutating func notDone(_ id: ItemID, _ why: String, at now: Instant) -> Transition {
        guard var item = items[id], let call = item.call else { return .illegal("\(id) performs nothing") }
        let goesForward = goesForward(item)
        let mayRetry =
            goesForward
            ? now + Self.forwardRetryInterval < item.deadline && !lacks(.noForwardRetry)
            : item.retriesLeft > 0 || lacks(.triesForEver)
        if mayRetry, goesOn(item) {
            item.attempt += 1
            if !goesForward {
                item.retriesLeft -= 1
                item.deadline = deadline(for: item.step, at: now)
                items[id] = item
                // What must be fresh is observed before every try, not before the first alone (R3).
                confirm(id, at: now)
                if items[id]?.isSettled == true { advanceIfIdle(at: now) }
                return Transition(.moved(.stepRetried), note: why)
            }
            item.state = .performing
            items[id] = item
            world.forget(changes(of: item).map(\.key), why: "\(id) is under way")
            if let definition = catalogue.action(call.action) {
                arm(id, definition.obligations(call, scope), at: now)
            }
            output.announced.append(call)
            output.requests.append(
                .perform(
                    id, attempt: item.attempt, call, notBefore: now + Self.forwardRetryInterval,
                    deadline: item.deadline))
            return Transition(.moved(.stepRetried), note: why)
        }
        settle(id, .failed(why), by: .stepFailed, at: now)
        advanceIfIdle(at: now)
        return Transition(.moved(.stepFailed), note: why)
    }
}
