package import BatonCore

/// A healthy pair that stands for every topology when a playbook is judged without one: an old primary, a new standby
/// that follows it, one pooler and one route that lead to old.
package enum AssumedPair {
    /// Where the primary role goes.
    static let toSite = "there"

    package static let scope = Scope(
        topology: Topology(
            name: "assumed", sites: ["here", "there"],
            nodes: [
                Node(
                    name: "old", site: "here", host: "old.invalid", port: 5_432, database: "app", user: "baton",
                    access: .local, dataDirectory: Node.DataDirectory(path: "/old", binDirectory: "/bin")),
                Node(
                    name: "new", site: "there", host: "new.invalid", port: 5_432, database: "app", user: "baton",
                    access: .local, dataDirectory: Node.DataDirectory(path: "/new", binDirectory: "/bin")),
            ],
            poolers: [
                Pooler(
                    name: "pooler", site: "there", host: "pooler.invalid", port: 6_432, admin: "admin",
                    databases: ["app"], config: "/pgbouncer.ini", access: .local)
            ],
            routes: [Route(name: "route", through: "pooler", database: "app", user: "app")]),
        binding: Binding(old: "old", new: "new"))

    /// What is taken for true before the first step: in both modes old may still write, for that is what a fence is for.
    package static func world(_ scope: Scope) -> World {
        var world = World()
        func assume(_ target: Target, _ aspect: Aspect, _ value: FactValue, detail: String = "") {
            world.learn(Change(FactKey(target, aspect, detail: detail), value), basis: .assumed)
        }
        for node in scope.topology.nodes {
            let target = Target.node(node.name)
            let isOld = target == scope.old
            assume(target, .running, .flag(true))
            assume(target, .writable, .flag(isOld))
            assume(target, .inRecovery, .flag(!isOld))
            assume(target, .cleanShutdown, .flag(false))
            assume(target, .standbySignal, .flag(!isOld))
            assume(target, .timeline, .number(1))
            assume(target, .follows, isOld ? .nothing : .name(scope.binding.old))
            assume(target, .complete, .flag(false))
            assume(target, .detached, .flag(isOld))
            assume(target, .overlaid, .flag(false))
            assume(target, .mostAdvanced, .flag(false))
            for other in scope.topology.nodes where other.name != node.name {
                assume(target, .slot, .flag(isOld), detail: other.name)
            }
        }
        for pooler in scope.topology.poolers {
            assume(.pooler(pooler.name), .paused, .flag(false))
            assume(.pooler(pooler.name), .leadsTo, .name(scope.binding.old))
        }
        return world
    }
}
