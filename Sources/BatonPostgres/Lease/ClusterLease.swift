package import BatonCore
package import BatonEngine

/// The lease on the cluster itself: a session advisory lock on every node that answers, keyed by the system identifier,
/// so that two Batons exclude each other from whatever directory or machine they run. Advisory locks work on a hot
/// standby, and the server releases them when the session ends, however it ends.
package actor ClusterLease: HeldLease {
    package nonisolated let losses: AsyncStream<LeaseLoss>
    private let lost: AsyncStream<LeaseLoss>.Continuation
    let connections: ClusterSessions
    private let candidates: [String]
    /// The sessions that have held their lock since the lease was taken.
    var sessions: [String: PostgresConnection] = [:]
    /// When each of them was last seen to be there.
    var seenHeld: [String: Instant] = [:]
    /// Candidates without such a session, and what is known of them.
    var absences: [String: Absence] = [:]
    var watch: Task<Void, Never>?
    private(set) var isReleased = false

    private init(_ connections: ClusterSessions, candidates: [String]) {
        (losses, lost) = AsyncStream<LeaseLoss>.makeStream()
        self.connections = connections
        self.candidates = candidates
    }

    /// Locks every node that answers: the candidates first, one after the other, then the others at the same time. A node
    /// that does not answer is left out, and the gates report it; it costs at most half of the time.
    ///
    /// - Parameters:
    ///   - run: a run whose process is gone, to be taken over: its sessions are ended on every node, but for those that
    ///     have exactly the name of `sessions`, and its locks are waited for until the deadline.
    /// - Throws: another run has the lock of a node, or the run that is taken over still has it at the deadline. Nothing
    ///   is locked then.
    package static func acquire(
        sessions: ClusterSessions, candidates: [String], endingSessionsOf run: RunID? = nil, deadline: Deadline
    ) async throws(LeaseHeld) -> ClusterLease {
        let lease = ClusterLease(sessions, candidates: candidates)
        let locker = Locker(sessions: sessions, run: run, began: SystemClock.now(), deadline: deadline)
        let names = sessions.topology.nodes.map(\.name)
        // Every session is being opened while the candidates are locked.
        let opening = names.map { name in (name: name, task: Task { await locker.open(name) }) }
        var refusal: LeaseHeld?
        for candidate in candidates where refusal == nil {
            guard let opened = opening.first(where: { $0.name == candidate }) else { continue }
            refusal = await lease.take(candidate, locker, await opened.task.value)
        }
        if refusal == nil {
            refusal = await withTaskGroup(of: LeaseHeld?.self) { group in
                for (name, task) in opening where !candidates.contains(name) {
                    group.addTask { await lease.take(name, locker, await task.value) }
                }
                var first: LeaseHeld?
                for await found in group where first == nil && found != nil {
                    first = found
                    // Told at once: nobody waits for a node that is silent.
                    for (_, task) in opening { task.cancel() }
                }
                return first
            }
        }
        if let refusal {
            for (_, task) in opening { task.cancel() }
            for (_, task) in opening { await task.value?.close() }
            await lease.release()
            throw refusal
        }
        await lease.beginWatch()
        return lease
    }

    /// The session that has held the lock of a node since the lease was taken.
    package func session(_ node: String) -> PostgresConnection? { sessions[node] }

    /// The nodes whose lock is held, in alphabetical order.
    package var nodes: [String] { sessions.keys.sorted() }

    package func release() async {
        watch?.cancel()
        isReleased = true
        lost.finish()
        let held = Array(sessions.values) + absences.values.compactMap(\.regained)
        sessions = [:]
        absences = [:]
        for session in held { await session.close() }
    }

    private func take(
        _ node: String, _ locker: Locker, _ session: PostgresConnection?
    ) async -> LeaseHeld? {
        if let session {
            switch await locker.lock(session) {
            case .locked:
                sessions[node] = session
                seenHeld[node] = SystemClock.now()
                return nil
            case .refused(let holder):
                await session.close()
                return holder.refusal(of: node)
            case .silent: await session.close()
            }
        }
        if candidates.contains(node) { absences[node] = Absence(seen: SystemClock.now(), isGone: true) }
        return nil
    }

    /// Time between two looks at the sessions. A look reads the socket and sends nothing.
    private static let watchInterval = TimeSpan.milliseconds(250)

    private func beginWatch() {
        watch = Task { [weak self] in
            while (try? await SystemClock.sleep(Self.watchInterval)) != nil {
                guard let self else { return }
                await self.reportLosses()
                await self.seekAbsent()
            }
        }
    }

    private func reportLosses() async {
        for (name, session) in sessions.sorted(by: { $0.key < $1.key }) {
            let now = SystemClock.now()
            if await session.isBroken { noteLoss(of: name, session) } else { seenHeld[name] = now }
        }
    }

    /// Drops a session that was observed broken and reports it, once.
    func noteLoss(of node: String, _ session: PostgresConnection) {
        guard sessions[node] === session else { return }
        sessions[node] = nil
        if candidates.contains(node), let seen = seenHeld[node] { absences[node] = Absence(seen: seen, isGone: false) }
        lost.yield(LeaseLoss(node: node, why: "its session with the server ended"))
    }
}

/// Opens the sessions of a lease that is being taken, and takes their locks.
private struct Locker: Sendable {
    let sessions: ClusterSessions
    /// The run that is taken over.
    let run: RunID?
    let began: Instant
    let deadline: Deadline

    enum Result {
        case locked
        case refused(LeaseLock.Holder)
        /// The node stopped answering.
        case silent
    }

    /// Time between two tries. An ended backend is gone after a few milliseconds.
    private static let retryInterval = TimeSpan.milliseconds(5)
    /// How long the backend of a run that has just ended may take to go.
    private static let grace = TimeSpan.milliseconds(200)

    /// What one node may cost.
    private var share: TimeSpan { TimeSpan(nanoseconds: max(0, (deadline - began).nanoseconds / 2)) }

    /// A session with a node, after the sessions of the run that is taken over were ended there; nil when the node does
    /// not answer.
    func open(_ node: String) async -> PostgresConnection? {
        let limit = began + share
        guard let session = try? await sessions.openNode(node, deadline: limit) else { return nil }
        do throws(PostgresError) {
            try await LeaseLock.keepWhileIdle(session, deadline: limit)
            if let run {
                try await LeaseLock.endSessions(
                    of: run, butNot: sessions.applicationName, session, deadline: limit)
            }
            return session
        } catch {
            await session.close()
            return nil
        }
    }

    /// A session that was told to end, or one of our own that was closed.
    private func mayEnd(_ holder: LeaseLock.Holder) -> Bool {
        holder.application == sessions.applicationName
            || run.map { LeaseLock.isSession(holder.application, of: $0) } ?? false
    }

    /// Tries until the lock is there, or another run has it, or the deadline comes: what was just released, or is held by
    /// a session that was told to end, is worth another try.
    func lock(_ session: PostgresConnection) async -> Result {
        var holder = LeaseLock.Holder(
            application: "a session that comes and goes", since: "a moment ago", address: "somewhere")
        let graceEnd = SystemClock.deadline(in: Self.grace)
        while true {
            let limit = min(deadline, SystemClock.now() + share)
            do throws(PostgresError) {
                switch try await LeaseLock.attempt(session, deadline: limit) {
                case .locked: return .locked
                case .held(let found):
                    holder = found
                    if !mayEnd(found), SystemClock.now() >= graceEnd { return .refused(found) }
                case .justReleased: break
                }
            } catch {
                return .silent
            }
            guard SystemClock.now() + Self.retryInterval < deadline, !Task.isCancelled else { return .refused(holder) }
            try? await SystemClock.sleep(Self.retryInterval)
        }
    }
}
