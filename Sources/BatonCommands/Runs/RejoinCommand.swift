import ArgumentParser
import BatonActions
import BatonCore
import BatonEngine
import BatonJournal
import BatonPlaybooks

struct RejoinCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rejoin",
        abstract: "Brings a node that was lost back as a standby: by following, by pg_rewind, or by a new copy.",
        discussion: """
            The gentlest way that is safe is taken. What the node wrote and the primary never had is kept beside its data \
            directory, unless it is given up. A node that runs as a second primary is ended first.
            Example: baton rejoin west-db -t topology.yaml
            """)

    @Argument(help: ArgumentHelp("The node that comes back.", valueName: "node"))
    var node: String

    @Option(name: [.customShort("t"), .long], help: ArgumentHelp("What you have.", valueName: "file"))
    var topology: String?

    @Option(
        help: ArgumentHelp(
            "Give up what the node wrote and the primary never had. Must be the node's name.", valueName: "node"))
    var discardDivergence: String?

    @OptionGroup var confirmation: ConfirmationOptions
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        if let discardDivergence, discardDivergence != node {
            throw CommandProblem(
                .usage, "--discard-divergence \(discardDivergence) is not the node that comes back",
                remedy: "--discard-divergence \(node)")
        }
        let files = try LoadedFiles(
            rejoin: node, topology: topology ?? "\(options.state)/lab/topology.yaml", discards: discardDivergence != nil
        )
        let fate = discardDivergence == nil ? "kept aside" : "given up"
        try confirmation.require(
            files.plan.topology.name,
            to: "This makes \(node) of \(files.plan.topology.name) a standby; what it wrote alone is \(fate)")
        let record = try await RunLeg(
            command: "rejoin", files: files, state: options.state, reason: nil, planFile: nil, backOf: nil,
            interruptions: Interruptions(Signals())
        ).run(acceptedAt: SystemClock.now())
        let verdict = RunVerdict(options: options, judgesObjectives: false)
        try verdict.report(record, verdict.status(of: record))
    }
}

extension LoadedFiles {
    /// The plan that brings a node back. It is built in: what it does is the same in every house.
    init(rejoin node: String, topology path: String, discards: Bool) throws {
        var complaints: [Complaint] = []
        guard let topology = Self.collect(&complaints, { try TopologyLoader.load(path: path) }) else {
            throw CommandProblem(files: complaints)
        }
        let names = topology.topology.nodes.map(\.name)
        guard let site = topology.topology.node(node)?.site else {
            throw CommandProblem(
                .usage, "the topology has no node \(node)", remedy: "one of: \(names.joined(separator: ", "))")
        }
        let others = topology.topology.nodes.filter { $0.name != node }
        // Which of them is the primary the run finds out itself.
        guard let other = others.first(where: { $0.site != site }) ?? others.first else {
            throw CommandProblem(.usage, "the topology has no node but \(node), so there is none to follow")
        }
        let playbook = RejoinPlaybook.playbook(discards: discards)
        let text = RejoinPlaybook.text
        var plan: Plan
        do {
            plan = try Planner(catalogue: .standard).plan(
                playbook, identity: FileIdentity(name: playbook.name, sha256: Digest.sha256(Array(text.utf8))),
                on: topology.topology,
                identity: FileIdentity(name: topology.topology.name, sha256: Digest.sha256(Array(topology.text.utf8))),
                to: other.site)
        } catch {
            throw CommandProblem(planning: error, playbook: playbook.name, isUsage: false)
        }
        plan.candidates = [other.name] + others.map(\.name).filter { $0 != other.name }
        plan.returning = node
        self.plan = plan
        self.topology = topology
        self.playbook = LoadedPlaybook(playbook: playbook, path: playbook.name, text: text, complaints: [])
    }
}

/// The steps of `baton rejoin`.
enum RejoinPlaybook {
    /// For the run's directory, where other runs have their playbook.
    static let text = "# baton rejoin has no playbook: its steps are built in. plan.json, beside this file, has them.\n"

    static func playbook(discards: Bool) -> Playbook {
        let choice = Arguments(["discard-divergence": .flag(discards)])
        return Playbook(
            name: "rejoin", title: "A node comes back as a standby",
            why:
                "A lost node is of use again: what it lacks it gets from the primary, and what it wrote alone is kept.",
            mode: .rejoin, objectives: Objectives(), limits: Limits(),
            phases: [
                phase(.preflight, [gate(PostgresRejoinable.id, .old, choice, deadline: .seconds(300))]),
                phase(.prepare, [act(CreateSlots.id, .new), act(Checkpoint.id, .new)]),
                phase(.fence, [act(Fence.id, .old)]),
                phase(
                    .finish,
                    [
                        act(Realign.id, .old, choice), act(Rejoin.id, .old, deadline: .seconds(900)),
                        act(Reconnect.id, .old),
                    ]),
            ])
    }

    private static func phase(_ phase: Phase, _ steps: [PlaybookStep]) -> PlaybookPhase {
        PlaybookPhase(phase: phase, groups: steps.map { PlaybookGroup(steps: [$0]) })
    }

    private static func act(
        _ action: ActionID, _ role: Role, _ arguments: Arguments = Arguments(), deadline: TimeSpan? = nil
    ) -> PlaybookStep {
        PlaybookStep(kind: .act(action), arguments: arguments, on: [role], deadline: deadline, line: 0)
    }

    private static func gate(
        _ gate: GateID, _ role: Role, _ arguments: Arguments, deadline: TimeSpan
    ) -> PlaybookStep {
        PlaybookStep(kind: .gate(gate), arguments: arguments, on: [role], deadline: deadline, line: 0)
    }
}
