import ArgumentParser
import BatonCore
import BatonEngine
import BatonHosts
import BatonJournal
import BatonPostgres
import BatonReports
import Glibc

/// The dead man's switch of one run: watches the run's process from one of its own, and takes the run over when that dies or
/// overruns the freeze budget. A run starts its guard by itself.
struct GuardCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "guard", abstract: "Watches a run's process; started by the run itself.", shouldDisplay: false)

    @Argument(help: "The run's name.")
    var run: String

    @Option(help: ArgumentHelp("The run's process.", valueName: "pid"))
    var owner: Int32

    @OptionGroup var options: GlobalOptions

    /// How long the dead owner's file lock may take to go.
    private static let lockDeadline = TimeSpan.seconds(10)
    /// How long a server may take to open a session.
    private static let sessionDeadline = TimeSpan.seconds(5)

    func run() async throws {
        let watch: GuardWatch
        do {
            watch = try GuardWatch(owner: owner)
        } catch {
            throw CommandProblem(.usage, "\(error)")
        }
        let taken = TakenRun(directory: RunDirectory(state: options.state, run: RunID(run)), name: "guard")
        let topology: Topology
        let sessions: ClusterSessions
        do {
            let stand = try TakenRun.Stand(
                taken.directory, try JournalReader.read(taken.directory.journalPath))
            topology = stand.plan.topology
            sessions = taken.sessions(topology)
            let count = try await open(sessions, stand.machine.scope)
            watch.ready("with \(count) sessions of its own")
        } catch {
            watch.failed("\(error)")
            throw error
        }
        let why: String
        switch await watch.wait() {
        case .dismissed: return await sessions.closeAll()
        case .ownerDied: why = "process \(owner) ended without a word"
        case .ownerKilled(let overran):
            why = "process \(owner) was silent \(overran) past its limit and was killed"
        }
        Output.message("run \(run): \(why); the guard takes over")
        let lease = try await takeFileLease(topology.name)
        let interruptions = Interruptions(Signals())
        let takeover = Takeover(.ownerLost, by: "the guard, process \(getpid())", why: why)
        let record = try await taken.drive(
            opening: [.takenOver(takeover)], sessions: sessions, guarded: false,
            words: interruptions.next(taken.directory), fileLease: lease)
        try RunVerdict(options: options, judgesObjectives: false).report(record, ExitStatus(record.machine.state))
    }

    /// Opens what a takeover needs while clients wait, and says how many sessions there are. Without a pooler's console
    /// nobody could be thawed, so one that does not open is an error; a pooler that the run found lost holds no clients of
    /// its, and a node that does not answer is the gates' affair.
    private func open(_ sessions: ClusterSessions, _ scope: Scope) async throws -> Int {
        let deadline = SystemClock.deadline(in: Self.sessionDeadline)
        var count = 0
        for pooler in scope.targets(of: .poolers) {
            _ = try await sessions.console(pooler.name, deadline: deadline)
            count += 1
        }
        for node in scope.topology.nodes where !scope.isLost(node.name) {
            if (try? await sessions.node(node.name, deadline: deadline)) != nil { count += 1 }
        }
        return count
    }

    /// The owner has exited, so only somebody who was faster can have the lease: a `baton resume`.
    private func takeFileLease(_ topology: String) async throws -> FileLease {
        do throws(LeaseError) {
            return try await FileLease.acquire(
                state: options.state, topology: topology,
                holder: LeaseHolder(
                    run: RunID(run), operatorName: Person.name, host: Person.host, processID: getpid(),
                    since: SystemClock.wallNow(), command: "guard"),
                waitingUntil: SystemClock.deadline(in: Self.lockDeadline), now: SystemClock.now)
        } catch {
            throw CommandProblem(.leaseHeld, error.description)
        }
    }
}
