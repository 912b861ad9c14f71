import BatonCore
import BatonEngine
import BatonJournal
import BatonReports

/// What `resume`, `abort` and `decide` share: find the run, take it over, report. They do not ask: the run was agreed to when it
/// began, and clients may be waiting.
struct TakeoverCommand {
    let name: String
    let confirmation: ConfirmationOptions
    let options: GlobalOptions

    private var store: RunStore { RunStore(state: options.state) }

    /// The run that is meant: by name, or the only one that has not ended.
    func directory(_ run: String?) throws -> RunDirectory {
        if let run { return try store.directory(run) }
        let unfinished = try store.unfinished()
        guard let only = unfinished.first else { throw CommandProblem(.error, "no run is unfinished") }
        guard unfinished.count == 1 else {
            let names = unfinished.map { "\($0.header.run): \($0.standing)" }.joined(separator: "\n  ")
            throw CommandProblem(
                .usage, "several runs are unfinished:\n  \(names)", remedy: "baton \(name) \(only.header.run)")
        }
        return RunDirectory(state: options.state, run: only.header.run)
    }

    func stand(_ directory: RunDirectory) throws -> TakenRun.Stand {
        do {
            return try TakenRun.Stand(directory, try JournalReader.read(directory.journalPath))
        } catch let problem as CommandProblem {
            throw problem
        } catch {
            throw CommandProblem(.error, "run \(directory.run) cannot be read: \(error)")
        }
    }

    /// Whether a process is at work on the run now, as far as this state directory knows.
    func isAtWork(_ directory: RunDirectory, _ stand: TakenRun.Stand) -> Bool {
        FileLease.isHeld(by: directory.run, state: options.state, topology: stand.plan.topology.name)
    }

    /// Takes the run over and brings it to rest. A resume of a run that has ended, perhaps a moment ago by its guard, is
    /// not refused: it shows how.
    func run(_ directory: RunDirectory, _ stand: TakenRun.Stand, opening: [Event]) async throws {
        do {
            let record = try await take(directory, stand, opening)
            if case .decided(let decision)? = opening.last, !record.machine.decisions.contains(decision) {
                throw ExitStatus.refused
            }
            try show(record)
        } catch let problem as CommandProblem {
            guard case .takenOver(let takeover)? = opening.first, takeover.purpose == .resume,
                let record = try? store.record(directory.run.rawValue), record.closing != nil
            else { throw problem }
            Output.message("run \(directory.run) has ended; there is nothing to go on with")
            try show(record)
        }
    }

    private func show(_ record: RunRecord) throws {
        let verdict = RunVerdict(options: options, judgesObjectives: record.header.command == "drill")
        try verdict.report(record, verdict.status(of: record))
    }

    private func take(
        _ directory: RunDirectory, _ stand: TakenRun.Stand, _ opening: [Event]
    ) async throws -> RunRecord {
        if let first = opening.first, let why = stand.refusal(of: first), !onlyCloses(stand, first) {
            throw CommandProblem(
                .refused, "run \(directory.run): \(why)", remedy: "baton report \(directory.run)")
        }
        try confirmation.check(stand.plan.topology.name)
        let interruptions = Interruptions(Signals())
        let lease = try FileLease.take(
            directory.run, of: stand.plan.topology.name, state: options.state, command: name)
        Output.message("run \(directory.run): \(name), from \(stand.machine.state.kind.rawValue)")
        return try await TakenRun(directory: directory, name: name).drive(
            opening: opening, guarded: true, words: interruptions.next(directory),
            fileLease: lease)
    }

    /// Whether a resume has nothing to do but to end the record of a run that came to its end.
    private func onlyCloses(_ stand: TakenRun.Stand, _ opening: Event) -> Bool {
        guard case .takenOver(let takeover) = opening, takeover.purpose == .resume else { return false }
        return stand.unclosedOutcome != nil
    }

    /// Waits until another process has brought its run to where `isThere` holds.
    func waitFor(
        _ directory: RunDirectory, within span: TimeSpan, _ isThere: (TakenRun.Stand) -> Bool
    ) async throws {
        let end = SystemClock.deadline(in: span)
        while !isThere(try stand(directory)) {
            guard SystemClock.now() < end else {
                throw CommandProblem(
                    .operatorNeeded, "run \(directory.run) did not take the order within \(span)",
                    remedy: "baton status --state \(options.state)")
            }
            try await SystemClock.sleep(.milliseconds(100))
        }
    }

    var operatorName: String { "\(Person.name) on \(Person.host)" }
}
