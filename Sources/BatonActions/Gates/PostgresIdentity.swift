package import BatonCore

/// Asks one node, and the old primary beside it, who they are.
package struct PostgresIdentityProbe: Probe {
    package struct Answer: Hashable, Codable, Sendable {
        package var node: String
        package var old: String
        package var systemIdentifier: SystemIdentifier
        package var oldSystemIdentifier: SystemIdentifier
        package var inRecovery: Bool
        package var oldInRecovery: Bool

        package init(
            node: String, old: String, systemIdentifier: SystemIdentifier, oldSystemIdentifier: SystemIdentifier,
            inRecovery: Bool, oldInRecovery: Bool
        ) {
            self.node = node
            self.old = old
            self.systemIdentifier = systemIdentifier
            self.oldSystemIdentifier = oldSystemIdentifier
            self.inRecovery = inRecovery
            self.oldInRecovery = oldInRecovery
        }
    }

    package static let id = "postgres.identity"
    package var node: String
    package var old: String

    package init(node: String, old: String) {
        self.node = node
        self.old = old
    }
}

/// Every node is a copy of one cluster, and the old primary is the only one that accepts writes. Asked of `all`, node by
/// node: old must be the primary and every other node in recovery, which together is "exactly one primary".
package enum PostgresIdentity: Gate {
    package static let id: GateID = "postgres.identity"
    package static let summary = "The node answers, belongs to old's cluster, and old alone is the primary."
    package static let source = "PostgreSQL: pg_control_system(), pg_is_in_recovery(); Baton rules R7 and R9."
    package static let kind = TargetKind.node

    package static func question(_ limit: NoParameters, on target: Target, in scope: Scope) -> PostgresIdentityProbe {
        PostgresIdentityProbe(node: target.name, old: scope.binding.old)
    }

    package static func judge(_ answer: PostgresIdentityProbe.Answer, _ limit: NoParameters) -> Verdict {
        let observed = Quantity.text("\(answer.systemIdentifier), \(answer.inRecovery ? "in recovery" : "primary")")
        guard answer.systemIdentifier == answer.oldSystemIdentifier else {
            return .block(
                "\(answer.node) has system identifier \(answer.systemIdentifier), "
                    + "\(answer.old) has \(answer.oldSystemIdentifier): they are not copies of one cluster",
                remedy:
                    "Correct host and port of \(answer.node) in the topology, or build it again from \(answer.old): "
                    + "pg_basebackup -R -d 'the conninfo of \(answer.old)' -D its-data-directory",
                observed: observed)
        }
        guard !answer.oldInRecovery else {
            return .block(
                "\(answer.old) is taken for the primary but is in recovery",
                remedy: "Find the primary: SELECT pg_is_in_recovery(); on every node; exactly one must answer f",
                observed: .text("\(answer.old) in recovery"))
        }
        if answer.node != answer.old && !answer.inRecovery {
            return .block(
                "both \(answer.old) and \(answer.node) accept writes",
                remedy: "Stop the one that must not be primary at once (pg_ctl stop -m fast -D its-data-directory), "
                    + "then build it again as a standby",
                observed: observed)
        }
        return .pass(
            answer.node == answer.old
                ? "\(answer.node) is the primary of cluster \(answer.systemIdentifier)"
                : "\(answer.node) is a standby of cluster \(answer.systemIdentifier)",
            observed: observed)
    }

    package static func byHand(_ limit: NoParameters, on target: Target, in scope: Scope) -> ByHandCheck {
        let isOld = target.name == scope.binding.old
        return ByHandCheck(
            [
                psql(
                    target, in: scope, GateQuestion.identity,
                    expect:
                        "in_recovery is \(isOld ? "f" : "t"), and system_identifier is the same number on every node")
            ],
            otherwise: isOld
                ? "\(target) is not the primary: this page is for the other direction, or the service is down."
                : "Do not go on while two nodes accept writes: stop the one that must not be primary at once, and build it "
                    + "again as a standby.")
    }

    package static let passing = PostgresIdentityProbe.Answer(
        node: "east-db", old: "west-db", systemIdentifier: 7_300_000_000_000_000_001,
        oldSystemIdentifier: 7_300_000_000_000_000_001, inRecovery: true, oldInRecovery: false)
    package static let refusing = PostgresIdentityProbe.Answer(
        node: "east-db", old: "west-db", systemIdentifier: 7_300_000_000_000_000_001,
        oldSystemIdentifier: 7_300_000_000_000_000_001, inRecovery: false, oldInRecovery: false)
}
