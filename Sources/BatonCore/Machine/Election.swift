/// Which of the standbys that answer could take over, by what they say of themselves: the furthest one first.
struct Election {
    /// The standbys of the lost primary's cluster and history, the furthest first; equally far ones in the topology's order.
    private(set) var standbys: [String] = []
    /// Those that answer as standbys and are left out.
    private(set) var excluded: [Binding.Excluded] = []
    /// Why nobody can be chosen.
    private(set) var problem: String?

    /// - Parameter standbys: the nodes that are seen in recovery, in the topology's order.
    init(_ standbys: [String], among nodes: [String], in world: World) {
        func number(_ node: String, _ aspect: Aspect) -> UInt64? {
            if case .number(let number)? = world.value(FactKey(.node(node), aspect)) { number } else { nil }
        }
        // The lost nodes count too, where their hosts can still tell: most of a cluster's nodes are of that cluster.
        var members: [(cluster: UInt64, nodes: [String])] = []
        for node in nodes {
            guard let cluster = number(node, .cluster) else { continue }
            if let index = members.firstIndex(where: { $0.cluster == cluster }) {
                members[index].nodes.append(node)
            } else {
                members.append((cluster, [node]))
            }
        }
        let most = members.map(\.nodes.count).max() ?? 0
        let largest = members.filter { $0.nodes.count == most }
        guard largest.count < 2 else {
            problem =
                "the nodes are of different clusters, and nobody can tell which is yours: "
                + largest.map { "\($0.nodes.joined(separator: ", ")) of \($0.cluster)" }.joined(separator: "; ")
            return
        }
        let cluster = largest.first?.cluster
        var kept: [String] = []
        for node in standbys {
            if let own = number(node, .cluster), let cluster, own != cluster {
                excluded.append(.init(node: node, why: "it is of cluster \(own), not of \(cluster)"))
            } else {
                kept.append(node)
            }
        }
        // A standby that was not led to the new history after an earlier promotion is still on the timeline before it.
        let newest = kept.compactMap { number($0, .timeline) }.max()
        for node in kept {
            if let timeline = number(node, .timeline), let newest, timeline < newest {
                excluded.append(.init(node: node, why: "it is on timeline \(timeline), not on \(newest)"))
            } else {
                self.standbys.append(node)
            }
        }
        let order = self.standbys
        self.standbys.sort { left, right in
            let (one, other) = (number(left, .received) ?? 0, number(right, .received) ?? 0)
            guard one == other else { return one > other }
            return (order.firstIndex(of: left) ?? 0) < (order.firstIndex(of: right) ?? 0)
        }
    }
}
