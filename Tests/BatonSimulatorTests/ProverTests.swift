import BatonActions
import BatonCore
import FoundationEssentials
import Testing

@testable import BatonSimulator

@Suite struct ProverTests {
    @Test func `the shipped playbook keeps its promises whatever one thing goes wrong`() throws {
        let proof = Prover(try SimulatedPlan.shipped(), catalogue: SimulatedPlan.catalogue, depth: 1).prove()
        let isProved = proof.isProved
        #expect(isProved, "\(proof.counterexamples.map { "\($0.invariant): \($0.what), \($0.faults)" })")
        #expect(proof.runs > 1_000)
        #expect(proof.states.count > 5_000)
    }

    @Test func `two shares find what one prover finds`() throws {
        let plan = try SimulatedPlan.plan("\(Self.unsafe)/no-freeze.yaml")
        let whole = Prover(plan, catalogue: SimulatedPlan.catalogue, depth: 1).prove()
        let halves = Proof.merged(
            (0..<2).map { Prover(plan, catalogue: SimulatedPlan.catalogue, depth: 1, share: ($0, 2)).prove() })
        #expect(whole.counterexamples.map(\.invariant) == halves.counterexamples.map(\.invariant))
        #expect(!whole.counterexamples.isEmpty)
    }

    @Test func `a proof that is stopped proves nothing`() throws {
        let proof = Prover(try SimulatedPlan.shipped(), catalogue: SimulatedPlan.catalogue, depth: 1)
            .prove { runs, _ in runs < 300 }
        let isProved = proof.isProved
        #expect(!isProved)
        #expect(proof.counterexamples.isEmpty)
    }

    private static let unsafe = "\(SimulatedPlan.root)/Tests/BatonSimulatorTests/Unsafe"

    /// Every playbook of the corpus, with the line that its comments blame.
    private static let corpus: [(file: String, blame: Int)] = {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: unsafe)) ?? []
        return files.filter { $0.hasSuffix(".yaml") }.sorted().map { file in
            let text = (try? String(contentsOfFile: "\(unsafe)/\(file)", encoding: .utf8)) ?? ""
            let comment = text.split(separator: "\n").first { $0.hasPrefix("# Blame: line ") }
            let number = comment?.dropFirst("# Blame: line ".count).prefix { $0.isNumber }
            return (file, number.flatMap { Int($0) } ?? 0)
        }
    }()

    @Test func `the corpus of unsafe playbooks is there`() {
        #expect(Self.corpus.count >= 15)
        #expect(Self.corpus.allSatisfy { $0.blame > 0 })
    }

    /// Two that need a second fault beside the first; the others break with one, or with none.
    private static let needPairs: Set<String> = ["pooler-gives-up-first.yaml"]

    @Test(arguments: corpus)
    func `a playbook that the loader accepts and that is unsafe is refused, with the line`(
        file: String, blame: Int
    ) throws {
        let plan = try SimulatedPlan.plan("\(Self.unsafe)/\(file)")
        let depth = Self.needPairs.contains(file) ? 2 : 1
        let proof = Prover(plan, catalogue: SimulatedPlan.catalogue, depth: depth).prove(until: { $0.line == blame })
        let found = proof.counterexamples.first { $0.line == blame }
        #expect(found != nil, "\(proof.counterexamples.map { "line \($0.line ?? 0) \($0.invariant): \($0.what)" })")
        #expect(found?.timeline.isEmpty == false)
    }
}
