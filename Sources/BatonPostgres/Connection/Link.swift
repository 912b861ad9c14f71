import BatonCore
import BatonEngine
import CLibPQ
import Glibc

/// What is sent to the server.
enum Statement {
    /// One statement with parameters, by the extended protocol.
    case extended(String, [String?])
    /// A string as it is, by the simple protocol.
    case simple(String)
}

/// One libpq connection in non-blocking mode. Only the thread of its `PostgresConnection` touches it; dropping it closes it.
final class Link {
    private let pointer: OpaquePointer
    private let password: String
    private let sendsCancel: Bool
    /// A statement was sent and its last result has not come: nobody may use the session again.
    private(set) var isInFlight = false
    private var isLost = false

    var backendPID: Int32 { PQbackendPID(pointer) }
    var serverVersion: Int32 { PQserverVersion(pointer) }
    /// The session can take another statement.
    var isUsable: Bool { !isInFlight && !isLost }

    private init(_ pointer: OpaquePointer, _ parameters: ConnectionParameters) {
        self.pointer = pointer
        password = parameters.password?.reveal { $0 } ?? ""
        sendsCancel = parameters.sendsCancel
    }

    deinit { PQfinish(pointer) }

    // MARK: Connecting

    /// Connects to the first address that answers. Each gets an equal share of the time that is left, so that a silent one
    /// cannot use up the deadline of the others.
    static func open(
        _ parameters: ConnectionParameters, limits: CallLimits,
        lookUp: @escaping NameResolution.LookUp = NameResolution.system
    ) throws(PostgresError) -> Link {
        try parameters.validate()
        if parameters.isLocalSocket { return try open(parameters, address: nil, limits: limits) }
        let addresses = try NameResolution.addresses(of: parameters.host, limits: limits, lookUp: lookUp)
        var failure = PostgresError(.unreachable, "the name \(parameters.host) has no address")
        for (index, address) in addresses.enumerated() {
            try limits.check("connecting")
            let left = (limits.deadline - SystemClock.now()).nanoseconds
            let share = TimeSpan(nanoseconds: left / Int64(addresses.count - index))
            let isLast = index == addresses.count - 1
            let deadline = isLast ? limits.deadline : SystemClock.deadline(in: share)
            do throws(PostgresError) {
                return try open(
                    parameters, address: address, limits: CallLimits(deadline: deadline, token: limits.token))
            } catch {
                guard error.kind == .unreachable || error.kind == .deadline else { throw error }
                failure = error
            }
        }
        throw failure
    }

    private static func open(
        _ parameters: ConnectionParameters, address: String?, limits: CallLimits
    ) throws(PostgresError) -> Link {
        let pairs = parameters.keywords(address: address)
        let started = withCStrings(pairs.map(\.0)) { names in
            withCStrings(pairs.map(\.1)) { values in PQconnectStartParams(names, values, 0) }
        }
        guard let started else { throw PostgresError(.unreachable, "libpq has no memory for a connection") }
        let link = Link(started, parameters)
        // Notices would go to this process's stderr.
        PQsetNoticeReceiver(started, { _, _ in }, nil)
        // A refusal then carries its SQLSTATE.
        PQsetErrorVerbosity(started, PQERRORS_VERBOSE)
        let doing = "connecting to \(parameters.host) port \(parameters.port)"
        var wanted = PQstatus(started) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING
        while wanted != PGRES_POLLING_OK {
            guard wanted != PGRES_POLLING_FAILED else { throw link.scrubbed(.connecting(link.lastMessage)) }
            let events = wanted == PGRES_POLLING_READING ? POLLIN : POLLOUT
            // The socket changes between attempts: asked for anew each time.
            _ = try limits.wait(for: PQsocket(started), Int32(events), doing, didReachServer: false)
            wanted = PQconnectPoll(started)
        }
        guard PQsetnonblocking(started, 1) == 0 else {
            throw PostgresError(.unreachable, "libpq refused the non-blocking mode")
        }
        return link
    }

    // MARK: Statements

    /// Sends one statement and collects its answer. When it throws and `isUsable` is false, the link is only good for
    /// dropping.
    func exchange(_ statement: Statement, limits: CallLimits) throws(PostgresError) -> Rows {
        try limits.check("waiting to send a statement")
        // A session that the server has already ended is found here, before anything is sent: "lost" then means that the
        // statement did not happen.
        guard !hasLostPeer() else { throw PostgresError(.closed, "the server had ended the session") }
        try send(statement)
        isInFlight = true
        let doing = "waiting for the server's answer"
        while true {
            let flushed = PQflush(pointer)
            if flushed == 0 { break }
            guard flushed > 0 else { throw lost() }
            let ready = try limits.wait(for: PQsocket(pointer), POLLIN | POLLOUT, doing, didReachServer: true)
            // The server may be sending, and waits for us to read before it reads on.
            if ready & POLLIN != 0, PQconsumeInput(pointer) == 0 { throw lost() }
        }
        return try collect(limits, doing)
    }

    private func send(_ statement: Statement) throws(PostgresError) {
        let isSent: Bool
        switch statement {
        case .simple(let sql):
            try refuseNUL([sql])
            isSent = PQsendQuery(pointer, sql) == 1
        case .extended(let sql, let parameters):
            try refuseNUL([sql] + parameters)
            guard parameters.count <= 65_535 else {
                throw PostgresError(.invalidRequest, "\(parameters.count) parameters are too many")
            }
            isSent = withCStrings(parameters) { values in
                PQsendQueryParams(pointer, sql, Int32(parameters.count), nil, values, nil, nil, 0) == 1
            }
        }
        // A part of it may have left before libpq gave up.
        guard isSent else { throw lost() }
    }

    /// Reads results until libpq says that there are no more. The last one counts, as in `psql -c`; an error among them
    /// is thrown at the end, when the session is in order again.
    private func collect(_ limits: CallLimits, _ doing: String) throws(PostgresError) -> Rows {
        var answer = Rows(columns: [], rows: [])
        var failure: PostgresError?
        while true {
            while !isLost, PQisBusy(pointer) != 0 {
                _ = try limits.wait(for: PQsocket(pointer), POLLIN, doing, didReachServer: true)
                // What came before the loss, often a FATAL that explains it, is still to be read.
                if PQconsumeInput(pointer) == 0 { isLost = true }
            }
            // `PQgetResult` blocks on a busy connection that still has its socket.
            guard !isLost || PQsocket(pointer) < 0 || PQisBusy(pointer) == 0 else { throw failure ?? lost() }
            guard let next = PQgetResult(pointer) else { break }
            let result = ServerResult(next)
            switch result.status {
            case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY, PGRES_SINGLE_TUPLE:
                answer = result.rows
            case PGRES_FATAL_ERROR, PGRES_NONFATAL_ERROR, PGRES_BAD_RESPONSE:
                if failure == nil, let error = result.serverError { failure = scrubbed(error) }
                if PQstatus(pointer) != CONNECTION_OK { isLost = true }
            default:
                // COPY in either direction: the session waits for data that nobody here has.
                throw PostgresError(.unexpectedAnswer, "the statement wants to copy data", didReachServer: true)
            }
        }
        if PQstatus(pointer) != CONNECTION_OK { isLost = true }
        isInFlight = false
        if var failure {
            // The session's end proves no rollback, whatever the code says.
            if isLost { failure.didReachServer = true }
            throw failure
        }
        if isLost { throw lost() }
        return answer
    }

    // MARK: The session's end

    /// Reads what has come unasked, without waiting, and tells whether the server has gone.
    func hasLostPeer() -> Bool {
        if isLost { return true }
        var watched = pollfd(fd: PQsocket(pointer), events: Int16(POLLIN), revents: 0)
        if PQsocket(pointer) >= 0, poll(&watched, 1, 0) <= 0 { return false }
        // The first read may find only a last message, the second then finds the end behind it.
        if PQconsumeInput(pointer) == 0 || PQconsumeInput(pointer) == 0 || PQstatus(pointer) != CONNECTION_OK {
            isLost = true
        }
        return isLost
    }

    /// Asks the server, from a thread of its own, to stop the statement in flight: libpq 15's `PQcancel` blocks, and for
    /// how long is the network's affair. Not where the parameters forbid it; then the session's end must do.
    func cancelOnServer() {
        guard sendsCancel, isInFlight, !isLost, let request = PQgetCancel(pointer) else { return }
        let handle = CancelHandle(request)
        _ = DetachedThread.start { handle.send() }
    }

    private func lost() -> PostgresError {
        isLost = true
        let reason = lastMessage.split(whereSeparator: \.isNewline).first.map(String.init) ?? "no reason given"
        return scrubbed(PostgresError(.closed, "the session was lost: \(reason)", didReachServer: true))
    }

    private var lastMessage: String { PQerrorMessage(pointer).map { String(cString: $0) } ?? "" }

    /// The error without the password, in case a server sends it back. Not for short ones: they are parts of ordinary
    /// words, and a gap in a word would give them away. No server or libpq tells a password by itself.
    private func scrubbed(_ error: PostgresError) -> PostgresError {
        guard password.utf8.count >= 12, error.message.contains(password) else { return error }
        var error = error
        error.message = error.message.split(separator: password, omittingEmptySubsequences: false)
            .joined(separator: "‹secret›")
        return error
    }

    private func refuseNUL(_ texts: [String?]) throws(PostgresError) {
        guard !texts.contains(where: { $0?.utf8.contains(0) == true }) else {
            throw PostgresError(.invalidRequest, "a statement or parameter contains a NUL character")
        }
    }
}

/// One `PGcancel`. It holds a copy of the server's address and the session's key, so it outlives the connection.
private final class CancelHandle: @unchecked Sendable {  // a PGcancel is only read once it was made
    private let request: OpaquePointer

    init(_ request: OpaquePointer) { self.request = request }

    deinit { PQfreeCancel(request) }

    func send() {
        var message = [CChar](repeating: 0, count: 256)
        _ = PQcancel(request, &message, Int32(message.count))
    }
}

/// Calls `body` with an array of C strings, nil for nil, and a nil after the last.
private func withCStrings<Result>(
    _ texts: [String?], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result
) -> Result {
    let copies = texts.map { $0.flatMap { strdup($0) } }
    defer { for copy in copies { free(copy) } }
    return (copies.map { UnsafePointer($0) } + [nil]).withUnsafeBufferPointer { body($0.baseAddress) }
}
