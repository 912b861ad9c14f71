package import BatonCore

/// How one simulated world ended.
package struct Trial: Sendable {
    package var violations: [Violation]
    /// The outcome of the first run, in the words of reports; nil when it never began.
    package var outcome: String?
    package var occurrences: Int
    /// The story, when it was kept.
    package var chronicle: [Counterexample.Moment]
    package var journal: [JournalEntry]
    /// What went wrong, in words, in the order in which it was planned.
    package var faults: [String]
}

extension Simulation {
    /// The longest that a run may take in virtual time: every deadline of a plan with its undo, several times over.
    var horizon: TimeSpan {
        runs[0].plan.steps.reduce(.seconds(900)) { $0 + $1.deadline }
    }

    /// Plays the phase of safety: until nobody works any more, or the horizon.
    package mutating func playToRest() {
        let end = truth.now + horizon
        while !isOver, !isAsleep {
            guard step(), truth.now < end else { return }
        }
    }

    /// Whether everybody who could go on is stopped, and nobody watches them.
    var isAsleep: Bool {
        var hasSleeper = false
        for index in processes.indices where processes[index].isAlive {
            guard let since = processes[index].stoppedSince, truth.now - since > .seconds(60) else { return false }
            hasSleeper = true
        }
        return hasSleeper && pending.isEmpty
    }

    /// Plays the whole trial: safety, then everything heals, an operator acts, and the world must become whole.
    package mutating func play() -> Trial {
        playToRest()
        endPlay()
        return trial
    }

    /// After the phase of safety: everything heals, an operator acts, and the world must become whole.
    /// - Parameter isNew: asked at each record; false ends the play, because the rest of it was played before.
    mutating func endPlay(while isNew: (Simulation) -> Bool = { _ in true }) {
        if watch.violations.isEmpty {
            for process in processes where process.isAlive && process.stoppedSince == nil {
                watch.report(
                    "I5",
                    "\(name(of: process.id)) neither ends nor does anything: it is in "
                        + process.machine.state.kind.rawValue, at: truth.now)
            }
        }
        if watch.violations.isEmpty {
            heal()
            guard playUntilSettled(while: isNew) else { return }
        }
        if watch.violations.isEmpty { judgeEnd() }
    }

    /// Runs on while the operator has something to do, and then a while for the servers to find each other.
    private mutating func playUntilSettled(while isNew: (Simulation) -> Bool) -> Bool {
        let end = truth.now + horizon
        var quietSince: Instant?
        while truth.now < end {
            guard step() else { return true }
            if hasRecorded {
                hasRecorded = false
                guard isNew(self) else { return false }
            }
            if isOver {
                if let quietSince, truth.now - quietSince > .seconds(6) { return true }
                quietSince = quietSince ?? truth.now
            } else {
                quietSince = nil
            }
        }
        watch.report("I5", "the run goes on for ever, although everything is repaired", at: truth.now)
        return true
    }

    /// What happened, for people.
    var story: [Counterexample.Moment] {
        truth.chronicle?.map { Counterexample.Moment(at: $0.at - Self.start, who: $0.who, what: $0.what) } ?? []
    }

    var trial: Trial {
        let first = runs[0]
        let machine = first.processes.last.map { processes[$0].machine }
        var outcome: String?
        if case .finished(let ended)? = machine?.state {
            outcome = ended.word
        } else {
            outcome = machine?.state.kind.rawValue
        }
        return Trial(
            violations: watch.violations, outcome: outcome, occurrences: steps,
            chronicle: story,
            journal: first.journal.entries, faults: planned)
    }
}
