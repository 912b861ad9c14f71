/// Which nodes fill the slots `old` and `new` of a run.
package struct Binding: Hashable, Codable, Sendable {
    package var old: String
    package var new: String

    package init(old: String, new: String) {
        self.old = old
        self.new = new
    }
}

/// What a definition may look at: the topology and who is who. No clock, no connection.
package struct Scope: Hashable, Sendable {
    package var topology: Topology
    package var binding: Binding

    package init(topology: Topology, binding: Binding) {
        self.topology = topology
        self.binding = binding
    }

    /// The targets of a role, in the topology's order.
    package func targets(of role: Role) -> [Target] {
        switch role {
        case .old: [.node(binding.old)]
        case .new: [.node(binding.new)]
        case .others: others.map { .node($0.name) }
        case .all: topology.nodes.map { .node($0.name) }
        case .poolers: topology.poolers.map { .pooler($0.name) }
        case .routes: topology.routes.map { .route($0.name) }
        case .proxies, .names: []
        }
    }

    /// The targets of several roles, each once, in order of first mention.
    package func targets(of roles: [Role]) -> [Target] {
        if roles.count == 1 { return targets(of: roles[0]) }
        var targets: [Target] = []
        for target in roles.flatMap({ self.targets(of: $0) }) where !targets.contains(target) { targets.append(target) }
        return targets
    }

    /// Every node but old and new.
    package var others: [Node] {
        topology.nodes.filter { $0.name != binding.old && $0.name != binding.new }
    }

    package var old: Target { .node(binding.old) }
    package var new: Target { .node(binding.new) }
}
