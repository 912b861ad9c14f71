import ArgumentParser
import BatonCore
import BatonEngine
import BatonPostgres
import BatonReports

struct PreflightCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "preflight",
        abstract: "Could we fail over right now? Judges every gate for real and changes nothing.",
        discussion: "Example: baton preflight Playbooks/planned-switchover.yaml -t topology.yaml --to east")

    @OptionGroup var plan: PlanOptions
    @OptionGroup var options: GlobalOptions

    @Flag(help: "Show the gates that passed, too.")
    var verbose = false

    func run() async throws {
        let files = try LoadedFiles(plan, state: options.state)
        let sessions = Wiring.sessions(files.plan.topology, name: "baton/preflight", readOnly: true)
        let engine = PreflightEngine(catalogue: .standard, observers: Wiring.observers(sessions))
        let machine = await engine.run(files.plan)
        await sessions.closeAll()
        if case .finished(.alreadyThere(let proof)) = machine.state {
            Output.message("baton: \(proof); there is nothing to do")
        }
        let gates = machine.order.compactMap { machine.items[$0] }.compactMap { item in
            item.verdict.map { JudgedGate(step: item.step, target: item.id.target, verdict: $0) }
        }
        let isAlreadyThere = machine.state.kind == .finished && gates.isEmpty
        let report = PreflightReport(
            plan: files.plan, catalogue: .standard,
            binding: machine.isBound || isAlreadyThere ? machine.binding : nil, gates: gates)
        switch options.format {
        case .json: Output.data(try ReportJSON.text(report))
        case .text:
            let next = [
                "baton", files.plan.mode == .planned ? "drill" : "promote", plan.playbook, "-t",
                plan.topology ?? "\(options.stateOption)/lab/topology.yaml",
                "--to", plan.to,
            ]
            Output.document(report.document(verbose: verbose, nextCommand: next))
        }
        if !report.ready { throw ExitStatus.refused }
    }
}
