import BatonCore
import BatonEngine
import BatonHosts
import BatonJournal
import BatonPostgres
import BatonReports
import FoundationEssentials
import Glibc

/// A run whose process is gone or has stopped, taken over by this one: what `resume`, `abort`, `decide` and the guard share.
struct TakenRun {
    let directory: RunDirectory
    /// What this process is called in the lease and in the servers' lists of sessions: `resume`, `guard`.
    let name: String

    /// The record of a run as it stands, with its plan, which must be the one that the journal names.
    struct Stand {
        var contents: JournalContents
        var plan: Plan
        var machine: RunMachine

        init(_ directory: RunDirectory, _ contents: JournalContents) throws {
            self.contents = contents
            plan = try RunStore.plan(of: directory, contents.header)
            machine = RunLoop.replay(contents.entries, plan: plan, catalogue: .standard)
        }

        /// Why the machine would not take the event now; nil when it would.
        func refusal(of event: Event) -> String? {
            var machine = machine
            let at = contents.entries.last?.instant ?? contents.header.startedInstant
            switch machine.handle(event, at: at).disposition {
            case .moved: return nil
            case .ignored(let why), .illegal(let why): return why
            }
        }

        /// How the run ended, when only the line that says so is missing: its process died before it could write it.
        var unclosedOutcome: RunOutcome? {
            guard contents.closing == nil, case .finished(let outcome) = machine.state else { return nil }
            if case .completedWithObligations = outcome { return nil }
            return outcome
        }

        /// Run time goes on where the record ends.
        var clock: RunClock {
            let isSameBoot = contents.header.bootID != nil && contents.header.bootID == Person.bootID
            guard !isSameBoot, let last = contents.entries.last else { return .own }
            return RunClock(after: last.instant, at: last.at)
        }
    }

    /// Sessions of this process, apart from those of whoever had the run before.
    func sessions(_ topology: Topology) -> ClusterSessions {
        Wiring.sessions(topology, name: "baton/\(directory.run)/\(name)-\(getpid())", readOnly: false)
    }

    /// Takes the lease, reads the record again under it, and drives the run with `opening` to its rest.
    /// - Parameters:
    ///   - sessions: opened beforehand by the guard.
    ///   - words: what operators say meanwhile.
    func drive(
        opening: [Event], sessions: ClusterSessions? = nil, guarded: Bool,
        words: AsyncStream<OperatorWord>, fileLease: FileLease
    ) async throws -> RunRecord {
        // A second release does nothing.
        defer { fileLease.release() }
        let (journal, contents) = try reopen()
        let stand = try Stand(directory, contents)
        if let outcome = stand.unclosedOutcome { return try close(journal, stand, outcome) }
        if let first = opening.first, let why = stand.refusal(of: first) { throw CommandProblem(.refused, why) }
        let sessions = sessions ?? self.sessions(stand.plan.topology)
        let lease: ClusterLease
        do {
            lease = try await ClusterLease.acquire(
                sessions: sessions, candidates: stand.plan.candidates, endingSessionsOf: directory.run,
                deadline: SystemClock.deadline(in: LiveRun.patience(stand.plan.mode)))
        } catch {
            throw CommandProblem(.leaseHeld, "\(error)")
        }
        return try await LiveRun(
            directory: directory, header: contents.header, plan: stand.plan, journal: journal, fileLease: fileLease,
            lease: lease,
            drivers: Wiring.drivers(
                sessions, lease: lease, canary: "\(directory.run)/\(name)-\(getpid())", state: directory.state),
            guardian: guarded ? Wiring.guardian(of: directory) : nil, clock: stand.clock, words: words
        ).drive(stand.machine, opening: opening)
    }

    /// Writes the line that is missing; nothing else is left to do.
    private func close(_ journal: JournalFile, _ stand: Stand, _ outcome: RunOutcome) throws -> RunRecord {
        let closing = RunClosing(
            outcome: outcome.word, at: SystemClock.wallNow(), entries: stand.contents.entries.count + 1)
        try journal.close(closing)
        return RunRecord(
            header: stand.contents.header, machine: stand.machine, entries: stand.contents.entries, closing: closing)
    }

    private func reopen() throws -> (JournalFile, JournalContents) {
        do {
            return try JournalFile.reopen(in: directory)
        } catch {
            throw CommandProblem(.error, "run \(directory.run) cannot be gone on with: \(error)")
        }
    }
}
