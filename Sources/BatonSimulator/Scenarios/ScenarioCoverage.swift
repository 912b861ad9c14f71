package import BatonCore

/// Which parts of a plan the scenarios of a file went through, up to the first rest of each run.
package struct ScenarioCoverage: Hashable, Sendable {
    /// A way that a run can end or go on.
    package enum Branch: String, Hashable, Sendable, CaseIterable {
        case completed
        case completedWithObligations = "completed-with-obligations"
        case refused
        case rolledBack = "rolled-back"
        case halted
        case alreadyThere = "already-there"
        case interrupted
        /// Whatever the outcome was, the guard brought it about.
        case guardTookOver = "guard-took-over"
    }

    /// Something that no scenario went through.
    package struct Gap: Hashable, Sendable {
        package enum Kind: String, Hashable, Codable, Sendable, CaseIterable {
            /// A step that was never announced.
            case step
            /// A gate that was never asked.
            case gate
            /// A gate that never refused.
            case refusal
            /// A branch that no run took.
            case branch
        }

        package var kind: Kind
        /// The step's id, or the branch.
        package var name: String
    }

    /// Steps that change something, and those of them that were announced.
    package private(set) var steps: [StepID]
    package private(set) var stepsReached: Set<StepID> = []
    package private(set) var gates: [StepID]
    /// Gates that gave a verdict.
    package private(set) var gatesReached: Set<StepID> = []
    /// Gates whose verdict kept a run from going on.
    package private(set) var gatesRefused: Set<StepID> = []
    package private(set) var branches: Set<Branch> = []

    init(plan: Plan) {
        let scope = plan.scope(plan.assumedBinding)
        // What concerns nobody in this topology, `others` of a pair, cannot be reached.
        let used = plan.steps.filter { !scope.targets(of: $0.on).isEmpty }
        steps = used.filter { !$0.kind.isGate }.map(\.id)
        gates = used.filter(\.kind.isGate).map(\.id)
    }

    mutating func add(_ rest: Simulation.Rest) {
        if let machine = rest.machine {
            for item in machine.items.values where item.announcedAt != nil { stepsReached.insert(item.id.step) }
        }
        for entry in rest.journal {
            guard case .judged(let item, _, let verdict) = entry.event else { continue }
            gatesReached.insert(item.step)
            if !verdict.allows { gatesRefused.insert(item.step) }
        }
        if let branch = Branch(rawValue: rest.outcome.rawValue) { branches.insert(branch) }
        if rest.guardTookOver { branches.insert(.guardTookOver) }
    }

    /// What no scenario went through, in the plan's order.
    package var gaps: [Gap] {
        steps.filter { !stepsReached.contains($0) }.map { Gap(kind: .step, name: $0.rawValue) }
            + gates.filter { !gatesReached.contains($0) }.map { Gap(kind: .gate, name: $0.rawValue) }
            + gates.filter { gatesReached.contains($0) && !gatesRefused.contains($0) }
            .map { Gap(kind: .refusal, name: $0.rawValue) }
            + Branch.allCases.filter { !branches.contains($0) }.map { Gap(kind: .branch, name: $0.rawValue) }
    }
}
