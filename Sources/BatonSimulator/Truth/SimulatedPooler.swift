import BatonCore

/// A PgBouncer 1.18 as it really is (R12).
struct SimulatedPooler: Hashable, Sendable {
    enum Pause: Hashable, Sendable {
        case none
        /// `PAUSE` was given and waits for open transactions; new queries wait already.
        case waiting
        case paused
    }

    let index: Int
    var isUp = true
    var isHung = false
    /// The node that the file leads to; nil: something else.
    var fileTarget: Int?
    /// What the process made of the file at its last reload.
    var loadedTarget: Int?
    var pause = Pause.none
    /// Whether it tries a server at once whose login has failed, until it reads its file again.
    var isEager = false
    /// When clients began to wait.
    var waitsSince: Instant?
    /// How long clients had waited when they were let go, until somebody looks.
    var held: TimeSpan?
    var epoch = 0
    /// Orders that reached it while it was stopped.
    var awaits: [Order] = []
    var defects = Defects()

    enum Order: Hashable, Sendable {
        case pause, kill, hasten, resume, reload
    }

    struct Defects: Hashable, Sendable {
        var sessionMode = false
        var notAdministrator = false
        var wildcard = false
        /// The file is broken: a reload reports success and keeps the old entries, and a start fails.
        var brokenReload = false
        /// After how long a waiting client gets an error.
        var queryWaitTimeout = TimeSpan.seconds(120)
    }

    /// Whether a new query waits here.
    var holdsClients: Bool { pause != .none }
}
