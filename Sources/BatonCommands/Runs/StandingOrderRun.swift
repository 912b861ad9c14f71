import BatonCore
import BatonEngine
import BatonJournal
import BatonPlaybooks
import BatonReports

/// Carries out the standing order of a run that has ended: a small run with a record of its own, under the lease, that does the
/// step again by which the returned node was fenced, and nothing else.
struct StandingOrderRun {
    /// The record that says who was promoted.
    let promotion: RunRecord
    let topology: LoadedTopology
    let options: GlobalOptions

    func drive(_ returned: [RunMachine.ArmedOrder], new: String) async throws -> RunRecord {
        let run = promotion.header.run
        let text = String(
            decoding: try RunDirectory(state: options.state, run: run).read("playbook.yaml"), as: UTF8.self)
        let playbook = try PlaybookLoader.parse(text: text, path: "playbook.yaml of run \(run)", catalogue: .standard)
        let files = LoadedFiles(playbook: playbook, topology: topology, plan: plan(returned, new: new))
        return try await RunLeg(
            command: "watch", files: files, state: options.state, reason: "standing order of run \(run)", planFile: nil,
            backOf: nil, interruptions: nil
        ).run(acceptedAt: SystemClock.now())
    }

    /// The run's plan, of which only those steps are left.
    private func plan(_ returned: [RunMachine.ArmedOrder], new: String) -> Plan {
        var plan = promotion.machine.plan
        var steps: [PlanStep] = []
        for armed in returned where !steps.contains(armed.step) { steps.append(armed.step) }
        let names = returned.map(\.target.name)
        plan.title = "Fence again what came back"
        plan.why = "Standing order of run \(promotion.header.run)."
        plan.mode = .emergency
        plan.objectives = Objectives()
        plan.topology = topology.topology
        plan.topologyFile = FileIdentity(
            name: topology.topology.name, sha256: Digest.sha256(Array(topology.text.utf8)))
        plan.candidates = [new]
        plan.groups = [PlanGroup(phase: .preflight, steps: []), PlanGroup(phase: .fence, steps: steps)]
        plan.holdBefore = nil
        plan.acceptance = Acceptance()
        plan.continues = Continuation(
            run: promotion.header.run,
            binding: Binding(old: names[0], new: new, lost: Array(names.dropFirst())))
        return plan
    }
}
