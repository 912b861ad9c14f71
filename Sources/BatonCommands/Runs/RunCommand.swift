import BatonCore
import BatonEngine
import BatonReports

/// What `drill`, `switchover` and `promote` share: load, confirm, run one leg or two, report, exit.
struct RunCommand {
    let name: String
    let plan: PlanOptions
    let confirmation: ConfirmationOptions
    let options: GlobalOptions
    let reason: String?
    let holdBefore: String?
    /// The path of a saved plan that the run must still fit.
    let savedPlan: String?
    let andBack: Bool
    let judgesObjectives: Bool
    /// The kind of playbook that the command runs (R20).
    var mode = Mode.planned
    /// What the operator of an emergency accepts.
    var accepted: AcceptanceOptions?

    func run() async throws {
        var files = try LoadedFiles(plan, state: options.state)
        try files.require(mode, for: name)
        try accepted?.apply(to: &files.plan)
        let planFile = try savedPlan.map { try PlanFile(path: absolute($0)) }
        try planFile?.requireSameFiles(files.plan)
        files.plan.holdBefore = try phaseToHoldBefore(files.plan)
        let change = "This makes \(plan.to) the primary site of \(files.plan.topology.name)"
        if mode == .emergency, confirmation.asks {
            try await LossPrompt(confirmation: confirmation, state: options.state, followsPlan: planFile != nil)
                .require(change, of: &files.plan)
        } else {
            try confirmation.require(files.plan.topology.name, to: change)
        }
        // Not counted: the time that a person took to agree.
        let acceptedAt = SystemClock.now()
        let interruptions = Interruptions(Signals())
        let verdict = RunVerdict(options: options, judgesObjectives: judgesObjectives)
        let there = try await RunLeg(
            command: name, files: files, state: options.state, reason: reason, planFile: planFile, backOf: nil,
            interruptions: interruptions
        ).run(acceptedAt: acceptedAt)
        let status = verdict.status(of: there)
        guard andBack, status == .done || status == .objectiveMissed, there.machine.isBound,
            let home = there.machine.plan.topology.node(there.machine.binding.old)?.site
        else { return try verdict.report(there, back: nil, status) }
        guard !interruptions.hasCome else {
            Output.message("baton: asked to stop, so the way back was not begun")
            return try verdict.report(there, back: nil, .operatorNeeded)
        }
        let returning = try LoadedFiles(plan, state: options.state, to: home)
        let backAcceptedAt = SystemClock.now()
        let back: RunRecord
        do {
            back = try await RunLeg(
                command: name, files: returning, state: options.state, reason: reason, planFile: nil,
                backOf: there.header.run,
                interruptions: interruptions
            ).run(acceptedAt: backAcceptedAt)
        } catch let problem as CommandProblem {
            Output.message(problem.text)
            return try verdict.report(there, back: nil, .operatorNeeded)
        }
        try verdict.report(there, back: back, combined(status, verdict.status(of: back)))
    }

    private func phaseToHoldBefore(_ plan: Plan) throws -> Phase? {
        guard let holdBefore else { return nil }
        let phases = plan.groups.dropFirst().map(\.phase)
        guard let phase = Phase(rawValue: holdBefore), phases.contains(phase) else {
            let known = Phase.allCases.filter(phases.contains).map(\.rawValue).joined(separator: ", ")
            throw CommandProblem(
                .usage, "--hold-before \(holdBefore): the playbook has no such phase to wait before",
                remedy: "one of: \(known)")
        }
        return phase
    }

    /// Once the first leg is done, whatever keeps the second from completing leaves work to do: the service is away.
    private func combined(_ there: ExitStatus, _ back: ExitStatus) -> ExitStatus {
        switch back {
        case .done: there
        case .objectiveMissed: .objectiveMissed
        case .error, .refused, .operatorNeeded, .rolledBack, .usage, .badFile, .leaseHeld, .interrupted: .operatorNeeded
        }
    }
}
