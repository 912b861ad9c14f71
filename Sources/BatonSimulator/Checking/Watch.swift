package import BatonCore

/// A promise that was broken, as the hidden truth shows it.
package struct Violation: Hashable, Sendable {
    /// `I1` to `I10`, a rule such as `R1`, or a promise in words.
    package var invariant: String
    package var what: String
    package var at: Instant
    /// The step of the playbook that the run stood at.
    package var step: StepID?
}

/// Looks at the truth and at the records, and at nothing that an action says of itself.
struct Watch {
    private(set) var violations: [Violation] = []
    /// How often each call was announced in a run's record, durably.
    private var announced: [Announcement] = []
    private var looked: [Int] = []
    /// Effects that runs have sent.
    private(set) var effects: [Int] = []
    private(set) var lastFault: Instant?
    /// What the world did to whom.
    private(set) var harm = Harm()
    /// The longest that clients of one pooler waited in one go.
    var longestHold = TimeSpan.zero
    /// Since when a node writes, or would after anybody's restart.
    var rivals: [Int: Instant] = [:]
    /// Promotions that were judged already.
    var judgedPromotions = 0
    /// The machine as a replay of the record gives it (I9), for each process.
    var shadows: [Int: RunMachine] = [:]

    private struct Announcement {
        var run: Int
        var call: Call
        var announced: Int
        var sent: Int
    }

    mutating func report(_ invariant: String, _ what: String, at: Instant, step: StepID? = nil) {
        violations.append(Violation(invariant: invariant, what: what, at: at, step: step))
    }

    /// Takes note of a fault.
    mutating func strikes(at now: Instant, _ note: (inout Harm) -> Void) {
        lastFault = now
        note(&harm)
    }

    /// Takes note of what a record announces, once it would survive anything.
    mutating func recorded(_ journal: SimulatedJournal, _ run: Int) {
        while looked.count <= run {
            looked.append(0)
            effects.append(0)
        }
        while looked[run] < journal.durableCount {
            for call in journal.entries[looked[run]].announced {
                if let index = announced.firstIndex(where: { $0.run == run && $0.call == call }) {
                    announced[index].announced += 1
                } else {
                    announced.append(Announcement(run: run, call: call, announced: 1, sent: 0))
                }
            }
            looked[run] += 1
        }
    }

    /// A process is about to change the world: its record must have said so, durably, and once for each time (I6).
    mutating func effectIsComing(_ work: Performance, _ run: Int, at now: Instant) {
        guard work.stage == 0, work.looks == 0 else { return }
        while effects.count <= run {
            looked.append(0)
            effects.append(0)
        }
        effects[run] += 1
        guard let index = announced.firstIndex(where: { $0.run == run && $0.call == work.call }) else {
            return report(
                "I6", "\(work.call.action) on \(work.call.on) was sent and no record announces it", at: now,
                step: work.item.step)
        }
        announced[index].sent += 1
        if announced[index].sent > announced[index].announced {
            report(
                "I6", "\(work.call.action) on \(work.call.on) was sent more often than announced", at: now,
                step: work.item.step)
        }
    }
}
