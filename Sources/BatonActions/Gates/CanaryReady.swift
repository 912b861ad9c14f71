package import BatonCore

/// Asks, along a route, whether the canary could be written. Nothing is written.
package struct CanaryReadyProbe: Probe {
    package struct Table: Hashable, Codable, Sendable {
        package var name: String
        /// Whether the name leads to a table for the route's user.
        package var exists: Bool
        package var mayInsert: Bool
        package var maySelect: Bool
        package var columns: [String]

        package init(name: String, exists: Bool, mayInsert: Bool, maySelect: Bool, columns: [String]) {
            self.name = name
            self.exists = exists
            self.mayInsert = mayInsert
            self.maySelect = maySelect
            self.columns = columns
        }
    }

    package struct Answer: Hashable, Codable, Sendable {
        package var route: String
        package var database: String
        package var user: String
        /// nil when the route has no canary.
        package var table: Table?

        package init(route: String, database: String, user: String, table: Table?) {
            self.route = route
            self.database = database
            self.user = user
            self.table = table
        }
    }

    package static let id = "canary.ready"
    package var route: String

    package init(route: String) { self.route = route }
}

/// The canary can be written the way clients write. Without one a run cannot measure what its clients saw.
package enum CanaryReady: Gate {
    package static let id: GateID = "canary.ready"
    package static let summary = "The route's user can write and read the canary's table through the pooler."
    package static let source = "PostgreSQL: has_table_privilege(); Baton rule R16."
    package static let kind = TargetKind.route

    /// What the canary writes and reads.
    package static let columns = ["run", "id", "written_at"]

    /// Makes the canary's table. Its key is what lets a write without an answer be settled by reading back.
    package static func createTable(_ table: String) -> String {
        "CREATE TABLE \(table) (run text, id bigint, written_at timestamptz NOT NULL DEFAULT clock_timestamp(), "
            + "PRIMARY KEY (run, id));"
    }

    package static func question(_ limit: NoParameters, on target: Target, in scope: Scope) -> CanaryReadyProbe {
        CanaryReadyProbe(route: target.name)
    }

    package static func judge(_ answer: CanaryReadyProbe.Answer, _ limit: NoParameters) -> Verdict {
        guard let table = answer.table else {
            return .warn(
                "route \(answer.route) has no canary, so nothing measures what its clients see",
                remedy: "Give it one in the topology: canary: { table: baton_canary, every: 10ms }")
        }
        let place = "On the primary, in database \(answer.database): "
        let grant = "GRANT SELECT, INSERT ON \(table.name) TO \(sqlIdentifier(answer.user));"
        guard table.exists else {
            return .block(
                "\(answer.user) finds no table \(table.name) along route \(answer.route)",
                remedy: place + createTable(table.name) + " " + grant, observed: .text("absent"))
        }
        guard table.mayInsert, table.maySelect else {
            let missing = (table.mayInsert ? [] : ["INSERT"]) + (table.maySelect ? [] : ["SELECT"])
            return .block(
                "\(answer.user) lacks \(missing.joined(separator: " and ")) on \(table.name) along route \(answer.route)",
                remedy: place + grant, observed: .text("lacks \(missing.joined(separator: ", "))"))
        }
        let absent = columns.filter { !table.columns.contains($0) }
        guard absent.isEmpty else {
            return .block(
                "\(table.name) along route \(answer.route) lacks column \(absent.joined(separator: ", "))",
                remedy: place + "DROP TABLE \(table.name); " + createTable(table.name) + " " + grant,
                observed: .text(table.columns.joined(separator: ", ")))
        }
        return .pass(
            "\(answer.user) may write \(table.name) along route \(answer.route)", observed: .text(table.name))
    }

    package static func byHand(_ limit: NoParameters, on target: Target, in scope: Scope) -> ByHandCheck {
        guard let route = scope.topology.route(target.name), let canary = route.canary else {
            return ByHandCheck(
                [], otherwise: "Nothing to do: the route has no canary, and nothing measures what clients see.")
        }
        let table = sqlLiteral(canary.table)
        return ByHandCheck(
            [
                client(
                    target, in: scope,
                    "SELECT has_table_privilege(\(table), 'INSERT') AND has_table_privilege(\(table), 'SELECT')",
                    expect: "\(route.user) may write and read the canary's table", output: "t")
            ],
            otherwise: "On the primary, in database \(route.database): \(createTable(canary.table)) "
                + "GRANT SELECT, INSERT ON \(canary.table) TO \(sqlIdentifier(route.user));")
    }

    package static let passing = CanaryReadyProbe.Answer(
        route: "app", database: "app", user: "app",
        table: .init(name: "baton_canary", exists: true, mayInsert: true, maySelect: true, columns: columns))
    package static let refusing = CanaryReadyProbe.Answer(
        route: "app", database: "app", user: "app",
        table: .init(name: "baton_canary", exists: true, mayInsert: false, maySelect: true, columns: columns))
}
