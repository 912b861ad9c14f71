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
            With --assume-down an emergency is foretold while everything still works: nothing of that site counts, and what \
            would be missing is named.
            Exit status 0 when ready, 2 when something stands in the way. For cron: --summary prints one line.
            """)

    @OptionGroup var plan: PlanOptions
    @OptionGroup var accepted: AcceptanceOptions
    @OptionGroup var options: GlobalOptions

    @Option(
        help: ArgumentHelp(
            "Of an emergency playbook: judge as if this site were lost, and name the evidence that would be missing.",
            valueName: "site"))
    var assumeDown: String?

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
        if let assumeDown { try AssumedDown.require(assumeDown, files.plan) }
        let sessions = Wiring.sessions(
            files.plan.topology, name: "baton/preflight", readOnly: true, assumingDown: assumeDown)
        let engine = PreflightEngine(
            catalogue: .standard, observers: Wiring.observers(sessions, state: options.state), reach: sessions.lost)
        let machine = await engine.run(files.plan)
        let foresight = await engine.foresee(machine)
        let (assumed, card) = await lookAtLiving(machine, sessions, files)
        await sessions.closeAll()
        let gates = machine.order.compactMap { machine.items[$0] }.compactMap { item in
            item.verdict.map { JudgedGate(step: item.step, target: item.id.target, verdict: $0) }
        }
        let report = PreflightReport(
            plan: files.plan, catalogue: .standard, binding: machine.isBound ? machine.binding : nil, gates: gates,
            alreadyThere: machine.primaryAlreadyThere, foresight: foresight,
            history: RunStore(state: options.state).history(of: files.plan), card: card, assumed: assumed)
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

    /// How long a primary that is alive may take to tell of itself.
    private static let patience = TimeSpan.seconds(2)

    /// What only a living primary can tell: it is kept for the day on which it is lost, and makes the card of an assumed loss
    /// a measured one.
    private func lookAtLiving(
        _ machine: RunMachine, _ sessions: ClusterSessions, _ files: LoadedFiles
    ) async -> (assumed: AssumedLoss?, card: LossCard?) {
        let plan = files.plan
        guard let assumeDown else {
            if plan.mode == .planned, machine.isBound,
                let word = await sessions.primary(
                    among: [machine.binding.old], beside: nil, deadline: SystemClock.deadline(in: Self.patience))
            {
                LastSeen.note(word, of: plan.topology, state: options.state)
            }
            return (nil, nil)
        }
        let all = Wiring.sessions(plan.topology, name: "baton/preflight", readOnly: true)
        let new = machine.isBound ? machine.binding.new : plan.assumedBinding.new
        async let asked = all.primary(
            among: plan.topology.nodes.filter { $0.site == assumeDown }.map(\.name), beside: new,
            deadline: SystemClock.deadline(in: Self.patience))
        let assumed = await AssumedDown(site: assumeDown, plan: plan, sessions: all).evidence(files)
        let word = await asked
        var card = machine.order.lazy.compactMap { machine.items[$0]?.verdict?.lossCard }.first
        if let word {
            LastSeen.note(word, of: plan.topology, state: options.state)
            card?.take(word, at: SystemClock.now())
        }
        await all.closeAll()
        return (assumed, card)
    }
}

extension LossCard {
    /// What the primary that is assumed to be lost says of itself now.
    fileprivate mutating func take(_ word: PrimaryWord, at now: Instant) {
        old = word.node
        let age = now - word.askedAt
        lag = word.missing.map { Lag(end: word.flushed, bytes: $0, age: age) }
        let source = "as \(word.node) says itself"
        synchronous = Told(
            word.synchronousStandbyNames.isEmpty ? [] : [word.synchronousStandbyNames], source: source, age: age)
        logicalSlots = Told(word.logicalSlots, source: source, age: age)
    }
}

extension RunMachine {
    /// The node that need not be promoted, because it is the primary and at the target site (R20).
    fileprivate var primaryAlreadyThere: String? {
        guard case .finished(.alreadyThere) = state else { return nil }
        return plan.candidates.first { world.value(FactKey(.node($0), .writable)) == .flag(true) }
    }
}
