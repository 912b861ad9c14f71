/// One step on one of its targets, as it is expected to go.
package struct ForeseenStep: Hashable, Sendable {
    package var step: PlanStep
    package var target: Target
    /// What is done; nil for a gate.
    package var call: Call?
    /// What would change, in order. Empty for a gate: what it proves is a fact for the steps after it, and no change.
    package var changes: [ForeseenChange]
    /// How the action is undone; nil for a gate.
    package var undo: Undo?
    /// Pass and warn: nothing that is known stands in the way. Block: the run would not get past it. Unknown: it cannot be
    /// known before. Whether a server does in time what it is told is never foretold; deadlines and undos are for that.
    package var verdict: Verdict

    package var item: ItemID { ItemID(step.id, on: target) }
}

/// A fact before and after a step.
package struct ForeseenChange: Hashable, Sendable {
    package var key: FactKey
    package var from: Knowledge
    package var to: FactValue

    package init(key: FactKey, from: Knowledge, to: FactValue) {
        self.key = key
        self.from = from
        self.to = to
    }

    /// What was there before, in words; nil when it is not known.
    package var fromText: String? {
        if case .known(let value, _) = from { return value.description }
        return nil
    }

    /// Whether the fact has this value already, as far as is known.
    package var isHeld: Bool {
        if case .known(let value, _) = from { return value == to }
        return false
    }
}
