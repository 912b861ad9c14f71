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

    private static let corpus = "\(SimulatedPlan.root)/Tests/BatonPlaybooksTests/Corpus/Good"
    /// The planned ones that hold their clients; the simulated topology has poolers.
    private static let good = ((try? FileManager.default.contentsOfDirectory(atPath: corpus)) ?? []).filter { file in
        let text = (try? String(contentsOfFile: "\(corpus)/\(file)", encoding: .utf8)) ?? ""
        return text.contains("mode: planned") && text.contains("freeze:\n")
    }.sorted()

    @Test(arguments: good)
    func `a playbook without findings completes in the simulated world`(file: String) throws {
        let plan = try SimulatedPlan.plan("\(Self.corpus)/\(file)")
        let proof = Prover(plan, catalogue: SimulatedPlan.catalogue, depth: 0).prove()
        #expect(proof.isProved, "\(proof.counterexamples.map { "line \($0.line ?? 0) \($0.invariant): \($0.what)" })")
    }

    @Test func `the good playbooks are there`() {
        #expect(Self.good.count >= 14)
    }
}
