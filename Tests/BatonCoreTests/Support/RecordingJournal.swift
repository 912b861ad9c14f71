import Synchronization

@testable import BatonCore

/// A journal in memory that can be told to refuse.
final class RecordingJournal: RunJournal {
    struct Full: Error {}

    private struct Content {
        var entries: [JournalEntry] = []
        var isDurable: [Bool] = []
        var isFull = false
    }

    private let content = Mutex(Content())

    var entries: [JournalEntry] { content.withLock(\.entries) }
    /// Whether the last entry was asked to be on disk before its requests were handed out.
    var isLastDurable: Bool { content.withLock { $0.isDurable.last ?? false } }

    func refuseFromNowOn() { content.withLock { $0.isFull = true } }

    func append(_ entry: JournalEntry, durably: Bool) throws {
        try content.withLock { content in
            if content.isFull { throw Full() }
            content.entries.append(entry)
            content.isDurable.append(durably)
        }
    }
}

/// Everything that a machine knows, to compare two of them.
struct Snapshot: Hashable {
    var state: RunState
    var world: World
    var binding: Binding
    var isBound: Bool
    var items: ItemTable
    var order: [ItemID]
    var obligations: [Obligation]
    var freezeBegan: Instant?
    var measurements: Measurements?
    var decisions: [Decision]
    var stopReason: String?
    var isInterrupt: Bool?
    var undoQueue: [[ItemID]]
    var canaryRuns: Bool
    var takeovers: [Takeover]
    var guardState: GuardState
    var suspended: RunState?
    var holdIsOver: Bool
    var isMeasuredWhole: Bool
    var splitBrains: [SplitBrain]
    var watchRound: Int

    init(_ machine: RunMachine) {
        state = machine.state
        splitBrains = machine.splitBrains
        watchRound = machine.watchRound
        world = machine.world
        binding = machine.binding
        isBound = machine.isBound
        items = machine.items
        order = machine.order
        obligations = machine.obligations
        freezeBegan = machine.freezeBegan
        measurements = machine.measurements
        decisions = machine.decisions
        stopReason = machine.stopReason?.why
        isInterrupt = machine.stopReason?.isInterrupt
        undoQueue = machine.undoQueue
        canaryRuns = machine.canaryRuns
        takeovers = machine.takeovers
        guardState = machine.guardState
        suspended = machine.suspended
        holdIsOver = machine.holdIsOver
        isMeasuredWhole = machine.isMeasuredWhole
    }
}
