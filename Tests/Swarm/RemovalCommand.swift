#if DEBUG || BATON_REMOVALS
    import BatonCore
    import BatonSimulator
    import FoundationEssentials
    import Glibc

    /// `make removals`: takes everything out of Baton, one at a time, and writes who noticed.
    enum RemovalCommand {
        static func hunt(_ swarm: Swarm, within limit: UInt64) throws {
            let hunt = RemovalHunt(swarm)
            var rows: [RemovalTable.Row] = []
            var missed = 0
            // Two halves for two processes; the page is written by a hunt of all.
            let part = CommandLine.arguments.contains("even") ? 0 : CommandLine.arguments.contains("odd") ? 1 : nil
            for (index, mutant) in hunt.mutants.enumerated() where part == nil || index % 2 == part {
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
            guard part == nil else { return }
            try RemovalTable(rows).markdown.write(
                toFile: "Documentation/Simulator-Removals.md", atomically: true, encoding: .utf8)
        }
    }
#endif
