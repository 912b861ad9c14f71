#if DEBUG || BATON_REMOVALS
    import BatonCore
    import BatonSimulator
    import FoundationEssentials
    import Glibc

    /// `make removals`: takes everything out of Baton, one at a time, and writes who noticed.
    enum RemovalCommand {
        private static let page = "Documentation/Simulator-Removals.md"

        static func hunt(_ swarm: Swarm, within limit: UInt64) throws {
            let hunt = RemovalHunt(swarm)
            var rows: [RemovalTable.Row] = []
            var missed = 0
            // With `missing` those alone that the page does not name.
            let isPartial = CommandLine.arguments.contains("missing")
            let known = isPartial ? RemovalTable.seeds(in: try String(contentsOfFile: page, encoding: .utf8)) : [:]
            for mutant in hunt.mutants {
                let key = RemovalTable.key(mutant.rule, mutant.words(swarm.plan, swarm.catalogue))
                guard known[key] == nil else { continue }
                if let row = hunt.coveredRow(mutant) ?? hunt.find(mutant, within: limit) {
                    rows.append(row)
                    print("\(row.seed ?? 0)|\(row.checker)|\(row.rule.rawValue)|\(row.what)")
                } else {
                    missed += 1
                    print("nobody within \(limit) seeds: \(mutant.rule.rawValue), \(mutant)")
                }
            }
            print("\(rows.count + missed) removals, \(missed) unnoticed")
            if missed > 0 { exit(2) }
            guard !isPartial else { return }
            try RemovalTable(rows).markdown.write(
                toFile: page, atomically: true, encoding: .utf8)
        }
    }
#endif
