import BatonCore

/// One thing that a run does or asks, on one target, with the world as it is assumed before and after.
struct Move: Hashable, Sendable {
    /// Its place in the course, from 0.
    var index: Int
    var step: PlanStep
    /// The steps of one group run at the same time.
    var group: Int
    var target: Target
    /// Nil for a gate.
    var call: Call?
    var changes: [Change]
    var undo: Undo
    var before: World
    var after: World

    var isPointOfNoReturn: Bool {
        if case .irreversible = undo { return true }
        return false
    }

    func brings(_ aspect: Aspect, _ value: FactValue) -> Bool {
        changes.contains { $0.key.aspect == aspect && $0.value == value }
    }
}

/// A plan played from its beginning to its end over an assumed world in which all goes well. What can go wrong is asked of
/// it afterwards: every prefix of it with the way back, every order of a group, every promise at its end.
///
/// It knows definitions only through the catalogue, judges facts and not names, and asks nobody.
struct Course: Sendable {
    let plan: Plan
    let catalogue: Catalogue
    let scope: Scope
    let beginning: World
    let moves: [Move]

    init(_ plan: Plan, binding: Binding, catalogue: Catalogue) {
        self.plan = plan
        self.catalogue = catalogue
        let scope = plan.scope(binding)
        self.scope = scope
        var world = AssumedPair.world(scope)
        beginning = world
        var moves: [Move] = []
        for (number, group) in plan.groups.enumerated() {
            for step in group.steps {
                for target in scope.targets(of: step.on) {
                    guard
                        var move = Self.move(
                            step, on: target, in: scope, mode: plan.mode, catalogue: catalogue, before: world)
                    else { continue }
                    move.index = moves.count
                    move.group = number
                    for change in move.changes { world.learn(change, basis: .predicted(by: step.id)) }
                    move.after = world
                    moves.append(move)
                }
            }
        }
        self.moves = moves
    }

    private static func move(
        _ step: PlanStep, on target: Target, in scope: Scope, mode: Mode, catalogue: Catalogue, before: World
    ) -> Move? {
        switch step.kind {
        case .act(let id):
            guard let action = catalogue.action(id), action.kind == target.kind else { return nil }
            let call = Call(id, on: target, step.arguments)
            return Move(
                index: 0, step: step, group: 0, target: target, call: call, changes: action.changes(call, scope),
                undo: action.undo(call, scope), before: before, after: before)
        case .gate(let id):
            guard let gate = catalogue.gate(id), gate.kind == target.kind else { return nil }
            return Move(
                index: 0, step: step, group: 0, target: target, call: nil, changes: gate.establishes(target, scope),
                undo: .nothing, before: before, after: before)
        }
    }

    // MARK: What stands where

    var acts: [Move] { moves.filter { $0.call != nil } }
    var end: World { moves.last?.after ?? beginning }
    var pointOfNoReturn: Move? { moves.first(where: \.isPointOfNoReturn) }

    func action(of move: Move) -> ActionDefinition? { move.call.flatMap { catalogue.action($0.action) } }

    func gate(of move: Move) -> GateDefinition? {
        guard case .gate(let id) = move.step.kind else { return nil }
        return catalogue.gate(id)
    }

    /// The world before anything of the move's group was done.
    func worldBeforeGroup(of move: Move) -> World {
        moves.first { $0.group == move.group }?.before ?? move.before
    }

    func world(after phase: Phase) -> World { moves.last { $0.step.phase <= phase }?.after ?? beginning }

    func conditions(of move: Move) -> [Condition] {
        guard let call = move.call, let action = catalogue.action(call.action) else { return [] }
        return action.requires(call, scope, plan.mode)
    }

    // MARK: Who writes, who waits

    func writes(_ node: Target, in world: World) -> Bool { world.value(FactKey(node, .writable)) == .flag(true) }

    func isPaused(_ pooler: Target, in world: World) -> Bool {
        world.value(FactKey(pooler, .paused)) == .flag(true)
    }

    /// The node that the pooler's clients reach.
    func upstream(of pooler: Target, in world: World) -> Target? {
        guard case .name(let node)? = world.value(FactKey(pooler, .leadsTo)) else { return nil }
        return .node(node)
    }

    var nodes: [Target] { plan.topology.nodes.map { .node($0.name) } }
    var poolers: [Target] { plan.topology.poolers.map { .pooler($0.name) } }

    /// Whether some clients wait.
    func isFrozen(_ world: World) -> Bool { poolers.contains { isPaused($0, in: world) } }
}
