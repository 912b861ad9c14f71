package import BatonCore

/// What is taken for true after one phase of a playbook, and how the run would go back from there.
package struct PhaseFacts: Hashable, Codable, Sendable {
    /// One thing of the topology and what holds of it.
    package struct Thing: Hashable, Codable, Sendable {
        package var name: String
        package var facts: [String]
    }

    package var phase: Phase
    package var things: [Thing]
    package var clients: [String]
    /// The calls that would take everything back, in the order in which they run; nil behind the point of no return.
    package var undo: [String]?

    /// One entry for each phase that does or asks something.
    package static func of(
        _ playbook: Playbook, topology: Topology? = nil, to site: String? = nil, catalogue: Catalogue
    ) throws(PlanningFailure) -> [PhaseFacts] {
        let known = topology ?? AssumedPair.scope.topology
        let first = known.nodes.first?.site
        let elsewhere = known.sites.first { other in other != first && known.nodes.contains { $0.site == other } }
        let plan = try Planner(catalogue: catalogue).plan(
            playbook, identity: FileIdentity(name: playbook.name, sha256: ""), on: known,
            identity: FileIdentity(name: known.name, sha256: ""), to: site ?? elsewhere ?? "")
        let course = Course(plan, binding: plan.assumedBinding, catalogue: catalogue)
        return Phase.allCases.filter { phase in course.moves.contains { $0.step.phase == phase } }.map(course.facts)
    }
}

extension Course {
    func facts(after phase: Phase) -> PhaseFacts {
        let world = world(after: phase)
        let isCommitted = pointOfNoReturn.map { $0.step.phase <= phase } ?? false
        return PhaseFacts(
            phase: phase, things: nodes.map { PhaseFacts.Thing(name: $0.name, facts: facts(of: $0, in: world)) },
            clients: poolers.map { clients(of: $0, in: world) },
            undo: isCommitted
                ? nil : wayBack(after: phase).steps.map { "\($0.call.action) on \($0.call.on)" })
    }

    private func facts(of node: Target, in world: World) -> [String] {
        func flag(_ aspect: Aspect) -> Bool { world.value(FactKey(node, aspect)) == .flag(true) }
        var facts: [String] = []
        if flag(.running) {
            facts.append(flag(.writable) ? "accepts writes" : "runs in recovery")
        } else {
            facts.append(flag(.cleanShutdown) ? "is down, with its shutdown checkpoint" : "is down")
        }
        if flag(.standbySignal), !flag(.running) { facts.append("a restart makes no primary of it") }
        if case .name(let upstream)? = world.value(FactKey(node, .follows)), flag(.running), !flag(.writable) {
            facts.append("follows \(upstream)")
        }
        if flag(.complete) { facts.append("has old's last record") }
        let kept = nodes.filter { world.value(FactKey(node, .slot, detail: $0.name)) == .flag(true) }
        if !kept.isEmpty { facts.append("keeps log for \(kept.map(\.name).joined(separator: ", "))") }
        return facts
    }

    private func clients(of pooler: Target, in world: World) -> String {
        let upstream = upstream(of: pooler, in: world)
        let place = upstream.map { "\($0)" } ?? "nobody"
        if isPaused(pooler, in: world) { return "those of \(pooler) wait, led to \(place)" }
        let isServed = upstream.map { writes($0, in: world) } ?? false
        return "those of \(pooler) are led to \(place)" + (isServed ? "" : ", which accepts no writes")
    }
}
