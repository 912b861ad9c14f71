import BatonCore
import BatonPlaybooks
import Foundation
import Testing

@testable import BatonSimulator

/// What a proof refuses by playing, `baton check` refuses by reading, on a topology like the simulated one.
@Suite struct StaticSafetyTests {
    private static let unsafe = "\(SimulatedPlan.root)/Tests/BatonSimulatorTests/Unsafe"
    private static let threeNodes =
        "\(SimulatedPlan.root)/Tests/BatonPlaybooksTests/Corpus/Topologies/three-nodes.yaml"
    private static let files = ((try? FileManager.default.contentsOfDirectory(atPath: unsafe)) ?? [])
        .filter { $0.hasSuffix(".yaml") }.sorted()

    private static func findings(_ path: String) throws -> [Complaint] {
        let topology = try TopologyLoader.load(path: threeNodes)
        return StaticSafety(
            try PlaybookLoader.load(path: path, catalogue: SimulatedPlan.catalogue), topology: topology,
            catalogue: SimulatedPlan.catalogue
        ).complaints
    }

    @Test(arguments: files)
    func `every playbook that a proof refuses has an error without one`(file: String) throws {
        let findings = try Self.findings("\(Self.unsafe)/\(file)")
        #expect(findings.contains { $0.severity == .error }, "\(findings)")
    }

    @Test func `the playbook that a proof accepts has no finding`() throws {
        #expect(Self.files.count == 21)
        #expect(try Self.findings("\(SimulatedPlan.root)/Playbooks/planned-switchover.yaml").isEmpty)
    }
}
