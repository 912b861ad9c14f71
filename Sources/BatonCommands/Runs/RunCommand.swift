import BatonCore
import BatonEngine
import BatonReports

/// What `drill` and `switchover` share: load, confirm, run one leg or two, report, exit.
struct RunCommand {
    let name: String
    let plan: PlanOptions
    let confirmation: ConfirmationOptions
    let options: GlobalOptions
    let reason: String?
    let andBack: Bool
    let judgesObjectives: Bool

    func run() async throws {
        let files = try LoadedFiles(plan, state: options.state)
        try files.require(.planned, for: name)
        try confirmation.require(
            files.plan.topology.name, to: "This makes \(plan.to) the primary site of \(files.plan.topology.name)")
        // Not counted: the time that a person took to agree.
        let acceptedAt = SystemClock.now()
        let interruptions = Interruptions(Signals())
        let there = try await RunLeg(
            command: name, files: files, state: options.state, reason: reason, backOf: nil,
            interruptions: interruptions
        ).run(acceptedAt: acceptedAt)
        let status = status(of: there)
        guard andBack, status == .done || status == .objectiveMissed, there.machine.isBound,
            let home = there.machine.plan.topology.node(there.machine.binding.old)?.site
        else { return try report(there, back: nil, status) }
        guard !interruptions.hasCome else {
            Output.message("baton: asked to stop, so the way back was not begun")
            return try report(there, back: nil, .operatorNeeded)
        }
        let returning = try LoadedFiles(plan, state: options.state, to: home)
        let backAcceptedAt = SystemClock.now()
        let back: RunRecord
        do {
            back = try await RunLeg(
                command: name, files: returning, state: options.state, reason: reason, backOf: there.header.run,
                interruptions: interruptions
            ).run(acceptedAt: backAcceptedAt)
        } catch let problem as CommandProblem {
            Output.message(problem.text)
            return try report(there, back: nil, .operatorNeeded)
        }
        try report(there, back: back, combined(status, self.status(of: back)))
    }

    /// Once the first leg is done, whatever keeps the second from completing leaves work to do: the service is away.
    private func combined(_ there: ExitStatus, _ back: ExitStatus) -> ExitStatus {
        switch back {
        case .done: there
        case .objectiveMissed: .objectiveMissed
        case .error, .refused, .operatorNeeded, .rolledBack, .usage, .badFile, .leaseHeld, .interrupted: .operatorNeeded
        }
    }

    private func status(of record: RunRecord) -> ExitStatus {
        let status = ExitStatus(record.machine.state)
        if status == .rolledBack, record.owesMoreThanPreparations { return .operatorNeeded }
        guard status == .done, judgesObjectives else { return status }
        return RunReport(record).objectives.contains { $0.met == false } ? .objectiveMissed : .done
    }

    private func report(_ there: RunRecord, back: RunRecord?, _ status: ExitStatus) throws {
        let runs = [there.header.run] + (back.map { [$0.header.run] } ?? [])
        switch options.format {
        case .json: Output.data(try ReportJSON.text(RunReport(there, back: back.map { RunReport($0) }, runs: runs)))
        case .text:
            if let back {
                Output.document(RunReportText.roundTrip(there, back: back, stateDirectory: options.stateOption))
            } else {
                Output.document(RunReportText(there, stateDirectory: options.stateOption).document())
            }
        }
        if status != .done { throw status }
    }
}
