import ArgumentParser
import BatonCore

struct PromoteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "promote",
        abstract: "The emergency: the primary is lost. Makes the surviving site serve, and never two primaries.",
        discussion: """
            Refused (2) unless it is proved that the lost primary writes no more, and unless what would be lost is known to be \
            nothing or is accepted. Look first, without changing anything: baton preflight with the same arguments.
            Example: baton promote Playbooks/emergency-promotion.yaml -t topology.yaml --to east \
            --reason "west lost power" --accept-loss unknown
            """)

    @OptionGroup var plan: PlanOptions
    @OptionGroup var confirmation: ConfirmationOptions
    @OptionGroup var options: GlobalOptions

    @Option(help: ArgumentHelp("Why; kept in the record and shown first.", valueName: "text"))
    var reason: String

    @OptionGroup var accepted: AcceptanceOptions

    @Option(
        name: .customLong("plan"),
        help: ArgumentHelp("Follow this saved plan: refuse when anything has moved since.", valueName: "file"))
    var savedPlan: String?

    @Option(help: ArgumentHelp("Wait before this phase until you let the run go on.", valueName: "phase"))
    var holdBefore: String?

    func validate() throws {
        if reason.allSatisfy(\.isWhitespace) {
            throw ValidationError("--reason is empty; say why, it stands in the record")
        }
    }

    func run() async throws {
        try await RunCommand(
            name: "promote", plan: plan, confirmation: confirmation, options: options, reason: reason,
            holdBefore: holdBefore, savedPlan: savedPlan, andBack: false, judgesObjectives: false, mode: .emergency,
            accepted: accepted
        ).run()
    }
}

/// What a person accepts in an emergency because nobody can prove better.
struct AcceptanceOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "In an emergency: the loss that you accept, a number of bytes, one with a unit (16MiB) or `unknown`.",
            valueName: "bytes|unknown"))
    var acceptLoss: String?

    @Option(
        help: ArgumentHelp(
            "In an emergency: a node (or a pooler that leads to it) that you have made sure is off, because nobody can prove it. May be repeated.",
            valueName: "name"))
    var acceptUnfenced: [String] = []

    func validate() throws {
        if let acceptLoss, Acceptance.Loss(words: acceptLoss) == nil {
            throw ValidationError("--accept-loss \(acceptLoss) is neither a number of bytes (16MiB) nor `unknown`")
        }
    }

    /// As they are typed.
    var words: [String] {
        (acceptLoss.map { ["--accept-loss", $0] } ?? []) + acceptUnfenced.flatMap { ["--accept-unfenced", $0] }
    }

    /// Puts what is accepted into the plan of an emergency, which it becomes a part of.
    func apply(to plan: inout Plan) throws {
        guard plan.mode == .emergency else {
            if words.isEmpty { return }
            throw CommandProblem(
                .usage, "nothing is accepted in a planned run: it loses nothing, or does not go on",
                remedy: "leave out --accept-loss and --accept-unfenced")
        }
        let known = plan.topology.nodes.map(\.name) + plan.topology.poolers.map(\.name)
        if let unknown = acceptUnfenced.first(where: { !known.contains($0) }) {
            throw CommandProblem(
                .usage, "--accept-unfenced \(unknown): the topology has no such node or pooler",
                remedy: "one of: \(known.joined(separator: ", "))")
        }
        plan.acceptance = Acceptance(
            loss: acceptLoss.flatMap(Acceptance.Loss.init(words:)), unfenced: acceptUnfenced)
    }
}
