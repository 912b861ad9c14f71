import BatonCore

@testable import BatonSimulator

/// The simulated servers alone, on a queue of their own: no process of Baton is there. Time is virtual, so waiting costs
/// nothing.
final class SimulatedBench: ServerBench {
    var truth: Truth
    /// What the servers will do, in the order of its moments and then in which it was scheduled.
    private var agenda: [(at: Instant, happening: Truth.Happening)] = []
    /// Rows written directly, as the log's positions.
    private var written: [Truth.Acknowledged] = []
    private var client = ClientLook.idle
    /// The client as it was when its write began.
    private var clientBefore: SimulatedClient

    /// How much virtual time a wait may take: more than PostgreSQL's timeouts of a minute.
    private static let patience = TimeSpan.seconds(180)
    private static let moment = TimeSpan.milliseconds(800)

    static let topology = Topology(
        name: "bench", sites: Side.allCases.map { "\($0)" },
        nodes: Side.allCases.map { side in
            Node(
                name: side.nodeName, site: "\(side)", host: "\(side).invalid", port: 5_432, database: "app",
                user: "baton", access: .local,
                dataDirectory: Node.DataDirectory(path: "/srv/\(side)", binDirectory: "/usr/bin"))
        },
        poolers: [
            Pooler(
                name: "pool", site: "east", host: "pool.invalid", port: 6_432, admin: "baton_admin", databases: ["app"],
                config: "/etc/pgbouncer/pgbouncer.ini", access: .local)
        ],
        routes: [Route(name: "app", through: "pool", database: "app", user: "app")])

    init() {
        truth = Truth.healthy(Self.topology, primary: Side.west.rawValue, at: Instant(nanoseconds: 100_000_000_000))
        truth.clients[0].isIdle = true
        clientBefore = truth.clients[0]
        truth.schedule(.clientsTry, after: .zero)
        settle()
    }

    // MARK: Time

    func comes(_ holds: () async throws -> Bool) async throws -> Bool {
        let end = truth.now + Self.patience
        while try await !holds() {
            guard step(until: end) else { return try await holds() }
        }
        return true
    }

    func lasts(_ holds: () async throws -> Bool) async throws -> Bool {
        let end = truth.now + Self.moment
        while try await holds() {
            guard step(until: end) else { return true }
        }
        return false
    }

    /// The next thing happens, if it does by `end`; else the time is `end`.
    private func step(until end: Instant) -> Bool {
        guard let index = agenda.indices.min(by: { agenda[$0].at < agenda[$1].at }), agenda[index].at <= end else {
            truth.now = max(truth.now, end)
            return false
        }
        let (at, happening) = agenda.remove(at: index)
        truth.now = max(truth.now, at)
        truth.happen(happening)
        if case .clientsTry = happening { truth.schedule(.clientsTry, after: .milliseconds(100)) }
        settle()
        return true
    }

    /// After every order and everything that happened: the clients try, as in a simulation.
    private func settle() {
        while true {
            for (after, happening) in truth.upcoming { agenda.append((truth.now + after, happening)) }
            truth.upcoming.removeAll()
            listen()
            guard truth.hasChanged else { return }
            truth.hasChanged = false
            truth.clientsTry()
        }
    }

    /// Gives an order and lets it have its first effects.
    func order<Answer>(_ body: (inout Truth) -> Answer) -> Answer {
        let answer = body(&truth)
        truth.hasChanged = true
        settle()
        return answer
    }

    // MARK: The client

    func beginWrite() {
        clientBefore = truth.clients[0]
        client = .waits
        truth.clients[0].isIdle = false
        order { $0.clientsTry() }
    }

    func lookAtClient() -> ClientLook { client }

    private func listen() {
        guard client == .waits else { return }
        let now = truth.clients[0]
        if now.acknowledged > clientBefore.acknowledged {
            client = now.lastAcknowledgedBy.flatMap(Side.init).map { .acknowledged(by: $0) } ?? .failed
        } else if now.errors > clientBefore.errors {
            client = .failed
        }
        truth.clients[0].isIdle = client != .waits
    }

    // MARK: Rows

    func write(on side: Side) -> WriteAnswer {
        let node = truth.nodes[side.rawValue]
        if node.process != .none, node.isHung { return .silent }
        guard node.process == .running else { return .refused }
        guard node.acceptsWrites else { return .readOnly }
        return order { truth in
            truth.writeMarker(on: side.rawValue)
            let log = truth.nodes[side.rawValue].log
            written.append(Truth.Acknowledged(timeline: log.current, position: log.end))
            return .acknowledged
        }
    }

    func seesEveryAcknowledgedRow(_ side: Side) -> Bool {
        let node = truth.nodes[side.rawValue]
        guard node.isUp, !node.isHung else { return false }
        return (written + truth.acknowledged).allSatisfy {
            node.log.covers($0.timeline, upTo: $0.position) && node.replayed >= $0.position
        }
    }
}
