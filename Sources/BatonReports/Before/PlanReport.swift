package import BatonCore

/// A plan as JSON: `plan/v1`. Roles are resolved by the binding that the topology suggests, or by what the nodes answered;
/// a run binds them anew.
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
        package enum Sort: String, Codable, Hashable, Sendable, CaseIterable {
            case add, change, remove
            /// It is so already.
            case keep
        }

        package var sort: Sort
        /// What the target is: `node`, `pooler`.
        package var kind: TargetKind
        package var target: String
        package var fact: String
        /// Null where it is not known: where only the topology tells, or a server did not answer.
        @OrNull package var from: String?
        package var to: String
    }

    /// What the plan comes to.
    package struct Summary: Codable, Hashable, Sendable {
        /// Facts that change, each as often as it does.
        package var changes: Int
        /// Steps that do something.
        package var steps: Int
        /// Of those steps: undone by a step of its own, nothing to undo, not undone at all.
        package var undoable: Int
        package var withoutUndo: Int
        package var irreversible: Int
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
    package var summary: Summary
    /// Whether `before` was observed, and who is old and new with it; else both are what the topology suggests.
    package var observed: Bool

    /// - Parameter known: what the nodes and poolers answered; nil: nobody was asked.
    package init(plan: Plan, catalogue: Catalogue, observed known: (binding: Binding, world: World)? = nil) {
        let binding = known?.binding ?? plan.assumedBinding
        let scope = plan.scope(binding)
        let foresight = Foresight(
            plan, in: scope, from: known?.world ?? AssumedWorld(scope).world, catalogue: catalogue)
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
        observed = known != nil
        before = Shape(of: foresight.before, in: scope)
        var phases: [PhaseSteps] = []
        for group in plan.groups where !group.steps.isEmpty {
            let steps = group.steps.map { Self.step($0, scope, foresight) }
            if phases.last?.name != group.phase { phases.append(PhaseSteps(name: group.phase, groups: [])) }
            phases[phases.count - 1].groups.append(steps)
        }
        self.phases = phases
        after = Shape(of: foresight.after, in: scope)
        summary = Summary(phases.flatMap { $0.groups.flatMap(\.self) })
    }

    private static func step(_ step: PlanStep, _ scope: Scope, _ foresight: Foresight) -> Step {
        var result = Step(
            id: step.id, do: nil, gate: nil, on: step.on, targets: scope.targets(of: step.on).map(\.name),
            title: step.title, why: step.why, owner: step.owner, arguments: [:],
            deadlineMs: step.deadline.reportedMilliseconds, retries: step.retries, awaited: step.isAwaited,
            impliedBy: step.impliedBy, changes: [], undo: nil)
        for (name, value) in step.arguments.sorted { result.arguments[name] = value.description }
        switch step.kind {
        case .gate(let gate): result.gate = gate
        case .act(let action):
            result.do = action
            let foreseen = foresight.steps.filter { $0.step.id == step.id }
            result.changes = foreseen.flatMap(\.changes).map(StepChange.init)
            result.undo = foreseen.first?.undo.map(StepUndo.init)
        }
        return result
    }
}

extension PlanReport.Summary {
    init(_ steps: [PlanReport.Step]) {
        let acting = steps.filter { $0.do != nil && !$0.targets.isEmpty }
        func count(_ kind: PlanReport.UndoKind) -> Int { acting.filter { $0.undo?.kind == kind }.count }
        self.init(
            changes: acting.reduce(0) { $0 + $1.changes.filter { $0.sort != .keep }.count }, steps: acting.count,
            undoable: count(.call), withoutUndo: count(.nothing), irreversible: count(.irreversible))
    }
}

extension PlanReport.StepChange {
    init(_ change: ForeseenChange) {
        let key = change.key
        self.init(
            sort: Self.sort(change), kind: key.target.kind, target: key.target.name,
            fact: key.aspect.rawValue + (key.detail.isEmpty ? "" : " \(key.detail)"), from: change.fromText,
            to: change.to.description)
    }

    /// A slot and a marker file are made and removed; everything else only changes.
    private static func sort(_ change: ForeseenChange) -> Sort {
        if change.isHeld { return .keep }
        switch change.key.aspect {
        case .slot, .standbySignal: return change.to == .flag(true) ? .add : .remove
        case .running, .writable, .inRecovery, .cleanShutdown, .fenced, .timeline, .follows, .complete, .paused,
            .leadsTo, .eagerLogins, .cluster, .received, .detached, .overlaid, .mostAdvanced, .aligned,
            .keptData:
            return .change
        }
    }
}

extension PlanReport.StepUndo {
    init(_ undo: Undo) {
        switch undo {
        case .call(let call): self.init(kind: .call, text: call.action.rawValue)
        case .nothing: self.init(kind: .nothing, text: nil)
        case .irreversible(let why): self.init(kind: .irreversible, text: why)
        }
    }
}
