import BatonCore
import BatonHosts
import BatonPostgres
import Testing

@testable import BatonLab

extension WorldSerialTests {
    /// The promise of the dry run: it looks and leaves no trace.
    @Suite(.serialized, .sharedLab)
    struct PreflightWritesNothingSerialTests {
        private let world: WorldFixture

        init() throws { world = try #require(SharedLab.world) }

        @Test("all that a preflight says to the servers is a question, and no transaction of it is in the log")
        func statements() async throws {
            for node in ["west-db", "east-db"] {
                try await world.sql(
                    node, "ALTER SYSTEM SET log_statement = 'all'", "ALTER SYSTEM SET log_replication_commands = on",
                    "SELECT pg_reload_conf()")
                try await world.wait(node, until: "current_setting('log_replication_commands') = 'on'")
            }
            let before = try await WorldPicture(world)
            let flushed = "SELECT pg_current_wal_flush_lsn()::text AS lsn"
            // Everything written until now is flushed, so that the range below holds only what comes after.
            try await world.sql("west-db", "SELECT pg_switch_wal()")
            let start = try await world.sql("west-db", flushed).single().text("lsn")
            let marks = try ["west-db", "east-db"].map { try log(of: $0).count }
            let preflight = try await world.preflight()
            #expect(preflight.exit == 0, "\(preflight.output)")
            let end = try await world.sql("west-db", flushed).single().text("lsn")

            for (node, mark) in zip(["west-db", "east-db"], marks) {
                let statements = try statements(in: String(decoding: log(of: node)[mark...], as: UTF8.self))
                #expect(statements.count > 5, "\(node) logs no statement")
                for statement in statements where statement != poolersOwn {
                    let word = statement.split { $0 == " " || $0 == "\n" }.first.map { $0.uppercased() } ?? ""
                    let isQuestion = ["SELECT", "SHOW", "IDENTIFY_SYSTEM", "TIMELINE_HISTORY"].contains(word)
                    #expect(isQuestion, "\(node): \(statement)")
                    for forbidden in ["advisory", "pg_promote(", "pg_logical_emit", "pg_create_", "set_config"]
                    where !statement.contains("has_function_privilege") {
                        #expect(!statement.lowercased().contains(forbidden), "\(node): \(statement)")
                    }
                }
            }
            #expect(try await recordKinds(from: start, to: end).isDisjoint(with: ["Transaction", "LogicalMessage"]))
            try await world.expectUnchanged(since: before)
            for node in ["west-db", "east-db"] {
                try await world.sql(
                    node, "ALTER SYSTEM RESET log_statement", "ALTER SYSTEM RESET log_replication_commands",
                    "SELECT pg_reload_conf()")
            }
            try await world.expectHealthy()
        }

        @Test("the JSON has the keys of the contract")
        func keys() async throws {
            let json = try await world.preflight().json
            #expect(
                json.keys == [
                    "format", "ready", "playbook", "topology", "from", "to", "gates", "prediction", "coverage",
                    // Added to the contract: the nodes behind the sites.
                    "fromNode", "toNode",
                ])
            #expect(json["format"] == "preflight/v1")
            #expect(json["playbook"].keys == ["name", "sha256"] && json["topology"].keys == ["name", "sha256"])
            #expect(json["from"] == "west" && json["to"] == "east")
            let gates = json["gates"].list
            #expect(gates.count > 10)
            for gate in gates {
                #expect(
                    gate.keys == [
                        "id", "gate", "phase", "on", "verdict", "reason", "observed", "limit", "remedy", "source",
                        // Added to the contract: which of the role's members.
                        "target",
                    ])
                #expect(["pass", "warn"].contains(gate["verdict"].string), "\(gate)")
                if gate["observed"] != .null { #expect(gate["observed"].keys == ["value", "unit", "text", "ageMs"]) }
                if gate["limit"] != .null { #expect(gate["limit"].keys == ["value", "unit", "text"]) }
            }
            for step in json["prediction"].list { #expect(step.keys == ["step", "changes", "verdict", "reason"]) }
        }

        /// PgBouncer passes a client's application name on to the server session that it lends.
        private let poolersOwn = "SET application_name='baton/preflight';"

        private func log(of node: String) throws -> [UInt8] {
            Array(try #require(LabFiles.read("\(world.lab.paths.logs)/\(node).log")).utf8)
        }

        /// What anybody but the superuser of these tests said: `log_line_prefix` names user and application.
        private func statements(in log: String) throws -> [String] {
            var statements: [String] = []
            for line in log.split(separator: "\n") where !line.contains(" postgres@") {
                for mark in ["LOG:  statement: ", "LOG:  received replication command: "] {
                    if let range = line.ranges(of: mark).first { statements.append(String(line[range.upperBound...])) }
                }
                if let range = line.ranges(of: "LOG:  execute ").first,
                    let colon = line[range.upperBound...].ranges(of: ": ").first
                {
                    statements.append(String(line[colon.upperBound...]))
                }
            }
            return statements
        }

        /// The resource managers of the records between two positions. A running server writes some by itself: which
        /// transactions run (Standby), page images and switches (XLOG), pruned pages (Heap2).
        private func recordKinds(from start: String, to end: String) async throws -> Set<String> {
            guard start != end else { return [] }
            let ground = try LabGround.recorded(in: world.lab.existing())
            let result = try await Program.run(
                ground.binDirectory + "/pg_waldump",
                ["-p", try world.node("west-db").dataDirectory + "/pg_wal", "-s", start, "-e", end],
                as: ground.account, environment: ["PATH": "/usr/bin:/bin", "LC_ALL": "C"],
                deadline: WorldFixture.soon())
            // An empty range is one that held no record but the switch's padding.
            return Set(
                result.output.split(separator: "\n").compactMap { line in
                    line.split(separator: " ").dropFirst().first.map(String.init)
                })
        }
    }
}
