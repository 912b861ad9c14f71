import BatonCore
import BatonEngine
import BatonHosts
import BatonJournal
import BatonPlaybooks
import BatonPostgres
import BatonReports
import Glibc

/// One direction of a drill, or a switchover: leases, journal, engine, record.
struct RunLeg {
    let command: String
    let files: LoadedFiles
    let state: String
    let reason: String?
    let backOf: RunID?
    let interruptions: Interruptions

    /// How long the servers may take to grant their locks.
    private static let leaseDeadline = TimeSpan.seconds(5)

    func run(acceptedAt: Instant) async throws -> RunRecord {
        let plan = files.plan
        let run = RunDirectory.newRunID(at: SystemClock.wallNow())
        let fileLease = try acquireFileLease(run)
        defer { fileLease.release() }
        let sessions = Wiring.sessions(plan.topology, name: "baton/\(run)", readOnly: false)
        let lease: ClusterLease
        do {
            lease = try await ClusterLease.acquire(
                sessions: sessions, candidates: plan.candidates,
                deadline: SystemClock.deadline(in: Self.leaseDeadline))
        } catch {
            throw CommandProblem(.leaseHeld, error.description)
        }
        let drivers = Wiring.drivers(sessions, lease: lease, run: run)
        do {
            let record = try await execute(run, drivers, lease, acceptedAt: acceptedAt)
            await lease.release()
            await drivers.workbench.close()
            return record
        } catch {
            await lease.release()
            await drivers.workbench.close()
            throw error
        }
    }

    private func acquireFileLease(_ run: RunID) throws -> FileLease {
        do throws(LeaseError) {
            return try FileLease.acquire(
                state: state, topology: files.plan.topology.name,
                holder: LeaseHolder(
                    run: run, operatorName: Person.name, host: Person.host, processID: getpid(),
                    since: SystemClock.wallNow(), command: command))
        } catch {
            switch error {
            case .held(let held): throw CommandProblem(.leaseHeld, held.description)
            case .unavailable(let problem): throw CommandProblem(.error, problem.description)
            }
        }
    }

    private func execute(
        _ run: RunID, _ drivers: Wiring.Drivers, _ lease: ClusterLease, acceptedAt: Instant
    ) async throws -> RunRecord {
        let (journal, header) = try openJournal(run, acceptedAt: acceptedAt)
        await drivers.workbench.warmUp(
            candidates: files.plan.candidates, deadline: SystemClock.deadline(in: Self.leaseDeadline))
        let engine = RunEngine(
            run: run, plan: files.plan, catalogue: .standard, observers: drivers.observers,
            performers: drivers.performers, canary: drivers.canary, lease: lease, journal: journal)
        let display = LiveDisplay(
            RunMachine(plan: files.plan, catalogue: .standard), startedAt: acceptedAt)
        Output.message("run \(run): \(command) of \(files.plan.playbook.name) on \(files.plan.topology.name)")
        let machine: RunMachine
        do {
            machine = try await engine.execute(
                startedAt: acceptedAt, interruptions: interruptions.next(),
                onTransition: { _, transition, machine in display.show(machine, transition) })
        } catch {
            display.end()
            throw problem(error, run)
        }
        display.end()
        if case .finished(let outcome) = machine.state {
            try close(journal, outcome)
        }
        let contents = try JournalReader.read(RunDirectory(state: state, run: run).journalPath)
        return RunRecord(
            header: header, machine: machine, entries: contents.entries, closing: contents.closing)
    }

    private func openJournal(_ run: RunID, acceptedAt: Instant) throws -> (JournalFile, RunHeader) {
        do {
            let directory = try RunDirectory.create(state: state, run: run)
            let plan = try ReportJSON.text(files.plan)
            try directory.write(plan, to: "plan.json")
            try directory.write(files.playbook.text, to: "playbook.yaml")
            try directory.write(files.topology.text, to: "topology.yaml")
            let now = SystemClock.now()
            let startedAt = SystemClock.wallNow().advanced(by: acceptedAt - now)
            let header = RunHeader(
                run: run, command: command, operatorName: Person.name, host: Person.host, processID: getpid(),
                reason: reason, playbook: files.plan.playbook, topology: files.plan.topologyFile,
                toSite: files.plan.toSite, planSHA256: Digest.sha256(Array(plan.utf8)), backOf: backOf,
                startedAt: startedAt, startedInstant: acceptedAt)
            return (try JournalFile.create(in: directory, header: header), header)
        } catch {
            throw CommandProblem(.error, "nothing was changed: \(error)")
        }
    }

    private func close(_ journal: JournalFile, _ outcome: RunOutcome) throws {
        let count = try JournalReader.read(journal.path).entries.count + 1
        try journal.close(RunClosing(outcome: outcome.word, at: SystemClock.wallNow(), entries: count))
    }

    /// What a run that broke off leaves behind, and what to do: nothing after the last record was done.
    private func problem(_ failure: RunFailure, _ run: RunID) -> CommandProblem {
        let look = "baton status --state \(state)"
        func status(_ kind: RunState.Kind) -> ExitStatus {
            switch kind {
            case .planned, .surveying, .checking: .error
            case .advancing, .committed, .undoing, .halted, .finished: .operatorNeeded
            }
        }
        switch failure {
        case .journal(let error, let kind):
            return CommandProblem(
                status(kind), "run \(run) stopped, its journal cannot be written: \(error)", remedy: look)
        case .interruptedAgain:
            return CommandProblem(.interrupted, "run \(run) was stopped by a second interrupt", remedy: look)
        }
    }
}
