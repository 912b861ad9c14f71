package import BatonActions
package import BatonCore
package import BatonEngine

/// A standby's deliberate delay. `pg_settings` has it in milliseconds.
package struct PostgresApplyDelayObserver: Observer {
    let view: ClusterView

    package func observe(
        _ question: PostgresApplyDelayProbe, in scope: Scope, deadline: Deadline
    ) async throws(ObservationError) -> PostgresApplyDelayProbe.Answer {
        let node = try view.node(question.node, in: scope)
        let rows = try await view.rows(
            GateQuestion.applyDelay, of: node, deadline: deadline)
        let delay = try view.read(node) { () throws(PostgresError) in
            try rows.first?.optionalInt("setting").map { TimeSpan.milliseconds(Int64($0)) }
        }
        return .init(node: node.name, delay: delay)
    }
}

/// The synchronous standbys that a node would wait for as primary.
package struct PostgresSynchronousObserver: Observer {
    let view: ClusterView

    package func observe(
        _ question: PostgresSynchronousProbe, in scope: Scope, deadline: Deadline
    ) async throws(ObservationError) -> PostgresSynchronousProbe.Answer {
        let node = try view.node(question.node, in: scope)
        let rows = try await view.rows(GateQuestion.synchronous, of: node, deadline: deadline)
        let names = try view.read(node) { () throws(PostgresError) in
            try rows.single().text("synchronous_standby_names")
        }
        return .init(node: node.name, names: names)
    }
}

/// A standby's recovery targets.
package struct PostgresRecoveryTargetObserver: Observer {
    let view: ClusterView

    package func observe(
        _ question: PostgresRecoveryTargetProbe, in scope: Scope, deadline: Deadline
    ) async throws(ObservationError) -> PostgresRecoveryTargetProbe.Answer {
        let node = try view.node(question.node, in: scope)
        let rows = try await view.rows(
            GateQuestion.recoveryTarget, of: node, deadline: deadline)
        let settings = try view.read(node) { () throws(PostgresError) in
            try rows.map { (row) throws(PostgresError) in
                PostgresRecoveryTargetProbe.Setting(try row.text("name"), try row.text("setting"))
            }
        }
        return .init(node: node.name, settings: settings)
    }
}

/// The capacity settings of the candidate and of old.
package struct PostgresSettingsParityObserver: Observer {
    private struct Settings {
        var values: [String: Int64] = [:]
        var pending: [String] = []
    }

    let view: ClusterView

    package func observe(
        _ question: PostgresSettingsParityProbe, in scope: Scope, deadline: Deadline
    ) async throws(ObservationError) -> PostgresSettingsParityProbe.Answer {
        let new = try await settings(of: try view.node(question.new, in: scope), deadline: deadline)
        let old = try await settings(of: try view.node(question.old, in: scope), deadline: deadline)
        return .init(
            new: question.new, old: question.old,
            pairs: PostgresSettingsParity.names.map { .init($0, new: new.values[$0], old: old.values[$0]) },
            pendingOnNew: new.pending, pendingOnOld: old.pending)
    }

    private func settings(of node: Node, deadline: Deadline) async throws(ObservationError) -> Settings {
        let rows = try await view.rows(
            """
            SELECT name, setting, pending_restart FROM pg_settings \
            WHERE pending_restart OR name = ANY (string_to_array($1, ',')) ORDER BY name
            """, [PostgresSettingsParity.names.joined(separator: ",")], of: node, deadline: deadline)
        return try view.read(node) { () throws(PostgresError) in
            var settings = Settings()
            for row in rows {
                let name = try row.text("name")
                if try row.bool("pending_restart") { settings.pending.append(name) }
                if PostgresSettingsParity.names.contains(name) { settings.values[name] = Int64(try row.int("setting")) }
            }
            return settings
        }
    }
}
