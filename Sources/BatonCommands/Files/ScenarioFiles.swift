import BatonCore
import BatonJournal
import BatonPlaybooks
import BatonSimulator

/// A scenario file with the playbook and the topology that it names, read and resolved into a plan.
struct ScenarioFiles {
    var scenarios: LoadedScenarios
    var plan: Plan

    /// Reads all three. What is wrong with any of them goes to `complaints`, warnings too; nil when there is an error.
    init?(path: String, _ complaints: inout [Complaint]) {
        let catalogue = Catalogue.standard
        let declarations = ScenarioFaults.declarations
        guard
            let scenarios = LoadedFiles.collect(
                &complaints, { try ScenarioLoader.load(path: path, faults: declarations) })
        else { return nil }
        complaints += scenarios.complaints
        let file = scenarios.file
        let playbook = LoadedFiles.collect(&complaints) {
            try PlaybookLoader.load(path: file.playbook, catalogue: catalogue)
        }
        complaints += playbook?.complaints ?? []
        var topology = SimulatedTopology.threeNodes
        var identity = FileIdentity(name: topology.name, sha256: "")
        if let path = file.topology {
            guard let loaded = LoadedFiles.collect(&complaints, { try TopologyLoader.load(path: path) }) else {
                return nil
            }
            complaints += loaded.complaints
            topology = loaded.topology
            identity = FileIdentity(name: topology.name, sha256: Digest.sha256(Array(loaded.text.utf8)))
        }
        guard let playbook else { return nil }
        do {
            plan = try Planner(catalogue: catalogue).plan(
                playbook.playbook,
                identity: FileIdentity(name: playbook.playbook.name, sha256: Digest.sha256(Array(playbook.text.utf8))),
                on: topology, identity: identity, to: file.toSite ?? SimulatedTopology.toSite)
        } catch {
            complaints += error.problems.map { Complaint($0, playbook: playbook.path, scenarios: path) }
            return nil
        }
        self.scenarios = scenarios
        let unknown = scenarios.complaints(for: plan)
        complaints += unknown
        if !unknown.isEmpty { return nil }
    }
}

extension Complaint {
    /// Why the playbook and the topology that a scenario file names make no plan: at the playbook's step where one is at
    /// fault, else at the file that brought them together.
    fileprivate init(_ problem: PlanningProblem, playbook: String, scenarios: String) {
        self.init(
            severity: .error, code: ComplaintCode.noPlan.rawValue, file: problem.line == nil ? scenarios : playbook,
            line: problem.line ?? 1, column: 1, message: problem.message, remedy: problem.remedy)
    }
}
