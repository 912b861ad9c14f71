/// How a team fails over: its intent, before it meets a topology.
package struct Playbook: Hashable, Codable, Sendable {
    package var name: String
    package var title: String
    package var why: String
    package var mode: Mode
    package var objectives: Objectives
    package var limits: Limits
    package var phases: [PlaybookPhase]

    package init(
        name: String, title: String, why: String, mode: Mode, objectives: Objectives, limits: Limits,
        phases: [PlaybookPhase]
    ) {
        self.name = name
        self.title = title
        self.why = why
        self.mode = mode
        self.objectives = objectives
        self.limits = limits
        self.phases = phases
    }

    /// Every step in the order of the file.
    package var steps: [PlaybookStep] { phases.flatMap { $0.groups.flatMap(\.steps) } }
}

/// What a drill is judged against; an absent objective is not judged.
package struct Objectives: Hashable, Codable, Sendable {
    /// Longest gap between two acknowledged writes.
    package var writePause: TimeSpan?
    /// From the command's acceptance to the first acknowledged write on the new primary.
    package var recoveryTime: TimeSpan?
    /// Most log that may be lost.
    package var recoveryPoint: ByteCount?

    package init(writePause: TimeSpan? = nil, recoveryTime: TimeSpan? = nil, recoveryPoint: ByteCount? = nil) {
        self.writePause = writePause
        self.recoveryTime = recoveryTime
        self.recoveryPoint = recoveryPoint
    }
}

/// Bounds that the run keeps (R1).
package struct Limits: Hashable, Codable, Sendable {
    /// How long writes may be frozen, from the first pause sent.
    package var freeze: TimeSpan
    /// The part of it that is kept for the undo: before promote every deadline ends this long before the budget.
    package var undoReserve: TimeSpan

    package init(freeze: TimeSpan = .seconds(30), undoReserve: TimeSpan = .seconds(10)) {
        self.freeze = freeze
        self.undoReserve = undoReserve
    }
}

package struct PlaybookPhase: Hashable, Codable, Sendable {
    package var phase: Phase
    package var groups: [PlaybookGroup]

    package init(phase: Phase, groups: [PlaybookGroup]) {
        self.phase = phase
        self.groups = groups
    }
}

/// Steps that run at the same time: one, or those of a `together:`.
package struct PlaybookGroup: Hashable, Codable, Sendable {
    package var steps: [PlaybookStep]

    package init(steps: [PlaybookStep]) { self.steps = steps }
}

/// What a step does: change something, or ask and judge.
package enum StepKind: Hashable, Codable, Sendable {
    case act(ActionID)
    case gate(GateID)

    package var isGate: Bool {
        switch self {
        case .act: false
        case .gate: true
        }
    }

    package var name: String {
        switch self {
        case .act(let id): id.rawValue
        case .gate(let id): id.rawValue
        }
    }
}

/// One entry of a playbook's phase.
package struct PlaybookStep: Hashable, Codable, Sendable {
    package var id: StepID?
    package var title: String?
    package var why: String?
    package var owner: String?
    package var kind: StepKind
    /// A gate's `limit:` or an action's `with:`; checked and with defaults filled in.
    package var arguments: Arguments
    package var on: [Role]
    package var deadline: TimeSpan?
    /// How often an action is tried again after it was proved not done.
    package var retries: Int
    /// Modes in which the step takes part; nil means always.
    package var modes: [Mode]?
    /// The user's own words for doing it by hand, in addition to the generated commands.
    package var byHand: String?
    /// Whether the run goes on when the step fails.
    package var isBestEffort: Bool
    /// Line of the playbook's file, from 1.
    package var line: Int

    package init(
        id: StepID? = nil, title: String? = nil, why: String? = nil, owner: String? = nil, kind: StepKind,
        arguments: Arguments = Arguments(), on: [Role], deadline: TimeSpan? = nil, retries: Int = 0,
        modes: [Mode]? = nil, byHand: String? = nil, isBestEffort: Bool = false, line: Int
    ) {
        self.id = id
        self.title = title
        self.why = why
        self.owner = owner
        self.kind = kind
        self.arguments = arguments
        self.on = on
        self.deadline = deadline
        self.retries = retries
        self.modes = modes
        self.byHand = byHand
        self.isBestEffort = isBestEffort
        self.line = line
    }
}
