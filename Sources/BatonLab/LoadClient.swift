import BatonCore
import BatonEngine
import BatonPostgres
import Glibc
import Synchronization

/// One writer of the load: a connection of its own through the pooler, one row after another.
struct LoadClient: Sendable {
    /// What one writer saw.
    struct Record: Sendable {
        var acknowledged: [(seq: Int, at: Instant)] = []
        /// Numbers whose answer never came. They are never used again: only reading back can settle them.
        var inDoubt: [Int] = []
        var errors: [String: Int] = [:]
    }

    /// Between two writes of one client, and before a new attempt after an error.
    private static let pause = TimeSpan.milliseconds(2)
    /// How long a write may wait for its answer: longer than any freeze.
    private static let patience = TimeSpan.seconds(60)

    let number: Int
    let run: String
    let parameters: ConnectionParameters
    let end: Instant
    /// After this, also a write that is still under way is given up.
    let lastAnswer: Instant
    let stop: StopFlag
    let log: LoadLog

    /// Writes until the end, or until told to stop.
    func write() async -> Record {
        var record = Record()
        var session: PostgresConnection?
        var seq = 0
        while SystemClock.now() < end, !stop.isSet {
            do throws(PostgresError) {
                let open: PostgresConnection
                if let session, session.isOpen { open = session } else { open = try await connect() }
                session = open
                seq += 1
                try await insert(seq, through: open)
                let now = SystemClock.now()
                record.acknowledged.append((seq, now))
                log.add(client: number, seq: seq, at: now)
            } catch {
                record.errors[error.loadKind, default: 0] += 1
                if error.didReachServer { record.inDoubt.append(seq) }
                if let broken = session { await broken.close() }
                session = nil
            }
            try? await SystemClock.sleep(Self.pause)
        }
        await session?.close()
        return record
    }

    private func connect() async throws(PostgresError) -> PostgresConnection {
        try await PostgresConnection.connect(parameters, deadline: deadline)
    }

    private func insert(_ seq: Int, through session: PostgresConnection) async throws(PostgresError) {
        _ = try await session.query(
            "INSERT INTO \(LabNames.loadTable) (run, client, seq) VALUES ($1, $2, $3)", [run, "\(number)", "\(seq)"],
            deadline: deadline)
    }

    private var deadline: Deadline { min(lastAnswer, SystemClock.deadline(in: Self.patience)) }
}

/// Tells writers to stop; unlike cancellation it lets a write that is under way have its answer.
final class StopFlag: Sendable {
    private let flag = Atomic<Bool>(false)
    var isSet: Bool { flag.load(ordering: .acquiring) }
    func set() { flag.store(true, ordering: .releasing) }
}

/// The file of acknowledged writes. Each line is written when its answer came, so a killed load leaves a true record.
final class LoadLog: Sendable {
    let path: String
    private let descriptor: Int32

    init(path: String) throws {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw LabError("cannot write \(path): \(String(cString: strerror(errno)))") }
    }

    deinit { close(descriptor) }

    // One write(2) of a line to a file opened for appending: lines of several threads do not mix.
    func add(client: Int, seq: Int, at instant: Instant) {
        _ = LabFiles.put("\(client) \(seq) \(instant.nanoseconds)\n", into: descriptor)
    }
}

extension PostgresError {
    /// The error's kind as the load's report counts it.
    fileprivate var loadKind: String {
        switch kind {
        case .unreachable: "unreachable"
        case .authentication: "authentication"
        case .deadline: "deadline"
        case .cancelled: "cancelled"
        case .closed: "closed"
        case .server(let sqlState): sqlState
        case .unexpectedAnswer: "unexpected-answer"
        case .invalidRequest: "invalid-request"
        }
    }
}
