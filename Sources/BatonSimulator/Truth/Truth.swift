import BatonCore

/// Everything as it really is: servers, poolers, clients, network. Nobody in the simulation reads it but the checkers and
/// the servers themselves; Baton sees what `Observing` tells it.
struct Truth: Sendable {
    let topology: Topology
    var now: Instant
    var nodes: [SimulatedNode]
    var poolers: [SimulatedPooler]
    var clients: [SimulatedClient]
    var network = Network()
    /// The furthest commit on each timeline that a client holds an acknowledgement for.
    var acknowledged: [Acknowledged] = []
    /// What the servers will do by themselves; the simulation takes it over into its queue.
    var upcoming: [(after: TimeSpan, Happening)] = []
    /// Whether anything but a log's growth changed since it was last looked at.
    var hasChanged = true
    /// Promotions that took effect: each is judged once.
    var promotions: [Promotion] = []
    /// Sessions that held a lease and ended with their server.
    var lostLocks: [LostLock] = []
    /// What happened, for a timeline that people read; kept only when somebody will.
    var chronicle: [Chronicled]?

    struct Acknowledged: Hashable, Sendable {
        var timeline: Timeline
        var position: UInt64
    }

    struct LostLock: Hashable, Sendable {
        var node: Int
        var process: Int
    }

    struct Promotion: Hashable, Sendable {
        var node: Int
        var at: Instant
        /// Bytes of acknowledged log that the promoted node does not have; zero when all is there.
        var missing: UInt64
        /// Nodes that were able to write, or would have been after a restart by anybody.
        var rivals: [Int]
    }

    struct Chronicled: Hashable, Sendable {
        var at: Instant
        var who: String
        var what: String
    }

    /// Something that servers do by themselves. `epoch` ties it to one start of the server: what was begun before a crash
    /// does not happen after it.
    enum Happening: Hashable, Sendable {
        case received(node: Int, epoch: Int)
        case replayed(node: Int, epoch: Int, upTo: UInt64)
        case connects(node: Int, epoch: Int)
        case shutdownCheckpoint(node: Int, epoch: Int)
        case serverStarted(node: Int, epoch: Int)
        case promotionEnds(node: Int, epoch: Int)
        case checkpoint(node: Int, epoch: Int)
        case senderTimesOut(node: Int, receiver: Int, epoch: Int)
        case receiverTimesOut(node: Int, epoch: Int)
        case poolerIsQuiet(pooler: Int, epoch: Int)
        case clientsTry
    }

    func node(named name: String) -> Int? { topology.nodes.firstIndex { $0.name == name } }
    func pooler(named name: String) -> Int? { topology.poolers.firstIndex { $0.name == name } }

    /// Nodes that could acknowledge a write now.
    var writers: [Int] { nodes.indices.filter { nodes[$0].acceptsWrites } }

    mutating func schedule(_ happening: Happening, after span: TimeSpan) { upcoming.append((span, happening)) }

    /// Keeps what happened, where somebody will read it.
    mutating func note(_ who: Who, _ what: (Truth) -> String) {
        guard chronicle != nil else { return }
        let name =
            switch who {
            case .node(let index): topology.nodes[index].name
            case .pooler(let index): topology.poolers[index].name
            case .client(let index): "clients of \(topology.routes[index].name)"
            case .other(let name): name
            }
        let text = what(self)
        chronicle?.append(Chronicled(at: now, who: name, what: text))
    }

    enum Who {
        case node(Int)
        case pooler(Int)
        case client(Int)
        case other(String)
    }

    func name(of node: Int) -> String { topology.nodes[node].name }
}

extension Truth {
    /// A healthy cluster: the first node of `from` is the primary, every other one streams from it, every pooler leads to it.
    static func healthy(_ topology: Topology, primary: Int, at now: Instant) -> Truth {
        let end: UInt64 = 0x0300_0000
        let old = SimulatedNode.primary(primary, end: end)
        var nodes = topology.nodes.indices.map { index in
            index == primary ? old : SimulatedNode.standby(index, of: old)
        }
        for index in topology.nodes.indices where index != primary {
            nodes[primary].slots |= 1 << UInt64(index)
            nodes[primary].senders |= 1 << UInt64(index)
        }
        let poolers = topology.poolers.indices.map {
            SimulatedPooler(index: $0, fileTarget: primary, loadedTarget: primary)
        }
        let clients = topology.routes.map { route in
            SimulatedClient(pooler: topology.poolers.firstIndex { $0.name == route.through } ?? 0)
        }
        return Truth(topology: topology, now: now, nodes: nodes, poolers: poolers, clients: clients)
    }
}
