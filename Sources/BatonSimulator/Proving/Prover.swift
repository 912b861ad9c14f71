package import BatonCore

/// Explores every point of a playbook's run with everything that may go wrong there, and again with what may go wrong in
/// addition. Pure: the same plan gives the same proof.
package struct Prover: Sendable {
    package let plan: Plan
    package let catalogue: Catalogue
    /// How many things may go wrong in one run.
    package let depth: Int
    package let pairs: Pairs
    /// This prover's share of the points, for several at work at once.
    package let share: (index: Int, of: Int)

    /// What the second of two faults may be.
    package enum Pairs: String, Sendable, CaseIterable {
        /// Baton dies, with or without its guard.
        case withBatonsDeath = "baton"
        /// That, new dies, old returns, somebody interrupts, a second Baton, a step that fails or does not answer.
        case many
    }

    package init(
        _ plan: Plan, catalogue: Catalogue, depth: Int = 2, pairs: Pairs = .withBatonsDeath,
        share: (index: Int, of: Int) = (0, 1)
    ) {
        self.pairs = pairs
        self.plan = plan
        self.catalogue = catalogue
        self.depth = depth
        self.share = share
    }

    /// What is taken for granted; printed with every verdict.
    package var assumptions: [String] {
        ProofBeginning.assumptions(of: plan) + Self.common + (depth > 1 ? [secondFault] : [])
    }

    private var secondFault: String {
        switch pairs {
        case .withBatonsDeath: "The second of two faults is Baton's death, with or without its guard's."
        case .many:
            "The second of two faults is Baton's death, with or without its guard's, the death of new, the return of old, "
                + "an interrupt, a second Baton, or a step that fails or does not answer."
        }
    }

    private static let common = [
        "PostgreSQL 15 and PgBouncer 1.18 behave as the conformance suite saw them behave.",
        "A server starts within five seconds and takes its supervisor's word for nothing.",
        "An order that was given up reaches a server later only where it is a promotion.",
        "Two moments with the same facts, the same open steps and the same orders on the way are one state; how long "
            + "clients have waited counts in steps of five seconds.",
        "When faults are over, an operator repairs servers and network and does what Baton asks for: resume, then a "
            + "decision.",
    ]

    /// - Parameters:
    ///   - progress: told now and then how many runs there were; false ends the exploration.
    ///   - isEnough: asked for each counterexample; true ends the exploration.
    package func prove(
        progress: (_ runs: Int, _ states: Int) -> Bool = { _, _ in true },
        until isEnough: (Counterexample) -> Bool = { _ in false }
    ) -> Proof {
        withoutActuallyEscaping(progress) { progress in
            withoutActuallyEscaping(isEnough) { isEnough in
                var exploration = Exploration(prover: self, progress: progress, isEnough: isEnough)
                exploration.explore()
                return exploration.proof
            }
        }
    }
}

/// A proof, or what stands against it.
package struct Proof: Sendable {
    /// Distinct states that were reached.
    package var states: Set<Int>
    package var runs: Int
    package var depth: Int
    package var counterexamples: [Counterexample]
    /// Whether everything was tried.
    package var isWhole: Bool

    package var isProved: Bool { counterexamples.isEmpty && isWhole }

    /// The proof that several shares make together.
    package static func merged(_ proofs: [Proof]) -> Proof {
        var all = Proof(states: [], runs: 0, depth: proofs.map(\.depth).min() ?? 0, counterexamples: [], isWhole: true)
        for proof in proofs {
            all.states.formUnion(proof.states)
            all.runs += proof.runs
            all.isWhole = all.isWhole && proof.isWhole
            for found in proof.counterexamples { all.keepShortest(found) }
        }
        return all
    }

    /// Keeps one counterexample for each promise and step: the one with the fewest faults, and of those the shortest.
    mutating func keepShortest(_ found: Counterexample) {
        if let index = counterexamples.firstIndex(where: { $0.isSameFault(as: found) }) {
            if found.isShorter(than: counterexamples[index]) { counterexamples[index] = found }
        } else {
            counterexamples.append(found)
        }
        counterexamples.sort { ($0.line ?? 0, $0.invariant) < ($1.line ?? 0, $1.invariant) }
    }
}

/// A run that breaks a promise, told from its beginning.
package struct Counterexample: Hashable, Sendable {
    package struct Moment: Hashable, Sendable {
        /// Since the command was given.
        package var at: TimeSpan
        package var who: String
        package var what: String
    }

    package var invariant: String
    package var what: String
    package var step: StepID?
    /// Line of the playbook that allows it.
    package var line: Int?
    /// What went wrong, in order; empty when nothing did.
    package var faults: [String]
    package var timeline: [Moment]

    func isSameFault(as other: Counterexample) -> Bool { invariant == other.invariant && line == other.line }

    func isShorter(than other: Counterexample) -> Bool {
        (faults.count, timeline.count, faults.joined()) < (
            other.faults.count, other.timeline.count, other.faults.joined()
        )
    }
}
