import BatonActions
import BatonCore
import BatonPlaybooks
import FoundationEssentials
import Testing

@testable import BatonSimulator

/// The page `Simulator-Removals.md`: everything that can be taken out of Baton is missed by a seed that is played again here.
@Suite struct RemovalTests {
    private static let root = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined()
    private static let page = "\(root)/Documentation/Simulator-Removals.md"

    private static func hunt() throws -> RemovalHunt {
        let catalogue = Catalogue(actions: Catalogue.allActions, gates: Catalogue.allGates)
        let playbook = try PlaybookLoader.load(
            path: "\(root)/Playbooks/planned-switchover.yaml", catalogue: catalogue)
        let plan = try Planner(catalogue: catalogue).plan(
            playbook.playbook, identity: FileIdentity(name: "planned-switchover", sha256: ""),
            on: SimulatedTopology.threeNodes, identity: FileIdentity(name: "simulated", sha256: ""), to: "east")
        return RemovalHunt(Swarm(plan, catalogue: catalogue))
    }

    @Test func `what is taken out of Baton is missed by the seed that the page names`() throws {
        let hunt = try Self.hunt()
        let written = try String(contentsOfFile: Self.page, encoding: .utf8)
        let seeds = RemovalTable.seeds(in: written)
        var rows: [RemovalTable.Row] = []
        for mutant in hunt.mutants {
            if let row = hunt.coveredRow(mutant) {
                rows.append(row)
                continue
            }
            let words = mutant.words(hunt.swarm.plan, hunt.swarm.catalogue)
            let seed = try #require(
                seeds[RemovalTable.key(mutant.rule, words)], "no row for \(words) of \(mutant.rule): make removals")
            if let row = hunt.row(mutant, seed: seed) {
                rows.append(row)
            } else {
                Issue.record("seed \(seed) does not miss \(words) of \(mutant.rule) any more: make removals")
            }
        }
        let page = RemovalTable(rows).markdown
        if ProcessInfo.processInfo.environment["BATON_RECORD"] == "1" {
            try page.write(toFile: Self.page, atomically: true, encoding: .utf8)
        }
        #expect(written == page, "run make removals and review the difference")
    }

    @Test func `every rule has a row`() throws {
        let rules = Set(try Self.hunt().mutants.map(\.rule))
        #expect(Set(Rule.allCases).subtracting(rules).isEmpty)
    }

    @Test func `seeds with nothing taken out break no promise`() throws {
        let hunt = try Self.hunt()
        for seed in 1...UInt64(100) {
            var simulation = hunt.swarm.simulation(seed: seed)
            let violations = simulation.play().violations
            #expect(violations.isEmpty, "seed \(seed)")
        }
    }
}
