package import BatonCore
import BatonEngine
import Synchronization

/// One session with a PostgreSQL server or with PgBouncer.
///
/// It has its own thread and serves one call at a time, in order; a queued call starts when the one before has ended, so
/// its answer may come as late as that call's deadline. Give work that must not wait its own connection.
///
/// Every call ends at its deadline, and at once when its task is cancelled. If its statement was on the way then, the
/// server is asked to cancel it and the connection is closed, since nobody can know what the next answer would belong to.
/// A call that had not sent anything leaves the connection as it was. A server's error leaves it usable, unless the
/// server ended the session. On a closed connection every call throws `.closed`; nothing reconnects by itself.
package actor PostgresConnection {
    private nonisolated let executor: ThreadExecutor
    private nonisolated let wakeUp: WakeUp
    private nonisolated let processID = Atomic<Int32>(0)
    private nonisolated let version = Atomic<Int32>(0)
    private nonisolated let isLinked = Atomic<Bool>(false)
    private var link: Link?
    private var isClosedByOwner = false

    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// The process id of the server's backend, as of the session's start. Behind PgBouncer it is PgBouncer's invention.
    package nonisolated var backendPID: Int32 { processID.load(ordering: .acquiring) }

    /// The server's version as a number, 150018 for 15.18; PgBouncer's console says its own.
    package nonisolated var serverVersion: Int { Int(version.load(ordering: .acquiring)) }

    /// Whether the connection was open when it was last used. Costs nothing and waits for nobody; see `isBroken`.
    package nonisolated var isOpen: Bool { isLinked.load(ordering: .acquiring) }

    private init() throws(PostgresError) {
        wakeUp = try WakeUp()
        executor = try ThreadExecutor()
    }

    deinit { executor.stop() }

    /// Connects and authenticates.
    ///
    /// - Throws: `.unreachable`, `.authentication`, `.deadline`, `.cancelled`, `.invalidRequest`, or `.server` for another
    ///   refusal, such as 57P03 (starting up or shutting down), 53300 (too many clients) and 3D000 (no such database).
    package static func connect(
        _ parameters: ConnectionParameters, deadline: Deadline
    ) async throws(PostgresError) -> PostgresConnection {
        let connection = try PostgresConnection()
        try await connection.open(parameters, deadline: deadline)
        return connection
    }

    /// Runs one statement by the extended protocol; parameters are `$1`, `$2`, … in text format, nil is NULL.
    package func query(
        _ sql: String, _ parameters: [String?] = [], deadline: Deadline
    ) async throws(PostgresError) -> Rows {
        try await cancellable(until: deadline) { (limits) throws(PostgresError) in
            try self.withLink { (link) throws(PostgresError) in
                try link.exchange(.extended(sql, parameters), limits: limits)
            }
        }
    }

    /// Sends `sql` by the simple protocol, which PgBouncer's console and replication sessions need. Several statements run
    /// as one transaction and the last one's answer is returned.
    package func simpleQuery(_ sql: String, deadline: Deadline) async throws(PostgresError) -> Rows {
        try await cancellable(until: deadline) { (limits) throws(PostgresError) in
            try self.withLink { (link) throws(PostgresError) in try link.exchange(.simple(sql), limits: limits) }
        }
    }

    /// Repeats a question on the connection's own thread, starting one every `every` (or at once, when the answer took
    /// longer), until `until` accepts an answer, and returns that. No hop between threads lies between two questions.
    ///
    /// An error of the server or of `until` ends it and leaves the connection usable. So does a deadline that comes between
    /// two questions.
    package func poll(
        _ sql: String, every: TimeSpan, deadline: Deadline,
        until: @Sendable (Rows) throws(PostgresError) -> Bool
    ) async throws(PostgresError) -> Rows {
        try await cancellable(until: deadline) { (limits) throws(PostgresError) in
            try self.withLink { (link) throws(PostgresError) in
                while true {
                    let next = SystemClock.now() + every
                    let rows = try link.exchange(.extended(sql, []), limits: limits)
                    if try until(rows) { return rows }
                    try limits.sleep(until: next, "polling", didReachServer: true)
                }
            }
        }
    }

    /// Whether the session ended other than by `close`: looks at the socket now, so a lost session is seen although no
    /// statement ran. Whoever holds an advisory lock asks this; a broken session holds no lock. A peer that vanished without
    /// a word is noticed when its keepalives fail, after about five seconds.
    package var isBroken: Bool {
        if let link, link.hasLostPeer() { drop() }
        return link == nil && !isClosedByOwner
    }

    /// Ends the session. Further calls throw `.closed`.
    package func close() {
        if link != nil { isClosedByOwner = true }
        drop()
    }

    private func open(_ parameters: ConnectionParameters, deadline: Deadline) async throws(PostgresError) {
        try await cancellable(until: deadline) { (limits) throws(PostgresError) in
            let link = try Link.open(parameters, limits: limits)
            self.link = link
            processID.store(link.backendPID, ordering: .releasing)
            version.store(link.serverVersion, ordering: .releasing)
            isLinked.store(true, ordering: .releasing)
        }
    }

    private func cancellable<Answer>(
        until deadline: Deadline, _ body: (CallLimits) throws(PostgresError) -> Answer
    ) async throws(PostgresError) -> Answer {
        let token = CancelToken(wakeUp)
        let result: Result<Answer, PostgresError> = await withTaskCancellationHandler {
            // No `await` here: that the compiler takes this call for one within the actor is what keeps the blocking work
            // on the connection's thread. A closure that does not name the actor would run on the cooperative pool.
            self.run(body, CallLimits(deadline: deadline, token: token))
        } onCancel: {
            token.cancel()
        }
        return try result.get()
    }

    private func run<Answer>(
        _ body: (CallLimits) throws(PostgresError) -> Answer, _ limits: CallLimits
    ) -> Result<Answer, PostgresError> {
        assertIsolated()
        do throws(PostgresError) {
            return .success(try body(limits))
        } catch {
            return .failure(error)
        }
    }

    private func withLink(_ body: (Link) throws(PostgresError) -> Rows) throws(PostgresError) -> Rows {
        guard let link else { throw PostgresError(.closed, "the connection is closed") }
        do throws(PostgresError) {
            return try body(link)
        } catch {
            if !link.isUsable {
                link.cancelOnServer()
                drop()
            }
            throw error
        }
    }

    private func drop() {
        link = nil
        isLinked.store(false, ordering: .releasing)
    }
}
