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

    @Option(
        help: ArgumentHelp("The loss that you accept: a number of bytes, or `unknown`.", valueName: "bytes|unknown"))
    var acceptLoss: String?

    @Option(
        help: ArgumentHelp(
            "A node that you have made sure is off, because nobody can prove it. May be given more than once.",
            valueName: "node"))
    var acceptUnfenced: [String] = []

    func validate() throws {
        if reason.allSatisfy(\.isWhitespace) {
            throw ValidationError("--reason is empty; say why, it stands in the record")
        }
        if let acceptLoss, Acceptance.Loss(words: acceptLoss) == nil {
            throw ValidationError("--accept-loss \(acceptLoss) is neither a number of bytes nor `unknown`")
        }
    }

    func run() async throws {
        try await RunCommand(
            name: "promote", plan: plan, confirmation: confirmation, options: options, reason: reason,
            holdBefore: nil, andBack: false, judgesObjectives: false, mode: .emergency,
            acceptance: Acceptance(loss: acceptLoss.flatMap(Acceptance.Loss.init(words:)), unfenced: acceptUnfenced)
        ).run()
    }
}
