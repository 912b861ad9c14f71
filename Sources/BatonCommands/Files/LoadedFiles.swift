import BatonActions
import BatonCore
import BatonJournal
import BatonPlaybooks
import BatonReports
import Glibc

/// A playbook and a topology, read and resolved into a plan.
struct LoadedFiles {
    var playbook: LoadedPlaybook
    var topology: LoadedTopology
    var plan: Plan

    /// A plan that was made in another way, with the files that it rests on.
    init(playbook: LoadedPlaybook, topology: LoadedTopology, plan: Plan) {
        self.playbook = playbook
        self.topology = topology
        self.plan = plan
    }

    /// Reads both files and plans; throws what is wrong with either, all at once, with status 65.
    init(_ options: PlanOptions, state: String, to site: String? = nil) throws {
        let catalogue = Catalogue.standard
        let topologyPath = options.topology ?? "\(state)/lab/topology.yaml"
        var complaints: [Complaint] = []
        let playbook = Self.collect(&complaints) {
            try PlaybookLoader.load(path: options.playbook, catalogue: catalogue)
        }
        let topology = Self.collect(&complaints) { try TopologyLoader.load(path: topologyPath) }
        guard let playbook, let topology else {
            throw CommandProblem(files: complaints)
        }
        self.playbook = playbook
        self.topology = topology
        let site = site ?? options.to
        do {
            plan = try Planner(catalogue: catalogue).plan(
                playbook.playbook,
                identity: FileIdentity(name: playbook.playbook.name, sha256: Digest.sha256(Array(playbook.text.utf8))),
                on: topology.topology,
                identity: FileIdentity(name: topology.topology.name, sha256: Digest.sha256(Array(topology.text.utf8))),
                to: site)
        } catch {
            throw CommandProblem(
                planning: error, playbook: playbook.path, isUsage: !topology.topology.sites.contains(site))
        }
    }

    static func collect<Loaded>(_ complaints: inout [Complaint], _ load: () throws -> Loaded) -> Loaded? {
        do {
            return try load()
        } catch let failure as LoadFailure {
            complaints += failure.complaints
        } catch {
            complaints.append(
                Complaint(
                    severity: .error, code: ComplaintCode.unreadableFile.rawValue, file: "", line: 1, column: 1,
                    message: "\(error)", remedy: ""))
        }
        return nil
    }

    /// A planned run needs a planned playbook, an emergency one of its kind (R20).
    func require(_ mode: Mode, for command: String) throws {
        guard plan.mode == mode else {
            throw CommandProblem(
                .badFile,
                "\(playbook.path) is \(plan.mode.rawValue), and baton \(command) runs \(mode.rawValue) playbooks",
                remedy: mode == .planned
                    ? "give a playbook of mode planned, or use baton promote in an emergency"
                    : "give a playbook of mode emergency, or use baton switchover for a planned change")
        }
    }
}

extension CommandProblem {
    /// Why a playbook and a topology make no plan.
    init(planning failure: PlanningFailure, playbook path: String, isUsage: Bool) {
        let text = failure.problems.map { problem in
            let place = problem.line.map { "\(path):\($0): " } ?? ""
            return "\(place)\(problem.message)\n  remedy: \(problem.remedy)"
        }.joined(separator: "\n")
        self.init(isUsage ? .usage : .badFile, text)
    }

    /// Every complaint about the files, as a compiler would show them.
    init(files complaints: [Complaint]) {
        self.init(.badFile, "")
        text = Output.text(TextDocument(findings: complaints.map(Finding.init)), for: STDERR_FILENO)
    }
}

extension Catalogue {
    /// All that Baton can do and ask.
    static let standard = Catalogue(actions: allActions, gates: allGates, look: ByHandLook.commands)
}
