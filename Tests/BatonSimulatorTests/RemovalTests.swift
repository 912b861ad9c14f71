import BatonCore
import FoundationEssentials
import Testing

@testable import BatonSimulator

/// The page `Simulator-Removals.md`: everything that can be taken out of Baton is missed by a seed that is played again here.
@Suite struct RemovalTests {
    private static let page = "\(SimulatedPlan.root)/Documentation/Simulator-Removals.md"

    private static func hunt() throws -> RemovalHunt {
        RemovalHunt(Swarm(try SimulatedPlan.shipped(), catalogue: SimulatedPlan.catalogue))
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
        #expect(
            try String(contentsOfFile: Self.page, encoding: .utf8) == page,
            "run make removals and review the difference")
    }

    @Test func `every rule has a row`() throws {
        let rules = Set(try Self.hunt().mutants.map(\.rule))
        #expect(Set(Rule.allCases).subtracting(rules).isEmpty)
    }
}
