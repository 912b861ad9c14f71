/// A file that a plan was made from: its name for people and the SHA-256 of its bytes in lower-case hexadecimal.
package struct FileIdentity: Hashable, Codable, Sendable {
    package var name: String
    package var sha256: String

    package init(name: String, sha256: String) {
        self.name = name
        self.sha256 = sha256
    }
}

/// One resolved step: what, on whom, by when, and why. Roles stay roles until the moment of use.
package struct PlanStep: Hashable, Codable, Sendable {
    package var id: StepID
    package var phase: Phase
    package var kind: StepKind
    package var arguments: Arguments
    package var on: [Role]
    package var deadline: TimeSpan
    package var retries: Int
    package var title: String
    package var why: String?
    package var owner: String?
    /// The action that wants this gate, when the playbook does not list it.
    package var impliedBy: ActionID?
    /// Line of the playbook, from 1; nil for implied gates.
    package var line: Int?
    /// The author's own words for doing it by hand, beside the commands of its definition.
    package var byHand: String? = nil
    /// Whether it may fail without consequence; nil as false, because earlier records do not say.
    package var bestEffort: Bool? = nil

    /// Whether the run goes on when the step fails, and may ask for it what is lost. The step's deadline is the price.
    package var isBestEffort: Bool { bestEffort ?? false }

    /// Whether the step's gate is judged until it passes or its deadline ends.
    package var isAwaited: Bool { kind.isGate && phase.awaitsGates }
}

/// Steps that run at the same time.
package struct PlanGroup: Hashable, Codable, Sendable {
    package var phase: Phase
    package var steps: [PlanStep]

    package init(phase: Phase, steps: [PlanStep]) {
        self.phase = phase
        self.steps = steps
    }
}

/// A run that ended before one of its fenced nodes came back, and who is who by its record.
package struct Continuation: Hashable, Codable, Sendable {
    package var run: RunID
    package var binding: Binding

    package init(run: RunID, binding: Binding) {
        self.run = run
        self.binding = binding
    }
}

/// Playbook and topology, met: the one value that `plan`, `preflight`, `drill`, `switchover`, `prove` and `docs` start
/// from. They differ only in what carries it out.
package struct Plan: Hashable, Codable, Sendable {
    package var playbook: FileIdentity
    package var topologyFile: FileIdentity
    package var title: String
    package var why: String
    package var mode: Mode
    package var objectives: Objectives
    package var limits: Limits
    package var topology: Topology
    /// The site that the primary role goes to.
    package var toSite: String
    /// The nodes that may become `new`, best first.
    package var candidates: [String]
    package var groups: [PlanGroup]
    /// The phase before which the run waits for the operator; nil: nowhere.
    package var holdBefore: Phase? = nil
    /// What the operator of an emergency accepts; nil in a planned run.
    package var acceptance: Acceptance? = nil
    /// The run whose standing order this one carries out; nil: it is a run of its own.
    package var continues: Continuation? = nil
    /// The node that a rejoin brings back; nil in every other mode.
    package var returning: String? = nil

    /// Whether the plan lets clients wait, so that somebody must be there to release them.
    package var freezes: Bool {
        groups.contains { $0.steps.contains { $0.phase == .freeze && !$0.kind.isGate } }
    }

    package var steps: [PlanStep] { groups.flatMap(\.steps) }
    package func step(_ id: StepID) -> PlanStep? { steps.first { $0.id == id } }

    /// What a person means by a name: the step of this id, or else every step that does this action or asks this gate.
    package func steps(named name: String) -> [PlanStep] {
        if let step = step(StepID(name)) { return [step] }
        return steps.filter { $0.kind.name == name }
    }

    /// The binding that the topology suggests while nothing has been observed: the first node elsewhere is old, the
    /// first candidate is new.
    package var assumedBinding: Binding {
        if let continues { return continues.binding }
        let old = returning ?? topology.nodes.first { $0.site != toSite }?.name
        return Binding(old: old ?? "", new: candidates.first ?? "")
    }

    /// What definitions look at under that binding. That of an emergency says what is accepted, also where that is nothing.
    package func scope(_ binding: Binding) -> Scope {
        Scope(
            topology: topology, binding: binding,
            acceptance: mode == .emergency ? acceptance ?? Acceptance() : acceptance, isRejoin: returning != nil)
    }
}
