import BatonCore
import BatonHosts
import BatonPostgres
import Testing

@testable import BatonEngine
@testable import BatonLab

extension WorldSerialTests {
    /// The promise of the dry run: it looks and leaves no trace.
    @Suite(.serialized, .sharedLab)
    struct PreflightWritesNothingSerialTests {
        private let world: WorldFixture

        init() throws { world = try #require(SharedLab.world) }

        @Test("all that a preflight says to the servers is a question, and no transaction of it is in the log")
        func statements() async throws {
            try await expectQuestionsAlone(named: "preflight") { try await world.preflight() }
        }

        @Test("the same of a plan that is saved")
        func savedPlan() async throws {
            try await expectQuestionsAlone(named: "plan") {
                try await world.baton(
                    "plan", WorldFixture.playbook, "--to", "east", "--out", world.state + "/looked.json")
            }
        }

        @Test("the same of an emergency that assumes the site of the primary to be down")
        func assumedDown() async throws {
            try await expectQuestionsAlone(named: "preflight", least: [1, 5], most: [4, 60]) {
                try await world.baton(
                    "preflight", LossCardSerialTests.playbook, "--to", "east", "--assume-down", "west", "--accept-loss",
                    "unknown", "--accept-unfenced", "west-db")
            }
        }

        /// Runs a command that only looks, and expects so of the servers' own records.
        private func expectQuestionsAlone(
            named name: String, least: [Int] = [6, 6], most: [Int] = [59, 59],
            _ look: () async throws -> WorldFixture.Answer
        ) async throws {
            for node in nodes {
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
            let marks = try (nodes + ["pool"]).map { try log(of: $0).count }
            let began = SystemClock.now()
            let answer = try await look()
            let took = SystemClock.now() - began
            #expect(answer.exit == 0, "\(answer.output) \(answer.errors)")
            let end = try await world.sql("west-db", flushed).single().text("lsn")

            var counts: [String] = []
            for (index, (node, mark)) in zip(nodes, marks).enumerated() {
                let statements = try statements(in: String(decoding: log(of: node)[mark...], as: UTF8.self), of: name)
                #expect(
                    (least[index]...most[index]).contains(statements.count),
                    "\(node) logs \(statements.count) statements")
                counts.append("\(statements.count) statements on \(node)")
                for statement in statements { expectQuestion(statement, on: node) }
            }
            try expectNoOrder(to: "pool", after: marks[2])
            #expect(try await recordKinds(from: start, to: end).isDisjoint(with: ["Transaction", "LogicalMessage"]))
            try await world.expectUnchanged(since: before)
            Attachment.record("\(name): \(took), \(counts.joined(separator: ", "))\n", named: "cost-of-\(name).txt")
            for node in nodes {
                try await world.sql(
                    node, "ALTER SYSTEM RESET log_statement", "ALTER SYSTEM RESET log_replication_commands",
                    "SELECT pg_reload_conf()")
            }
            try await world.expectHealthy()
        }

        private let nodes = ["west-db", "east-db"]

        private func expectQuestion(_ statement: String, on node: String) {
            let word = statement.split { $0 == " " || $0 == "\n" }.first.map { $0.uppercased() } ?? ""
            let isQuestion = ["SELECT", "SHOW", "IDENTIFY_SYSTEM", "TIMELINE_HISTORY"].contains(word)
            #expect(isQuestion, "\(node): \(statement)")
            for forbidden in ["advisory", "pg_promote(", "pg_logical_emit", "pg_create_", "set_config"]
            where !statement.contains("has_function_privilege") {
                #expect(!statement.lowercased().contains(forbidden), "\(node): \(statement)")
            }
        }

        /// A pooler notes every order that its console is given, and who enters it.
        private func expectNoOrder(to pooler: String, after mark: Int) throws {
            let lines = String(decoding: try log(of: pooler)[mark...], as: UTF8.self).split(separator: "\n")
            #expect(!lines.contains { $0.contains("command issued") }, "\(lines)")
            let guests = lines.filter { $0.contains("pgbouncer/") }
            #expect(!guests.isEmpty && guests.allSatisfy { $0.contains("pgbouncer/baton_stats@") }, "\(guests)")
        }

        @Test("the JSON has the keys of the contract")
        func keys() async throws {
            let json = try await world.preflight().json
            #expect(
                json.keys == [
                    "format", "ready", "playbook", "topology", "from", "to", "gates", "prediction", "coverage",
                    "expected",
                    // Added to the contract: the nodes behind the sites, and whether there is nothing to do.
                    "fromNode", "toNode", "alreadyThere",
                    // What an emergency may lose, and what it would lack.
                    "lossCard", "assumedDown", "evidence",
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
            let steps = json["prediction"].list
            #expect(steps.count > 10)
            for step in steps {
                #expect(Set(["step", "changes", "verdict", "reason"]).isSubset(of: step.keys))
                #expect(["pass", "unknown"].contains(step["verdict"].string), "\(step)")
                // No run has been here before.
                #expect(step["expectedMs"] == .null)
            }
            let changes = steps.flatMap { $0["changes"].list }
            #expect(changes.allSatisfy { $0["from"] != .null }, "everything that changes was observed: \(changes)")
            #expect(json["expected"]["writePauseMs"] == .null && json["expected"]["runs"] == .number(0))
        }

        private func log(of node: String) throws -> [UInt8] {
            Array(try #require(LabFiles.read("\(world.lab.paths.logs)/\(node).log")).utf8)
        }

        /// What anybody but the superuser of these tests said: `log_line_prefix` names user and application.
        private func statements(in log: String, of command: String) throws -> [String] {
            // PgBouncer passes a client's application name on to the server session that it lends.
            let poolersOwn = "SET application_name='baton/\(command)';"
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
            return statements.filter { $0 != poolersOwn }
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
