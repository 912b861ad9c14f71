import BatonCore
import BatonEngine

/// A session that several callers may share.
protocol SharedSession: Sendable {
    /// Whether it was open when it was last used; costs nothing.
    nonisolated var isOpen: Bool { get }
    func close() async
}

extension PostgresConnection: SharedSession {}
extension PgBouncerConsole: SharedSession {}

/// At most one open session for each name, and one attempt to open it that callers share.
actor SessionCache<Session: SharedSession> {
    private struct Attempt {
        let number: Int
        let deadline: Deadline
        let task: Task<Result<Session, PostgresError>, Never>
    }

    private var sessions: [String: (attempt: Int, session: Session)] = [:]
    private var attempts: [String: Attempt] = [:]
    private var count = 0

    /// The open session of that name, or a new one. An attempt under way that may last longer than the caller's deadline
    /// is not waited for; one that ended by another caller's deadline or cancellation is made again.
    func session(
        _ name: String, deadline: Deadline, open: @escaping @Sendable () async throws(PostgresError) -> Session
    ) async throws(PostgresError) -> Session {
        while true {
            if let kept = sessions[name]?.session, kept.isOpen { return kept }
            let attempt: Attempt
            if let current = attempts[name], current.deadline <= deadline {
                attempt = current
            } else {
                attempt = begin(name, deadline: deadline, open: open)
            }
            let result = await withTaskCancellationHandler {
                await attempt.task.value
            } onCancel: {
                attempt.task.cancel()
            }
            if attempts[name]?.number == attempt.number { attempts[name] = nil }
            do throws(PostgresError) {
                return await keep(try result.get(), of: attempt.number, name)
            } catch {
                let isOfAnotherCaller =
                    error.kind == .cancelled && !Task.isCancelled
                    || error.kind == .deadline && attempt.deadline < deadline
                if !isOfAnotherCaller || SystemClock.now() >= deadline { throw error }
            }
        }
    }

    /// Ends every session and every attempt.
    func closeAll() async {
        for attempt in attempts.values { attempt.task.cancel() }
        attempts = [:]
        let open = sessions.values
        sessions = [:]
        for kept in open { await kept.session.close() }
    }

    private func begin(
        _ name: String, deadline: Deadline, open: @escaping @Sendable () async throws(PostgresError) -> Session
    ) -> Attempt {
        count += 1
        let attempt = Attempt(
            number: count, deadline: deadline,
            task: Task {
                do throws(PostgresError) { return .success(try await open()) } catch { return .failure(error) }
            })
        attempts[name] = attempt
        return attempt
    }

    /// Two attempts may have succeeded; the first to come is kept.
    private func keep(_ session: Session, of attempt: Int, _ name: String) async -> Session {
        if let kept = sessions[name], kept.session.isOpen {
            if kept.attempt != attempt { await session.close() }
            return kept.session
        }
        sessions[name] = (attempt, session)
        return session
    }
}
