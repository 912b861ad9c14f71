/// Why a playbook and a topology do not make a plan.
package struct PlanningProblem: Hashable, Codable, Sendable, Error {
    /// Line of the playbook, when one step is at fault.
    package var line: Int?
    package var message: String
    package var remedy: String
}

/// All problems at once.
package struct PlanningFailure: Error, Hashable, Sendable {
    package var problems: [PlanningProblem]
}

/// Resolves a playbook for one topology and one target site. Pure: the same input gives the same plan.
package struct Planner: Sendable {
    private let catalogue: Catalogue

    package init(catalogue: Catalogue) { self.catalogue = catalogue }

    package func plan(
        _ playbook: Playbook, identity: FileIdentity, on topology: Topology, identity topologyFile: FileIdentity,
        to site: String
    ) throws(PlanningFailure) -> Plan {
        var problems: [PlanningProblem] = []
        if !topology.sites.contains(site) {
            problems.append(
                PlanningProblem(
                    message: "topology \(topology.name) has no site \(site)",
                    remedy: "use --to with one of: \(topology.sites.joined(separator: ", "))"))
        }
        let candidates = topology.nodes.filter { $0.site == site }.map(\.name)
        if problems.isEmpty && candidates.isEmpty {
            problems.append(
                PlanningProblem(
                    message: "site \(site) has no node, so nothing there can be promoted",
                    remedy: "add a standby of site \(site) to the topology, or choose another site"))
        }
        var groups = resolvedGroups(of: playbook)
        groups.insert(PlanGroup(phase: .preflight, steps: gateSteps(of: playbook, in: groups)), at: 0)
        problems += duplicates(in: groups) + strangers(in: groups)
        name(&groups)
        problems += emptyRoles(in: groups, topology: topology)
        guard problems.isEmpty else { throw PlanningFailure(problems: problems) }
        return Plan(
            playbook: identity, topologyFile: topologyFile, title: playbook.title, why: playbook.why,
            mode: playbook.mode, objectives: playbook.objectives, limits: playbook.limits, topology: topology,
            toSite: site, candidates: candidates, groups: groups)
    }

    /// The groups after preflight, without the steps of other modes.
    private func resolvedGroups(of playbook: Playbook) -> [PlanGroup] {
        playbook.phases.filter { $0.phase != .preflight }.flatMap { phase in
            phase.groups.compactMap { group in
                let steps = group.steps.filter { $0.modes?.contains(playbook.mode) ?? true }
                    .map { resolve($0, in: phase.phase, of: playbook) }
                return steps.isEmpty ? nil : PlanGroup(phase: phase.phase, steps: steps)
            }
        }
    }

    /// Every gate of preflight in one group, so that all that stands in the way is known at once: the playbook's, then
    /// those that its actions want.
    private func gateSteps(of playbook: Playbook, in groups: [PlanGroup]) -> [PlanStep] {
        var steps = playbook.phases.filter { $0.phase == .preflight }.flatMap(\.groups).flatMap(\.steps)
            .filter { $0.modes?.contains(playbook.mode) ?? true }
            .map { resolve($0, in: .preflight, of: playbook) }
        for step in groups.flatMap(\.steps) {
            guard case .act(let action) = step.kind, let definition = catalogue.action(action) else { continue }
            for implied in definition.gates where implied.modes.contains(playbook.mode) {
                let listed = steps.filter { $0.kind == .gate(implied.gate) }.flatMap(\.on)
                let missing = implied.on.filter { role in
                    !listed.contains(role) && !(role.kind == .node && listed.contains(.all))
                }
                guard !missing.isEmpty, let gate = catalogue.gate(implied.gate) else { continue }
                steps.append(
                    PlanStep(
                        id: "", phase: .preflight, kind: .gate(gate.id),
                        arguments: arguments(Arguments(), of: gate, limits: playbook.limits), on: missing,
                        deadline: Self.gateDeadline, retries: 0, title: gate.summary, why: nil, owner: nil,
                        impliedBy: action, line: nil))
            }
        }
        return steps
    }

    /// How long one look at a system may take when the playbook does not say.
    private static let gateDeadline = TimeSpan.seconds(10)

    private func resolve(_ step: PlaybookStep, in phase: Phase, of playbook: Playbook) -> PlanStep {
        var resolved = PlanStep(
            id: step.id ?? "", phase: phase, kind: step.kind, arguments: step.arguments, on: step.on,
            deadline: step.deadline ?? Self.gateDeadline, retries: step.retries, title: step.title ?? step.kind.name,
            why: step.why, owner: step.owner, impliedBy: nil, line: step.line, byHand: step.byHand,
            bestEffort: step.isBestEffort ? true : nil)
        switch step.kind {
        case .act(let id):
            guard let action = catalogue.action(id) else { break }
            resolved.arguments = step.arguments.completed(by: action.declarations)
            resolved.deadline = step.deadline ?? action.defaultDeadline
            resolved.title = step.title ?? action.summary
        case .gate(let id):
            guard let gate = catalogue.gate(id) else { break }
            resolved.arguments = arguments(step.arguments, of: gate, limits: playbook.limits)
            resolved.title = step.title ?? gate.summary
        }
        return resolved
    }

    /// A gate whose limit is the freeze budget is given the playbook's, unless the step names its own.
    private func arguments(_ given: Arguments, of gate: GateDefinition, limits: Limits) -> Arguments {
        var arguments = given
        if gate.declarations.contains(where: { $0.name == "budget" }), arguments["budget"] == nil {
            arguments["budget"] = .span(limits.freeze)
        }
        return arguments.completed(by: gate.declarations)
    }

    /// Default ids: `<phase>.<action>`, and `-2`, `-3` … for the later ones of the same kind.
    private func name(_ groups: inout [PlanGroup]) {
        var taken = Set(groups.flatMap(\.steps).map(\.id))
        for group in groups.indices {
            for index in groups[group].steps.indices where groups[group].steps[index].id == "" {
                let step = groups[group].steps[index]
                let base = "\(step.phase.rawValue).\(step.kind.name)"
                var id = StepID(base)
                var number = 1
                while taken.contains(id) {
                    number += 1
                    id = StepID("\(base)-\(number)")
                }
                taken.insert(id)
                groups[group].steps[index].id = id
            }
        }
    }

    /// Two steps of one name: the second would count as begun already, and never begin.
    private func duplicates(in groups: [PlanGroup]) -> [PlanningProblem] {
        var seen: Set<StepID> = [""]
        return groups.flatMap(\.steps).filter { $0.id != "" && !seen.insert($0.id).inserted }.map { step in
            PlanningProblem(
                line: step.line, message: "two steps have the id \(step.id)", remedy: "give one of them another id")
        }
    }

    /// Actions and gates that this Baton does not know.
    private func strangers(in groups: [PlanGroup]) -> [PlanningProblem] {
        groups.flatMap(\.steps).compactMap { step in
            switch step.kind {
            case .act(let id):
                guard catalogue.action(id) == nil else { return nil }
                return PlanningProblem(
                    line: step.line, message: "there is no action \(id)",
                    remedy: "use one of: \(catalogue.actions.map(\.id.rawValue).joined(separator: ", "))")
            case .gate(let id):
                guard catalogue.gate(id) == nil else { return nil }
                return PlanningProblem(
                    line: step.line, message: "there is no gate \(id)",
                    remedy: "use one of: \(catalogue.gates.map(\.id.rawValue).joined(separator: ", "))")
            }
        }
    }

    /// Ways that clients arrive by and that a topology may do without.
    private func mayBeAbsent(_ role: Role) -> Bool { role == .names || role == .proxies }

    /// A gate, a freeze or a fence that passes by doing nothing would prove nothing.
    private static func mustAct(_ step: PlanStep) -> Bool {
        step.kind.isGate || step.phase == .freeze || step.phase == .fence
    }

    /// A step on a role that the topology leaves empty: it would pass by doing nothing (R8).
    private func emptyRoles(in groups: [PlanGroup], topology: Topology) -> [PlanningProblem] {
        let scope = Scope(topology: topology, binding: Binding(old: "old", new: "new"))
        return groups.flatMap(\.steps).filter { $0.impliedBy == nil }.flatMap { step in
            step.on.filter { role in
                scope.targets(of: role).isEmpty && role != .others && !(mayBeAbsent(role) && !Self.mustAct(step))
            }.map { role in
                PlanningProblem(
                    line: step.line,
                    message: "\(step.kind.name) is on \(role.rawValue), and topology \(topology.name) has none",
                    remedy: "add \(role.rawValue) to the topology, or take the step out of the playbook")
            }
        }
    }
}
