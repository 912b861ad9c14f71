package import BatonCore

/// Asks for a standby's recovery target settings.
package struct PostgresRecoveryTargetProbe: Probe {
    package struct Setting: Hashable, Codable, Sendable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package struct Answer: Hashable, Codable, Sendable {
        package var node: String
        /// Every setting whose name begins with `recovery_target`; empty when they could not be read.
        package var settings: [Setting]

        package init(node: String, settings: [Setting]) {
            self.node = node
            self.settings = settings
        }
    }

    package static let id = "postgres.recovery-target"
    package var node: String

    package init(node: String) { self.node = node }
}

/// No target of an earlier point-in-time recovery is left: replay would stop there, and a promote would do nothing while
/// it reports success.
package enum PostgresRecoveryTarget: Gate {
    package static let id: GateID = "postgres.recovery-target"
    package static let summary = "No recovery target is left on the candidate, and it follows the latest timeline."
    package static let source = "PostgreSQL documentation, 20.5.6 Recovery Target."
    package static let kind = TargetKind.node

    /// Say how a target is taken, not where it is: without a target they do nothing.
    private static let harmless: Set<String> = ["recovery_target_action", "recovery_target_inclusive"]

    package static func question(_ limit: NoParameters, on target: Target, in scope: Scope)
        -> PostgresRecoveryTargetProbe
    {
        PostgresRecoveryTargetProbe(node: target.name)
    }

    package static func judge(_ answer: PostgresRecoveryTargetProbe.Answer, _ limit: NoParameters) -> Verdict {
        guard !answer.settings.isEmpty else {
            return .unknown(
                "the recovery target settings of \(answer.node) could not be read",
                remedy: "On \(answer.node): SELECT name, setting FROM pg_settings WHERE name LIKE 'recovery_target%';")
        }
        let leftover = answer.settings.filter { setting in
            if harmless.contains(setting.name) { return false }
            return setting.name == "recovery_target_timeline" ? setting.value != "latest" : !setting.value.isEmpty
        }
        guard leftover.isEmpty else {
            let list = leftover.map { "\($0.name) = '\($0.value)'" }.joined(separator: ", ")
            return .block(
                "\(answer.node) has \(list)",
                remedy: "On \(answer.node): "
                    + leftover.map { "ALTER SYSTEM RESET \($0.name);" }.joined(separator: " ")
                    + " remove it from postgresql.conf too, then restart the server",
                observed: .text(list))
        }
        return .pass("no recovery target is set on \(answer.node)", observed: .text("none"))
    }

    package static func byHand(_ limit: NoParameters, on target: Target, in scope: Scope) -> ByHandCheck {
        ByHandCheck(
            [
                psql(
                    target, in: scope, GateQuestion.recoveryTarget,
                    expect: "recovery_target_timeline is latest; nothing else is set but recovery_target_action and "
                        + "recovery_target_inclusive, which say only how")
            ],
            otherwise:
                "On \(target): ALTER SYSTEM RESET the setting; remove it from postgresql.conf too, then restart the "
                + "server.")
    }

    package static let passing = PostgresRecoveryTargetProbe.Answer(
        node: "east-db",
        settings: [.init("recovery_target_time", ""), .init("recovery_target_timeline", "latest")])
    package static let refusing = PostgresRecoveryTargetProbe.Answer(
        node: "east-db",
        settings: [
            .init("recovery_target_time", "2026-11-01 12:00:00+00"), .init("recovery_target_timeline", "latest"),
        ])
}
