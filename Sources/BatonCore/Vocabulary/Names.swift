/// The kinds of thing that a step can act on and a gate can ask about.
package enum TargetKind: String, Hashable, Codable, Sendable, CaseIterable {
    /// A PostgreSQL server.
    case node
    /// A connection pooler (PgBouncer).
    case pooler
    /// A TCP proxy (HAProxy).
    case proxy
    /// A DNS name.
    case name
    /// How a class of clients reaches the service.
    case route
}

/// One named thing of the topology. Names are unique within their kind.
package struct Target: Hashable, Codable, Sendable, Comparable, CustomStringConvertible {
    package var kind: TargetKind
    package var name: String

    package init(_ kind: TargetKind, _ name: String) {
        self.kind = kind
        self.name = name
    }

    package static func node(_ name: String) -> Target { Target(.node, name) }
    package static func pooler(_ name: String) -> Target { Target(.pooler, name) }
    package static func route(_ name: String) -> Target { Target(.route, name) }

    package static func < (left: Target, right: Target) -> Bool {
        (left.kind.rawValue, left.name) < (right.kind.rawValue, right.name)
    }

    package var description: String { name }

    /// By name alone: few targets of two kinds have the same.
    package func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

/// A name that is a string and nothing else; the tag keeps different kinds of name apart.
package struct Identifier<Tag>: Hashable, Sendable, Comparable, CustomStringConvertible, ExpressibleByStringLiteral {
    package var rawValue: String

    package init(_ rawValue: String) { self.rawValue = rawValue }
    package init(stringLiteral value: String) { self.rawValue = value }
    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    package var description: String { rawValue }
}

extension Identifier: Codable {
    package init(from decoder: any Decoder) throws {
        self.rawValue = try decoder.singleValueContainer().decode(String.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}

package enum ActionTag {}
package enum GateTag {}
package enum StepTag {}
package enum RunTag {}
package enum RuleTag {}
package enum FaultTag {}

/// The name of an action, as a playbook writes it after `do:` (`postgres.promote`).
package typealias ActionID = Identifier<ActionTag>
/// The name of a gate, as a playbook writes it after `gate:` (`postgres.replay-lag`).
package typealias GateID = Identifier<GateTag>
/// The name of a step, unique within its plan (`promote.postgres.promote`).
package typealias StepID = Identifier<StepTag>
/// The name of a run; also its directory's name.
package typealias RunID = Identifier<RunTag>
/// The stable name of a transition of the run machine, cited by journal, log and diagram.
package typealias RuleID = Identifier<RuleTag>
/// The name of a fault of the simulator, as a scenario writes it after `fault:` (`standby.lags`).
package typealias FaultID = Identifier<FaultTag>
