package import BatonCore

/// Asks the candidate and old for the settings that must not be lower on a standby, and for changes that wait for a
/// restart.
package struct PostgresSettingsParityProbe: Probe {
    package struct Pair: Hashable, Codable, Sendable {
        package var name: String
        package var new: Int64?
        package var old: Int64?

        package init(_ name: String, new: Int64?, old: Int64?) {
            self.name = name
            self.new = new
            self.old = old
        }
    }

    package struct Answer: Hashable, Codable, Sendable {
        package var new: String
        package var old: String
        package var pairs: [Pair]
        /// Settings whose new value waits for a restart, by name.
        package var pendingOnNew: [String]
        package var pendingOnOld: [String]

        package init(new: String, old: String, pairs: [Pair], pendingOnNew: [String], pendingOnOld: [String]) {
            self.new = new
            self.old = old
            self.pairs = pairs
            self.pendingOnNew = pendingOnNew
            self.pendingOnOld = pendingOnOld
        }
    }

    package static let id = "postgres.settings-parity"
    package var new: String
    package var old: String

    package init(new: String, old: String) {
        self.new = new
        self.old = old
    }
}

/// The candidate can hold what the old primary held. A lower value on a standby pauses its recovery when old uses more,
/// and the promotion is then not possible.
package enum PostgresSettingsParity: Gate {
    package static let id: GateID = "postgres.settings-parity"
    package static let summary = "The candidate's capacity settings are not below old's."
    package static let source = "PostgreSQL documentation, 27.4.3 Administrator's Overview (hot standby)."
    package static let kind = TargetKind.node

    /// The settings that the documentation names for hot standby.
    package static let names = [
        "max_connections", "max_worker_processes", "max_wal_senders", "max_prepared_transactions",
        "max_locks_per_transaction",
    ]

    package static func question(_ limit: NoParameters, on target: Target, in scope: Scope)
        -> PostgresSettingsParityProbe
    {
        PostgresSettingsParityProbe(new: target.name, old: scope.binding.old)
    }

    package static func judge(_ answer: PostgresSettingsParityProbe.Answer, _ limit: NoParameters) -> Verdict {
        var lower: [(name: String, new: Int64, old: Int64)] = []
        for name in names {
            guard let pair = answer.pairs.first(where: { $0.name == name }), let new = pair.new, let old = pair.old
            else { return .unknown("\(name) could not be read on both \(answer.new) and \(answer.old)") }
            if new < old { lower.append((name, new, old)) }
        }
        guard lower.isEmpty else {
            let list = lower.map { "\($0.name) = \($0.new) (\(answer.old): \($0.old))" }.joined(separator: ", ")
            return .block(
                "\(answer.new) has \(list)",
                remedy: "On \(answer.new): "
                    + lower.map { "ALTER SYSTEM SET \($0.name) = \($0.old);" }.joined(separator: " ")
                    + " then restart it: pg_ctl restart -m fast -D its-data-directory",
                observed: .text(list))
        }
        let pending =
            answer.pendingOnNew.map { "\($0) on \(answer.new)" } + answer.pendingOnOld.map { "\($0) on \(answer.old)" }
        guard pending.isEmpty else {
            let list = pending.joined(separator: ", ")
            return .warn(
                "waiting for a restart, and the run would bring it into force: \(list)",
                remedy: "Restart before the run, or take the change back: ALTER SYSTEM RESET the-setting;",
                observed: .text(list))
        }
        return .pass("\(answer.new) is not below \(answer.old) in any of \(names.count) settings")
    }

    package static func byHand(_ limit: NoParameters, on target: Target, in scope: Scope) -> ByHandCheck {
        let list = names.map(sqlLiteral).joined(separator: ", ")
        let question =
            "SELECT name, setting, pending_restart FROM pg_settings WHERE pending_restart OR name IN (\(list)) ORDER BY name"
        return ByHandCheck(
            [
                psql(scope.old, in: scope, question, expect: "pending_restart is f; remember the settings"),
                psql(
                    target, in: scope, question,
                    expect: "pending_restart is f, and no setting is below \(scope.old)'s"),
            ],
            otherwise: "On \(target): ALTER SYSTEM SET the setting to \(scope.old)'s value, then restart it.")
    }

    package static let passing = PostgresSettingsParityProbe.Answer(
        new: "east-db", old: "west-db", pairs: names.map { .init($0, new: 100, old: 100) }, pendingOnNew: [],
        pendingOnOld: [])
    package static let refusing = PostgresSettingsParityProbe.Answer(
        new: "east-db", old: "west-db",
        pairs: names.map { .init($0, new: $0 == "max_connections" ? 50 : 100, old: 100) }, pendingOnNew: [],
        pendingOnOld: [])
}
