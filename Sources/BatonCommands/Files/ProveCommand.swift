import ArgumentParser
import BatonCore
import BatonEngine
import BatonJournal
import BatonPlaybooks
import BatonReports
import BatonSimulator
import Glibc
import Synchronization

struct ProveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prove",
        abstract: "Does this playbook keep its promises whatever goes wrong? Asks no server.",
        discussion: """
            Plays the playbook in a simulated world, and again with every step failing, timing out or answering late, with \
            Baton killed at every line of its record, with every server lost at every point, with a world that is ill from \
            the start, and with pairs of these. An emergency begins in each way in which a primary is lost. For each promise \
            that breaks it tells the shortest run that breaks it.
            Example: baton prove Playbooks/planned-switchover.yaml
            """)

    @Argument(help: ArgumentHelp("How you fail over.", valueName: "playbook"))
    var playbook: String

    @Option(
        name: [.customShort("t"), .long],
        help: ArgumentHelp(
            "What you have. By default two sites with three nodes and a pooler at each.", valueName: "file"))
    var topology: String?

    @Option(
        help: ArgumentHelp(
            "The site that the primary role goes to. By default the first with a node that is not the first node's.",
            valueName: "site"))
    var to: String?

    @Option(help: ArgumentHelp("How many things may go wrong in one run: 0, 1 or 2.", valueName: "number"))
    var depth = 2

    @Option(help: ArgumentHelp("What the second of two may be: baton (its death), or many.", valueName: "kind"))
    var pairs = "baton"

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        guard (0...2).contains(depth) else { throw CommandProblem(.usage, "--depth is 0, 1 or 2") }
        guard let pairs = Prover.Pairs(rawValue: pairs) else {
            let words = Prover.Pairs.allCases.map(\.rawValue).joined(separator: " or ")
            throw CommandProblem(.usage, "--pairs is \(words)")
        }
        let plan = try plan()
        let began = SystemClock.now()
        let prover = Prover(plan, catalogue: .standard, depth: depth, pairs: pairs)
        let proof = await Self.prove(prover, shares: max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))))
        let report = ProofReport(
            plan: plan, proved: proof.isProved, states: proof.states.count, runs: proof.runs, depth: depth,
            assumptions: prover.assumptions,
            violations: proof.counterexamples.map { found in
                ProofReport.Violation(
                    invariant: found.invariant, what: found.what, step: found.step, line: found.line,
                    faults: found.faults,
                    timeline: found.timeline.map { StoryMoment(at: $0.at, who: $0.who, what: $0.what) })
            })
        switch options.format {
        case .json: Output.data(try ReportJSON.text(report))
        case .text: Output.document(report.document(file: playbook, took: SystemClock.now() - began))
        }
        if !report.proved { throw ExitStatus.refused }
    }

    /// The plan, on the topology that was given or the one that stands for all.
    private func plan() throws -> Plan {
        var complaints: [Complaint] = []
        let book = LoadedFiles.collect(&complaints) { try PlaybookLoader.load(path: playbook, catalogue: .standard) }
        let place = topology.map { path in LoadedFiles.collect(&complaints) { try TopologyLoader.load(path: path) } }
        guard let book else { throw CommandProblem(files: complaints) }
        let known: Topology
        let identity: FileIdentity
        switch place {
        case nil:
            known = SimulatedTopology.threeNodes
            identity = FileIdentity(name: known.name, sha256: "")
        case .some(.some(let loaded)):
            known = loaded.topology
            identity = FileIdentity(name: known.name, sha256: Digest.sha256(Array(loaded.text.utf8)))
        case .some(nil): throw CommandProblem(files: complaints)
        }
        let first = known.nodes.first?.site
        let site = to ?? known.sites.first { site in site != first && known.nodes.contains { $0.site == site } } ?? ""
        do {
            return try Planner(catalogue: .standard).plan(
                book.playbook,
                identity: FileIdentity(name: book.playbook.name, sha256: Digest.sha256(Array(book.text.utf8))),
                on: known, identity: identity, to: site)
        } catch {
            throw CommandProblem(planning: error, playbook: book.path, isUsage: !known.sites.contains(site))
        }
    }

    /// Every processor takes its share of the points.
    private static func prove(_ prover: Prover, shares: Int) async -> Proof {
        let progress = ProofProgress(shares: shares)
        defer { progress.end() }
        return await withTaskGroup(of: Proof.self) { group in
            for index in 0..<shares {
                group.addTask { @concurrent in
                    Prover(
                        prover.plan, catalogue: prover.catalogue, depth: prover.depth, pairs: prover.pairs,
                        share: (index, shares)
                    ).prove { runs, states in progress.show(runs, states, of: index) }
                }
            }
            return Proof.merged(await group.reduce(into: []) { $0.append($1) })
        }
    }
}

/// How far a proof is, on a terminal's last line.
private final class ProofProgress: Sendable {
    private struct State {
        var runs: [Int]
        var states: [Int]
        var shownAt: Instant?
    }

    private let state: Mutex<State>
    private let isShown = isatty(STDERR_FILENO) == 1

    init(shares: Int) {
        state = Mutex(
            State(runs: Array(repeating: 0, count: shares), states: Array(repeating: 0, count: shares)))
    }

    /// True: the exploration goes on.
    func show(_ runs: Int, _ states: Int, of share: Int) -> Bool {
        guard isShown else { return true }
        state.withLock { state in
            state.runs[share] = runs
            state.states[share] = states
            let now = SystemClock.now()
            if let last = state.shownAt, now - last < .milliseconds(200) { return }
            state.shownAt = now
            let line = "\(state.runs.reduce(0, +)) runs, \(state.states.reduce(0, +)) states"
            Output.raw("\r\u{1B}[K\(line)", to: STDERR_FILENO)
        }
        return true
    }

    func end() { if isShown { Output.raw("\r\u{1B}[K", to: STDERR_FILENO) } }
}
