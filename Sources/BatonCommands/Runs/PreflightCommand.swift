import ArgumentParser
import BatonCore
import BatonEngine
import BatonPostgres
import BatonReports

struct PreflightCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "preflight",
        abstract: "Could we fail over right now? Judges every gate for real, foretells the rest, and changes nothing.",
        discussion: """
            Example: baton preflight Playbooks/planned-switchover.yaml -t topology.yaml --to east
            Exit status 0 when ready, 2 when something stands in the way. For cron: --summary prints one line.
            """)

    @OptionGroup var plan: PlanOptions
    @OptionGroup var accepted: AcceptanceOptions
    @OptionGroup var options: GlobalOptions

    @Flag(help: "Show the gates that passed and every step that is foretold, too.")
    var verbose = false

    @Flag(help: "Print one line; the exit status tells the rest.")
    var summary = false

    func validate() throws {
        if summary, verbose || options.format == .json {
            throw ValidationError("--summary is one line of text: leave out --verbose and --format json")
        }
    }

    func run() async throws {
        var files = try LoadedFiles(plan, state: options.state)
        try accepted.apply(to: &files.plan)
        let sessions = Wiring.sessions(files.plan.topology, name: "baton/preflight", readOnly: true)
        let engine = PreflightEngine(catalogue: .standard, observers: Wiring.observers(sessions))
        let machine = await engine.run(files.plan)
        let foresight = await engine.foresee(machine)
        await sessions.closeAll()
        let gates = machine.order.compactMap { machine.items[$0] }.compactMap { item in
            item.verdict.map { JudgedGate(step: item.step, target: item.id.target, verdict: $0) }
        }
        let report = PreflightReport(
            plan: files.plan, catalogue: .standard, binding: machine.isBound ? machine.binding : nil, gates: gates,
            alreadyThere: machine.primaryAlreadyThere, foresight: foresight,
            history: RunStore(state: options.state).history(of: files.plan))
        switch options.format {
        case .json: Output.data(try ReportJSON.text(report))
        case .text where summary: Output.data(report.summary)
        case .text:
            let next =
                [
                    "baton", files.plan.mode == .planned ? "drill" : "promote", plan.playbook, "-t",
                    plan.topology ?? "\(options.stateOption)/lab/topology.yaml", "--to", plan.to,
                ] + accepted.words + (files.plan.mode == .planned ? [] : ["--reason", "why"])
            Output.document(report.document(verbose: verbose, nextCommand: next))
        }
        if !report.ready { throw ExitStatus.refused }
    }
}

extension RunMachine {
    /// The node that need not be promoted, because it is the primary and at the target site (R20).
    fileprivate var primaryAlreadyThere: String? {
        guard case .finished(.alreadyThere) = state else { return nil }
        return plan.candidates.first { world.value(FactKey(.node($0), .writable)) == .flag(true) }
    }
}
