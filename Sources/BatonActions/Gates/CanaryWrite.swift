package import BatonCore

/// Asks for a write along a route that was acknowledged after the route was repointed.
package struct CanaryWriteProbe: Probe {
    /// What the server that took the write said of itself.
    package struct Acknowledgement: Hashable, Codable, Sendable {
        /// The topology's node at the address that answered; nil when no node has it.
        package var node: String?
        package var systemIdentifier: SystemIdentifier
        package var inRecovery: Bool
        package var at: Instant

        package init(node: String?, systemIdentifier: SystemIdentifier, inRecovery: Bool, at: Instant) {
            self.node = node
            self.systemIdentifier = systemIdentifier
            self.inRecovery = inRecovery
            self.at = at
        }
    }

    package struct Answer: Hashable, Codable, Sendable {
        package var route: String
        package var expected: String
        /// The cluster's identifier, as it was before the run; nil when it is not known.
        package var expectedSystemIdentifier: SystemIdentifier?
        /// The newest acknowledged write; nil when none was acknowledged.
        package var acknowledgement: Acknowledgement?
        /// The last error that a write met.
        package var problem: String?

        package init(
            route: String, expected: String, expectedSystemIdentifier: SystemIdentifier?,
            acknowledgement: Acknowledgement?, problem: String? = nil
        ) {
            self.route = route
            self.expected = expected
            self.expectedSystemIdentifier = expectedSystemIdentifier
            self.acknowledgement = acknowledgement
            self.problem = problem
        }
    }

    package static let id = "canary.write"
    package var route: String
    /// The node that must answer.
    package var expected: String

    package init(route: String, expected: String) {
        self.route = route
        self.expected = expected
    }
}

/// A write along the route is acknowledged, and by new: the service is back the way its clients see it (R16).
package enum CanaryWrite: Gate {
    package static let id: GateID = "canary.write"
    package static let summary = "A write along the route is acknowledged by new."
    package static let source = "Baton rule R16."
    package static let kind = TargetKind.route

    package static func question(_ limit: NoParameters, on target: Target, in scope: Scope) -> CanaryWriteProbe {
        CanaryWriteProbe(route: target.name, expected: scope.binding.new)
    }

    package static func judge(_ answer: CanaryWriteProbe.Answer, _ limit: NoParameters) -> Verdict {
        let look = "Look where the pooler leads: SHOW DATABASES; on its console; RELOAD; when its file is right"
        guard let acknowledgement = answer.acknowledgement else {
            return .block(
                "no write along route \(answer.route) was acknowledged" + (answer.problem.map { ": \($0)" } ?? ""),
                remedy: look, observed: .text("no answer"))
        }
        guard let node = acknowledgement.node else {
            return .unknown(
                "a write along route \(answer.route) was acknowledged by no node of the topology", remedy: look)
        }
        guard node == answer.expected else {
            return .block(
                "a write along route \(answer.route) was acknowledged by \(node), not by \(answer.expected)",
                remedy: look, observed: .text(node), limit: .text(answer.expected))
        }
        guard let identifier = answer.expectedSystemIdentifier else {
            return .unknown("the cluster's system identifier is not known, so \(node)'s cannot be compared")
        }
        guard acknowledgement.systemIdentifier == identifier else {
            return .block(
                "\(node) answers as cluster \(acknowledgement.systemIdentifier), not as \(identifier)",
                remedy: "Another server listens at the address of \(node): correct the topology",
                observed: .text("\(acknowledgement.systemIdentifier)"), limit: .text("\(identifier)"))
        }
        guard !acknowledgement.inRecovery else {
            return .block(
                "\(node) acknowledged a write and says that it is in recovery",
                remedy: "On \(node): SELECT pg_is_in_recovery(), pg_current_wal_lsn();",
                observed: .text("in recovery"))
        }
        return .pass(
            "a write along route \(answer.route) was acknowledged by \(node), out of recovery", observed: .text(node))
    }

    package static func byHand(_ limit: NoParameters, on target: Target, in scope: Scope) -> ByHandCheck {
        let otherwise = "Look where the pooler leads: SHOW DATABASES on its console, and RELOAD when its file is right."
        guard let canary = scope.topology.route(target.name)?.canary,
            let new = scope.topology.node(scope.binding.new)
        else { return ByHandCheck([], otherwise: otherwise) }
        let table = canary.table
        return ByHandCheck(
            [
                client(
                    target, in: scope,
                    "INSERT INTO \(table) (run, id) SELECT 'by-hand', coalesce(max(id), 0) + 1 FROM \(table) "
                        + "WHERE run = 'by-hand' RETURNING pg_is_in_recovery(), inet_server_port()",
                    expect: "a client's write is acknowledged by \(new.name), out of recovery", output: "f|\(new.port)")
            ], otherwise: otherwise)
    }

    package static let passing = CanaryWriteProbe.Answer(
        route: "app", expected: "east-db", expectedSystemIdentifier: 7_300_000_000_000_000_001,
        acknowledgement: .init(
            node: "east-db", systemIdentifier: 7_300_000_000_000_000_001, inRecovery: false,
            at: Instant(nanoseconds: 1)))
    package static let refusing = CanaryWriteProbe.Answer(
        route: "app", expected: "east-db", expectedSystemIdentifier: 7_300_000_000_000_000_001,
        acknowledgement: .init(
            node: "west-db", systemIdentifier: 7_300_000_000_000_000_001, inRecovery: false,
            at: Instant(nanoseconds: 1)))
}
