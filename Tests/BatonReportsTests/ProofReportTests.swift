import BatonCore
import FoundationEssentials
import Testing

@testable import BatonReports

@Suite struct ProofReportTests {
    private func report(_ violations: [ProofReport.Violation], proved: Bool) throws -> ProofReport {
        ProofReport(
            plan: try ScriptedRun.plan(), proved: proved, states: 41, runs: 7, depth: 2,
            assumptions: ["Servers start within five seconds."], violations: violations)
    }

    private let violation = ProofReport.Violation(
        invariant: "R1", what: "clients of pool have waited 31.00 s", step: "fence.test.stop", line: 12,
        faults: ["west-db hangs for 90.00 s"],
        timeline: [.init(at: .milliseconds(25), who: "pool", what: "holds its clients")])

    @Test func `what breaks comes first, with its line and its story`() throws {
        let text = try report([violation], proved: false).document(file: "book.yaml").rendered()
        #expect(text.contains("✗ book.yaml:12: R1: clients of pool have waited 31.00 s\n"))
        #expect(text.contains("  when west-db hangs for 90.00 s\n"))
        #expect(text.contains("+25.0 ms  pool  holds its clients\n"))
        #expect(text.hasSuffix("✗ 1 promise does not hold; look at line 12.\n"))
    }

    @Test func `a proof says what it explored and took for granted`() throws {
        let text = try report([], proved: true).document(file: "book.yaml", took: .seconds(3)).rendered()
        #expect(text.contains("7 runs, 41 states, up to 2 things go wrong in one run in 3.00 s."))
        #expect(text.contains("· Servers start within five seconds."))
        #expect(text.hasSuffix("✓ Every promise holds in every state.\n"))
        let stopped = try report([], proved: false).document(file: "book.yaml").rendered()
        #expect(stopped.hasSuffix("✗ Not everything was tried.\n"))
    }

    @Test func `the JSON has the keys of its contract, null where there is no line`() throws {
        var nowhere = violation
        nowhere.line = nil
        nowhere.step = nil
        let text = try ReportJSON.text(try report([violation, nowhere], proved: false))
        for key in [
            "format", "proved", "playbook", "states", "runs", "depth", "assumptions", "violations", "invariant", "step",
            "line", "timeline",
        ] { #expect(text.contains("\"\(key)\":")) }
        #expect(text.contains("\"line\":null") && text.contains("\"step\":null"))
        #expect(try JSONDecoder().decode(ProofReport.self, from: Data(text.utf8)).violations.count == 2)
    }
}
