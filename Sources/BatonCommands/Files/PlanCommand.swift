import ArgumentParser
import BatonCore
import BatonReports

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "What would be done, in order, by an assumed binding of old and new. Asks no server.",
        discussion: "Example: baton plan Playbooks/planned-switchover.yaml -t topology.yaml --to east")

    @OptionGroup var plan: PlanOptions
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let files = try LoadedFiles(plan, state: options.state)
        let report = PlanReport(plan: files.plan, catalogue: .standard)
        switch options.format {
        case .json: Output.data(try ReportJSON.text(report))
        case .text: Output.document(report.document())
        }
    }
}
