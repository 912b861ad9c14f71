import BatonActions
import BatonCore
import BatonEngine

/// What the files of one lost node tell.
struct LostDisk: Sendable {
    var node: String
    /// Whether no process of the data directory is left.
    var isStopped: Bool
    var state: ControlFile.State
    var checkpoint: LSN
    /// The newest that `pg_control` or a history file names: right after a promotion only the latter does (R6).
    var timeline: TimelineID
    var remains: ServerRemains

    /// Whether it was out of recovery when it wrote its `pg_control`.
    var wasPrimary: Bool {
        switch state {
        case .shutDownInRecovery, .inArchiveRecovery: false
        case .startingUp, .shutDown, .shuttingDown, .inCrashRecovery, .inProduction: true
        }
    }
}

extension PostgresLossProbe.Answer {
    /// How far beyond the shutdown checkpoint's beginning new may be: its record and a page's header (R4).
    private static let page: UInt64 = 8_192

    /// Takes in what the disks of all lost nodes tell. Any of them may have been the primary: the loss is bounded only where
    /// each can be read, and where the last primary is of new's own history.
    ///
    /// - Parameter disks: nil for each that nobody can read.
    mutating func take(_ disks: [LostDisk?], timeline: TimelineID) {
        guard let received = survivors.first(where: { $0.node == new })?.received else { return }
        let known = disks.compactMap(\.self)
        // A primary of an earlier history was fenced before new's own began.
        let primaries = known.filter { $0.wasPrimary && $0.timeline >= timeline }
        let isWhole = known.count == disks.count && primaries.allSatisfy { $0.timeline == timeline }
        if let primary = primaries.first, primaries.count == 1 {
            old = primary.node
            if isWhole, primary.state == .shutDown, primary.isStopped,
                received.rawValue <= primary.checkpoint.rawValue + Self.page
            {
                shutdownCheckpoint = primary.checkpoint
            }
        }
        let ends = known.filter { $0.timeline == timeline }.compactMap { disk in
            disk.remains.logEnd.map { (end: $0, commits: disk.remains.commits, node: disk.node) }
        }
        if let furthest = ends.max(by: { $0.end < $1.end }) {
            onDisk = LossCard.OnDisk(
                end: furthest.end, bytes: furthest.end > received ? furthest.end.rawValue - received.rawValue : 0,
                commits: furthest.commits,
                isFinal: isWhole && primaries.count == 1 && known.allSatisfy(\.isStopped), node: furthest.node)
        }
        guard let told = primaries.first ?? known.first else { return }
        let source = "read on the disk of \(told.node)"
        synchronous = told.remains.synchronousStandbyNames.map { LossCard.Told($0.isEmpty ? [] : [$0], source: source) }
        logicalSlots = told.remains.logicalSlots.map { LossCard.Told($0, source: source) }
    }
}
