internal import BatonCore

/// The world that a topology suggests when nobody has looked: old is the primary, everybody else streams from it, every
/// pooler leads to it.
struct AssumedWorld {
    private(set) var world = World()
    private let scope: Scope

    init(_ scope: Scope) {
        self.scope = scope
        for node in scope.topology.nodes {
            let isOld = node.name == scope.binding.old
            assume(.node(node.name), .running, .flag(true))
            assume(.node(node.name), .writable, .flag(isOld))
            assume(.node(node.name), .inRecovery, .flag(!isOld))
            assume(.node(node.name), .cleanShutdown, .flag(false))
            assume(.node(node.name), .standbySignal, .flag(!isOld))
            assume(.node(node.name), .follows, isOld ? .nothing : .name(scope.binding.old))
        }
        for pooler in scope.topology.poolers {
            assume(.pooler(pooler.name), .paused, .flag(false))
            assume(.pooler(pooler.name), .leadsTo, .name(scope.binding.old))
        }
    }

    private mutating func assume(_ target: Target, _ aspect: Aspect, _ value: FactValue) {
        world.learn(Change(FactKey(target, aspect), value), basis: .assumed)
    }
}

extension PlanReport.Shape {
    /// Every node and pooler as a world has it.
    init(of world: World, in scope: Scope) {
        self.init(
            nodes: scope.topology.nodes.map { node in
                let target = Target.node(node.name)
                let role = Self.role(of: target, world)
                let follows = world.value(FactKey(target, .follows))
                return PlanReport.ShapedNode(
                    name: node.name, site: node.site, role: role,
                    follows: role == "standby" ? follows.map(\.description) : nil)
            },
            poolers: scope.topology.poolers.map { pooler in
                let target = Target.pooler(pooler.name)
                return PlanReport.ShapedPooler(
                    name: pooler.name, site: pooler.site,
                    leadsTo: world.value(FactKey(target, .leadsTo))?.description ?? "unknown",
                    paused: world.value(FactKey(target, .paused)) == .flag(true))
            })
    }

    private static func role(of node: Target, _ world: World) -> String {
        if world.value(FactKey(node, .running)) == .flag(false) { return "down" }
        if world.value(FactKey(node, .writable)) == .flag(true) { return "primary" }
        return world.value(FactKey(node, .inRecovery)) == .flag(true) ? "standby" : "unknown"
    }
}
