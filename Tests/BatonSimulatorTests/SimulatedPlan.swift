import BatonActions
import BatonCore
import BatonPlaybooks

@testable import BatonSimulator

/// Plans for the tests of the simulator.
enum SimulatedPlan {
    static let catalogue = Catalogue(actions: Catalogue.allActions, gates: Catalogue.allGates)

    /// The repository's root, from this file's own path.
    static let root = "\(#filePath)".split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
        .joined(separator: "/")

    /// The shipped switchover on three nodes.
    static func shipped() throws -> Plan { try plan("\(root)/Playbooks/planned-switchover.yaml") }

    static func plan(_ path: String, catalogue: Catalogue = catalogue) throws -> Plan {
        let loaded = try PlaybookLoader.load(path: path, catalogue: catalogue)
        return try Planner(catalogue: catalogue).plan(
            loaded.playbook, identity: FileIdentity(name: loaded.playbook.name, sha256: ""),
            on: SimulatedTopology.threeNodes, identity: FileIdentity(name: "simulated", sha256: ""), to: "east")
    }
}
