package import BatonCore

/// Asks a node whether the role that Baton connects as may do what a run does.
package struct PostgresPrivilegesProbe: Probe {
    /// What a run needs of its role, and no more (R19).
    package enum Privilege: String, Hashable, Codable, Sendable, CaseIterable {
        /// The role's REPLICATION attribute: slots, and standbys that stream as this role.
        case replication
        /// A replication connection really opens: `pg_hba.conf` lets it in.
        case replicationConnection = "replication-connection"
        /// Sees other sessions, walsenders, settings and the archiver.
        case monitor = "pg_monitor"
        case checkpoint = "pg_checkpoint"
        /// Ends sessions that hold up a stop.
        case signalBackend = "pg_signal_backend"
        case promote = "pg_promote"
    }

    package struct Check: Hashable, Codable, Sendable {
        package var privilege: Privilege
        /// nil when it could not be asked.
        package var held: Bool?
        /// The server's words when it was refused; empty otherwise.
        package var detail: String

        package init(_ privilege: Privilege, held: Bool?, detail: String = "") {
            self.privilege = privilege
            self.held = held
            self.detail = detail
        }
    }

    package struct Answer: Hashable, Codable, Sendable {
        package var node: String
        package var role: String
        /// The database that Baton connects to: rights on functions are each database's own.
        package var database: String
        /// Address of Baton as the server sees it, for the line of `pg_hba.conf`; nil on a Unix socket.
        package var clientAddress: String?
        package var checks: [Check]

        package init(node: String, role: String, database: String, clientAddress: String?, checks: [Check]) {
            self.node = node
            self.role = role
            self.database = database
            self.clientAddress = clientAddress
            self.checks = checks
        }
    }

    package static let id = "postgres.privileges"
    package var node: String

    package init(node: String) { self.node = node }
}

/// Baton's role may do all that a run needs. A run that learns of a missing right after the freeze is one that stops in
/// the middle.
package enum PostgresPrivileges: Gate {
    package static let id: GateID = "postgres.privileges"
    package static let summary = "Baton's role holds every right that a run needs on this node."
    package static let source = "PostgreSQL documentation, 22.5 Predefined Roles; Baton rule R19."
    package static let kind = TargetKind.node

    package static func question(_ limit: NoParameters, on target: Target, in scope: Scope) -> PostgresPrivilegesProbe {
        PostgresPrivilegesProbe(node: target.name)
    }

    package static func judge(_ answer: PostgresPrivilegesProbe.Answer, _ limit: NoParameters) -> Verdict {
        var missing: [PostgresPrivilegesProbe.Check] = []
        for privilege in PostgresPrivilegesProbe.Privilege.allCases {
            guard let check = answer.checks.first(where: { $0.privilege == privilege }), let held = check.held else {
                return .unknown("whether \(answer.role) has \(name(privilege)) on \(answer.node) could not be asked")
            }
            if !held { missing.append(check) }
        }
        guard missing.isEmpty else {
            let list = missing.map { name($0.privilege) + ($0.detail.isEmpty ? "" : " (\($0.detail))") }
                .joined(separator: ", ")
            return .block(
                "role \(answer.role) on \(answer.node) lacks \(list)",
                remedy: missing.map { remedy($0.privilege, answer) }.joined(separator: " "),
                observed: .text("lacks \(list)"))
        }
        return .pass(
            "role \(answer.role) has every right on \(answer.node)",
            observed: .count(Int64(answer.checks.count)))
    }

    private static func name(_ privilege: PostgresPrivilegesProbe.Privilege) -> String {
        switch privilege {
        case .replication: "the REPLICATION attribute"
        case .replicationConnection: "a replication connection"
        case .monitor, .checkpoint, .signalBackend: "membership in \(privilege.rawValue)"
        case .promote: "EXECUTE on pg_promote"
        }
    }

    /// Roles and grants are replicated, so they are changed on the primary; `pg_hba.conf` is each server's own.
    private static func remedy(
        _ privilege: PostgresPrivilegesProbe.Privilege, _ answer: PostgresPrivilegesProbe.Answer
    ) -> String {
        let role = sqlIdentifier(answer.role)
        return switch privilege {
        case .replication: "On the primary: ALTER ROLE \(role) REPLICATION;"
        case .replicationConnection:
            "In pg_hba.conf of \(answer.node): "
                + (answer.clientAddress.map { "host replication \(role) \($0)/\($0.contains(":") ? 128 : 32)" }
                    ?? "local replication \(role)") + " scram-sha-256; then SELECT pg_reload_conf();"
        case .monitor, .checkpoint, .signalBackend: "On the primary: GRANT \(privilege.rawValue) TO \(role);"
        case .promote:
            "On the primary, in database \(answer.database): GRANT EXECUTE ON FUNCTION pg_catalog.pg_promote(boolean, integer) TO \(role);"
        }
    }

    package static func byHand(_ limit: NoParameters, on target: Target, in scope: Scope) -> ByHandCheck {
        guard let node = scope.topology.node(target.name) else { return ByHandCheck([], otherwise: "") }
        return ByHandCheck(
            [
                psql(
                    target, in: scope, GateQuestion.privileges,
                    expect: "t for replication, monitor, checkpoint, signal_backend and promote"),
                ByHandCommand(
                    at: "any host that reaches \(node.name)",
                    "\(session(node, "psql -X")) -d replication=true -c 'IDENTIFY_SYSTEM'",
                    expect: "one line: a replication connection opens"),
            ],
            otherwise: "Have a superuser grant on the primary what is missing; or do the steps as a superuser.")
    }

    package static let passing = PostgresPrivilegesProbe.Answer(
        node: "east-db", role: "baton", database: "app", clientAddress: "10.0.0.9",
        checks: PostgresPrivilegesProbe.Privilege.allCases.map { .init($0, held: true) })
    package static let refusing = PostgresPrivilegesProbe.Answer(
        node: "east-db", role: "baton", database: "app", clientAddress: "10.0.0.9",
        checks: PostgresPrivilegesProbe.Privilege.allCases.map { .init($0, held: $0 != .promote) })
}
