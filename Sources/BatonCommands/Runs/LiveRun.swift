import BatonCore
import BatonEngine
import BatonJournal
import BatonPostgres
import BatonReports
import Glibc

/// A run at work in this process: its lease is held and its journal is open.
struct LiveRun {
    let directory: RunDirectory
    let header: RunHeader
    let plan: Plan
    let journal: JournalFile
    let fileLease: FileLease
    let lease: ClusterLease
    let drivers: Wiring.Drivers
    let guardian: (any Guardian)?
    let clock: RunClock
    let words: AsyncStream<OperatorWord>

    /// How long the servers may take to grant their locks, and to open the sessions that the run will need. In an emergency
    /// some are lost, and every second that they are waited for is one without service.
    static func patience(_ mode: Mode) -> TimeSpan {
        switch mode {
        case .planned, .rejoin: .seconds(5)
        case .emergency: .seconds(2)
        }
    }

    /// How long a run that is over waits for notices that are still on their way.
    private static let noticeDeadline = TimeSpan.seconds(5)

    /// Drives the machine to its rest, closes the journal when nothing is left to do, and gives everything back.
    func drive(_ machine: RunMachine, opening: [Event] = [.started]) async throws -> RunRecord {
        let notifier = Wiring.notifier(plan.topology)
        do {
            let record = try await execute(machine, opening, notifier)
            await end()
            await notifier.drain(deadline: SystemClock.deadline(in: Self.noticeDeadline))
            return record
        } catch RunFailure.interruptedAgain {
            // At once; the guard does what is left.
            throw problem(.interruptedAgain(state: .advancing))
        } catch {
            await end()
            await notifier.drain(deadline: SystemClock.deadline(in: Self.noticeDeadline))
            throw (error as? RunFailure).map(problem) ?? error
        }
    }

    /// Another run may begin from here on.
    private func end() async {
        await lease.release()
        await drivers.workbench.close()
        fileLease.release()
    }

    private func execute(
        _ machine: RunMachine, _ opening: [Event], _ notifier: any Notifier
    ) async throws -> RunRecord {
        await drivers.workbench.warmUp(
            await lease.nodes, candidates: plan.candidates,
            deadline: SystemClock.deadline(in: Self.patience(plan.mode)))
        let engine = RunEngine(
            run: directory.run, plan: plan, catalogue: .standard, observers: drivers.observers,
            performers: drivers.performers, canary: drivers.canary, lease: lease, journal: journal,
            guardian: guardian, clock: clock, reach: drivers.reach)
        let display = LiveDisplay(machine, startedAt: header.startedInstant, clock: clock)
        let notices = NoticeRelay(machine, run: directory.run, to: notifier)
        defer { display.end() }
        let rest = try await engine.execute(
            machine, opening: opening, startedAt: header.startedInstant, words: words,
            onTransition: { event, transition, machine in
                display.show(machine, transition)
                notices.show(machine, transition)
                if case .moved = transition.disposition, case .holding = machine.state { tellHowToGoOn() }
                if case .decided = event, case .ignored(let why) = transition.disposition {
                    Output.message("baton: the decision has no effect: \(why)")
                }
            })
        if case .finished(let outcome) = rest.state { try close(outcome) }
        let contents = try JournalReader.read(directory.journalPath)
        return RunRecord(header: header, machine: rest, entries: contents.entries, closing: contents.closing)
    }

    private func tellHowToGoOn() {
        let place = "\(directory.run) --state \(directory.state)"
        let here = isatty(STDIN_FILENO) == 1 ? "Enter goes on, Ctrl-C takes back. " : ""
        Output.message("\(here)From elsewhere: baton resume \(place), or baton abort \(place)")
    }

    /// Ends the record; that of a run with work left stays open, so that a resume can do it.
    private func close(_ outcome: RunOutcome) throws {
        if case .completedWithObligations = outcome { return }
        let count = try JournalReader.read(journal.path).entries.count + 1
        try journal.close(RunClosing(outcome: outcome.word, at: SystemClock.wallNow(), entries: count))
    }

    /// What a run that broke off leaves behind, and what to do: nothing after the last record was done.
    private func problem(_ failure: RunFailure) -> CommandProblem {
        let remedy = "baton resume \(directory.run) --state \(directory.state)"
        func status(_ kind: RunState.Kind) -> ExitStatus {
            switch kind {
            case .planned, .surveying, .checking: .error
            case .advancing, .holding, .committed, .undoing, .reconciling, .halted, .finished: .operatorNeeded
            }
        }
        switch failure {
        case .journal(let error, let kind):
            return CommandProblem(
                status(kind), "run \(directory.run) stopped, its journal cannot be written: \(error)", remedy: remedy)
        case .interruptedAgain:
            return CommandProblem(
                .interrupted, "run \(directory.run) was stopped by a second interrupt", remedy: remedy)
        }
    }
}
