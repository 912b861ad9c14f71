package import BatonCore

/// Asks for a standby's deliberate delay of replay.
package struct PostgresApplyDelayProbe: Probe {
    package struct Answer: Hashable, Codable, Sendable {
        package var node: String
        /// `recovery_min_apply_delay`; nil when it could not be read.
        package var delay: TimeSpan?

        package init(node: String, delay: TimeSpan?) {
            self.node = node
            self.delay = delay
        }
    }

    package static let id = "postgres.apply-delay"
    package var node: String

    package init(node: String) { self.node = node }
}

/// The candidate is no delayed standby: with a delay, catching up takes as long as the delay, inside the write pause.
package enum PostgresApplyDelay: Gate {
    package static let id: GateID = "postgres.apply-delay"
    package static let summary = "The candidate does not delay its replay on purpose."
    package static let source = "PostgreSQL documentation: recovery_min_apply_delay."
    package static let kind = TargetKind.node

    package static func question(_ limit: NoParameters, on target: Target, in scope: Scope) -> PostgresApplyDelayProbe {
        PostgresApplyDelayProbe(node: target.name)
    }

    package static func judge(_ answer: PostgresApplyDelayProbe.Answer, _ limit: NoParameters) -> Verdict {
        guard let delay = answer.delay else {
            return .unknown(
                "recovery_min_apply_delay of \(answer.node) could not be read",
                remedy: "On \(answer.node): SHOW recovery_min_apply_delay;")
        }
        guard delay == .zero else {
            return .block(
                "\(answer.node) replays \(delay) late on purpose",
                remedy: "On \(answer.node): ALTER SYSTEM SET recovery_min_apply_delay = 0; SELECT pg_reload_conf();",
                observed: .span(delay), limit: .span(.zero))
        }
        return .pass("\(answer.node) does not delay replay", observed: .span(delay), limit: .span(.zero))
    }

    package static func byHand(_ limit: NoParameters, on target: Target, in scope: Scope) -> ByHandCheck {
        ByHandCheck(
            [psql(target, in: scope, GateQuestion.applyDelay, expect: "\(target) does not delay replay", output: "0")],
            otherwise: "On \(target): ALTER SYSTEM SET recovery_min_apply_delay = 0; SELECT pg_reload_conf();")
    }

    package static let passing = PostgresApplyDelayProbe.Answer(node: "east-db", delay: .zero)
    package static let refusing = PostgresApplyDelayProbe.Answer(node: "east-db", delay: .seconds(300))
}
