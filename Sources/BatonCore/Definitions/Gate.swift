/// A read-only question to a system, or to a world that stands for it.
package protocol Probe: Hashable, Sendable {
    associatedtype Answer: Hashable, Codable, Sendable

    /// Names the kind of question; drivers register their observers under it.
    static var id: String { get }
    /// The answer as a world's facts give it; nil where it cannot be known before it happens.
    func answer(in world: World) -> Answer?
}

extension Probe {
    package func answer(in world: World) -> Answer? { nil }
}

/// A measured or allowed quantity, for people and for JSON.
package struct Quantity: Hashable, Codable, Sendable {
    package var value: Double?
    /// `bytes`, `ms`, `count`; empty for text.
    package var unit: String
    package var text: String

    package init(value: Double?, unit: String, text: String) {
        self.value = value
        self.unit = unit
        self.text = text
    }

    package static func text(_ text: String) -> Quantity { Quantity(value: nil, unit: "", text: text) }
    package static func bytes(_ bytes: ByteCount) -> Quantity {
        Quantity(value: Double(bytes.bytes), unit: "bytes", text: bytes.description)
    }
    package static func span(_ span: TimeSpan) -> Quantity {
        Quantity(value: span.inMilliseconds, unit: "ms", text: span.description)
    }
    package static func count(_ count: Int64) -> Quantity {
        Quantity(value: Double(count), unit: "count", text: "\(count)")
    }
}

/// What a verdict shows besides its sentence. It goes into the record with it, so that an auditor sees what was shown.
package indirect enum Exhibit: Hashable, Codable, Sendable {
    case loss(card: LossCard)
}

/// What a gate decides, and all that a person needs to act on it.
package struct Verdict: Hashable, Codable, Sendable {
    package enum Decision: String, Hashable, Codable, Sendable, CaseIterable {
        case pass, warn, block, unknown
    }

    package var decision: Decision
    /// One sentence with the observed value.
    package var reason: String
    /// What to do, with the exact command where there is one.
    package var remedy: String?
    package var observed: Quantity?
    package var limit: Quantity?
    /// How old the observed value was when it was judged.
    package var age: TimeSpan?
    /// More than a quantity: what a person is shown before they decide.
    package var exhibit: Exhibit?

    package init(
        _ decision: Decision, _ reason: String, remedy: String? = nil, observed: Quantity? = nil, limit: Quantity? = nil
    ) {
        self.decision = decision
        self.reason = reason
        self.remedy = remedy
        self.observed = observed
        self.limit = limit
    }

    package static func pass(_ reason: String, observed: Quantity? = nil, limit: Quantity? = nil) -> Verdict {
        Verdict(.pass, reason, observed: observed, limit: limit)
    }
    package static func warn(
        _ reason: String, remedy: String, observed: Quantity? = nil, limit: Quantity? = nil
    ) -> Verdict {
        Verdict(.warn, reason, remedy: remedy, observed: observed, limit: limit)
    }
    package static func block(
        _ reason: String, remedy: String, observed: Quantity? = nil, limit: Quantity? = nil
    ) -> Verdict {
        Verdict(.block, reason, remedy: remedy, observed: observed, limit: limit)
    }
    package static func unknown(_ reason: String, remedy: String? = nil) -> Verdict {
        Verdict(.unknown, reason, remedy: remedy)
    }

    /// What the judged promotion may lose; nil where the gate is about something else.
    package var lossCard: LossCard? {
        switch exhibit {
        case .loss(let card): card
        case nil: nil
        }
    }

    /// Whether the run may go on. Unknown never may.
    package var allows: Bool { decision == .pass || decision == .warn }
}

/// The definition of one guard: what it asks and how it judges the answer. Pure, so the same judgement serves real,
/// predicted, assumed and simulated answers.
package protocol Gate: Sendable {
    associatedtype Question: Probe
    associatedtype Limit: ParameterSet

    static var id: GateID { get }
    /// One sentence for help and the reference page.
    static var summary: String { get }
    /// Where the rule comes from: a document, an incident.
    static var source: String { get }
    static var kind: TargetKind { get }
    static func question(_ limit: Limit, on target: Target, in scope: Scope) -> Question
    static func judge(_ answer: Question.Answer, _ limit: Limit) -> Verdict
    /// How a person asks and judges without Baton.
    static func byHand(_ limit: Limit, on target: Target, in scope: Scope) -> ByHandCheck
    /// Facts that are proved when the gate passes.
    static func establishes(on target: Target, in scope: Scope) -> [Change]
    /// An answer that must pass.
    static var passing: Question.Answer { get }
    /// An answer that must not pass; it differs from `passing` in one fact.
    static var refusing: Question.Answer { get }
}

extension Gate {
    package static func establishes(on target: Target, in scope: Scope) -> [Change] { [] }
    package static func byHand(_ limit: Limit, on target: Target, in scope: Scope) -> ByHandCheck {
        ByHandCheck([], otherwise: "")
    }
}
