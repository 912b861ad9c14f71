/// Everything that is known at one moment, with where each piece of knowledge comes from. A value: plan, preflight, prove
/// and the real run hold worlds of the same type and differ only in who fills them.
package struct World: Hashable, Sendable {
    /// Sorted by target, so that equal worlds are stored alike. By target, because a run keeps the world of every
    /// announcement: worlds share what is known of the targets that do not differ.
    private var targets: [TargetFacts] = []

    package init() {}

    package subscript(key: FactKey) -> Knowledge {
        find(key) ?? .unknown("never observed")
    }

    private func find(_ key: FactKey) -> Knowledge? {
        targets.first { $0.target == key.target }?.find(key)
    }

    /// Sets what is known of a fact.
    mutating func set(_ key: FactKey, _ knowledge: Knowledge) {
        if let index = targets.firstIndex(where: { $0.target == key.target }) {
            targets[index].set(key, knowledge)
        } else {
            let index = targets.firstIndex { key.target < $0.target } ?? targets.count
            targets.insert(TargetFacts(key, knowledge), at: index)
        }
    }

    /// The value when it is known, whatever the basis.
    package func value(_ key: FactKey) -> FactValue? {
        if case .known(let value, _) = self[key] { return value }
        return nil
    }

    /// All facts in a stable order.
    package var sorted: [(key: FactKey, knowledge: Knowledge)] {
        targets.flatMap { facts in
            facts.sorted.map { (key: FactKey(facts.target, $0.aspect, detail: $0.detail), knowledge: $0.knowledge) }
        }
    }

    /// Sets a fact on some basis.
    package mutating func learn(_ change: Change, basis: Basis) {
        set(change.key, .known(change.value, basis))
    }

    /// Takes over an observation; what could not be observed becomes unknown, never stays as it was believed.
    package mutating func learn(_ observation: Observation, at instant: Instant) {
        switch observation.finding {
        case .value(let value): set(observation.key, .known(value, .observed(at: instant)))
        case .unknown(let why): set(observation.key, .unknown(why))
        }
    }

    /// Marks facts as unknown, because something that changes them is under way.
    package mutating func forget(_ keys: some Sequence<FactKey>, why: String) {
        for key in keys { set(key, .unknown(why)) }
    }

    /// Whether the condition holds, does not, or cannot be told.
    package func judge(_ condition: Condition) -> ConditionVerdict {
        switch self[condition.key] {
        case .known(let value, _): return value == condition.value ? .holds : .broken(found: value)
        case .unknown(let why): return condition.mayBeUnknown ? .holds : .unknown(why)
        }
    }
}

/// What is known of one target: a handful of facts, found by looking through them.
private struct TargetFacts: Hashable, Sendable {
    struct Fact: Hashable, Sendable {
        let aspect: Aspect
        let detail: String
        var knowledge: Knowledge

        init(_ key: FactKey, _ knowledge: Knowledge) {
            aspect = key.aspect
            detail = key.detail
            self.knowledge = knowledge
        }
    }

    let target: Target
    /// Sorted by key.
    private(set) var sorted: [Fact]

    init(_ key: FactKey, _ knowledge: Knowledge) {
        target = key.target
        sorted = [Fact(key, knowledge)]
    }

    private func index(of key: FactKey) -> Int? {
        sorted.firstIndex { $0.aspect == key.aspect && $0.detail == key.detail }
    }

    func find(_ key: FactKey) -> Knowledge? { index(of: key).map { sorted[$0].knowledge } }

    mutating func set(_ key: FactKey, _ knowledge: Knowledge) {
        if let index = index(of: key) {
            sorted[index].knowledge = knowledge
        } else {
            let later = sorted.firstIndex { (key.aspect, key.detail) < ($0.aspect, $0.detail) }
            sorted.insert(Fact(key, knowledge), at: later ?? sorted.count)
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
