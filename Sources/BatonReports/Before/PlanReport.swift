package import BatonCore

/// A plan as JSON: `plan/v1`. Roles are resolved by the binding that the topology suggests; a run binds them by what the
/// nodes answer.
package struct PlanReport: Codable, Hashable, Sendable {
    package static let format = "plan/v1"

    package struct Objectives: Codable, Hashable, Sendable {
        @OrNull package var writePauseMs: Double?
        @OrNull package var recoveryTimeMs: Double?
        @OrNull package var recoveryPointBytes: Int64?
    }

    package struct Limits: Codable, Hashable, Sendable {
        package var freezeMs: Double
        package var undoReserveMs: Double
    }

    package struct StepChange: Codable, Hashable, Sendable {
        package var target: String
        package var fact: String
        /// Null where the topology alone does not tell.
        @OrNull package var from: String?
        package var to: String
    }

    package enum UndoKind: String, Codable, Hashable, Sendable, CaseIterable {
        case call, nothing
        /// Announcing the step is the point of no return.
        case irreversible
    }

    package struct StepUndo: Codable, Hashable, Sendable {
        package var kind: UndoKind
        /// The call that undoes it, or why nothing can.
        @OrNull package var text: String?
    }

    package struct Step: Codable, Hashable, Sendable {
        package var id: StepID
        /// One of `do` and `gate` is null.
        @OrNull package var `do`: ActionID?
        @OrNull package var gate: GateID?
        package var on: [Role]
        package var targets: [String]
        package var title: String
        @OrNull package var why: String?
        @OrNull package var owner: String?
        package var arguments: [String: String]
        package var deadlineMs: Double
        package var retries: Int
        /// Whether the gate is judged until it passes or its deadline ends.
        package var awaited: Bool
        @OrNull package var impliedBy: ActionID?
        /// In the order in which they happen.
        package var changes: [StepChange]
        /// Null for gates.
        @OrNull package var undo: StepUndo?
    }

    package struct PhaseSteps: Codable, Hashable, Sendable {
        package var name: Phase
        /// Steps of one group run at the same time.
        package var groups: [[Step]]
    }

    package struct ShapedNode: Codable, Hashable, Sendable {
        package var name: String
        package var site: String
        /// `primary`, `standby`, `down` or `unknown`.
        package var role: String
        @OrNull package var follows: String?
    }

    package struct ShapedPooler: Codable, Hashable, Sendable {
        package var name: String
        package var site: String
        package var leadsTo: String
        package var paused: Bool
    }

    /// Who is what at one moment.
    package struct Shape: Codable, Hashable, Sendable {
        package var nodes: [ShapedNode]
        package var poolers: [ShapedPooler]
    }

    package var format: String
    package var playbook: ReportedFile
    package var topology: ReportedFile
    package var title: String
    package var why: String
    package var mode: Mode
    @OrNull package var from: String?
    package var to: String
    package var fromNode: String
    package var toNode: String
    package var candidates: [String]
    package var objectives: Objectives
    package var limits: Limits
    package var phases: [PhaseSteps]
    package var before: Shape
    package var after: Shape

    package init(plan: Plan, catalogue: Catalogue) {
        let binding = plan.assumedBinding
        let scope = Scope(topology: plan.topology, binding: binding)
        var assumed = AssumedWorld(scope)
        format = Self.format
        playbook = plan.playbook
        topology = plan.topologyFile
        title = plan.title
        why = plan.why
        mode = plan.mode
        from = plan.topology.node(binding.old)?.site
        to = plan.toSite
        fromNode = binding.old
        toNode = binding.new
        candidates = plan.candidates
        objectives = Objectives(
            writePauseMs: plan.objectives.writePause?.reportedMilliseconds,
            recoveryTimeMs: plan.objectives.recoveryTime?.reportedMilliseconds,
            recoveryPointBytes: plan.objectives.recoveryPoint?.bytes)
        limits = Limits(
            freezeMs: plan.limits.freeze.reportedMilliseconds,
            undoReserveMs: plan.limits.undoReserve.reportedMilliseconds)
        before = assumed.snapshot()
        var phases: [PhaseSteps] = []
        for group in plan.groups where !group.steps.isEmpty {
            let steps = group.steps.map { Self.step($0, catalogue, scope, &assumed) }
            if phases.last?.name != group.phase { phases.append(PhaseSteps(name: group.phase, groups: [])) }
            phases[phases.count - 1].groups.append(steps)
        }
        self.phases = phases
        after = assumed.snapshot()
    }

    private static func step(
        _ step: PlanStep, _ catalogue: Catalogue, _ scope: Scope, _ assumed: inout AssumedWorld
    ) -> Step {
        let targets = scope.targets(of: step.on)
        var result = Step(
            id: step.id, do: nil, gate: nil, on: step.on, targets: targets.map(\.name), title: step.title,
            why: step.why, owner: step.owner, arguments: [:], deadlineMs: step.deadline.reportedMilliseconds,
            retries: step.retries, awaited: step.isAwaited, impliedBy: step.impliedBy, changes: [], undo: nil)
        for (name, value) in step.arguments.sorted { result.arguments[name] = value.description }
        switch step.kind {
        case .gate(let gate):
            result.gate = gate
            // What a gate proves is a fact for the steps after it, and changes nothing.
            for target in targets {
                for change in catalogue.gate(gate)?.establishes(target, scope) ?? [] {
                    _ = assumed.apply(change, of: step.id)
                }
            }
        case .act(let action):
            result.do = action
            guard let definition = catalogue.action(action) else { break }
            let calls = targets.map { Call(action, on: $0, step.arguments) }
            for change in calls.flatMap({ definition.changes($0, scope) }) {
                let before = assumed.apply(change, of: step.id)
                let fact = change.key.detail.isEmpty ? "" : " \(change.key.detail)"
                result.changes.append(
                    StepChange(
                        target: change.key.target.name, fact: change.key.aspect.rawValue + fact, from: before,
                        to: change.value.description))
            }
            result.undo = calls.first.map { undo(definition.undo($0, scope)) }
        }
        return result
    }

    private static func undo(_ undo: Undo) -> StepUndo {
        switch undo {
        case .call(let call): StepUndo(kind: .call, text: call.action.rawValue)
        case .nothing: StepUndo(kind: .nothing, text: nil)
        case .irreversible(let why): StepUndo(kind: .irreversible, text: why)
        }
    }
}
