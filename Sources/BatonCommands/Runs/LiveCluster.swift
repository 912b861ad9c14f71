import BatonCore
import BatonEngine
import BatonPlaybooks
import BatonPostgres
import BatonReports

/// Asks the servers of a topology how they stand now, for `baton status -t`.
enum LiveCluster {
    /// How long one server may take.
    private static let patience = TimeSpan.seconds(3)

    /// - Parameter next: the command that judges a split brain.
    static func observe(_ path: String, next: String) async throws -> ClusterStatus {
        let topology = try load(path).topology
        let sessions = Wiring.sessions(topology, name: "baton/status", readOnly: true)
        let observers = Wiring.observers(sessions)
        let scope = Scope(topology: topology, binding: Binding(old: "", new: ""))
        let nodes = await nodes(of: topology, sessions, within: patience)
        let poolers = await concurrently(topology.poolers) { await pooler($0, observers, scope) }
        await sessions.closeAll()
        return ClusterStatus(topology: topology.name, nodes: nodes, poolers: poolers, file: path, judging: next)
    }

    static func load(_ path: String) throws -> LoadedTopology {
        do {
            return try TopologyLoader.load(path: path)
        } catch let failure as LoadFailure {
            throw CommandProblem(files: failure.complaints)
        }
    }

    /// How every node stands now.
    /// - Parameter patience: how long one server may take.
    static func nodes(
        of topology: Topology, _ sessions: ClusterSessions, within patience: TimeSpan
    ) async -> [ClusterStatus.NodeStatus] {
        let observers = Wiring.observers(sessions)
        let scope = Scope(topology: topology, binding: Binding(old: "", new: ""))
        return await concurrently(topology.nodes) { await node($0, observers, scope, sessions, patience) }
    }

    private static func node(
        _ node: Node, _ observers: Observers, _ scope: Scope, _ sessions: ClusterSessions, _ patience: TimeSpan
    ) async -> ClusterStatus.NodeStatus {
        let asked = SystemClock.now()
        let deadline = asked + patience
        let target = Target.node(node.name)
        let seen = await observers.observe(
            [FactKey(target, .running), FactKey(target, .writable), FactKey(target, .timeline)], in: scope,
            deadline: deadline)
        func finding(_ aspect: Aspect) -> Observation.Finding? { seen.first { $0.key.aspect == aspect }?.finding }
        let role: ClusterStatus.NodeRole
        var detail: String?
        switch (finding(.running), finding(.writable)) {
        case (.value(.flag(false)), _): role = .down
        case (_, .value(.flag(true))): role = .primary
        case (_, .value(.flag(false))): role = .standby
        case (_, .unknown(let why)): (role, detail) = (.unknown, why)
        default: role = .unknown
        }
        var timeline: TimelineID?
        if case .value(.number(let number)) = finding(.timeline) { timeline = TimelineID(number) }
        let lag = role == .standby ? await sessions.replayLag(of: node.name, deadline: deadline) : nil
        return ClusterStatus.NodeStatus(
            name: node.name, site: node.site, role: role, timeline: timeline, replayLagBytes: lag,
            age: SystemClock.now() - asked, detail: detail)
    }

    private static func pooler(
        _ pooler: Pooler, _ observers: Observers, _ scope: Scope
    ) async -> ClusterStatus.PoolerStatus {
        let target = Target.pooler(pooler.name)
        let seen = await observers.observe(
            [FactKey(target, .paused), FactKey(target, .leadsTo)], in: scope,
            deadline: SystemClock.deadline(in: patience))
        var paused: Bool?
        var leadsTo: String?
        for observation in seen {
            switch observation.finding {
            case .value(.flag(let flag)): paused = flag
            case .value(.name(let name)): leadsTo = name
            case .value, .unknown: continue
            }
        }
        return ClusterStatus.PoolerStatus(name: pooler.name, site: pooler.site, paused: paused, leadsTo: leadsTo)
    }

    /// All at the same time; the answers in the order of the questions.
    private static func concurrently<Element: Sendable, Answer: Sendable>(
        _ elements: [Element], _ ask: @escaping @Sendable (Element) async -> Answer
    ) async -> [Answer] {
        await withTaskGroup(of: (Int, Answer).self) { group in
            for (index, element) in elements.enumerated() { group.addTask { (index, await ask(element)) } }
            return await group.reduce(into: [(Int, Answer)]()) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }
}
