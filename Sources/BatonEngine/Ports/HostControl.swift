package import BatonCore

/// Why a host could not answer or obey. `unknown` means that the effect may or may not have happened.
package enum HostError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The request was refused or is impossible; nothing happened.
    case refused(String)
    /// No answer before the deadline; the effect may have happened.
    case timedOut(String)
    /// Something else broke; the effect may have happened.
    case unknown(String)

    package var description: String {
        switch self {
        case .refused(let text), .timedOut(let text), .unknown(let text): text
        }
    }
}

/// What `pg_control` says of a data directory; readable whether or not the server runs.
package struct ControlFile: Hashable, Sendable {
    /// `pg_controldata`'s "Database cluster state".
    package enum State: UInt32, Sendable {
        case startingUp = 0
        case shutDown = 1
        case shutDownInRecovery = 2
        case shuttingDown = 3
        case inCrashRecovery = 4
        case inArchiveRecovery = 5
        case inProduction = 6
    }

    package var systemIdentifier: SystemIdentifier
    package var state: State
    /// Where the latest checkpoint record starts. After a clean stop this is the shutdown checkpoint.
    package var checkpoint: LSN
    /// The timeline of that checkpoint.
    package var checkpointTimeline: TimelineID

    package init(systemIdentifier: SystemIdentifier, state: State, checkpoint: LSN, checkpointTimeline: TimelineID) {
        self.systemIdentifier = systemIdentifier
        self.state = state
        self.checkpoint = checkpoint
        self.checkpointTimeline = checkpointTimeline
    }
}

/// Whether a server process owns a data directory.
package enum ServerProcess: Hashable, Sendable {
    /// The postmaster's process id.
    case running(Int32)
    /// No process of this data directory exists: neither a postmaster nor an orphaned backend.
    case none
    /// The postmaster is gone, but these processes of the data directory live on and can still commit (R10).
    case orphans([Int32])
}

/// How an effect stops a server.
package enum StopMode: Hashable, Sendable {
    /// SIGINT: sessions are ended, a shutdown checkpoint is written and sent to every attached standby.
    case fast
    /// SIGQUIT: at once and without a checkpoint; the next start recovers from the log.
    case immediate
    /// SIGKILL to every process, the postmaster first: for one that hears no other signal. As safe as `immediate` once no
    /// process is left.
    case kill
}

/// Reads and changes the one data directory of a node, on the host that has it.
package protocol DatabaseHost: Sendable {
    /// How whole data directories are remade there; nil where this kind of access cannot.
    var directories: (any DirectoryHost)? { get }

    func controlFile(deadline: Deadline) async throws(HostError) -> ControlFile
    func serverProcess(deadline: Deadline) async throws(HostError) -> ServerProcess
    func hasStandbySignal(deadline: Deadline) async throws(HostError) -> Bool
    /// The newest timeline that a `.history` file in `pg_wal` names, or nil when there is none.
    func newestHistoryFile(deadline: Deadline) async throws(HostError) -> TimelineID?
    /// What is left of a server that is lost: its log beyond what another node has received, and what only its files tell.
    /// - Parameters:
    ///   - received: the end of what the other node has.
    ///   - replayed: where the last record ends that it has replayed: the nearest place at which a record begins.
    func remains(
        beyond received: LSN, replayed: LSN?, on timeline: TimelineID, deadline: Deadline
    ) async -> ServerRemains

    /// The content of `pg_wal/<timeline>.history`, or nil when there is none.
    func historyFile(of timeline: TimelineID, deadline: Deadline) async throws(HostError) -> String?
    /// What `pg_waldump` says of the log in `pg_wal`, from a position to its end or to `end`, at most so many records. The log
    /// of a stopped server is read as well as a running one's.
    func logListing(
        _ timeline: TimelineID, from start: LSN, to end: LSN?, records: Int, deadline: Deadline
    ) async throws(HostError) -> LogListing

    /// Sends the stop signal and returns at once; `waitUntilStopped` tells when it took effect.
    func stop(_ mode: StopMode, permit: Permit, deadline: Deadline) async throws(HostError)
    /// Returns when no process of the data directory is left.
    func waitUntilStopped(deadline: Deadline) async throws(HostError)
    /// Starts the server and returns when it accepts connections.
    func start(permit: Permit, deadline: Deadline) async throws(HostError)
    /// Creates (true) or removes (false) `standby.signal`, durably.
    func setStandbySignal(_ present: Bool, permit: Permit, deadline: Deadline) async throws(HostError)
    /// Replaces settings in `postgresql.auto.conf`, atomically and durably: nil removes a setting. A running server reads
    /// them when it is told to. An `ALTER SYSTEM` at the very same time could be lost; the right to change where a standby
    /// streams from by SQL is a superuser's, so there is no other way.
    func setAutoConfiguration(_ settings: [(name: String, value: String?)], permit: Permit, deadline: Deadline)
        async throws(HostError)
    /// Gives settings of `postgresql.auto.conf` other values for a while: their own lines stay in the file as comments, until
    /// `restoreAutoConfiguration` or `setAutoConfiguration` ends it. A second overlay keeps the lines that the first one kept.
    func overlayAutoConfiguration(_ settings: [(name: String, value: String)], permit: Permit, deadline: Deadline)
        async throws(HostError)
    /// Puts the lines back that an overlay keeps; does nothing where there is none.
    func restoreAutoConfiguration(permit: Permit, deadline: Deadline) async throws(HostError)
    /// Whether an overlay is in force.
    func hasOverlay(deadline: Deadline) async throws(HostError) -> Bool
    /// Writes a line of a libpq password file into the data directory (mode 0600, the server's owner) and returns its path.
    /// Lines of other servers stay.
    func writePasswordFile(
        host: String, port: Int, user: String, password: Secret, permit: Permit, deadline: Deadline
    ) async throws(HostError) -> String
}

extension DatabaseHost {
    package func historyFile(of timeline: TimelineID, deadline: Deadline) async throws(HostError) -> String? {
        throw .refused("Baton cannot read timeline histories on this host")
    }

    package func logListing(
        _ timeline: TimelineID, from start: LSN, to end: LSN?, records: Int, deadline: Deadline
    ) async throws(HostError) -> LogListing {
        throw .refused("Baton cannot read the log on this host")
    }
}

/// What `pg_waldump` printed: one record a line, and on stderr why it ended, which names the end of the log.
package struct LogListing: Hashable, Sendable {
    package var records: String
    package var complaint: String

    package init(records: String, complaint: String) {
        self.records = records
        self.complaint = complaint
    }
}

/// Reads and replaces configuration files on the host that has them.
package protocol FileHost: Sendable {
    func read(_ path: String, deadline: Deadline) async throws(HostError) -> String
    /// Replaces the whole file atomically and durably, keeping owner and mode.
    func replace(_ path: String, with text: String, permit: Permit, deadline: Deadline) async throws(HostError)
}
