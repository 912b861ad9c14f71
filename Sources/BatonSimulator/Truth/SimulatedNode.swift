import BatonCore

/// A PostgreSQL server and its data directory as they really are.
struct SimulatedNode: Hashable, Sendable {
    enum Process: Hashable, Sendable {
        case none
        /// Recovering, before it takes connections.
        case starting
        case running
        /// A fast shutdown: no new session; waits for its walsenders and its archiver.
        case stopping
        /// Its postmaster is dead: it listens no more, and sessions that were open still commit.
        case orphaned
    }

    /// `pg_controldata`'s "Database cluster state", as far as anybody here asks for it.
    enum Control: Hashable, Sendable {
        case inProduction, shutDown, inRecovery, shutDownInRecovery
    }

    let index: Int
    var systemIdentifier: SystemIdentifier = 7_300_000_000_000_000_001
    var process = Process.running
    /// Stopped by SIGSTOP or stuck on its disk: it takes connections and never answers.
    var isHung = false
    var hungSince: Instant?
    /// What it is while it runs.
    var inRecovery: Bool
    var hasStandbySignal: Bool
    var control: Control
    /// Where the latest checkpoint record begins, and its timeline.
    var checkpoint: UInt64 = 0
    var checkpointTimeline: TimelineID = 1
    var log: Lineage
    var replayed: UInt64
    var upstream: Int?
    /// Whether its walreceiver is connected to the walsender of `upstream`.
    var isStreaming = false
    /// Reserved physical slots: one bit for each node that they are for.
    var slots: UInt64 = 0
    /// Log before this is gone, except for those that a slot keeps it for.
    var keptFrom: UInt64 = 0
    /// A newer timeline's history lies in `pg_wal`, fetched from its upstream, and the log here is not part of it: a start
    /// as a standby ends with "requested timeline is not a child of this server's history".
    var isBarredByHistory = false
    /// Walsenders of this node that still count as connected: one bit for each receiving node.
    var senders: UInt64 = 0
    /// Counts starts of the server; sessions, locks and walsenders belong to one.
    var epoch = 0
    /// Whether a promotion was asked for that has not taken effect.
    var isPromoting = false
    /// Orders that reached it while it was stopped; it obeys when it goes on.
    var awaitsStop = false
    var awaitsPromotion = false
    /// What its settings' file says that it streams from; it reads them at a start and at a reload.
    var upstreamInFile: Int?
    /// Whether the file says that it streams from nobody (`primary_conninfo = ''`).
    var leadsNowhere = false
    /// What its settings said before they were put aside for a while; nil where they are not.
    var overlay: Overlay?
    /// Whether it streams from a slot that bears its name (`primary_slot_name`).
    var namesSlot = true
    /// The process that holds the lease's lock here.
    var lockHolder: Int?
    /// Its own fence has switched its machine off, and nobody has switched it on since.
    var isSwitchedOff = false
    /// It is down because of a fault, so that whoever repairs things starts it again.
    var diedByFault = false
    var defects = Defects()

    /// What may be wrong with a server from the start; each is what one gate exists for.
    struct Defects: Hashable, Sendable {
        /// How far replay is behind what was received, or zero.
        var replayDelay = TimeSpan.zero
        /// As `recovery_min_apply_delay` says it; zero when the delay has another reason.
        var applyDelay = TimeSpan.zero
        var replayPaused = false
        var recoveryTarget = false
        var receiverDead = false
        var lowSettings = false
        /// `synchronous_standby_names` names standbys that will not be there.
        var synchronousNames = false
        /// They name standbys that will never follow.
        var standbysElsewhere = false
        var logicalSlot = false
        var preparedTransaction = false
        /// A client's transaction that is open until then.
        var openUntil: Instant?
        var archiverStuck = false
        /// A receiver that is connected and answers nothing any more.
        var deadReceiver = false
        var lacksPrivileges = false
        var otherVersion = false
        /// A start or a promotion takes this much longer.
        var slowStart = TimeSpan.zero
        /// The server dies in the middle of its promotion.
        var diesPromoting = false
        /// No byte can be written: a promotion ends in a crash, and so does a start.
        var diskFull = false
        /// It leaves recovery without a timeline of its own, as a server does whose marker somebody removed.
        var promotesInPlace = false
        /// A checkpoint takes this long.
        var checkpointTime = TimeSpan.milliseconds(5)
    }

    /// Where a standby streamed from before an election led it elsewhere.
    struct Overlay: Hashable, Sendable {
        var upstream: Int?
        var namesSlot: Bool
    }

    var isOverlaid: Bool { overlay != nil }

    var isUp: Bool { process == .running }

    /// Whether a client's commit could be acknowledged here now.
    var acceptsWrites: Bool { (process == .running || process == .orphaned) && !inRecovery }
}

extension SimulatedNode {
    static func primary(_ index: Int, end: UInt64) -> SimulatedNode {
        SimulatedNode(
            index: index, inRecovery: false, hasStandbySignal: false, control: .inProduction,
            log: Lineage(timelines: [Timeline(number: 1, origin: -1, start: 0)], end: end), replayed: end)
    }

    static func standby(_ index: Int, of primary: SimulatedNode) -> SimulatedNode {
        var node = SimulatedNode(
            index: index, inRecovery: true, hasStandbySignal: true, control: .inRecovery, log: primary.log,
            replayed: primary.log.end)
        node.upstream = primary.index
        node.isStreaming = true
        return node
    }
}
