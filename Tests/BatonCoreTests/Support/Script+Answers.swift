import Testing

@testable import BatonCore

/// Answers to what a run asks, for whole lines of a script.
extension Script {
    /// The command is accepted and the nodes say who is primary.
    mutating func begin() {
        send(.started)
        send(.surveyed(observations(surveyKeys)))
    }

    func observations(_ keys: [FactKey]) -> [Observation] {
        keys.map { key in
            if let value = truth[key] { return Observation(key, .value(value), evidence: "\(key) is \(value)") }
            return Observation(key, .unknown("nobody knows"))
        }
    }

    /// A gate's answer is within its limit.
    mutating func pass(_ name: String, at location: SourceLocation = #_sourceLocation) {
        guard case .ask(let id, let attempt, _, _, _, _)? = find(name, location) else {
            return notAsked(name, location)
        }
        send(.judged(id, attempt: attempt, .pass("well")), at: location)
    }

    /// A gate's answer is outside its limit.
    mutating func refuse(
        _ name: String, after span: TimeSpan = .milliseconds(1), at location: SourceLocation = #_sourceLocation
    ) {
        guard case .ask(let id, let attempt, _, _, _, _)? = find(name, location) else {
            return notAsked(name, location)
        }
        send(.judged(id, attempt: attempt, .block("ill", remedy: "heal it")), after: span, at: location)
    }

    /// A performer answers; its effect takes place in truth when `happens`.
    mutating func report(
        _ name: String, _ outcome: PerformOutcome, happens: Bool = false, after span: TimeSpan = .milliseconds(1),
        at location: SourceLocation = #_sourceLocation
    ) {
        guard case .perform(let id, let attempt, let call, _, _)? = find(name, location) else {
            return notAsked(name, location)
        }
        if happens { apply(call) }
        send(.reported(id, attempt: attempt, outcome), after: span, at: location)
    }

    /// The truth is observed, or nothing can be.
    mutating func see(
        _ name: String, blind: Bool = false, after span: TimeSpan = .milliseconds(1),
        at location: SourceLocation = #_sourceLocation
    ) {
        guard case .observe(let id, let attempt, let keys, _, _)? = find(name, location) else {
            return notAsked(name, location)
        }
        let seen = blind ? keys.map { Observation($0, .unknown("no answer")) } : observations(keys)
        send(.observed(id, attempt: attempt, seen), after: span, at: location)
    }

    /// A step is carried out and seen to be.
    mutating func done(_ name: String, at location: SourceLocation = #_sourceLocation) {
        report(name, .succeeded("ok"), happens: true, at: location)
        if pending.keys.contains(where: { "\($0)" == name }) { see(name, at: location) }
    }

    private func find(_ name: String, _ location: SourceLocation) -> Request? {
        pending.first { "\($0.key)" == name }?.value
    }

    private func notAsked(_ name: String, _ location: SourceLocation) {
        Issue.record("\(name) does not wait for that; waiting: \(waiting), state \(state)", sourceLocation: location)
    }

    mutating func apply(_ call: Call) {
        guard let definition = TestCatalogue.catalogue.action(call.action) else { return }
        for change in definition.changes(call, machine.scope) { truth[change.key] = change.value }
        if call.action == "test.promote" { truth[FactKey(call.on, .timeline)] = .number(2) }
    }

    /// Answers whatever is asked, first come first served, until `stop` or until nothing is asked.
    mutating func run(
        until stop: (Script) -> Bool = { _ in false }, at location: SourceLocation = #_sourceLocation
    ) {
        if kind == .planned { send(.started, at: location) }
        if kind == .surveying, !stop(self) { send(.surveyed(observations(surveyKeys)), at: location) }
        var events = 0
        while !stop(self) {
            if kind != .reconciling, let node = measured.first {
                measured.removeFirst()
                send(.divergenceMeasured(node: node, .unknown("nobody reads it")), at: location)
            } else if kind == .reconciling {
                send(.surveyed(observations(surveyKeys)), at: location)
            } else if awaitsGuard, guardComes {
                send(.guardArmed("guard is process 1"), at: location)
            } else if let id = queue.first, let request = pending[id] {
                answer(request, behaviours["\(id)"], at: location)
            } else {
                return
            }
            events += 1
            guard events < 20_000 else {
                Issue.record("the run does not end: \(waiting)", sourceLocation: location)
                return
            }
        }
    }

    /// Runs until something of that name is asked: `perform promote.test.promote on east-db`.
    mutating func run(to name: String, at location: SourceLocation = #_sourceLocation) {
        run(until: { $0.waiting.contains(name) }, at: location)
        #expect(waiting.contains(name), "never asked; state \(state)", sourceLocation: location)
    }

    private mutating func answer(_ request: Request, _ behaviour: Behaviour?, at location: SourceLocation) {
        switch request {
        case .ask(let id, let attempt, _, _, let notBefore, _):
            let verdict: Verdict =
                if case .refuse? = behaviour { .block("ill", remedy: "heal it") } else { .pass("well") }
            send(.judged(id, attempt: attempt, verdict), after: wait(notBefore, behaviour), at: location)
        case .perform(let id, let attempt, let call, let notBefore, _):
            let outcome: PerformOutcome
            switch behaviour {
            case .fail: outcome = .failed("refused")
            case .lost, .lostButDone: outcome = .unknown("no answer")
            case .refuse, .idle, .blind, nil: outcome = .succeeded("ok")
            }
            switch behaviour {
            case .fail, .lost, .idle: break
            case .refuse, .lostButDone, .blind, nil: apply(call)
            }
            send(.reported(id, attempt: attempt, outcome), after: wait(notBefore, behaviour), at: location)
        case .observe(let id, let attempt, let keys, let notBefore, _):
            var seen = observations(keys)
            // What is asked before the announcement is seen; only the effect is not.
            if case .blind? = behaviour, case .observing? = machine.items[id]?.state {
                seen = keys.map { Observation($0, .unknown("no answer")) }
            }
            send(.observed(id, attempt: attempt, seen), after: wait(notBefore, behaviour), at: location)
        case .survey, .cancel, .armGuard, .wake, .keepWatch, .measureDivergence, .startCanary, .stopCanary, .rest: break
        }
    }

    /// Until it may be answered; what never comes is looked at four times a second, not every millisecond.
    private func wait(_ notBefore: Instant, _ behaviour: Behaviour?) -> TimeSpan {
        max(behaviour == nil ? .milliseconds(1) : .milliseconds(250), notBefore - now)
    }
}

extension Script {
    /// What is fenced is looked at.
    @discardableResult
    mutating func look(at location: SourceLocation = #_sourceLocation) -> Transition? {
        guard let watch else {
            Issue.record("nobody keeps watch, state \(state)", sourceLocation: location)
            return nil
        }
        return send(
            .watched(round: watch.round, observations(watch.keys)), after: max(.milliseconds(1), watch.notBefore - now),
            at: location)
    }

    /// The process dies and another one goes on with its record.
    mutating func takeOver(_ purpose: Takeover.Purpose, at location: SourceLocation = #_sourceLocation) {
        die()
        send(.takenOver(Takeover(purpose, by: "another", why: "its process ended")), at: location)
    }
}
