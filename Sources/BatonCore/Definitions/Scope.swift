/// Which nodes fill the slots `old` and `new` of a run.
package struct Binding: Hashable, Codable, Sendable {
    package var old: String
    package var new: String
    /// In an emergency, further nodes that nobody saw in recovery: each may be a writer, so each is fenced (R9).
    package var lost: [String]
    /// In an emergency, the poolers that do not answer: nothing is done to them, and leading them to new is owed.
    package var lostPoolers: [String]
    /// In an emergency, standbys that answer and are of another cluster or history: none of them is promoted or led anywhere.
    package var excluded: [Excluded]

    /// A standby that is left out.
    package struct Excluded: Hashable, Codable, Sendable {
        package var node: String
        package var why: String

        package init(node: String, why: String) {
            self.node = node
            self.why = why
        }
    }

    package init(
        old: String, new: String, lost: [String] = [], lostPoolers: [String] = [], excluded: [Excluded] = []
    ) {
        self.old = old
        self.new = new
        self.lost = lost
        self.lostPoolers = lostPoolers
        self.excluded = excluded
    }
}

extension Binding {
    /// For the record.
    package var words: String {
        let nodes = lost.isEmpty ? "" : ", lost too: \(lost.joined(separator: ", "))"
        let poolers =
            lostPoolers.isEmpty ? "" : ", left out because they do not answer: \(lostPoolers.joined(separator: ", "))"
        let others = excluded.map { ", left out: \($0.node), for \($0.why)" }.joined()
        return "old is \(old), new is \(new)\(nodes)\(poolers)\(others)"
    }
}

/// What a definition may look at: the topology and who is who. No clock, no connection.
package struct Scope: Hashable, Sendable {
    package var topology: Topology
    package var binding: Binding
    /// What the operator of an emergency accepts.
    package var acceptance: Acceptance?
    /// Whether the run brings old back and concerns no other standby.
    package var isRejoin: Bool

    package init(topology: Topology, binding: Binding, acceptance: Acceptance? = nil, isRejoin: Bool = false) {
        self.topology = topology
        self.binding = binding
        self.acceptance = acceptance
        self.isRejoin = isRejoin
    }

    /// The nodes that a primary keeps log for: every other one, but for those that an emergency has lost. A slot for a node of
    /// which nobody knows when it comes back would keep log until the disk is full; a rejoin reserves one, for old alone.
    package func followers(of primary: Target) -> [Node] {
        topology.nodes.filter { node in
            node.name != primary.name && !isLost(node.name) && !binding.excluded.contains { $0.node == node.name }
                && !(isRejoin && primary == new && node.name != binding.old)
        }
    }

    /// The targets of a role, in the topology's order.
    package func targets(of role: Role) -> [Target] {
        switch role {
        case .old: fenced
        case .new: [.node(binding.new)]
        case .others: others.map { .node($0.name) }
        case .all: topology.nodes.map { .node($0.name) }
        case .poolers:
            topology.poolers.compactMap { binding.lostPoolers.contains($0.name) ? nil : .pooler($0.name) }
        case .routes:
            topology.routes.compactMap { binding.lostPoolers.contains($0.through) ? nil : .route($0.name) }
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

    /// Old, and in an emergency every node that may be it, but for those that a person accepts as not fenced.
    package var fenced: [Target] {
        guard let unfenced = acceptance?.unfenced else { return [.node(binding.old)] }
        return ([binding.old] + binding.lost).filter { !unfenced.contains($0) }.map { .node($0) }
    }

    /// The lost nodes that a person accepts as not fenced.
    package var unfenced: [Target] {
        guard let unfenced = acceptance?.unfenced else { return [] }
        return ([binding.old] + binding.lost).filter(unfenced.contains).map { .node($0) }
    }

    /// Whether an emergency has found the node lost. In a planned run old answers, and none is.
    package func isLost(_ node: String) -> Bool {
        acceptance != nil && (node == binding.old || binding.lost.contains(node))
    }

    /// Every node but old and new; in an emergency every further standby that answers and shares their history.
    package var others: [Node] {
        topology.nodes.filter { node in
            node.name != binding.old && node.name != binding.new && !binding.lost.contains(node.name)
                && !binding.excluded.contains { $0.node == node.name }
        }
    }

    package var old: Target { .node(binding.old) }
    package var new: Target { .node(binding.new) }
}
