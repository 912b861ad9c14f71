/// From the promotion on whatever was fenced stays fenced: it is looked at now and then, and one that is seen to accept
/// writes is fenced again at once, by the action that fenced it. A look that sees nothing new leaves no trace.
extension RunMachine {
    /// Time between two looks. The first comes that long after the announcement, so that it never meets the promotion.
    static let watchInterval = TimeSpan.milliseconds(250)
    /// How long one look may take. The nodes are lost: silence is what is expected of them, and nobody waits for it.
    static let watchDeadline = TimeSpan.milliseconds(500)
    /// How long the look at a returned node's log may take. A run that has come to its end waits for it.
    static let divergenceDeadline = TimeSpan.seconds(10)

    /// A step of the plan with a standing order, on one of its targets.
    package struct ArmedOrder {
        package var step: PlanStep
        package var call: Call
        package var target: Target
        package var order: StandingOrder
        /// Whether the step was done there; false where a person took it upon themselves that the node is off.
        package var canFence: Bool
    }

    /// What is watched from the promotion on.
    package var armedOrders: [ArmedOrder] {
        plan.steps.flatMap { step -> [ArmedOrder] in
            guard case .act(let action) = step.kind, let definition = catalogue.action(action) else { return [] }
            let fenced = scope.targets(of: step.on)
            let unfenced = step.on.contains(.old) ? scope.unfenced.filter { !fenced.contains($0) } : []
            return (fenced + unfenced).compactMap { target in
                guard target != scope.new, let order = definition.standingOrder(target, scope) else { return nil }
                return ArmedOrder(
                    step: step, call: Call(action, on: target, step.arguments), target: target, order: order,
                    canFence: fenced.contains(target))
            }
        }
    }

    /// Whether a step is the answer to a node that came back.
    func isStandingOrder(_ id: ItemID) -> Bool { splitBrains.contains { $0.order == id } }

    /// Begins to look. Looks that were asked for before count no more.
    mutating func keepWatch(at now: Instant) {
        watchRound += 1
        askForWatch(at: now)
    }

    private mutating func askForWatch(at now: Instant) {
        let keys = Set(armedOrders.flatMap(\.order.broken).flatMap { $0.map(\.key) }).sorted()
        guard !keys.isEmpty else { return }
        let next = now + Self.watchInterval
        output.requests.append(
            .keepWatch(round: watchRound, keys, notBefore: next, deadline: next + Self.watchDeadline))
    }

    mutating func watched(_ round: Int, _ observations: [Observation], at now: Instant) -> Transition {
        switch state {
        case .committed: return watch(round, observations, at: now)
        case .holding(let hold) where hold.isCommitted: return watch(round, observations, at: now)
        case .holding, .reconciling, .halted, .finished: return .ignored("nobody keeps watch any more")
        case .planned, .surveying, .checking, .advancing, .undoing:
            return .illegal("standing orders are armed at the promotion")
        }
    }

    private mutating func watch(_ round: Int, _ observations: [Observation], at now: Instant) -> Transition {
        guard round == watchRound else { return .ignored("the look is late: a later one is under way") }
        askForWatch(at: now)
        let orders = brokenOrders(in: observations)
        guard !orders.isEmpty else { return Transition(.moved(.watchKept), isRecorded: false) }
        learn(observations, at: now)
        for (armed, evidence) in orders { carryOut(armed, evidence: evidence, at: now) }
        let names = orders.map { "\($0.order.target.name) came back as a primary: \($0.evidence)" }
        advanceIfIdle(at: now)
        let canFence = orders.contains { $0.order.canFence }
        return Transition(
            .moved(canFence ? .fencedAgain : .returnedUnfenced), note: names.joined(separator: "; "))
    }

    /// Those that are seen to be broken and that nothing is done about yet. A fence that failed is the operator's affair.
    private func brokenOrders(in observations: [Observation]) -> [(order: ArmedOrder, evidence: String)] {
        armedOrders.compactMap { armed in
            let evidence = armed.order.broken.lazy.compactMap { Self.evidence(of: $0, in: observations) }.first
            guard let evidence else { return nil }
            if let last = splitBrains.last(where: { $0.node == armed.target.name }) {
                guard armed.canFence, items[last.order]?.succeeded == true else { return nil }
            }
            return (order: armed, evidence: evidence)
        }
    }

    /// What was seen of facts, where each of them was seen to be so.
    private static func evidence(of changes: [Change], in observations: [Observation]) -> String? {
        let seen = changes.compactMap { change in
            observations.first { $0.key == change.key && $0.finding == .value(change.value) }
        }
        return seen.count == changes.count ? seen.map(\.evidence).joined(separator: "; ") : nil
    }

    /// Notes the split brain, and announces the fence where it can be done. Its conditions were about the first time.
    private mutating func carryOut(_ armed: ArmedOrder, evidence: String, at now: Instant) {
        let step = orderStep(armed)
        let id = ItemID(step.id, on: armed.target)
        note(armed, order: id, evidence: evidence, at: now)
        guard armed.canFence else { return }
        var item = StepMachine(
            id: id, step: step, call: armed.call, group: currentGroup, at: now, deadline: now + step.deadline)
        item.announcedAt = now
        item.before = world
        item.state = .performing
        items.begin(item)
        world.forget(changes(of: item).map(\.key), why: "\(id) is under way")
        output.announced.append(armed.call)
        output.requests.append(
            .perform(id, attempt: item.attempt, armed.call, notBefore: now, deadline: item.deadline))
    }

    /// The step under a name of its own, so that the record keeps the first time as well.
    private func orderStep(_ armed: ArmedOrder) -> PlanStep {
        let times = splitBrains.count { $0.node == armed.target.name && $0.order.step != armed.step.id }
        var step = armed.step
        step.id = StepID("\(armed.step.id)-again\(times == 0 ? "" : "-\(times + 1)")")
        return step
    }

    /// The group that the run is at, to which the order belongs.
    private var currentGroup: Int {
        switch state {
        case .committed(let group): group
        case .holding(let hold): hold.group - 1
        case .planned, .surveying, .checking, .advancing, .undoing, .reconciling, .halted, .finished: 0
        }
    }

    private mutating func note(_ armed: ArmedOrder, order: ItemID, evidence: String, at now: Instant) {
        splitBrains.append(
            SplitBrain(
                node: armed.target.name, seenAt: now, evidence: evidence, order: order, canFence: armed.canFence))
        // What gates proved of new was true while old stayed fenced: old has log of its own now.
        world.forget(provedKeys, why: "\(armed.target) came back as a primary after the promotion")
        var terms = armed.order.owed
        if !armed.canFence {
            terms.owed =
                "\(armed.target) accepts writes beside \(scope.binding.new), and Baton cannot end it: \(terms.owed)"
            terms.release = armed.call
        }
        obligations.append(Obligation(terms: terms, item: order, armedAt: now, dischargedAt: nil))
    }

    /// A run that another one's standing order began: whoever came back is what its own fence is for.
    mutating func noteReturned(at now: Instant) {
        guard plan.continues != nil else { return }
        for armed in armedOrders {
            let broken = armed.order.broken.first { $0.allSatisfy { world.value($0.key) == $0.value } }
            guard let broken else { continue }
            let evidence = broken.map { "\($0.key) is \($0.value)" }.joined(separator: "; ")
            note(armed, order: ItemID(armed.step.id, on: armed.target), evidence: evidence, at: now)
        }
    }

    /// Looks that another process had asked for bring no answer to this one.
    mutating func askAgain() {
        for index in splitBrains.indices where splitBrains[index].divergence == nil {
            splitBrains[index].isAsked = false
        }
    }

    /// As if nobody had come back: the run begins anew.
    mutating func forgetReturned() {
        let orders = Set(splitBrains.map(\.order))
        obligations.removeAll { orders.contains($0.item) }
        splitBrains = []
    }

    /// After a takeover: whoever came back while nobody watched is fenced again.
    mutating func watchAgain(_ observations: [Observation], at now: Instant) {
        for (armed, evidence) in brokenOrders(in: observations) { carryOut(armed, evidence: evidence, at: now) }
        keepWatch(at: now)
    }

    // MARK: What was written there

    /// Whether the run waits for a look at a returned node's log before it comes to its end.
    var isMeasuringDivergence: Bool { splitBrains.contains { $0.isAsked && $0.divergence == nil } }

    /// Asks what a returned node has written, once its fence is settled: its log is read when nobody writes it any more.
    mutating func measureDivergence(at now: Instant) {
        for index in splitBrains.indices where !splitBrains[index].isAsked && splitBrains[index].divergence == nil {
            guard !splitBrains[index].canFence || items[splitBrains[index].order]?.isSettled == true else { continue }
            splitBrains[index].isAsked = true
            output.requests.append(
                .measureDivergence(node: splitBrains[index].node, deadline: now + Self.divergenceDeadline))
        }
    }

    mutating func divergenceMeasured(_ node: String, _ finding: DivergenceFinding, at now: Instant) -> Transition {
        switch state {
        case .checking, .advancing, .holding, .committed, .undoing, .halted, .finished:
            guard let index = splitBrains.lastIndex(where: { $0.node == node && $0.isAsked && $0.divergence == nil })
            else { return .ignored("nobody waits for the log of \(node)") }
            splitBrains[index].divergence = finding
            let before = state
            advanceIfIdle(at: now)
            let rule = state.kind == before.kind ? nil : Rule.move(from: before.kind, to: state)
            return Transition(.moved(rule ?? .divergenceMeasured), note: finding.words(of: node))
        case .reconciling: return .ignored("the run was taken over since")
        case .planned, .surveying: return .illegal("nobody was seen to come back")
        }
    }
}

extension DivergenceFinding {
    /// For the record.
    func words(of node: String) -> String {
        switch self {
        case .found(let divergence): "\(node) has \(divergence.words)"
        case .unknown(let why): "what \(node) has written is not known: \(why)"
        }
    }
}
