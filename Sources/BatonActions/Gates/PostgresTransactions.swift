package import BatonCore

/// Asks for the transactions that are open on a node.
package struct PostgresTransactionsProbe: Probe {
    package struct Open: Hashable, Codable, Sendable {
        package var pid: Int
        package var user: String
        package var database: String
        package var state: String
        package var age: TimeSpan

        package init(pid: Int, user: String, database: String, state: String, age: TimeSpan) {
            self.pid = pid
            self.user = user
            self.database = database
            self.state = state
            self.age = age
        }
    }

    package struct Prepared: Hashable, Codable, Sendable {
        package var identifier: String
        package var owner: String
        package var database: String
        package var age: TimeSpan

        package init(identifier: String, owner: String, database: String, age: TimeSpan) {
            self.identifier = identifier
            self.owner = owner
            self.database = database
            self.age = age
        }
    }

    package struct Answer: Hashable, Codable, Sendable {
        package var node: String
        /// Transactions of client sessions, the oldest first.
        package var open: [Open]
        package var prepared: [Prepared]

        package init(node: String, open: [Open], prepared: [Prepared]) {
            self.node = node
            self.open = open
            self.prepared = prepared
        }
    }

    package static let id = "postgres.transactions"
    package var node: String

    package init(node: String) { self.node = node }
}

/// Nothing on old outlives the freeze. A long transaction only warns: the pooler's pause waits for it, and a run that it
/// delays too long is rolled back without harm. A prepared transaction blocks: it survives the promotion with its locks.
package enum PostgresTransactions: Gate {
    package struct Limit: ParameterSet {
        package static let declarations = [
            ParameterDeclaration(
                "age", .span, default: .span(.seconds(5)), "Age above which an open transaction is warned about.")
        ]
        package let age: TimeSpan
        package init(_ arguments: Arguments) { age = arguments.span("age") }
    }

    package static let id: GateID = "postgres.transactions"
    package static let summary = "No prepared transaction and no long open one on old."
    package static let source = "PostgreSQL: pg_prepared_xacts, pg_stat_activity; PgBouncer: PAUSE."
    package static let kind = TargetKind.node

    package static func question(_ limit: Limit, on target: Target, in scope: Scope) -> PostgresTransactionsProbe {
        PostgresTransactionsProbe(node: target.name)
    }

    package static func judge(_ answer: PostgresTransactionsProbe.Answer, _ limit: Limit) -> Verdict {
        if let first = answer.prepared.first {
            let list = answer.prepared.map { "'\($0.identifier)' of \($0.owner) in \($0.database)" }
            return .block(
                "\(answer.node) holds \(answer.prepared.count) prepared transaction(s): "
                    + list.joined(separator: ", "),
                remedy: "Let its transaction manager finish it, or in database \(first.database) on \(answer.node): "
                    + "COMMIT PREPARED '\(first.identifier)'; or ROLLBACK PREPARED '\(first.identifier)';",
                observed: .count(Int64(answer.prepared.count)), limit: .count(0))
        }
        let old = answer.open.filter { $0.age > limit.age }
        guard let oldest = old.max(by: { $0.age < $1.age }) else {
            return .pass(
                "no transaction on \(answer.node) is older than \(limit.age)",
                observed: answer.open.map(\.age).max().map(Quantity.span), limit: .span(limit.age))
        }
        return .warn(
            "\(old.count) transaction(s) on \(answer.node) older than \(limit.age); the oldest is pid \(oldest.pid) of "
                + "\(oldest.user) in \(oldest.database) (\(oldest.state)), open for \(oldest.age)",
            remedy: "Wait for it, or on \(answer.node): SELECT pg_terminate_backend(\(oldest.pid));",
            observed: .span(oldest.age), limit: .span(limit.age))
    }

    package static func byHand(_ limit: Limit, on target: Target, in scope: Scope) -> ByHandCheck {
        ByHandCheck(
            [
                psql(
                    target, in: scope, "SELECT gid, owner, database, prepared FROM pg_prepared_xacts",
                    expect: "no transaction is prepared", output: ""),
                psql(
                    target, in: scope,
                    "SELECT pid, usename, datname, state, clock_timestamp() - xact_start AS age FROM pg_stat_activity "
                        + "WHERE backend_type = 'client backend' AND xact_start IS NOT NULL AND pid <> pg_backend_pid() "
                        + "ORDER BY xact_start",
                    expect: "no age above \(limit.age); an older one only makes the clients wait longer"),
            ],
            otherwise: "Finish what is prepared: COMMIT PREPARED or ROLLBACK PREPARED in its database. Wait for an old "
                + "transaction, or end it: SELECT pg_terminate_backend(pid);")
    }

    package static let passing = PostgresTransactionsProbe.Answer(
        node: "west-db",
        open: [.init(pid: 812, user: "app", database: "app", state: "active", age: .milliseconds(3))], prepared: [])
    package static let refusing = PostgresTransactionsProbe.Answer(
        node: "west-db",
        open: [.init(pid: 812, user: "app", database: "app", state: "active", age: .milliseconds(3))],
        prepared: [.init(identifier: "order-7", owner: "app", database: "app", age: .seconds(90))])
}
