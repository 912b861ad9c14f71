import BatonCore

/// A run's journal on a simulated disk.
final class SimulatedJournal: RunJournal, @unchecked Sendable {  // one simulation owns it, a branch copies it
    private(set) var entries: [JournalEntry] = []
    /// How many of them survive the loss of the whole machine.
    private(set) var durableCount = 0
    var isClosed = false
    var isDiskFull = false
    /// The writing process dies before this line, counted from 1, is written.
    var deadlyLine: Int?
    /// Rules whose records are not written, to see who notices.
    var drops: Rule?

    enum Failure: Error {
        case diskFull
        case processDied
    }

    func append(_ entry: JournalEntry, durably: Bool) throws {
        if isDiskFull { throw Failure.diskFull }
        let line = entries.count + 1
        if deadlyLine == line {
            deadlyLine = nil
            throw Failure.processDied
        }
        if let drops, drops.id == entry.rule { return }
        entries.append(entry)
        if durably { durableCount = entries.count }
    }

    /// The machine goes down: what was not flushed is gone, wholly or in part.
    func loseTail(keeping extra: Int) {
        let kept = min(entries.count, durableCount + max(0, extra))
        entries.removeSubrange(kept...)
    }

    func copy() -> SimulatedJournal {
        let copy = SimulatedJournal()
        copy.entries = entries
        copy.durableCount = durableCount
        copy.isClosed = isClosed
        copy.isDiskFull = isDiskFull
        copy.deadlyLine = deadlyLine
        copy.drops = drops
        return copy
    }
}
