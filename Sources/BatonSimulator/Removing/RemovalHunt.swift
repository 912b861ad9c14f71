#if DEBUG || BATON_REMOVALS
    import BatonCore

    /// Plays seeds against every mutant until a checker notices.
    package struct RemovalHunt: Sendable {
        package let swarm: Swarm
        private let original: Catalogue

        package init(_ swarm: Swarm) {
            self.swarm = swarm
            original = swarm.catalogue
        }

        package var mutants: [Mutant] { Mutant.all(of: swarm.plan, original) }

        /// The row of a mutant when one seed is played; nil when nobody notices.
        package func row(_ mutant: Mutant, seed: UInt64) -> RemovalTable.Row? {
            var simulation = mutant.simulation(swarm, seed: seed)
            guard let violation = simulation.play().violations.first else { return nil }
            return RemovalTable.Row(
                rule: mutant.rule, what: mutant.words(swarm.plan, original), checker: violation.invariant, seed: seed)
        }

        /// The first seed that shows that it is missed.
        package func find(_ mutant: Mutant, within limit: UInt64) -> RemovalTable.Row? {
            for seed in 1...limit { if let row = row(mutant, seed: seed) { return row } }
            return nil
        }

        /// The row of what another rule covers.
        package func coveredRow(_ mutant: Mutant) -> RemovalTable.Row? {
            mutant.cover.map {
                RemovalTable.Row(
                    rule: mutant.rule, what: mutant.words(swarm.plan, original), checker: "–: \($0)",
                    seed: nil)
            }
        }
    }
#endif
