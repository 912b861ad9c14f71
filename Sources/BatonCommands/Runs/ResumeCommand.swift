import ArgumentParser
import BatonCore
import BatonEngine
import BatonJournal

struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Go on with a run that was cut off, has halted or holds.",
        discussion: """
            First everything that the record speaks of is looked at: what is found done, by whomever, is adopted. Before the \
            promotion was announced a run whose clients wait is taken back, another one goes on from its gates. After it \
            the run goes forward.
            Example: baton resume latest
            """)

    @Argument(help: "The run: its name, a unique part of it, or `latest`. By default the one that has not ended.")
    var run: String?

    @OptionGroup var confirmation: ConfirmationOptions
    @OptionGroup var options: GlobalOptions

    /// How long the process of a run that holds may take to go on.
    private static let patience = TimeSpan.seconds(5)

    func run() async throws {
        let command = TakeoverCommand(name: "resume", confirmation: confirmation, options: options)
        let directory = try command.directory(run)
        let stand = try command.stand(directory)
        guard command.isAtWork(directory, stand) else {
            return try await command.run(
                directory, stand,
                opening: [.takenOver(Takeover(.resume, by: command.operatorName, why: "resumed by an operator"))])
        }
        guard stand.machine.state.kind == .holding else {
            throw CommandProblem(
                .leaseHeld, "run \(directory.run) is at work in another process", remedy: "baton status")
        }
        try directory.post(RunOrder(.goOn, by: command.operatorName))
        try await command.waitFor(directory, within: Self.patience) { $0.machine.state.kind != .holding }
        Output.message("run \(directory.run) goes on; look with baton status")
    }
}

struct AbortCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "abort",
        abstract: "Take a run back, as long as its promotion was not announced.",
        discussion: """
            A run at work is told to stop, as by Ctrl-C at its terminal; one whose process is gone is taken over and taken \
            back. After the promotion was announced there is no way back: use baton resume.
            Example: baton abort latest
            """)

    @Argument(help: "The run: its name, a unique part of it, or `latest`. By default the one that has not ended.")
    var run: String?

    @OptionGroup var confirmation: ConfirmationOptions
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let command = TakeoverCommand(name: "abort", confirmation: confirmation, options: options)
        let directory = try command.directory(run)
        let stand = try command.stand(directory)
        let takeover = Event.takenOver(Takeover(.abort, by: command.operatorName, why: "aborted by an operator"))
        guard command.isAtWork(directory, stand) else {
            return try await command.run(
                directory, stand, opening: [takeover])
        }
        if let why = stand.refusal(of: takeover) {
            throw CommandProblem(.refused, "run \(directory.run): \(why)", remedy: "baton status")
        }
        try confirmation.check(stand.plan.topology.name)
        try directory.post(RunOrder(.abort, by: command.operatorName))
        // Every step that may be at work has a deadline, and so has its undo.
        let longest = stand.plan.steps.map(\.deadline).max() ?? .zero
        try await command.waitFor(directory, within: longest + .seconds(150)) { $0.machine.isAtRest }
        let verdict = RunVerdict(options: options, judgesObjectives: false)
        let record = try RunStore(state: options.state).record(directory.run.rawValue)
        try verdict.report(record, verdict.status(of: record))
    }
}

struct DecideCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decide",
        abstract: "Answer a halted run: what becomes of a step that could not be settled.",
        discussion: """
            First everything is looked at again. `done` is checked against what is seen; where nothing can be seen it is \
            recorded as an override. The fence, its proof and the promotion are never skipped, and done only when seen. \
            `return-to-old` is possible as long as the promotion was not announced, or was proved not to have happened.
            Example: baton decide latest repoint.pgbouncer.repoint done --reason "repointed by hand, ticket 4711"
            """)

    @Argument(help: "The run: its name, a unique part of it, or `latest`.")
    var run: String

    @Argument(help: "The step that the run waits for, as `baton status` names it.")
    var step: String

    @Argument(help: ArgumentHelp("retry, done, skip or return-to-old.", valueName: "decision"))
    var choice: String

    @Option(help: ArgumentHelp("The node or pooler, when the step is open on several.", valueName: "name"))
    var on: String?

    @Option(help: ArgumentHelp("Why; kept in the record.", valueName: "text"))
    var reason: String

    @OptionGroup var confirmation: ConfirmationOptions
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let command = TakeoverCommand(name: "decide", confirmation: confirmation, options: options)
        let directory = try command.directory(run)
        let stand = try command.stand(directory)
        guard let choice = Decision.Choice(rawValue: choice) else {
            let choices = Decision.Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw CommandProblem(.usage, "\(choice) is not a decision", remedy: "one of: \(choices)")
        }
        if command.isAtWork(directory, stand) {
            throw CommandProblem(
                .leaseHeld, "run \(directory.run) is at work in another process", remedy: "baton status")
        }
        guard case .halted(let halt) = stand.machine.state else {
            throw CommandProblem(
                .refused, "run \(directory.run) is \(stand.machine.state.kind.rawValue) and waits for no decision",
                remedy: "baton status")
        }
        let decision = Decision(
            item: try item(of: halt, stand), choice: choice, reason: reason, by: command.operatorName)
        let takeover = Takeover(.decide, by: command.operatorName, why: "\(choice.rawValue) was decided")
        try await command.run(
            directory, stand, opening: [.takenOver(takeover), .decided(decision)])
    }

    /// The open step that is meant. A run that was only interrupted has none; any of its steps then stands for it.
    private func item(of halt: Halt, _ stand: TakenRun.Stand) throws -> ItemID {
        let open = halt.open.isEmpty ? stand.machine.order : halt.open
        let matches = open.filter { $0.step.rawValue == step && (on == nil || $0.target.name == on) }
        let names = open.map { "\($0.step) --on \($0.target.name)" }.joined(separator: "\n  ")
        guard let match = matches.first else {
            throw CommandProblem(.usage, "run waits for no decision on \(step); it waits for:\n  \(names)")
        }
        guard matches.count == 1 || halt.open.isEmpty else {
            throw CommandProblem(.usage, "\(step) is open on several targets:\n  \(names)", remedy: "add --on NAME")
        }
        return match
    }
}
