internal import BatonCore

/// Plays the very machine that runs a plan, with obedient servers behind it and one step that fails, to learn where it goes.
/// Nothing here decides: what stands on a runbook's diagram is what the machine did.
struct RunWalk {
    /// Where a run stands, as a person sees it.
    enum Place: Hashable, Comparable {
        case start, surveying
        case phase(Phase, isCommitted: Bool)
        case undoing, halted
        case finished(String)

        private var rank: (Int, String) {
            switch self {
            case .start: (0, "")
            case .surveying: (1, "")
            case .phase(let phase, let isCommitted): (2 + 2 * phase.index + (isCommitted ? 1 : 0), "")
            case .undoing: (100, "")
            case .halted: (101, "")
            case .finished(let word): (102, word)
            }
        }

        static func < (left: Place, right: Place) -> Bool { left.rank < right.rank }
    }

    struct Arrow: Hashable {
        var from: Place
        var to: Place
        var rule: Rule
    }

    /// How the step behaves that makes trouble.
    enum Trouble: CaseIterable {
        /// The gate refuses; the action is proved not to have happened.
        case refuses
        /// No answer comes, and nothing happens.
        case isLost
        /// As `refuses`, and what is to be taken back cannot be.
        case cannotBeUndone
    }

    /// Every way that the machine goes on this plan: when all is well, and when each step in turn makes each trouble.
    static func arrows(_ plan: Plan, _ catalogue: Catalogue) -> Set<Arrow> {
        var arrows = RunWalk(plan, catalogue, trouble: nil).walked()
        arrows.formUnion(RunWalk(plan, catalogue, trouble: nil, isThere: true).walked())
        for step in plan.steps {
            for trouble in Trouble.allCases {
                arrows.formUnion(RunWalk(plan, catalogue, trouble: (step.id, trouble)).walked())
            }
        }
        return arrows
    }

    private var machine: RunMachine
    private var truth: World
    private let trouble: (step: StepID, kind: Trouble)?
    private var now = Instant(nanoseconds: 1_000_000_000)
    private var questions: [Request] = []
    private var arrows: Set<Arrow> = []
    /// More events than any plan needs; a machine that asks for ever must not hang a command.
    private static let limit = 50_000

    /// - Parameter isThere: whether the primary is at the target site already.
    private init(_ plan: Plan, _ catalogue: Catalogue, trouble: (StepID, Trouble)?, isThere: Bool = false) {
        machine = RunMachine(plan: plan, catalogue: catalogue)
        self.trouble = trouble
        let binding = plan.assumedBinding
        let scope = Scope(
            topology: plan.topology,
            binding: isThere ? Binding(old: binding.new, new: binding.old) : binding)
        truth = AssumedWorld(scope).world
        if plan.mode == .emergency, !isThere {
            // Old is lost: its host may answer, it does not.
            let old = Target.node(binding.old)
            truth.learn(Change(FactKey(old, .running), .flag(false)), basis: .assumed)
            truth.forget([FactKey(old, .writable), FactKey(old, .inRecovery)], why: "it does not answer")
        }
        for node in plan.topology.nodes {
            truth.learn(Change(FactKey(.node(node.name), .timeline), .number(1)), basis: .assumed)
            for other in plan.topology.nodes {
                let key = FactKey(.node(node.name), .slot, detail: other.name)
                truth.learn(Change(key, .flag(node.name == scope.binding.old)), basis: .assumed)
            }
        }
    }

    private consuming func walked() -> Set<Arrow> {
        send(.started)
        var events = 0
        while !questions.isEmpty, events < Self.limit {
            answer(questions.removeFirst())
            events += 1
        }
        return arrows
    }

    private mutating func send(_ event: Event, notBefore: Instant = Instant(nanoseconds: 0)) {
        now = max(now + .milliseconds(1), notBefore)
        let before = place
        let transition = machine.handle(event, at: now)
        questions += transition.requests
        guard case .moved(let rule) = transition.disposition, place != before else { return }
        arrows.insert(Arrow(from: before, to: place, rule: rule))
    }

    private var place: Place {
        switch machine.state {
        case .planned: .start
        case .surveying: .surveying
        case .checking(let group), .advancing(let group): .phase(phase(group), isCommitted: false)
        case .holding(let hold): .phase(hold.phase, isCommitted: hold.isCommitted)
        case .committed(let group): .phase(phase(group), isCommitted: true)
        case .undoing: .undoing
        case .reconciling: .surveying
        case .halted: .halted
        case .finished(let outcome): .finished(outcome.word)
        }
    }

    /// The group's phase, or a later one where a step of it has begun: a pooler thaws as soon as it leads to new.
    private func phase(_ group: Int) -> Phase {
        let phase = machine.plan.groups.indices.contains(group) ? machine.plan.groups[group].phase : .finish
        let begun = machine.order.filter { !$0.isUndo }.compactMap { machine.items[$0]?.step.phase }.max()
        return max(phase, begun ?? phase)
    }

    private mutating func answer(_ request: Request) {
        switch request {
        case .survey(let keys, _): send(.surveyed(observations(keys)))
        case .ask(let item, let attempt, let gate, _, let notBefore, let deadline):
            if let kind = trouble(of: item) {
                let verdict: Verdict =
                    kind == .isLost ? .unknown("no answer") : .block("outside the limit", remedy: "none")
                return send(.judged(item, attempt: attempt, verdict), notBefore: max(notBefore, deadline))
            }
            for change in machine.catalogue.gate(gate)?.establishes(item.target, machine.scope) ?? [] {
                truth.learn(change, basis: .assumed)
            }
            send(.judged(item, attempt: attempt, .pass("within the limit")), notBefore: notBefore)
        case .perform(let item, let attempt, let call, let notBefore, let deadline):
            switch trouble(of: item) {
            case nil:
                apply(call)
                send(.reported(item, attempt: attempt, .succeeded("done")), notBefore: notBefore)
            case .isLost:
                send(.reported(item, attempt: attempt, .unknown("no answer")), notBefore: max(notBefore, deadline))
            case .refuses, .cannotBeUndone:
                send(.reported(item, attempt: attempt, .failed("refused")), notBefore: notBefore)
            }
        case .observe(let item, let attempt, let keys, let notBefore, let deadline):
            // What does not come is not waited for moment by moment.
            let isLate = trouble(of: item) != nil && machine.items[item]?.announcedAt != nil
            send(
                .observed(item, attempt: attempt, observations(keys)),
                notBefore: isLate ? max(notBefore, deadline) : notBefore)
        case .armGuard: send(.guardArmed("the guard watches"))
        case .stopCanary: send(.measured(Measurements()))
        case .measureDivergence(let node, _):
            send(.divergenceMeasured(node: node, .unknown("nobody reads an assumed log")))
        case .cancel, .wake, .keepWatch, .startCanary, .rest: break
        }
    }

    private func trouble(of item: ItemID) -> Trouble? {
        guard let trouble else { return nil }
        if item.isUndo { return trouble.kind == .cannotBeUndone ? .refuses : nil }
        return item.step == trouble.step ? trouble.kind : nil
    }

    private func observations(_ keys: [FactKey]) -> [Observation] {
        keys.map { key in
            Observation(key, truth.value(key).map { .value($0) } ?? .unknown("nobody has looked"))
        }
    }

    private mutating func apply(_ call: Call) {
        guard let action = machine.catalogue.action(call.action) else { return }
        for change in action.changes(call, machine.scope) { truth.learn(change, basis: .assumed) }
        // A promotion begins the next timeline, which its definition only compares.
        let timeline = FactKey(call.on, .timeline)
        if action.isPointOfNoReturn(call, in: machine.scope), case .number(let number)? = truth.value(timeline) {
            truth.learn(Change(timeline, .number(number + 1)), basis: .assumed)
        }
    }
}
