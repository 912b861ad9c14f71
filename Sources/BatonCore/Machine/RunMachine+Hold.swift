/// `--hold-before`: the run waits before a phase until the operator lets it go on. Where clients wait, their budget ends
/// the hold: back before the promotion, on after it.
extension RunMachine {
    /// Goes to a group, or waits before it where the operator asked for that.
    mutating func enter(group index: Int, isCommitted: Bool, at now: Instant) {
        let phase = plan.groups[index].phase
        guard holdsBefore(phase) else {
            if phase == .verify, isCommitted { startCanaryAgain() }
            state = isCommitted ? .committed(group: index) : .advancing(group: index)
            return begin(group: index, at: now)
        }
        holdIsOver = true
        let budget = isCommitted ? freezeBegan.map { $0 + plan.limits.freeze } : freezeEnd
        let until = isFrozen && !lacks(.holdForEver) ? budget : nil
        state = .holding(Hold(group: index, phase: phase, isCommitted: isCommitted, until: until))
        if let until { output.requests.append(.wake(at: until)) }
    }

    /// A playbook that leaves the phase empty holds before the next one that it has.
    func holdsBefore(_ phase: Phase) -> Bool {
        guard let wanted = plan.holdBefore else { return false }
        return phase >= wanted && !holdIsOver && !lacks(.noHold)
    }

    mutating func released(by: String, at now: Instant) -> Transition {
        switch state {
        case .holding(let hold):
            enter(group: hold.group, isCommitted: hold.isCommitted, at: now)
            advanceIfIdle(at: now)
            return Transition(.moved(.holdReleased), note: "released by \(by)")
        case .planned, .surveying, .checking, .advancing, .committed, .undoing, .reconciling, .halted, .finished:
            return .ignored("the run does not hold")
        }
    }

    mutating func woken(at now: Instant) -> Transition {
        switch state {
        case .holding(let hold):
            guard let until = hold.until, now >= until else { return .ignored("it is too early") }
            if hold.isCommitted {
                enter(group: hold.group, isCommitted: true, at: now)
                advanceIfIdle(at: now)
            } else {
                stopReason = ("held before \(hold.phase.rawValue) until the freeze budget was spent", false)
                leaveHold(hold, at: now)
            }
            return Transition(.moved(.holdOver))
        case .planned, .surveying, .checking, .advancing, .committed, .undoing, .reconciling, .halted, .finished:
            return .ignored("nothing waits for that moment any more")
        }
    }

    /// Ends a hold because the run is to stop: back to the group before it, whose end decides.
    mutating func leaveHold(_ hold: Hold, at now: Instant) {
        state = hold.isCommitted ? .committed(group: hold.group - 1) : .advancing(group: hold.group - 1)
        advanceIfIdle(at: now)
    }
}
