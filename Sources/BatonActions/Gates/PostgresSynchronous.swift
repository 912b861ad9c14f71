package import BatonCore

/// Asks for the synchronous standbys that a node will wait for once it is the primary.
package struct PostgresSynchronousProbe: Probe {
    package struct Answer: Hashable, Codable, Sendable {
        package var node: String
        /// `synchronous_standby_names`; nil when it could not be read.
        package var names: String?

        package init(node: String, names: String?) {
            self.node = node
            self.names = names
        }
    }

    package static let id = "postgres.synchronous"
    package var node: String

    package init(node: String) { self.node = node }
}

/// The candidate will not wait for synchronous standbys: right after a promotion nobody follows it, so every commit would
/// hang until somebody does (R11).
package enum PostgresSynchronous: Gate {
    package static let id: GateID = "postgres.synchronous"
    package static let summary = "The candidate will not hold commits back for standbys that are not there yet."
    package static let source = "PostgreSQL documentation: synchronous_standby_names; repmgr issue 276."
    package static let kind = TargetKind.node

    package static func question(_ limit: NoParameters, on target: Target, in scope: Scope) -> PostgresSynchronousProbe
    {
        PostgresSynchronousProbe(node: target.name)
    }

    package static func judge(_ answer: PostgresSynchronousProbe.Answer, _ limit: NoParameters) -> Verdict {
        guard let names = answer.names else {
            return .unknown(
                "synchronous_standby_names of \(answer.node) could not be read",
                remedy: "On \(answer.node): SHOW synchronous_standby_names;")
        }
        guard names.isEmpty else {
            return .block(
                "as primary, \(answer.node) would hold commits until \(names) follow it",
                remedy: "On \(answer.node): ALTER SYSTEM SET synchronous_standby_names = ''; SELECT pg_reload_conf();",
                observed: .text(names), limit: .text("none"))
        }
        return .pass("\(answer.node) will wait for no synchronous standby", observed: .text("none"))
    }

    package static func byHand(_ limit: NoParameters, on target: Target, in scope: Scope) -> ByHandCheck {
        ByHandCheck(
            [
                psql(
                    target, in: scope, GateQuestion.synchronous,
                    expect: "as primary \(target) waits for no synchronous standby", output: "")
            ],
            otherwise: "On \(target): ALTER SYSTEM SET synchronous_standby_names = ''; SELECT pg_reload_conf();")
    }

    package static let passing = PostgresSynchronousProbe.Answer(node: "east-db", names: "")
    package static let refusing = PostgresSynchronousProbe.Answer(node: "east-db", names: "west-db")
}
