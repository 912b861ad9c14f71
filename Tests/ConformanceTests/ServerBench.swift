import BatonCore

/// One of the two servers of a bench. `west` begins as the primary, `east` as its streaming standby.
enum Side: Int, CaseIterable, Sendable {
    case west, east

    var other: Side { self == .west ? .east : .west }
    var nodeName: String { "\(self)-db" }
    var slotName: String { "\(self)_db" }
}

/// What a conformance script needs of a pair of servers with a pooler in front: orders, looks, and time. Implemented by the
/// simulated servers and by the real ones, so that a script cannot tell which it is played on.
///
/// An order returns when it was given; what comes of it is for a look to say. A bench begins healthy: `west` writes, `east`
/// streams from it by its slot, the pooler leads to `west`, and nobody is logged in.
protocol ServerBench: AnyObject {
    // MARK: Time

    /// Waits until `holds`; false when that did not come to be within the bench's patience.
    func comes(_ holds: () async throws -> Bool) async throws -> Bool
    /// Whether `holds` goes on for a while: long enough for a server that is not held up by anything to act.
    func lasts(_ holds: () async throws -> Bool) async throws -> Bool

    // MARK: Orders to a server

    /// SIGINT to the postmaster.
    func stopFast(_ side: Side) async throws
    /// SIGQUIT to the postmaster: no checkpoint.
    func stopAtOnce(_ side: Side) async throws
    /// SIGKILL to every process.
    func kill(_ side: Side) async throws
    /// Starts a stopped server and waits; false when it did not stay up.
    func start(_ side: Side) async throws -> Bool
    /// SIGSTOP to every process.
    func hang(_ side: Side) async throws
    /// SIGCONT to every process.
    func goOn(_ side: Side) async throws
    func setStandbySignal(_ present: Bool, on side: Side) async throws
    /// Writes into the settings that a standby streams from `upstream`, by its slot there. Read at a start and at a reload.
    func setUpstream(of side: Side, to upstream: Side) async throws
    func reload(_ side: Side) async throws
    /// `pg_promote`, without waiting for the promotion.
    func promote(_ side: Side) async throws -> PromoteAnswer
    func pauseReplay(_ side: Side) async throws
    func resumeReplay(_ side: Side) async throws
    /// Makes `wal_sender_timeout` and `wal_receiver_timeout` a second where waiting takes real time.
    func shortenTimeouts(_ side: Side) async throws
    /// A physical slot that keeps log from now on.
    func createSlot(for standby: Side, on side: Side) async throws
    func dropSlot(for standby: Side, on side: Side) async throws -> DropAnswer
    /// One committed row, written on the server itself.
    func write(on side: Side) async throws -> WriteAnswer

    // MARK: Looks at a server

    func look(_ side: Side) async throws -> ServerLook
    /// How replay on `side` stands to the latest checkpoint that `stopped` left in its pg_control.
    func replay(on side: Side, ofCheckpointOf stopped: Side) async throws -> ReplayLook
    /// Whether a session on `side` sees every row that was acknowledged to anybody.
    func seesEveryAcknowledgedRow(_ side: Side) async throws -> Bool
    func slots(on side: Side) async throws -> [Side: SlotLook]

    // MARK: The pooler

    /// `PAUSE` on a session of its own, which may wait for it.
    func pause() async throws
    /// Closes the session that gave the pause.
    func leavePausingSession() async throws
    func resume() async throws
    /// `RELOAD`, which always reports success.
    func reloadPooler() async throws
    /// Makes the file lead to a server; the process is not told.
    func writePoolerFile(leadingTo side: Side) async throws
    /// The same, with a line before the entry that PgBouncer cannot read.
    func writeBrokenPoolerFile(leadingTo side: Side) async throws
    func killPooler() async throws
    /// Starts a dead pooler and waits; false when it did not stay up.
    func startPooler() async throws -> Bool
    func hangPooler() async throws
    func poolerGoesOn() async throws
    /// nil: nobody answers.
    func lookAtPooler() async throws -> PoolerLook?

    // MARK: A client of the pooler

    /// A client begins to write one row through the pooler, in the session that it has; it makes one when it has none.
    func beginWrite() async throws
    /// The client leaves, and another one will log in with the next write.
    func changeClient() async throws
    func lookAtClient() async throws -> ClientLook
    /// Somebody else's transaction through the pooler, open for that long, then committed.
    func openTransaction(for span: TimeSpan) async throws
}

/// A server as somebody with a superuser's session and the data directory at hand sees it.
struct ServerLook: Hashable, Sendable {
    enum Role: Hashable, Sendable {
        case primary, standby
    }

    /// "Database cluster state" of pg_control.
    enum Control: Hashable, Sendable {
        case inProduction, shutDown, inRecovery, shutDownInRecovery
    }

    /// Whether a process of its data directory is there.
    var runs: Bool
    /// nil: no session answers. So are the next three.
    var role: Role?
    var timeline: TimelineID?
    var streamsFrom: Side?
    var isReplayPaused: Bool?
    /// nil: on the way from one of these to the next.
    var control: Control?
    var hasStandbySignal: Bool

    static func primary(timeline: TimelineID) -> ServerLook {
        ServerLook(
            runs: true, role: .primary, timeline: timeline, isReplayPaused: false, control: .inProduction,
            hasStandbySignal: false)
    }

    /// - Parameter upstream: nil: it does not stream.
    static func standby(of upstream: Side?, timeline: TimelineID, replayPaused: Bool = false) -> ServerLook {
        ServerLook(
            runs: true, role: .standby, timeline: timeline, streamsFrom: upstream, isReplayPaused: replayPaused,
            control: .inRecovery, hasStandbySignal: true)
    }

    static func down(_ control: Control, standbySignal: Bool) -> ServerLook {
        ServerLook(runs: false, control: control, hasStandbySignal: standbySignal)
    }

    /// It has processes, and nobody gets an answer.
    static func silent(_ control: Control, standbySignal: Bool) -> ServerLook {
        ServerLook(runs: true, control: control, hasStandbySignal: standbySignal)
    }
}

enum ReplayLook: Hashable, Sendable {
    case notYet
    /// The record of the checkpoint is replayed and nothing after it (R4: at most a page header lies between).
    case exactly
    case beyond
}

struct SlotLook: Hashable, Sendable {
    /// Whether it keeps log.
    var isReserved: Bool
    /// Whether a walsender uses it.
    var isActive: Bool
}

struct PoolerLook: Hashable, Sendable {
    enum Pause: Hashable, Sendable {
        case none
        /// New queries wait; a transaction is still open.
        case waiting
        case inForce
    }

    var pause: Pause
    var leadsTo: Side
}

enum ClientLook: Hashable, Sendable {
    case idle
    case waits
    case acknowledged(by: Side)
    /// It got an error and has no session any more.
    case failed
}

enum WriteAnswer: Hashable, Sendable {
    case acknowledged
    /// SQLSTATE 25006.
    case readOnly
    /// No session could be made.
    case refused
    case silent
}

enum PromoteAnswer: Hashable, Sendable {
    case asked
    /// SQLSTATE 55000: it is no standby.
    case notInRecovery
    case refused
    case silent
}

enum DropAnswer: Hashable, Sendable {
    case dropped
    /// SQLSTATE 55006.
    case inUse
}
