package import BatonCore

/// Something that a scenario file names and only a plan knows.
struct ScenarioMention: Sendable {
    enum Name: Sendable {
        case role(Role)
        case target(Target)
        /// A step's id, or the name of its action or gate.
        case step(String)
        case phase(Phase)
        /// A key that only the scenarios of an emergency have.
        case emergency(String)
        /// A node or pooler that is said to be off.
        case unfenced(String)
    }

    var name: Name
    var position: Position

    init(_ name: Name, _ position: Position) {
        self.name = name
        self.position = position
    }
}

extension LoadedScenarios {
    /// What the file names and the plan of its playbook and topology lacks: steps, nodes, poolers, routes, and phases in
    /// which nothing happens. A fault that could never come would let its scenario pass for nothing. All are errors, sorted.
    package func complaints(for plan: Plan) -> [Complaint] {
        let complaints = Complaints(source)
        complaints.extents = extents
        for mention in mentions {
            switch mention.name {
            case .role(let role): check(role, at: mention.position, plan, complaints)
            case .target(let target): check(target, at: mention.position, plan, complaints)
            case .step(let step): check(step, at: mention.position, plan, complaints)
            case .emergency(let key): check(emergency: key, at: mention.position, plan, complaints)
            case .unfenced(let name): check(unfenced: name, at: mention.position, plan, complaints)
            case .phase(let phase):
                guard !plan.groups.contains(where: { $0.phase == phase }) else { continue }
                complaints.error(
                    .momentNeverComes, at: mention.position,
                    "The playbook does nothing in `\(phase.rawValue)`, so this moment never comes.",
                    remedy: "Write a phase that has steps.")
            }
        }
        return complaints.sorted
    }

    private func check(emergency key: String, at position: Position, _ plan: Plan, _ complaints: Complaints) {
        guard plan.mode == .planned else { return }
        complaints.error(
            .unknownKey, at: position,
            "`\(key)` belongs to an emergency: a planned run begins with a healthy primary, and accepts nothing.",
            remedy: "Remove `\(key)`, or name a playbook of mode emergency.")
    }

    private func check(unfenced name: String, at position: Position, _ plan: Plan, _ complaints: Complaints) {
        let names = plan.topology.nodes.map(\.name) + plan.topology.poolers.map(\.name)
        guard !names.contains(name) else { return }
        complaints.error(
            .unknownTarget, at: position,
            "The topology `\(plan.topology.name)` has no node and no pooler `\(name)`.",
            remedy: "Use one of \(alternatives(names)).")
    }

    private func check(_ role: Role, at position: Position, _ plan: Plan, _ complaints: Complaints) {
        let scope = plan.scope(plan.assumedBinding)
        guard scope.targets(of: role).isEmpty else { return }
        complaints.error(
            .unknownTarget, at: position,
            "The topology `\(plan.topology.name)` has no `\(role.rawValue)`, so the fault would do nothing.",
            remedy: "Name something that is there, or use another topology.")
    }

    private func check(_ target: Target, at position: Position, _ plan: Plan, _ complaints: Complaints) {
        let topology = plan.topology
        let names: [String]
        switch target.kind {
        case .node: names = topology.nodes.map(\.name)
        case .pooler: names = topology.poolers.map(\.name)
        case .route: names = topology.routes.map(\.name)
        case .proxy, .name: names = []
        }
        guard !names.contains(target.name) else { return }
        let words = Role.allCases.filter { $0.kind == target.kind }.map(\.rawValue) + names
        complaints.error(
            .unknownTarget, at: position,
            "The topology `\(topology.name)` has no \(target.kind.rawValue) \(shown(target.name)), and it is no role.",
            remedy: nearest(target.name, among: words).map { "Did you mean `\($0)`?" }
                ?? "Write \(alternatives(words)).")
    }

    private func check(_ step: String, at position: Position, _ plan: Plan, _ complaints: Complaints) {
        guard plan.steps(named: step).isEmpty else { return }
        let ids = plan.steps.map(\.id.rawValue)
        let near = nearest(step, among: ids + plan.steps.map(\.kind.name))
        complaints.error(
            .unknownStep, at: position, "The playbook has no step \(shown(step)).",
            remedy: near.map { "Did you mean `\($0)`?" }
                ?? "Write a step's id, or the name of its action or gate: \(alternatives(ids)).")
    }
}
