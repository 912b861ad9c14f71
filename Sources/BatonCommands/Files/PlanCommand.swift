import ArgumentParser
import BatonCore
import BatonReports

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "What would be done, in order. Asks no server, unless the plan is to be saved.",
        discussion: """
            Example: baton plan Playbooks/planned-switchover.yaml -t topology.yaml --to east
            With --out the servers are asked who and what they are, and nothing is changed. A run that is given the file with \
            --plan refuses when any of it has moved since; so does an emergency in which something else is accepted.
            """)

    @OptionGroup var plan: PlanOptions
    @OptionGroup var accepted: AcceptanceOptions
    @OptionGroup var options: GlobalOptions

    @Option(help: ArgumentHelp("Save the plan, for the world as it is now.", valueName: "file"))
    var out: String?

    func run() async throws {
        var files = try LoadedFiles(plan, state: options.state)
        try accepted.apply(to: &files.plan)
        guard let out else { return try show(PlanReport(plan: files.plan, catalogue: .standard)) }
        let look = try await PlanLook.take(files.plan)
        let report = PlanReport(plan: files.plan, catalogue: .standard, observed: (try look.binding(), look.world))
        let saved = try PlanFile.save(look.basis, report, to: absolute(out))
        try show(report)
        Output.message(
            "baton: saved as \(out), fingerprint \(saved.fingerprint.prefix(12)); "
                + "\(files.plan.mode == .planned ? "drill or switchover" : "promote") with --plan \(out) to follow it")
    }

    private func show(_ report: PlanReport) throws {
        switch options.format {
        case .json: Output.data(try ReportJSON.text(report))
        case .text: Output.document(report.document())
        }
    }
}
