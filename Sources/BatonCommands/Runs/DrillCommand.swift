import ArgumentParser
import BatonCore
import BatonReports

struct DrillCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drill",
        abstract: "A planned failover drill, for real, judged against the playbook's objectives.",
        discussion: """
            Example: baton drill Playbooks/planned-switchover.yaml -t topology.yaml --to east --and-back
            Exit status 5 when it completed and an objective was missed.
            """)

    @OptionGroup var plan: PlanOptions
    @OptionGroup var confirmation: ConfirmationOptions
    @OptionGroup var options: GlobalOptions

    @Flag(help: "Come back to where the primary was, once the first leg has completed.")
    var andBack = false

    @Option(help: ArgumentHelp("Why; kept in the record.", valueName: "text"))
    var reason: String?

    @Option(
        name: .customLong("plan"),
        help: ArgumentHelp("Follow this saved plan: refuse when anything has moved since.", valueName: "file"))
    var savedPlan: String?

    @Option(help: ArgumentHelp("Wait before this phase until you let the run go on.", valueName: "phase"))
    var holdBefore: String?

    func run() async throws {
        try await RunCommand(
            name: "drill", plan: plan, confirmation: confirmation, options: options, reason: reason,
            holdBefore: holdBefore, savedPlan: savedPlan, andBack: andBack, judgesObjectives: true
        ).run()
    }
}

struct SwitchoverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "switchover",
        abstract: "The same as a drill, without its verdict on the objectives.",
        discussion: "Example: baton switchover Playbooks/planned-switchover.yaml -t topology.yaml --to east")

    @OptionGroup var plan: PlanOptions
    @OptionGroup var confirmation: ConfirmationOptions
    @OptionGroup var options: GlobalOptions

    @Option(help: ArgumentHelp("Why; kept in the record.", valueName: "text"))
    var reason: String?

    @Option(
        name: .customLong("plan"),
        help: ArgumentHelp("Follow this saved plan: refuse when anything has moved since.", valueName: "file"))
    var savedPlan: String?

    @Option(help: ArgumentHelp("Wait before this phase until you let the run go on.", valueName: "phase"))
    var holdBefore: String?

    func run() async throws {
        try await RunCommand(
            name: "switchover", plan: plan, confirmation: confirmation, options: options, reason: reason,
            holdBefore: holdBefore, savedPlan: savedPlan, andBack: false, judgesObjectives: false
        ).run()
    }
}
