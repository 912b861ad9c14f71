import BatonCore
import BatonPlaybooks
import BatonReports

/// The second look of `baton check`, at files that load: can this playbook end badly, by itself or on these topologies?
struct SafetyCheck {
    private let playbooks: [LoadedPlaybook]
    private let topologies: [LoadedTopology]

    /// Takes the files that are playbooks and topologies; all have loaded before.
    init(_ files: [(path: String, kind: FileKind)]) throws {
        playbooks = try files.filter { $0.kind == .playbook }.map {
            try PlaybookLoader.load(path: $0.path, catalogue: .standard)
        }
        topologies = try files.filter { $0.kind == .topology }.map { try TopologyLoader.load(path: $0.path) }
    }

    /// Every playbook on every topology, in each direction between its sites; without a topology on an assumed pair.
    func findings(assumingDown site: String? = nil) throws -> [Complaint] {
        if let site { try require(site) }
        return playbooks.flatMap { playbook in
            guard !topologies.isEmpty else { return StaticSafety(playbook, catalogue: .standard).complaints }
            return topologies.flatMap { topology in
                let safety = StaticSafety(playbook, topology: topology, catalogue: .standard)
                return safety.complaints + (site.map { safety.complaints(assumingDown: $0) } ?? [])
            }
        }
    }

    /// A site can only be lost where there is one of the name, and a playbook that would miss it.
    private func require(_ site: String) throws {
        guard !topologies.isEmpty, !playbooks.isEmpty else {
            throw CommandProblem(.usage, "--assume-down judges a playbook on a topology: give both files")
        }
        for topology in topologies where !topology.topology.sites.contains(site) {
            throw CommandProblem(
                .usage, "topology \(topology.topology.name) has no site \(site)",
                remedy: "use --assume-down with one of: \(topology.topology.sites.joined(separator: ", "))")
        }
    }

    /// What holds after each phase, and the way back from there.
    func facts() throws -> [PlaybookFacts] {
        try playbooks.map { playbook in
            do throws(PlanningFailure) {
                return PlaybookFacts(
                    playbook: playbook.playbook.name,
                    phases: try PhaseFacts.of(
                        playbook.playbook, topology: topologies.first?.topology, catalogue: .standard))
            } catch {
                throw CommandProblem(planning: error, playbook: playbook.path, isUsage: false)
            }
        }
    }
}

/// The facts of one playbook, phase by phase.
struct PlaybookFacts: Codable {
    var playbook: String
    var phases: [PhaseFacts]

    /// For a terminal.
    var rendered: String {
        (["\(playbook), if all goes well:"]
            + phases.map { facts in
                let width = facts.things.map(\.name.count).max() ?? 0
                let things = facts.things.map { thing in
                    "  " + thing.name + String(repeating: " ", count: width - thing.name.count + 2)
                        + thing.facts.joined(separator: ", ")
                }
                let undo =
                    facts.undo.map { $0.isEmpty ? "nothing to take back" : $0.joined(separator: ", then ") }
                    ?? "none: the point of no return is behind"
                let clients = facts.clients.map { "  clients: \($0)" }
                return (["after \(facts.phase.rawValue)"] + things + clients + ["  way back: \(undo)"])
                    .joined(separator: "\n")
            }).joined(separator: "\n")
    }
}
