package import BatonCore
package import BatonEngine

/// What is known of a candidate whose lock is not held since the beginning.
struct Absence {
    /// When it was last seen that nobody else had its lock: it was held, or its server was gone.
    var seen: Instant
    /// It was the latter.
    var isGone: Bool
    /// The session that locked it again when its server came back.
    var regained: PostgresConnection?
    /// Why it will not be locked again: somebody else may have acted. Nothing takes this back.
    var refusal: LeaseHeld?
    /// The attempt under way, which callers share.
    var attempt: Task<Void, Never>?
}

extension ClusterLease {
    /// How long a healthy server may take to answer a question of one word.
    private static let answerLimit = TimeSpan.seconds(1)
    /// A server seen gone so lately need not be asked again.
    private static let freshness = TimeSpan.milliseconds(500)
    /// Whoever knows nothing about a lock for longer than this counts it as lost: a process that was stopped, above all.
    /// The watch looks several times within it, and no taker ends sessions, locks, acts and leaves within it.
    private static let continuity = TimeSpan.seconds(3)

    /// The candidate's session must answer on the wire. When it does not, nothing goes forward. What takes back may go on
    /// while the candidate's server is gone, for then nobody can have locked or promoted it; or once it is locked again,
    /// still in recovery, with no gap in what was seen of it. Otherwise another Baton may have taken the run over and have
    /// ended it, which nobody can see from here (Decision 0013).
    package func prove(candidate: String, isUndo: Bool, deadline: Deadline) async throws(LeaseHeld) {
        if let session = sessions[candidate] {
            let now = SystemClock.now()
            if await Self.answers(session, deadline: deadline) {
                seenHeld[candidate] = now
                return
            }
            if !session.isOpen { noteLoss(of: candidate, session) }
        }
        guard isUndo else { throw absences[candidate]?.refusal ?? Self.lost(candidate) }
        if isFreshlyGone(candidate) { return }
        await seek(candidate)
        if let refusal = absences[candidate]?.refusal { throw refusal }
        guard let regained = absences[candidate]?.regained else { return }
        let now = SystemClock.now()
        if await Self.answers(regained, deadline: deadline) {
            absences[candidate]?.seen = now
            return
        }
        // Gone again, or ended by somebody: the same question once more.
        absences[candidate]?.regained = nil
        await regained.close()
        await seek(candidate)
        if let refusal = absences[candidate]?.refusal { throw refusal }
    }

    /// Looks again at the candidates that are gone, and locks those that have come back. Waits for nobody.
    func seekAbsent() {
        for (node, absence) in absences where absence.refusal == nil {
            if let regained = absence.regained {
                Task { await self.lookAt(regained, of: node) }
            } else if !isFreshlyGone(node) {
                beginSeeking(node)
            }
        }
    }

    private func lookAt(_ regained: PostgresConnection, of node: String) async {
        let now = SystemClock.now()
        if await !regained.isBroken {
            absences[node]?.seen = now
        } else if absences[node]?.regained === regained {
            absences[node]?.regained = nil
        }
    }

    private func isFreshlyGone(_ node: String) -> Bool {
        guard let absence = absences[node], absence.isGone else { return false }
        return SystemClock.now() - absence.seen < Self.freshness
    }

    private func seek(_ node: String) async {
        guard let absence = absences[node], absence.regained == nil, absence.refusal == nil else { return }
        await beginSeeking(node).value
    }

    @discardableResult
    private func beginSeeking(_ node: String) -> Task<Void, Never> {
        if let attempt = absences[node]?.attempt { return attempt }
        let attempt = Task { await self.lockAgain(node) }
        absences[node]?.attempt = attempt
        return attempt
    }

    private func lockAgain(_ node: String) async {
        guard let before = absences[node]?.seen else { return }
        let found = await Self.lookAgain(at: node, connections)
        let now = SystemClock.now()
        var session: PostgresConnection?
        switch found {
        case .gone: absences[node] = Absence(seen: now, isGone: true)
        case .free(let locked) where now - before < Self.continuity && !isReleased:
            absences[node] = Absence(seen: now, isGone: false, regained: locked)
        case .free(let locked):
            session = locked
            absences[node] = Absence(seen: before, isGone: false, refusal: Self.ended(node, "its lock is free again"))
        case .refused(let refusal): absences[node] = Absence(seen: before, isGone: false, refusal: refusal)
        }
        await session?.close()
        if isReleased { absences = [:] }
    }

    private enum Found {
        /// No server is there.
        case gone
        /// Locked by this session, on a server that is in recovery.
        case free(PostgresConnection)
        case refused(LeaseHeld)
    }

    private static func lookAgain(at node: String, _ connections: ClusterSessions) async -> Found {
        let deadline = SystemClock.deadline(in: Self.answerLimit)
        var session: PostgresConnection?
        let found: Found
        do throws(PostgresError) {
            let opened = try await connections.openNode(node, deadline: deadline)
            session = opened
            try await LeaseLock.keepWhileIdle(opened, deadline: deadline)
            switch try await LeaseLock.attempt(opened, deadline: deadline) {
            case .locked:
                let recovery = try await opened.query(
                    "SELECT pg_catalog.pg_is_in_recovery() AS recovery", deadline: deadline)
                if try recovery.single().bool("recovery") { return .free(opened) }
                found = .refused(ended(node, "it was promoted"))
            // A backend of our own that has not noticed yet: as long as it lives, nobody else has the lock.
            case .held(let holder) where holder.application == connections.applicationName: found = .gone
            case .held(let holder): found = .refused(holder.refusal(of: node))
            case .justReleased: found = .refused(ended(node, "somebody has just held its lock"))
            }
        } catch {
            found = error.isServerGone ? .gone : .refused(ended(node, "\(error)"))
        }
        await session?.close()
        return found
    }

    /// A task of its own, because the cancellation of an effect that waits for the proof must not close the session.
    private static func answers(_ session: PostgresConnection, deadline: Deadline) async -> Bool {
        let limit = min(deadline, SystemClock.deadline(in: answerLimit))
        return await Task {
            do throws(PostgresError) {
                _ = try await session.simpleQuery("SELECT 1", deadline: limit)
                return true
            } catch {
                return false
            }
        }.value
    }

    private static func lost(_ node: String) -> LeaseHeld {
        LeaseHeld(
            "The session that held the lease on \(node) has ended or does not answer, so another run could act now. "
                + "To look, on every machine that runs Baton: baton status")
    }

    private static func ended(_ node: String, _ seen: String) -> LeaseHeld {
        LeaseHeld(
            "The session that held the lease on \(node) was ended although its server lives (\(seen)): another Baton may "
                + "have taken this run over. Nothing is done without knowing. To look, on every machine that runs Baton: "
                + "baton status")
    }
}

extension PostgresError {
    /// No server is there that could have granted a lock: nothing listens, nothing answers, it starts or stops (57P03),
    /// or it went away in the middle.
    fileprivate var isServerGone: Bool {
        switch kind {
        case .unreachable, .deadline, .closed: true
        case .server(let sqlState): sqlState == "57P03"
        case .authentication, .cancelled, .unexpectedAnswer, .invalidRequest: false
        }
    }
}
