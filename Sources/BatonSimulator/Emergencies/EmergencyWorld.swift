package import BatonCore

/// How an emergency begins: who was lost in which way, and what of the log nobody else has.
package struct EmergencyWorld: Hashable, Sendable {
    package var loss: PrimaryLoss
    /// Whether the host of the lost primary answers nobody either, as with a site that is isolated.
    package var hostIsLost: Bool
    /// Commits that clients hold acknowledgements for and no standby has received.
    package var unreceived: Int
    /// Commits that single standbys lack of what the best of them has, by their place in the topology.
    package var missing: [Int: Int]
    /// Standbys that are lost with the primary, in the same way.
    package var lostWith: Set<Int>
    /// Poolers that are lost with it, by their place in the topology.
    package var poolers: [Int: PoolerLoss]

    /// How a pooler is lost.
    package enum PoolerLoss: Hashable, Sendable, CaseIterable {
        case dead, hung
        /// Baton does not reach it; clients do, and it reaches whatever its site reaches.
        case unreached
    }

    package init(
        _ loss: PrimaryLoss, hostIsLost: Bool = false, unreceived: Int = 0, missing: [Int: Int] = [:],
        lostWith: Set<Int> = [], poolers: [Int: PoolerLoss] = [:]
    ) {
        self.loss = loss
        self.hostIsLost = hostIsLost && loss != .alive || loss == .isolated
        self.unreceived = unreceived
        self.missing = missing
        self.lostWith = loss == .alive ? [] : lostWith
        self.poolers = poolers
    }
}

/// What a simulation remembers of how its emergency began.
struct Emergency: Hashable, Sendable {
    var world: EmergencyWorld
    /// The primary that was lost.
    var primary: Int
    /// It and the standbys that were lost with it.
    var lost: Set<Int>
}

extension Simulation {
    /// Lets the disaster happen, before anybody begins a run.
    mutating func begin(_ world: EmergencyWorld) {
        guard let primary = truth.writers.first else { return }
        let standbys = truth.nodes.indices.filter { $0 != primary }
        var lost: Set<Int> = [primary]
        if world.loss != .alive { lost.formUnion(world.lostWith) }
        emergency = Emergency(world: world, primary: primary, lost: lost)
        truth.clientsTry()
        for standby in standbys { truth.receiveAll(standby, from: primary) }
        for _ in 0..<world.unreceived { truth.clientsTry() }
        for (standby, commits) in world.missing where standbys.contains(standby) { truth.lack(standby, commits) }
        // What was on its way is lost with the connection.
        truth.upcoming = []
        if world.loss == .stopped, world.unreceived == 0 {
            truth.stopCleanly(primary)
            for standby in standbys where world.missing[standby] == nil { truth.receiveAll(standby, from: primary) }
        }
        for node in lost.sorted() { truth.lose(node, world.loss) }
        if world.loss == .isolated || world.hostIsLost { cutOff(lost, world) }
        for (pooler, loss) in world.poolers.sorted(by: { $0.key < $1.key }) { lose(pooler: pooler, loss) }
        truth.hasChanged = true
    }

    /// Nothing outside of the site hears anything of the lost nodes and of their hosts. Of a host that is off nobody does.
    private mutating func cutOff(_ lost: Set<Int>, _ world: EmergencyWorld) {
        let isIsolated = world.loss == .isolated
        let sites = Set(lost.map { truth.topology.nodes[$0].site })
        for node in lost {
            cut(.baton, .node(node))
            if world.hostIsLost { cut(.baton, .host(node)) }
            guard isIsolated else { continue }
            for other in truth.nodes.indices where !lost.contains(other) { cut(.node(other), .node(node)) }
            for pooler in truth.poolers.indices where !sites.contains(truth.topology.poolers[pooler].site) {
                cut(.pooler(pooler), .node(node))
            }
        }
        truth.note(.other("the network")) { truth in
            let names = lost.sorted().map(truth.name).joined(separator: " and ")
            return isIsolated ? "cuts \(names) off from everybody elsewhere" : "loses the host of \(names)"
        }
    }

    private mutating func cut(_ one: Network.Place, _ other: Network.Place) {
        truth.network.cut(from: one, to: other)
        truth.network.cut(from: other, to: one)
    }

    private mutating func lose(pooler: Int, _ loss: EmergencyWorld.PoolerLoss) {
        switch loss {
        case .dead: truth.killPooler(pooler)
        case .hung: truth.hangPooler(pooler)
        case .unreached:
            cut(.baton, .pooler(pooler))
            truth.note(.other("the network")) { "cuts Baton off from \($0.topology.poolers[pooler].name)" }
        }
    }
}

extension Truth {
    /// A standby that has everything.
    fileprivate mutating func receiveAll(_ standby: Int, from primary: Int) {
        nodes[standby].log = nodes[primary].log
        nodes[standby].replayed = nodes[primary].log.end
    }

    /// Takes the newest commits from a standby's log: it never received them.
    mutating func lack(_ standby: Int, _ commits: Int) {
        let bytes = Self.commit * UInt64(commits)
        nodes[standby].log.end -= min(bytes, nodes[standby].log.end - nodes[standby].log.current.start)
        nodes[standby].replayed = nodes[standby].log.end
    }

    fileprivate mutating func lose(_ node: Int, _ loss: PrimaryLoss) {
        switch loss {
        case .killed: kill(node)
        case .hung: hang(node)
        case .stopped: if nodes[node].process != .none { stopCleanly(node) }
        case .orphaned: nodes[node].inRecovery ? kill(node) : losePostmaster(node)
        case .isolated, .alive: break
        }
    }
}
