/// How another process goes on with a run whose own process is gone or has stopped: it looks at everything that the record
/// speaks of, adopts what it finds done, and then goes back or forward. What a process that is gone believed counts for
/// nothing, and nothing that it announced is sent again before a look.
extension RunMachine {
    /// How long one look at everything may take; clients may be waiting.
    static let lookDeadline = TimeSpan.seconds(2)

    mutating func takenOver(_ takeover: Takeover, at now: Instant) -> Transition {
        let from = suspended ?? state
        if let why = refusal(of: takeover, from: from) { return .ignored(why) }
        takeovers.append(takeover)
        let note = "\(takeover.by): \(takeover.why)"
        switch from {
        case .planned, .surveying, .checking:
            guard takeover.purpose == .resume else {
                finish(.interrupted(takeover.why))
                return Transition(.moved(.takeoverUnchanged), note: note)
            }
            startOver(at: now)
        case .advancing, .holding, .committed, .undoing, .reconciling, .halted: look(takeover, from: from, at: now)
        case .finished: look(takeover, from: .committed(group: plan.groups.count - 1), at: now)
        }
        return Transition(.moved(.takenOver), note: note)
    }

    /// Why the run cannot be taken over for that; nil when it can.
    private func refusal(of takeover: Takeover, from: RunState) -> String? {
        switch (from, takeover.purpose) {
        case (.halted, .ownerLost) where lacks(.haltIsTaken): nil
        case (.committed, .abort) where lacks(.abortAlways), (.halted, .abort) where lacks(.abortAlways): nil
        case (.halted, .resume), (.halted, .decide): nil
        case (.halted, .ownerLost): "the run came to rest and waits for an operator"
        case (_, .decide): "the run waits for no decision"
        case (.halted(let halt), .abort) where halt.beforePointOfNoReturn: nil
        case (.holding(let hold), .abort) where !hold.isCommitted: nil
        case (.committed, .abort), (.holding, .abort), (.halted, .abort): onlyForward
        case (.finished(.completedWithObligations), .resume): nil
        case (.finished, _): "the run has ended"
        case (.planned, _), (.surveying, _), (.checking, _), (.advancing, _), (.holding, _), (.committed, _),
            (.undoing, _), (.reconciling, _):
            nil
        }
    }

    private var onlyForward: String {
        plan.mode == .rejoin
            ? "the data directory of \(binding.old) may have been remade, so the run only goes forward"
            : "the promotion was announced, so the run only goes forward"
    }

    /// Nothing was changed: as if the run had just begun.
    private mutating func startOver(at now: Instant) {
        items = ItemTable()
        world = World()
        binding = plan.assumedBinding
        isBound = false
        stopReason = nil
        forgetReturned()
        survey(at: now)
    }

    private mutating func look(_ takeover: Takeover, from: RunState, at now: Instant) {
        suspended = from
        // Who asked the run to stop is obeyed by the guard as well; an operator's later word is the last.
        if takeover.purpose == .resume || takeover.purpose == .abort { stopReason = nil }
        canaryRuns = false
        guardState = .none
        askAgain()
        isMeasuredWhole = isMeasuredWhole && freezeBegan == nil
        if isFrozen, !lacks(.partIsWhole) { measurements?.forgetPause() }
        let owed = obligations.filter { $0.isOpen && isStandingOrder($0.item) }.flatMap(\.terms.discharged).map(\.key)
        let keys = Set(world.sorted.map(\.key)).union(items.values.flatMap(evidenceKeys)).union(roleKeys).union(owed)
            .subtracting(lacks(.takeoverBelieves) ? world.sorted.map(\.key) : provedKeys)
        world.forget(keys, why: "a process that is gone saw it")
        state = .reconciling(takeover)
        output.requests.append(.survey(keys.sorted(), deadline: now + Self.lookDeadline))
    }

    /// What gates proved before the promotion was announced. It stays true while old stays fenced, which the promotion's
    /// own conditions look at again.
    var provedKeys: [FactKey] {
        items.inOrder.filter(\.succeeded).flatMap { item -> [FactKey] in
            guard case .gate(let gate) = item.step.kind else { return [] }
            return catalogue.gate(gate)?.establishes(item.id.target, scope).map(\.key) ?? []
        }
    }

    /// The answers to the look.
    mutating func reconciled(_ takeover: Takeover, _ observations: [Observation], at now: Instant) -> Transition {
        guard let from = suspended else { return .illegal("nothing was taken over") }
        suspended = nil
        learn(observations, at: now)
        adopt(at: now)
        if takeover.purpose == .decide {
            state = from
            return Transition(.moved(.takeoverLooked))
        }
        // However the run was led back: new is the primary by this run's own order, so there is only forward.
        if let group = promotedGroup, !lacks(.promotionFoundIgnored), !goesBackAnyhow(takeover) {
            return goForward(from: group, observations, at: now)
        }
        switch from {
        case .planned, .surveying, .checking, .reconciling, .finished:
            return .illegal("a run is not looked at from \(from.kind.rawValue)")
        case .advancing: return goOnOrBack(takeover, at: now)
        case .holding(let hold) where !hold.isCommitted: return goOnOrBack(takeover, at: now)
        case .undoing(let reason): return takeBack(because: reason, at: now)
        case .halted(let halt) where halt.beforePointOfNoReturn: return takeBack(because: halt.reason, at: now)
        case .holding(let hold): return goForward(from: hold.group - 1, observations, at: now)
        case .halted where goesBackAnyhow(takeover), .committed where goesBackAnyhow(takeover):
            return takeBack(because: takeover.why, at: now)
        case .halted(let halt): return goForward(from: halt.group, observations, at: now)
        case .committed(let group): return goForward(from: group, observations, at: now)
        }
    }

    private func goesBackAnyhow(_ takeover: Takeover) -> Bool {
        lacks(.takeoverAlwaysGoesBack) || lacks(.abortAlways) && takeover.purpose == .abort
    }

    /// The group of a promotion that this run announced and that is seen to have happened.
    private var promotedGroup: Int? {
        items.inOrder.first { item in
            guard let call = item.call, item.announcedAt != nil, !item.id.isUndo, item.succeeded else { return false }
            return catalogue.action(call.action)?.isPointOfNoReturn(call, in: scope) == true
        }?.group
    }

    /// Settles what was announced and is found done, whoever did it.
    private mutating func adopt(at now: Instant) {
        for item in items.inOrder
        where !lacks(.nothingAdopted) && !item.succeeded && item.announcedAt != nil && !item.id.isUndo {
            guard case .done? = settlement(of: item), !evidenceKeys(of: item).isEmpty else { continue }
            items[item.id]?.mayHaveActed = true
            settle(item.id, .adopted(evidence: seen(of: item)), by: .stepAdopted, at: now)
        }
    }

    /// What the world says of a step's effect, in words.
    func seen(of item: StepMachine) -> String {
        changes(of: item).map { "\($0.key) is \(world.value($0.key)?.description ?? "not known")" }
            .joined(separator: "; ")
    }

    func settlement(of item: StepMachine) -> Settlement? {
        guard let call = item.call, let definition = catalogue.action(call.action) else { return nil }
        return definition.settle(call, scope, item.before, world)
    }

    /// Before the promotion was announced. Where clients wait, the shortest way to serve them is back. Where nobody does, an
    /// operator's run goes on, from gates that are judged anew.
    private mutating func goOnOrBack(_ takeover: Takeover, at now: Instant) -> Transition {
        let isSame = BindingRule(plan: plan).bind(world) == .bound(binding)
        let mayGoOn = takeover.purpose == .resume && freezeBegan == nil && isSame && stopReason == nil
        guard mayGoOn && !lacks(.takeoverNeverGoesOn) || lacks(.takeoverNeverGoesBack) else {
            return takeBack(because: takeover.why, at: now)
        }
        for item in items.inOrder where startsAnew(item) {
            items[item.id] = nil
        }
        state = .checking(group: 0)
        begin(group: 0, at: now)
        advanceIfIdle(at: now)
        return Transition(.moved(.takeoverRestarts))
    }

    private func startsAnew(_ item: StepMachine) -> Bool {
        guard item.step.kind.isGate else { return !isStillDone(item) }
        return !lacks(.gatesNotAnew) || !item.succeeded
    }

    private func isStillDone(_ item: StepMachine) -> Bool { item.succeeded && settlement(of: item) == .done }

    private mutating func takeBack(because reason: String, at now: Instant) -> Transition {
        let announced = items.inOrder.filter { $0.announcedAt != nil && !$0.id.isUndo }
        guard !announced.isEmpty, !lacks(.takeoverDropsChanges) else {
            finish(.interrupted(reason))
            return Transition(.moved(.takeoverUnchanged), note: reason)
        }
        // Whether it was sent is not known, so it is undone like what was.
        for item in announced where !item.isSettled {
            items[item.id]?.mayHaveActed = true
            settle(item.id, .unknown("its process ended while it was under way"), by: .stepUnknown, at: now)
        }
        let ids = Set(announced.map(\.id))
        items.setAside { !ids.contains($0.id) && !$0.isSettled && !$0.id.isUndo }
        beginUndo(because: reason, at: now)
        advanceIfIdle(at: now)
        return Transition(.moved(.takeoverTakesBack), note: reason)
    }

    /// After the promotion was announced: what is not done is done, what was done and does not hold any more is done again.
    /// What went a third way waits for an operator still.
    private mutating func goForward(from group: Int, _ observations: [Observation], at now: Instant) -> Transition {
        var again: [StepMachine] = []
        for item in items.inOrder
        where (item.step.phase >= .promote || isStandingOrder(item.id)) && !item.id.isUndo {
            if item.succeeded {
                guard item.step.phase == .repoint || item.step.phase == .thaw, case .notDone? = settlement(of: item)
                else { continue }
            } else if item.rule == .stepDiverged, case .diverged? = settlement(of: item) {
                continue
            }
            again.append(item)
        }
        let found = findPoolers()
        // Clients are let go only once their own repoint stands, and each step of the routing builds on those before it.
        let moving = Dictionary(
            again.filter { $0.step.phase == .repoint }.map { ($0.id.target, $0.group) }, uniquingKeysWith: min)
        let later = items.inOrder.filter { item in
            let isRouting = item.step.phase == .repoint || item.step.phase == .thaw
            return isRouting && !item.id.isUndo && moving[item.id.target].map { item.group > $0 } == true
        }.map(\.id)
        if !lacks(.thawAtOnce) { for id in later { items[id] = nil } }
        let first = again.map(\.group).min() ?? group
        state = .committed(group: min(group, first, found ?? group))
        for item in again where !later.contains(item.id) || lacks(.thawAtOnce) { restart(item, at: now) }
        watchAgain(observations, at: now)
        advanceIfIdle(at: now)
        return Transition(.moved(.takeoverGoesOn))
    }

    /// Takes in the poolers that were lost and answer now; the group from which their steps are to begin, if there are any.
    private mutating func findPoolers() -> Int? {
        let rule = BindingRule(plan: plan)
        let found = binding.lostPoolers.filter { !rule.isLost($0, in: world) }
        guard !found.isEmpty, let routing = plan.groups.firstIndex(where: { $0.phase >= .repoint }) else { return nil }
        binding.lostPoolers.removeAll { found.contains($0) }
        return routing - 1
    }
}
