package import BatonCore

/// Asks for the logical replication slots of the old primary.
package struct PostgresLogicalSlotsProbe: Probe {
    package struct Answer: Hashable, Codable, Sendable {
        package var node: String
        /// Names of the slots whose position new will not have, in order.
        package var slots: [String]

        package init(node: String, slots: [String]) {
            self.node = node
            self.slots = slots
        }
    }

    package static let id = "postgres.logical-slots"
    package var node: String
    /// The candidate: it has the slots that it keeps in step itself.
    package var new: String

    package init(node: String, new: String) {
        self.node = node
        self.new = new
    }
}

/// Whether a loss of logical slots is accepted.
package struct LogicalSlotsLimit: ParameterSet {
    package static let declarations = [
        ParameterDeclaration(
            "accept-loss", .flag, default: .flag(false),
            "Go on although the subscribers of these slots must be set up anew.")
    ]

    let acceptsLoss: Bool

    package init(_ arguments: Arguments) { acceptsLoss = arguments.flag("accept-loss") }
}

/// No logical slot is left behind: a promotion does not bring old's along, and a subscriber that finds a new slot of the
/// same name misses changes without a word (R14).
package enum PostgresLogicalSlots: Gate {
    package static let id: GateID = "postgres.logical-slots"
    package static let summary = "No logical replication slot is lost by the promotion."
    package static let source = "PostgreSQL documentation: Logical Replication Failover; patroni issues 1056 and 1749."
    package static let kind = TargetKind.node

    package static func question(
        _ limit: LogicalSlotsLimit, on target: Target, in scope: Scope
    ) -> PostgresLogicalSlotsProbe {
        PostgresLogicalSlotsProbe(node: target.name, new: scope.binding.new)
    }

    package static func judge(_ answer: PostgresLogicalSlotsProbe.Answer, _ limit: LogicalSlotsLimit) -> Verdict {
        let count = Quantity.count(Int64(answer.slots.count))
        if answer.slots.isEmpty {
            return .pass("no logical slot of \(answer.node) is lost", observed: count, limit: .count(0))
        }
        let lost = "the promotion loses logical slots of \(answer.node): \(answer.slots.joined(separator: ", "))"
        let remedy =
            "Stop their subscribers and drop them on \(answer.node): SELECT pg_drop_replication_slot('"
            + "\(answer.slots[0])'); or accept it by name: limit: { accept-loss: true }"
        return limit.acceptsLoss
            ? .warn(lost, remedy: remedy, observed: count, limit: .count(0))
            : .block(lost, remedy: remedy, observed: count, limit: .count(0))
    }

    package static func byHand(_ limit: LogicalSlotsLimit, on target: Target, in scope: Scope) -> ByHandCheck {
        let accepted = "their loss is accepted, and their subscribers are set up anew"
        return ByHandCheck(
            [
                limit.acceptsLoss
                    ? psql(target, in: scope, GateQuestion.logicalSlots, expect: accepted)
                    : psql(
                        target, in: scope, GateQuestion.logicalSlots,
                        expect: "\(target) has no logical slot that the promotion would lose", output: "")
            ],
            otherwise:
                "Stop the subscribers and drop their slots on \(target) with SELECT pg_drop_replication_slot(name); "
                + "or accept that they must be set up anew.")
    }

    package static let passing = PostgresLogicalSlotsProbe.Answer(node: "west-db", slots: [])
    package static let refusing = PostgresLogicalSlotsProbe.Answer(node: "west-db", slots: ["warehouse"])
}
