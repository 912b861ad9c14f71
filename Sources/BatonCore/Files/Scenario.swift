/// A team's tests of its playbook: what goes wrong in each, and how the run must end then.
package struct ScenarioFile: Hashable, Codable, Sendable {
    /// An absolute path once loaded.
    package var playbook: String
    /// An absolute path once loaded; nil: the simulator's own pair of sites.
    package var topology: String?
    /// The site that the primary role goes to; there exactly when a topology is.
    package var toSite: String?
    /// Never empty; in the file's order.
    package var scenarios: [Scenario]

    package init(playbook: String, topology: String? = nil, toSite: String? = nil, scenarios: [Scenario]) {
        self.playbook = playbook
        self.topology = topology
        self.toSite = toSite
        self.scenarios = scenarios
    }
}

/// One simulated run: the faults that it meets and how it must end.
package struct Scenario: Hashable, Codable, Sendable {
    /// A sentence; unique within its file.
    package var name: String
    /// How an emergency's primary is lost; nil: it is killed. Nil in a planned run.
    package var lost: PrimaryLoss?
    /// What the operator of an emergency accepts; nil: nothing. Nil in a planned run.
    package var acceptance: Acceptance?
    /// Empty: nothing goes wrong.
    package var given: [GivenFault]
    package var expect: Expectation
    /// The step that the run must have ended at: its id, or the name of its action or gate; nil: any.
    package var at: String?
    /// Line of the file, from 1.
    package var line: Int

    package init(
        name: String, lost: PrimaryLoss? = nil, acceptance: Acceptance? = nil, given: [GivenFault] = [],
        expect: Expectation, at: String? = nil, line: Int
    ) {
        self.name = name
        self.lost = lost
        self.acceptance = acceptance
        self.given = given
        self.expect = expect
        self.at = at
        self.line = line
    }
}

/// One thing that goes wrong.
package struct GivenFault: Hashable, Codable, Sendable {
    package var fault: FaultID
    /// A role or a name of the topology; for a fault of a step the step's id, or the name of its action or gate. Nil for a
    /// fault that concerns the whole run.
    package var on: String?
    /// How much of it; checked and with the declaration's default filled in. Nil for a fault that takes no value.
    package var value: ArgumentValue?
    package var moment: Moment
    /// Line of the file, from 1.
    package var line: Int

    package init(
        fault: FaultID, on: String? = nil, value: ArgumentValue? = nil, moment: Moment = .start, line: Int
    ) {
        self.fault = fault
        self.on = on
        self.value = value
        self.moment = moment
        self.line = line
    }
}

/// When a fault begins. A step is named by its id, or by its action or gate; a name that stands for several steps means the
/// first of them.
package enum Moment: Hashable, Codable, Sendable {
    /// Before the run looks at anything.
    case start
    /// When the first step of the phase begins, before it looks whether it may.
    case phase(Phase)
    /// Between the step's announcement and its being sent; for a gate, before it is asked.
    case before(String)
    /// When the step is settled, on the first of its targets.
    case after(String)
}

/// How a run must end: the words of `RunOutcome`, and that of a run that waits for an operator.
package enum Expectation: String, Hashable, Codable, Sendable, CaseIterable {
    case completed
    case completedWithObligations = "completed-with-obligations"
    case refused
    case rolledBack = "rolled-back"
    case halted
    case alreadyThere = "already-there"
    case interrupted

    /// How such a run ended, as a sentence.
    package var summary: String {
        switch self {
        case .completed: "New serves; nothing is left to do."
        case .completedWithObligations: "New serves; something is left to do and named."
        case .refused: "A gate said no; nothing was changed."
        case .rolledBack: "Something failed before the promotion, and everything is as before."
        case .halted: "The run waits for an operator."
        case .alreadyThere: "The primary was at the target site already."
        case .interrupted: "Somebody interrupted it before any change."
        }
    }
}

/// One fault that the simulator knows: what the loader checks and the reference page prints.
package struct FaultDeclaration: Hashable, Sendable {
    /// What a fault acts on, and so what its `on` must name.
    package enum Kind: String, Hashable, Codable, Sendable, CaseIterable {
        case node, pooler, route
        case step
        /// The run as a whole; nothing is named.
        case run

        /// The kind of the topology's things that it acts on; nil where it acts on none of them.
        package var target: TargetKind? {
            switch self {
            case .node: .node
            case .pooler: .pooler
            case .route: .route
            case .step, .run: nil
            }
        }
    }

    /// What a fault takes after `with:`.
    package struct Value: Hashable, Sendable {
        package var kind: ParameterKind
        /// Nil: the scenario must say it.
        package var defaultValue: ArgumentValue?

        package init(_ kind: ParameterKind, default defaultValue: ArgumentValue? = nil) {
            self.kind = kind
            self.defaultValue = defaultValue
        }
    }

    package var id: FaultID
    /// One sentence for help and the reference page.
    package var summary: String
    package var kind: Kind
    /// Nil: it takes none.
    package var value: Value?
    /// Whether it can only be there from the beginning, so that a scenario names no moment for it.
    package var isInitial: Bool

    package init(_ id: FaultID, on kind: Kind, with value: Value? = nil, isInitial: Bool = false, _ summary: String) {
        self.id = id
        self.summary = summary
        self.kind = kind
        self.value = value
        self.isInitial = isInitial
    }
}
