package import BatonCore

/// How the scenarios of one file went, as JSON: `test/v1`. Filled by whoever played them.
package struct TestReport: Codable, Hashable, Sendable {
    package static let format = "test/v1"

    package struct Scenario: Codable, Hashable, Sendable {
        package var name: String
        /// Line of the file, from 1.
        package var line: Int
        package var passed: Bool
        package var expected: Expectation
        /// The step that the scenario names; null: any.
        @OrNull package var expectedAt: String?
        /// How the run ended before any operator helped.
        package var outcome: Expectation
        /// The step that brought it about, the expected one if it is among several; null: none did.
        @OrNull package var at: StepID?
        /// What the run says of it; null where there is nothing to say.
        @OrNull package var reason: String?
        /// What was expected and what came instead; empty when it passed.
        package var problems: [String]
        /// What happened; empty when it passed.
        package var story: [StoryMoment]

        package init(
            name: String, line: Int, expected: Expectation, expectedAt: String?, outcome: Expectation, at: StepID?,
            reason: String?, problems: [String], story: [StoryMoment]
        ) {
            self.name = name
            self.line = line
            passed = problems.isEmpty
            self.expected = expected
            self.expectedAt = expectedAt
            self.outcome = outcome
            self.at = at
            self.reason = reason
            self.problems = problems
            self.story = story
        }
    }

    package struct Count: Codable, Hashable, Sendable {
        package var reached: Int
        package var of: Int

        package init(reached: Int, of: Int) {
            self.reached = reached
            self.of = of
        }
    }

    package struct GateCount: Codable, Hashable, Sendable {
        package var reached: Int
        package var refused: Int
        package var of: Int

        package init(reached: Int, refused: Int, of: Int) {
            self.reached = reached
            self.refused = refused
            self.of = of
        }
    }

    /// Something that no scenario went through.
    package struct Gap: Codable, Hashable, Sendable {
        package enum Kind: String, Codable, Hashable, Sendable, CaseIterable {
            /// A step that was never announced.
            case step
            /// A gate that was never asked.
            case gate
            /// A gate that never refused.
            case refusal
            /// An outcome that no run had, or a takeover that no guard made.
            case branch
        }

        package var kind: Kind
        /// The step's id, or the branch.
        package var name: String

        package init(_ kind: Kind, _ name: String) {
            self.kind = kind
            self.name = name
        }
    }

    package struct Coverage: Codable, Hashable, Sendable {
        /// Steps that change something.
        package var steps: Count
        package var gates: GateCount
        /// The outcomes that runs had, and `guard-took-over`.
        package var branches: [String]
        package var missing: [Gap]

        package init(steps: Count, gates: GateCount, branches: [String], missing: [Gap]) {
            self.steps = steps
            self.gates = gates
            self.branches = branches
            self.missing = missing
        }
    }

    package var format = Self.format
    package var passed: Bool
    /// As the caller gave it.
    package var file: String
    package var playbook: FileIdentity
    /// In the file's order.
    package var scenarios: [Scenario]
    package var coverage: Coverage

    package init(file: String, playbook: FileIdentity, scenarios: [Scenario], coverage: Coverage) {
        passed = scenarios.allSatisfy(\.passed)
        self.file = file
        self.playbook = playbook
        self.scenarios = scenarios
        self.coverage = coverage
    }
}
