package import BatonCore

/// What a proof found, as JSON: `prove/v1`.
package struct ProofReport: Codable, Hashable, Sendable {
    package static let format = "prove/v1"

    /// A run that breaks a promise: the shortest one of its kind.
    package struct Violation: Codable, Hashable, Sendable {
        /// `I1` to `I10`, a rule such as `R1`, or a promise in a word.
        package var invariant: String
        package var what: String
        /// The step of the playbook that allows it, and its line; null where no step does.
        @OrNull package var step: StepID?
        @OrNull package var line: Int?
        /// What goes wrong, in order; empty when nothing need go wrong.
        package var faults: [String]
        package var timeline: [StoryMoment]

        package init(
            invariant: String, what: String, step: StepID?, line: Int?, faults: [String], timeline: [StoryMoment]
        ) {
            self.invariant = invariant
            self.what = what
            self._step = OrNull(wrappedValue: step)
            self._line = OrNull(wrappedValue: line)
            self.faults = faults
            self.timeline = timeline
        }
    }

    package var format = Self.format
    package var proved: Bool
    package var playbook: FileIdentity
    package var topology: FileIdentity
    package var to: String
    /// Distinct states that were reached, runs that were played, and how many things went wrong in one run at most.
    package var states: Int
    package var runs: Int
    package var depth: Int
    package var assumptions: [String]
    package var violations: [Violation]

    package init(
        plan: Plan, proved: Bool, states: Int, runs: Int, depth: Int, assumptions: [String], violations: [Violation]
    ) {
        self.proved = proved
        playbook = plan.playbook
        topology = plan.topologyFile
        to = plan.toSite
        self.states = states
        self.runs = runs
        self.depth = depth
        self.assumptions = assumptions
        self.violations = violations
    }
}
