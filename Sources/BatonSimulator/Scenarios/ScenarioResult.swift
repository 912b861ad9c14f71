package import BatonCore

/// How one scenario went.
package struct ScenarioResult: Sendable {
    package var scenario: Scenario
    /// How the run ended by itself, before any operator helped.
    package var outcome: Expectation
    /// The steps that brought it about.
    package var decided: [StepID]
    /// What the run says of it; nil where there is nothing to say.
    package var reason: String?
    /// What was expected and what came instead, one sentence each; empty when it passed.
    package var problems: [String]
    /// What happened; empty when it passed.
    package var story: [Counterexample.Moment]

    package var passed: Bool { problems.isEmpty }
}

/// How a file of scenarios went.
package struct ScenarioReport: Sendable {
    /// In the file's order.
    package var results: [ScenarioResult]
    package var coverage: ScenarioCoverage

    package var passed: Bool { results.allSatisfy(\.passed) }
}
