import BatonCore

/// What is to happen, in the order of its moments; at one moment, in the order in which it was scheduled. A binary heap over
/// a table, so that moving an entry moves three numbers.
struct Agenda {
    private struct Entry {
        var at: Int64
        var sequence: UInt32
        var slot: UInt32

        func isBefore(_ other: Entry) -> Bool { at != other.at ? at < other.at : sequence < other.sequence }
    }

    private var heap: [Entry] = []
    private var table: [Occurrence?] = []
    private var free: [UInt32] = []
    private var sequence: UInt32 = 0

    /// Everything that is to happen, in no order.
    var pending: [Occurrence] { table.compactMap { $0 } }

    mutating func add(_ occurrence: Occurrence, at: Instant) {
        let slot: UInt32
        if let reused = free.popLast() {
            slot = reused
            table[Int(reused)] = occurrence
        } else {
            slot = UInt32(table.count)
            table.append(occurrence)
        }
        heap.append(Entry(at: at.nanoseconds, sequence: sequence, slot: slot))
        sequence += 1
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].isBefore(heap[parent]) else { break }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    mutating func next() -> (at: Instant, Occurrence)? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            sink()
        }
        let slot = Int(first.slot)
        guard let occurrence = table[slot] else { return nil }
        table[slot] = nil
        free.append(first.slot)
        return (Instant(nanoseconds: first.at), occurrence)
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child].isBefore(heap[least])
            {
                least = child
            }
            guard least != parent else { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}

/// One thing that happens at one moment.
enum Occurrence {
    /// The servers' own doing.
    case server(Truth.Happening)
    /// A question of a process is looked at.
    case look(process: Int, Request)
    case deliver(process: Int, Event)
    case perform(Performance)
    /// The guard looks whether its owner is dead or overran.
    case guardLooks(owner: Int)
    case strike(Fault)
    case operatorActs(Int)
    case beginRun(Int)
}
