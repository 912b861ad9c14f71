import BatonCore

/// A client of one route: it writes, waits for the answer, and writes again.
struct SimulatedClient: Hashable, Sendable {
    let pooler: Int
    /// Whether it is logged in at the pooler: who is waits for a server, who logs in gets an error when there is none.
    var hasSession = true
    /// Whether it has nothing to write now.
    var isIdle = false
    /// Since when its write waits in the pooler.
    var waitsSince: Instant?
    var errors = 0
    var acknowledged = 0
    var lastAcknowledgedAt: Instant?
    var lastAcknowledgedBy: Int?
    /// The longest time between two acknowledgements since measuring began.
    var longestGap = TimeSpan.zero
    var measuresSince: Instant?
    /// How long it had waited when the pooler gave its first write up.
    var gaveUpAfter: TimeSpan?
    /// The first error, in words, and when.
    var firstError: ClientError?

    struct ClientError: Hashable, Sendable {
        var at: Instant
        var why: String
    }
}

/// What PgBouncer and its clients do.
extension Truth {
    /// Bytes of log that one commit writes.
    static let commit: UInt64 = 96

    /// Every client tries to write once. Called whenever something changed, so that no moment is too short to be seen.
    mutating func clientsTry() {
        for index in clients.indices { tryToWrite(index) }
    }

    private mutating func tryToWrite(_ index: Int) {
        guard !clients[index].isIdle else { return }
        let pooler = poolers[clients[index].pooler]
        guard pooler.isUp, network.connects(.clients, .pooler(pooler.index)) else {
            return fail(index, "the pooler cannot be reached")
        }
        if pooler.isHung { return wait(index) }
        guard !pooler.holdsClients else {
            // A pause lets clients log in.
            clients[index].hasSession = true
            if let since = clients[index].waitsSince, now - since > pooler.defects.queryWaitTimeout {
                clients[index].gaveUpAfter = clients[index].gaveUpAfter ?? now - since
            }
            return waitForServer(index, atMost: pooler.defects.queryWaitTimeout)
        }
        guard let target = pooler.loadedTarget, network.connects(.pooler(pooler.index), .node(target)) else {
            return fail(index, "the pooler leads nowhere")
        }
        let node = nodes[target]
        if node.process != .none, node.isHung { return wait(index) }
        // A postmaster that is dead lets nobody in; who is in stays in.
        guard node.process == .running || node.process == .orphaned && clients[index].hasSession else {
            let why = "\(name(of: target)) refuses connections"
            guard clients[index].hasSession else { return fail(index, why) }
            // It stands for many: it waits, and others of them log in just now.
            complain(index, why)
            return waitForServer(index, atMost: pooler.defects.queryWaitTimeout)
        }
        guard !node.inRecovery else { return refuse(index, "\(name(of: target)) is read-only") }
        // A commit that no synchronous standby confirms is never answered.
        if node.defects.synchronousNames, node.senders == 0 || node.defects.standbysElsewhere { return wait(index) }
        nodes[target].log.end += Self.commit
        nodes[target].replayed = nodes[target].log.end
        acknowledge(index, by: target)
        send(from: target)
    }

    /// A transaction that is open when its server ends is an error for its client.
    mutating func cutTransaction(on node: Int) {
        guard let end = nodes[node].defects.openUntil, end > now else { return }
        nodes[node].defects.openUntil = nil
        for index in clients.indices where poolers[clients[index].pooler].loadedTarget == node {
            fail(index, "its transaction was cut off")
        }
    }

    private mutating func wait(_ index: Int) {
        clients[index].waitsSince = clients[index].waitsSince ?? now
    }

    /// It is logged in, and no server takes its query: PgBouncer tries again and again (`server_login_retry`).
    private mutating func waitForServer(_ index: Int, atMost patience: TimeSpan) {
        wait(index)
        if let since = clients[index].waitsSince, now - since > patience {
            fail(index, "query_wait_timeout: it waited \(now - since)")
        }
    }

    /// A server has ended the sessions of its poolers: whoever had a query under way gets an error.
    mutating func breakQueries(on node: Int) {
        for index in clients.indices where !clients[index].isIdle {
            let pooler = poolers[clients[index].pooler]
            guard pooler.isUp, !pooler.isHung, pooler.pause == .none, pooler.loadedTarget == node else { continue }
            fail(index, "\(name(of: node)) ended its session")
        }
    }

    /// An error that ends the session.
    private mutating func fail(_ index: Int, _ why: String) {
        clients[index].hasSession = false
        refuse(index, why)
    }

    private mutating func refuse(_ index: Int, _ why: String) {
        clients[index].waitsSince = nil
        clients[index].errors += 1
        complain(index, why)
    }

    private mutating func complain(_ index: Int, _ why: String) {
        guard clients[index].firstError == nil else { return }
        clients[index].firstError = SimulatedClient.ClientError(at: now, why: why)
        note(.client(index)) { _ in "gets an error: \(why)" }
    }

    private mutating func acknowledge(_ index: Int, by node: Int) {
        if let since = clients[index].measuresSince {
            let gap = now - max(since, clients[index].lastAcknowledgedAt ?? since)
            clients[index].longestGap = max(clients[index].longestGap, gap)
        }
        if clients[index].waitsSince != nil {
            note(.client(index)) { "writes again, on \($0.name(of: node))" }
        }
        clients[index].waitsSince = nil
        clients[index].hasSession = true
        clients[index].acknowledged += 1
        clients[index].lastAcknowledgedAt = now
        clients[index].lastAcknowledgedBy = node
        let timeline = nodes[node].log.current
        let position = nodes[node].log.end
        if let known = acknowledged.firstIndex(where: { $0.timeline.isSame(as: timeline) }) {
            acknowledged[known].position = max(acknowledged[known].position, position)
        } else {
            acknowledged.append(Acknowledged(timeline: timeline, position: position))
        }
    }

    // MARK: PgBouncer

    /// `PAUSE`: new queries wait from now on; it is in force once no transaction is open.
    mutating func pause(_ pooler: Int) {
        guard !keeps(.pause, pooler) else { return }
        guard poolers[pooler].pause == .none else { return }
        note(.pooler(pooler)) { _ in "holds its clients" }
        poolers[pooler].pause = .waiting
        poolers[pooler].waitsSince = now
        hasChanged = true
        poolerIsQuiet(pooler)
    }

    mutating func poolerIsQuiet(_ pooler: Int) {
        guard poolers[pooler].isUp, poolers[pooler].pause == .waiting else { return }
        if let target = poolers[pooler].loadedTarget, nodes[target].process == .running,
            let end = nodes[target].defects.openUntil, end > now
        {
            return schedule(.poolerIsQuiet(pooler: pooler, epoch: poolers[pooler].epoch), after: end - now)
        }
        poolers[pooler].pause = .paused
        hasChanged = true
    }

    /// `KILL`: every session ends, whatever it is at, and whoever comes anew waits.
    mutating func killSessions(_ pooler: Int) {
        guard !keeps(.kill, pooler) else { return }
        note(.pooler(pooler)) { _ in "ends its clients' sessions and holds who comes anew" }
        for client in clients.indices where clients[client].pooler == pooler && !clients[client].isIdle {
            fail(client, "the pooler ended its session")
        }
        poolers[pooler].pause = .paused
        poolers[pooler].waitsSince = poolers[pooler].waitsSince ?? now
        hasChanged = true
    }

    /// `SET server_login_retry` next to nothing.
    mutating func hasten(_ pooler: Int) {
        guard !keeps(.hasten, pooler) else { return }
        poolers[pooler].isEager = true
        hasChanged = true
    }

    mutating func resume(_ pooler: Int) {
        guard !keeps(.resume, pooler) else { return }
        guard poolers[pooler].pause != .none else { return }
        let target = poolers[pooler].loadedTarget
        note(.pooler(pooler)) { "lets its clients go on towards \(target.map($0.name) ?? "nowhere")" }
        poolers[pooler].pause = .none
        poolers[pooler].held = poolers[pooler].waitsSince.map { now - $0 }
        poolers[pooler].waitsSince = nil
        hasChanged = true
    }

    /// The file alone; the process reads it at `RELOAD` or at its next start.
    mutating func writePoolerFile(_ pooler: Int, target: Int) {
        poolers[pooler].fileTarget = target
        hasChanged = true
    }

    mutating func reloadPooler(_ pooler: Int) {
        guard !keeps(.reload, pooler) else { return }
        poolers[pooler].isEager = false
        guard !poolers[pooler].defects.brokenReload else { return }
        poolers[pooler].loadedTarget = poolers[pooler].fileTarget
        if let target = poolers[pooler].loadedTarget {
            note(.pooler(pooler)) { "leads to \($0.name(of: target))" }
        }
        hasChanged = true
    }

    mutating func killPooler(_ pooler: Int) {
        guard poolers[pooler].isUp else { return }
        note(.pooler(pooler)) { _ in "has died" }
        poolers[pooler].isUp = false
        poolers[pooler].isHung = false
        poolers[pooler].awaits = []
        poolers[pooler].pause = .none
        poolers[pooler].waitsSince = nil
        poolers[pooler].epoch += 1
        for client in clients.indices where clients[client].pooler == pooler { clients[client].hasSession = false }
        hasChanged = true
    }

    mutating func hangPooler(_ pooler: Int) {
        guard poolers[pooler].isUp else { return }
        note(.pooler(pooler)) { _ in "hangs" }
        poolers[pooler].isHung = true
        hasChanged = true
    }

    /// An order that reaches a stopped pooler lies in its socket until it goes on.
    private mutating func keeps(_ order: SimulatedPooler.Order, _ pooler: Int) -> Bool {
        guard poolers[pooler].isHung else { return false }
        poolers[pooler].awaits.append(order)
        return true
    }

    /// It goes on, and obeys what was sent to it meanwhile.
    mutating func unhangPooler(_ pooler: Int) {
        guard poolers[pooler].isHung else { return }
        note(.pooler(pooler)) { _ in "goes on" }
        poolers[pooler].isHung = false
        hasChanged = true
        let orders = poolers[pooler].awaits
        poolers[pooler].awaits = []
        for order in orders {
            switch order {
            case .pause: pause(pooler)
            case .kill: killSessions(pooler)
            case .hasten: hasten(pooler)
            case .resume: resume(pooler)
            case .reload: reloadPooler(pooler)
            }
        }
    }

    /// A new process knows nothing of a pause.
    mutating func startPooler(_ pooler: Int) {
        guard !poolers[pooler].isUp else { return }
        guard !poolers[pooler].defects.brokenReload else {
            return note(.pooler(pooler)) { _ in "does not start: its file is broken" }
        }
        poolers[pooler].isUp = true
        poolers[pooler].loadedTarget = poolers[pooler].fileTarget
        note(.pooler(pooler)) { _ in "is started" }
        hasChanged = true
    }
}
