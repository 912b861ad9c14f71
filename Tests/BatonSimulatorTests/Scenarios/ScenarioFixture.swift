import BatonActions
import BatonCore
import BatonPlaybooks
import Foundation
import Testing

@testable import BatonSimulator

/// The shipped playbook, met with a topology, and the scenario files that are shipped beside it.
enum ScenarioFixture {
    static let catalogue = Catalogue(actions: Catalogue.allActions, gates: Catalogue.allGates)

    private static let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()

    static let playbooks = tests.deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Playbooks").path()
    /// Playbooks that load and break a promise.
    static let unsafePlaybooks = tests.appending(path: "Unsafe").path()

    static func plan(
        _ playbook: String = playbooks + "/planned-switchover.yaml",
        on topology: Topology = SimulatedTopology.threeNodes, to site: String = SimulatedTopology.toSite
    ) throws -> Plan {
        let loaded = try PlaybookLoader.load(path: playbook, catalogue: catalogue)
        return try Planner(catalogue: catalogue).plan(
            loaded.playbook, identity: FileIdentity(name: loaded.playbook.name, sha256: ""), on: topology,
            identity: FileIdentity(name: topology.name, sha256: ""), to: site)
    }

    static func runner() throws -> ScenarioRunner { ScenarioRunner(plan: try plan(), catalogue: catalogue) }

    /// Where the run of a scenario rests by itself.
    static func rest(_ given: [GivenFault], runner: ScenarioRunner? = nil) throws -> Simulation.Rest {
        var simulation = try (runner ?? self.runner()).simulation(of: scenario(given))
        simulation.playToRest()
        return simulation.rest
    }

    static func scenario(
        _ given: [GivenFault], _ expect: BatonCore.Expectation = .completed, at: String? = nil, name: String = "s"
    ) -> Scenario {
        Scenario(name: name, given: given, expect: expect, at: at, line: 1)
    }
}

extension GivenFault {
    /// A fault as a scenario file would name it.
    static func fault(
        _ id: FaultID, on: String? = nil, with span: TimeSpan? = nil, _ moment: Moment = .start
    ) -> GivenFault {
        GivenFault(fault: id, on: on, value: span.map { .span($0) }, moment: moment, line: 2)
    }
}
