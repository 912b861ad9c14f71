/// Feeds the machine and the journal in the one order that survives a crash: decide, persist, then ask for effects. It is
/// synchronous; the engine drives it with tasks, the simulator with a queue of virtual events.
package struct RunLoop: Sendable {
    package private(set) var machine: RunMachine
    private let journal: any RunJournal

    package init(machine: RunMachine, journal: any RunJournal) {
        self.machine = machine
        self.journal = journal
    }

    /// Handles one event and returns what is to be done next. When the journal cannot take the record, it throws and
    /// nothing may be done: replay decides.
    package mutating func handle(_ event: Event, at now: Instant, wall: WallTime) throws -> (Transition, [Request]) {
        let transition = machine.handle(event, at: now)
        switch transition.disposition {
        case .ignored, .illegal: return (transition, [])
        case .moved(let rule):
            guard transition.isRecorded else { return (transition, transition.requests) }
            let entry = JournalEntry(
                at: wall, instant: now, event: event, rule: rule.id, why: rule.why, note: transition.note,
                state: machine.state.kind, announced: transition.announced)
            try journal.append(entry, durably: transition.requests.contains(where: \.needsDurableRecord))
            return (transition, transition.requests)
        }
    }

    /// Feeds recorded events to a fresh machine and returns it in the state in which the record ends. Nothing is asked
    /// for and nothing is written.
    package static func replay(_ entries: some Sequence<JournalEntry>, plan: Plan, catalogue: Catalogue) -> RunMachine {
        var machine = RunMachine(plan: plan, catalogue: catalogue)
        for entry in entries { _ = machine.handle(entry.event, at: entry.instant) }
        return machine
    }
}
