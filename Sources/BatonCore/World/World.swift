/// Everything that is known at one moment, with where each piece of knowledge comes from. A value: plan, preflight, prove
/// and the real run hold worlds of the same type and differ only in who fills them.
package struct World: Hashable, Codable, Sendable {
    private var facts: [FactKey: Knowledge] = [:]

    package init() {}

    package subscript(key: FactKey) -> Knowledge {
        facts[key] ?? .unknown("never observed")
    }

    /// The value when it is known, whatever the basis.
    package func value(_ key: FactKey) -> FactValue? {
        if case .known(let value, _) = self[key] { return value }
        return nil
    }

    /// All facts in a stable order.
    package var sorted: [(key: FactKey, knowledge: Knowledge)] {
        facts.sorted { $0.key < $1.key }.map { (key: $0.key, knowledge: $0.value) }
    }

    /// Sets a fact on some basis.
    package mutating func learn(_ change: Change, basis: Basis) {
        facts[change.key] = .known(change.value, basis)
    }

    /// Takes over an observation; what could not be observed becomes unknown, never stays as it was believed.
    package mutating func learn(_ observation: Observation, at instant: Instant) {
        switch observation.finding {
        case .value(let value): facts[observation.key] = .known(value, .observed(at: instant))
        case .unknown(let why): facts[observation.key] = .unknown(why)
        }
    }

    /// Marks facts as unknown, because something that changes them is under way.
    package mutating func forget(_ keys: some Sequence<FactKey>, why: String) {
        for key in keys { facts[key] = .unknown(why) }
    }

    /// Whether the condition holds, does not, or cannot be told.
    package func judge(_ condition: Condition) -> ConditionVerdict {
        switch self[condition.key] {
        case .known(let value, _): return value == condition.value ? .holds : .broken(found: value)
        case .unknown(let why): return condition.mayBeUnknown ? .holds : .unknown(why)
        }
    }
}

/// What must be true before an action is announced.
package struct Condition: Hashable, Codable, Sendable {
    package var key: FactKey
    package var value: FactValue
    /// Whether it is observed again right before the action, however recently it was seen (R3).
    package var needsEvidence: Bool
    /// Whether only the opposite, where it is known, stands in the way: for what must go on although a server is gone.
    package var mayBeUnknown: Bool
    /// Why the action must not happen otherwise, as one sentence.
    package var why: String

    package init(
        _ key: FactKey, is value: FactValue, freshly needsEvidence: Bool = false, orUnknown mayBeUnknown: Bool = false,
        why: String
    ) {
        self.key = key
        self.value = value
        self.needsEvidence = needsEvidence
        self.mayBeUnknown = mayBeUnknown
        self.why = why
    }
}

package enum ConditionVerdict: Hashable, Sendable {
    case holds
    case broken(found: FactValue)
    case unknown(String)
}
