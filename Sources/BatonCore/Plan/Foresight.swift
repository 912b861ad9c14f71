/// A plan played on a world of facts instead of on servers: each step's conditions are judged, its changes believed, and
/// what its gates would be answered is read from the facts that the steps before it leave. Pure, and without hands: `plan`
/// plays on the world that a topology suggests, `preflight` on the one that was observed just now.
///
/// What stands in the way of one step does not end the play, so that everything that does is known at once: each verdict
/// says how the step would go if those before it did what they promise.
package struct Foresight: Sendable {
    package private(set) var steps: [ForeseenStep] = []
    package let before: World
    package private(set) var after: World

    private let scope: Scope
    private let mode: Mode
    private let catalogue: Catalogue
    /// What gates of later phases answered when they were asked now.
    private let answers: [ItemID: Verdict]
    /// The steps that have changed something, in order, and about whom.
    private var movers: [(step: StepID, targets: Set<Target>)] = []
    /// Steps whose verdict cannot be known before, so that what rests on them is conditional.
    private var uncertain: Set<StepID> = []

    /// - Parameters:
    ///   - world: what is known before the first step.
    ///   - answers: the verdicts on what `questions(of:in:catalogue:)` named, where there were any.
    package init(
        _ plan: Plan, in scope: Scope, from world: World, catalogue: Catalogue, answers: [ItemID: Verdict] = [:]
    ) {
        self.scope = scope
        self.catalogue = catalogue
        self.answers = answers
        mode = plan.mode
        before = world
        after = world
        for group in plan.groups { play(group) }
    }

    /// The steps that a run reaches after its preflight, whose gates are not foretold but asked.
    package var laterSteps: [ForeseenStep] { steps.filter { $0.step.phase > .preflight } }

    // MARK: One group

    /// The steps of a group run at the same time: all of them meet the world before it.
    private mutating func play(_ group: PlanGroup) {
        let start = after
        let first = steps.count
        for step in group.steps {
            for target in scope.targets(of: step.on) {
                switch step.kind {
                case .gate(let id): ask(catalogue.gate(id), step, target, start)
                case .act(let id): perform(catalogue.action(id), Call(id, on: target, step.arguments), step, start)
                }
            }
        }
        for index in steps.indices[first...] {
            settle(index, start)
            note(index)
        }
    }

    private mutating func ask(_ gate: GateDefinition?, _ step: PlanStep, _ target: Target, _ start: World) {
        guard let gate else { return }
        let foreseen = ForeseenStep(
            step: step, target: target, call: nil, changes: [], undo: nil, verdict: verdict(gate, step, target, start))
        for change in gate.establishes(target, scope) { after.learn(change, basis: .predicted(by: step.id)) }
        steps.append(foreseen)
    }

    private mutating func perform(_ action: ActionDefinition?, _ call: Call, _ step: PlanStep, _ start: World) {
        guard let action else { return }
        let changes = action.foresees(call, scope, start).map { change in
            ForeseenChange(key: change.key, from: start[change.key], to: change.value)
        }
        for change in changes {
            after.learn(Change(change.key, change.to), basis: .predicted(by: step.id))
        }
        steps.append(
            ForeseenStep(
                step: step, target: call.on, call: call, changes: changes, undo: action.undo(call, scope),
                verdict: verdict(action.requires(call, scope, mode), changing: changes, start)))
    }

    /// The postcondition: where every change happened as it is stated, the step must count as done.
    private mutating func settle(_ index: Int, _ start: World) {
        guard let call = steps[index].call, steps[index].verdict.allows, let action = catalogue.action(call.action)
        else { return }
        switch action.settle(call, scope, start, after) {
        case .done: break
        case .notDone(let why): steps[index].verdict = Verdict(.block, "it would not count as done: \(why)")
        case .diverged(let why): steps[index].verdict = Verdict(.block, "it would count as diverged: \(why)")
        case .unknown(let why): steps[index].verdict = .unknown("nobody could tell whether it was done: \(why)")
        }
    }

    /// Keeps what later verdicts are explained by.
    private mutating func note(_ index: Int) {
        let foreseen = steps[index]
        if foreseen.verdict.decision == .unknown { uncertain.insert(foreseen.step.id) }
        guard !foreseen.changes.isEmpty else { return }
        movers.append((foreseen.step.id, Set(foreseen.changes.map(\.key.target))))
    }

    // MARK: Verdicts

    /// A gate's verdict: on what it answered just now, where nothing changes that before; else on what the facts answer.
    private func verdict(_ gate: GateDefinition, _ step: PlanStep, _ target: Target, _ start: World) -> Verdict {
        if let answer = answers[ItemID(step.id, on: target)], answer.decision != .unknown {
            guard step.isAwaited, !answer.allows else { return answer }
            return .unknown("now it would block (\(answer.reason)), and it is awaited for \(step.deadline)")
        }
        if let answer = gate.foresee(step.arguments, target, scope, start) {
            return gate.judge(answer, step.arguments)
        }
        let concerned = Self.concerned(target, in: scope)
        guard let last = movers.last(where: { !$0.targets.isDisjoint(with: concerned) }) else {
            return .unknown("it is asked when the run is there")
        }
        return .unknown("it is asked after \(last.step), and depends on what comes of that")
    }

    /// An action's verdict: its conditions, and whether anything is known of what it changes. Of a server that does not
    /// answer nobody can tell what it will do.
    private func verdict(_ conditions: [Condition], changing changes: [ForeseenChange], _ start: World) -> Verdict {
        var held: [String] = []
        var open: String?
        for condition in conditions {
            switch start.judge(condition) {
            case .broken(let found): return Verdict(.block, "\(condition.why) But \(condition.key) is \(found).")
            case .unknown(let why):
                open = open ?? "\(condition.why) But \(condition.key) is not known: \(why)."
            case .holds: held.append("\(condition.key) is \(condition.value)\(source(of: condition.key, start))")
            }
        }
        if let open { return .unknown(open) }
        for change in changes {
            if case .unknown(let why) = change.from { return .unknown("\(change.key) is not known now: \(why)") }
        }
        return .pass(held.isEmpty ? "nothing has to hold before it" : held.joined(separator: "; "))
    }

    private func source(of key: FactKey, _ start: World) -> String {
        guard case .known(_, .predicted(let step)) = start[key] else { return "" }
        return uncertain.contains(step) ? " if \(step) is passed" : " after \(step)"
    }
}

// MARK: What is asked before

extension Foresight {
    /// The facts that a plan's conditions, changes and proofs read: what is observed before it is played. What a gate of
    /// the plan proves is not among them; it is that gate's to say.
    package static func facts(of plan: Plan, in scope: Scope, catalogue: Catalogue) -> [FactKey] {
        let ofNodes: [Aspect] = [
            .running, .writable, .inRecovery, .cleanShutdown, .standbySignal, .timeline, .follows,
        ]
        var keys = plan.topology.nodes.flatMap { node in ofNodes.map { FactKey(.node(node.name), $0) } }
        keys += plan.topology.poolers.flatMap { pooler in
            [FactKey(.pooler(pooler.name), .paused), FactKey(.pooler(pooler.name), .leadsTo)]
        }
        var proved: Set<FactKey> = []
        for step in plan.steps {
            for target in scope.targets(of: step.on) {
                switch step.kind {
                case .gate(let id):
                    proved.formUnion(catalogue.gate(id)?.establishes(target, scope).map(\.key) ?? [])
                case .act(let id):
                    guard let action = catalogue.action(id) else { continue }
                    let call = Call(id, on: target, step.arguments)
                    keys += action.requires(call, scope, plan.mode).map(\.key)
                    keys += action.changes(call, scope).map(\.key) + action.witnesses(call, scope)
                }
            }
        }
        var seen = proved
        return keys.filter { seen.insert($0).inserted }
    }

    /// The gates of later phases that say now what they will say then: no step before them changes anything about whom
    /// they concern.
    package static func questions(
        of plan: Plan, in scope: Scope, catalogue: Catalogue
    ) -> [(item: ItemID, gate: GateID, arguments: Arguments)] {
        var questions: [(item: ItemID, gate: GateID, arguments: Arguments)] = []
        var changed: Set<Target> = []
        for group in plan.groups where group.phase > .preflight {
            var changing: Set<Target> = []
            for step in group.steps {
                for target in scope.targets(of: step.on) {
                    switch step.kind {
                    case .gate(let id):
                        guard changed.isDisjoint(with: concerned(target, in: scope)) else { continue }
                        questions.append((ItemID(step.id, on: target), id, step.arguments))
                    case .act(let id):
                        let call = Call(id, on: target, step.arguments)
                        changing.formUnion(catalogue.action(id)?.changes(call, scope).map(\.key.target) ?? [])
                    }
                }
            }
            changed.formUnion(changing)
        }
        return questions
    }

    /// Whom the answer of a gate may depend on: its target, the pair that hands over, and the pooler of a route.
    private static func concerned(_ target: Target, in scope: Scope) -> [Target] {
        switch target.kind {
        case .node: return [target, scope.old, scope.new].reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
        case .pooler: return [target, scope.old]
        case .proxy, .name: return [target, scope.old, scope.new]
        case .route:
            let pooler = scope.topology.route(target.name).map { Target.pooler($0.through) }
            return [target, scope.old, scope.new] + (pooler.map { [$0] } ?? [])
        }
    }
}
