import BatonCore
import BatonPlaybooks
import Foundation
import Testing

@testable import BatonSimulator

/// The scenario files beside the shipped playbooks, as `make test` runs them.
@Suite("Shipped scenarios")
struct ShippedScenariosTests {
    static var files: [String] {
        get throws {
            try FileManager.default.contentsOfDirectory(atPath: ScenarioFixture.playbooks)
                .filter { $0.hasSuffix(".test.yaml") }.sorted()
        }
    }

    @Test("Every shipped playbook has scenarios beside it")
    func everyPlaybook() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: ScenarioFixture.playbooks)
            .filter { $0.hasSuffix(".yaml") && !$0.hasSuffix(".test.yaml") }
        #expect(names.count >= 2)
        #expect(try Set(names.map { $0.replacing(".yaml", with: ".test.yaml") }) == Set(Self.files))
    }

    @Test("Every scenario passes, and together they go everywhere", arguments: try files)
    func pass(_ name: String) throws {
        let loaded = try ScenarioLoader.load(
            path: ScenarioFixture.playbooks + "/" + name, faults: ScenarioFaults.declarations)
        #expect(loaded.complaints.isEmpty, "\(loaded.complaints)")
        #expect(loaded.file.topology == nil, "a shipped file fits every topology")
        let plan = try ScenarioFixture.plan(loaded.file.playbook)
        #expect(loaded.complaints(for: plan).isEmpty, "\(loaded.complaints(for: plan))")
        let report = ScenarioRunner(plan: plan, catalogue: ScenarioFixture.catalogue).run(loaded.file.scenarios)
        for result in report.results {
            #expect(
                result.passed,
                """
                \(name):\(result.scenario.line): \(result.scenario.name): \(result.problems.joined(separator: "; "))
                \(result.story.map { "\($0.at) \($0.who) \($0.what)" }.joined(separator: "\n"))
                """)
        }
        #expect(report.results.count >= 20)
        #expect(report.coverage.gaps.isEmpty, "\(report.coverage.gaps)")
    }
}
