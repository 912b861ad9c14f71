import BatonCore
import BatonEngine
import BatonHosts
import BatonJournal
import BatonPlaybooks
import BatonPostgres
import BatonReports
import Glibc

/// One direction of a drill, or a switchover, from its beginning: leases, journal, run.
struct RunLeg {
    let command: String
    let files: LoadedFiles
    let state: String
    let reason: String?
    /// The saved plan that the run follows; nil when it follows none.
    let planFile: PlanFile?
    let backOf: RunID?
    /// Nil: nobody can stop it.
    let interruptions: Interruptions?

    func run(acceptedAt: Instant) async throws -> RunRecord {
        let plan = files.plan
        let run = RunDirectory.newRunID(at: SystemClock.wallNow())
        let fileLease = try FileLease.take(run, of: plan.topology.name, state: state, command: command)
        do {
            return try await begin(run, fileLease, acceptedAt: acceptedAt)
        } catch {
            fileLease.release()
            throw error
        }
    }

    private func begin(_ run: RunID, _ fileLease: FileLease, acceptedAt: Instant) async throws -> RunRecord {
        let plan = files.plan
        try RunStore(state: state).requireNothingUnfinished(on: plan.topology.name, except: plan.continues?.run)
        let sessions = Wiring.sessions(plan.topology, name: "baton/\(run)", readOnly: false)
        let lease: ClusterLease
        do {
            lease = try await ClusterLease.acquire(
                sessions: sessions, candidates: plan.candidates,
                deadline: SystemClock.deadline(in: LiveRun.patience(plan.mode)))
        } catch {
            throw CommandProblem(.leaseHeld, error.description)
        }
        do {
            // With the lease held, so that no other Baton moves what is compared.
            try await planFile?.requireSameWorld(plan)
        } catch {
            await lease.release()
            throw error
        }
        let directory = RunDirectory(state: state, run: run)
        let (journal, header) = try await openJournal(run, acceptedAt: acceptedAt, giveBack: lease)
        Output.message("run \(run): \(command) of \(plan.playbook.name) on \(plan.topology.name)")
        return try await LiveRun(
            directory: directory, header: header, plan: plan, journal: journal, fileLease: fileLease, lease: lease,
            drivers: Wiring.drivers(sessions, lease: lease, canary: run.rawValue, state: state),
            guardian: Wiring.guardian(of: directory), clock: .own,
            words: interruptions?.next(directory) ?? AsyncStream { _ in }
        ).drive(RunMachine(plan: plan, catalogue: .standard))
    }

    private func openJournal(
        _ run: RunID, acceptedAt: Instant, giveBack lease: ClusterLease
    ) async throws -> (JournalFile, RunHeader) {
        do {
            let directory = try RunDirectory.create(state: state, run: run)
            let plan = try ReportJSON.text(files.plan)
            try directory.write(plan, to: "plan.json")
            try directory.write(files.playbook.text, to: "playbook.yaml")
            try directory.write(files.topology.text, to: "topology.yaml")
            if let planFile { try directory.write(try ReportJSON.text(planFile.saved), to: "saved-plan.json") }
            let now = SystemClock.now()
            let startedAt = SystemClock.wallNow().advanced(by: acceptedAt - now)
            let header = RunHeader(
                run: run, command: command, operatorName: Person.name, host: Person.host, bootID: Person.bootID,
                processID: getpid(), reason: reason, playbook: files.plan.playbook, topology: files.plan.topologyFile,
                toSite: files.plan.toSite, planSHA256: Digest.sha256(Array(plan.utf8)), backOf: backOf,
                savedPlan: planFile?.saved.reference,
                startedAt: startedAt, startedInstant: acceptedAt)
            return (try JournalFile.create(in: directory, header: header), header)
        } catch {
            await lease.release()
            throw CommandProblem(.error, "nothing was changed: \(error)")
        }
    }
}

extension FileLease {
    /// Takes the state directory's lease for this process, or says who has it (75).
    static func take(_ run: RunID, of topology: String, state: String, command: String) throws -> FileLease {
        do throws(LeaseError) {
            return try acquire(
                state: state, topology: topology,
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
}
