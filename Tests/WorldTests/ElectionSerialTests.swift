import BatonCore
import BatonPostgres
import Testing

@testable import BatonEngine
@testable import BatonLab

extension WorldSerialTests {
    /// Several standbys survive: nothing is lost that one of them has.
    @Suite(.serialized)
    struct ElectionSerialTests {
        private static let playbook = String(
            WorldFixture.playbook.dropLast("planned-switchover.yaml".count) + "emergency-promotion.yaml")

        private func promote(_ world: WorldFixture) async throws -> WorldFixture.Answer {
            try await world.baton(
                "promote", Self.playbook, "--to", "east", "--reason", "west lost power", "-y", "--format", "json",
                "--accept-loss", "unknown")
        }

        /// What a standby was told to stream from; a value for `stream`.
        private func conninfo(_ world: WorldFixture, _ node: String) async throws -> String {
            try await world.sql(node, "SELECT current_setting('primary_conninfo') AS setting").single().text("setting")
        }

        private func stream(_ world: WorldFixture, _ node: String, _ conninfo: String) async throws {
            let quoted = conninfo.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''")
            try await world.sql(
                node, "ALTER SYSTEM SET primary_conninfo = '\(quoted)'", "SELECT pg_reload_conf()")
        }

        private func rows(_ world: WorldFixture, _ node: String) async throws -> Int {
            try await world.sql(node, "SELECT count(*) AS n FROM only_here").single().int("n")
        }

        private func configuration(_ world: WorldFixture, _ node: String) throws -> String {
            try #require(LabFiles.read(try world.node(node).dataDirectory + "/postgresql.auto.conf"))
        }

        /// How the step of an action on a node ended.
        private func evidence(_ answer: WorldFixture.Answer, _ action: String, _ node: String) -> String? {
            answer.json["steps"].list.first { $0["do"].string == action && $0["target"].string == node }?["evidence"]
                .string
        }

        @Test("the further standby is on the wrong site: new fetches what only it has, and every standby follows new")
        func fastForward() async throws {
            try await WorldFixture.with(standbys: 2) { world in
                let before = try await conninfo(world, "east-db")
                try await world.sql("west-db", "CREATE TABLE only_here (n int)")
                try await world.wait("east-db", until: "SELECT to_regclass('only_here') IS NOT NULL")
                try await stream(world, "east-db", "")
                try await world.wait("east-db", until: "SELECT count(*) = 0 FROM pg_stat_wal_receiver")
                try await world.sql("west-db", "INSERT INTO only_here SELECT generate_series(1, 1000)")
                try await world.wait("west-db2", until: "SELECT count(*) = 1000 FROM only_here")
                _ = try await world.baton("lab", "break", "west-db", "kill")
                try await stream(world, "east-db", before)
                #expect(try await rows(world, "east-db") == 0)
                let card = try await world.baton("preflight", Self.playbook, "--to", "east", "--accept-loss", "unknown")
                #expect(card.exit == 0 && card.text.contains("which east-db fetches from it first"), "\(card.text)")
                let answer = try await promote(world)
                #expect(answer.exit == 0, "\(answer.text)")
                #expect(evidence(answer, "postgres.fast-forward", "east-db")?.contains("west-db2") == true)
                #expect(try await rows(world, "east-db") == 1_000)
                #expect(try await world.write() == world.node("east-db").port)
                #expect(try await conninfo(world, "west-db2").contains("port='\(try world.node("east-db").port)'"))
                #expect(try !configuration(world, "west-db2").contains("#baton"))
                try await world.wait(
                    "east-db", until: "SELECT count(*) = 1 FROM pg_stat_replication WHERE state = 'streaming'")
            }
        }

        @Test("equal standbys: the first of the target site is promoted, and the others follow it")
        func equals() async throws {
            try await WorldFixture.with(standbys: 3) { world in
                _ = try await world.baton("lab", "break", "west-db", "kill")
                let answer = try await promote(world)
                #expect(answer.exit == 0, "\(answer.text)")
                #expect(answer.json["toNode"] == .text("east-db"))
                try await world.wait(
                    "east-db", until: "SELECT count(*) = 2 FROM pg_stat_replication WHERE state = 'streaming'")
            }
        }

        /// West lives on and streams, out of Baton's reach: packets between them vanish and its host is not controlled.
        private func losingWest(
            _ body: (WorldFixture, (String) async throws -> WorldFixture.Answer) async throws -> Void
        ) async throws {
            try await WorldFixture.with { world in
                try world.rewrite(world.state + "/lab/topology.yaml") { text in
                    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
                    if let control = lines.firstIndex(of: "    control:") {
                        lines.removeSubrange(control..<(control + 4))
                    }
                    return lines.joined(separator: "\n")
                }
                try await Partition.with { partition in
                    try await partition.cut(world.node("west-db").port)
                    try await body(world) { playbook in
                        try await world.during(
                            [
                                "promote", playbook, "-t", world.lab.topologyPath, "--to", "east", "--reason",
                                "west is gone",
                                "-y", "--format", "json", "--accept-loss", "unknown", "--accept-unfenced", "west-db",
                            ], launcher: Partition.launcher
                        ) { _ in }
                    }
                }
            }
        }

        @Test(
            "a lost primary that nobody fenced and that still sends: new takes no more from it before it is promoted",
            .enabled("needs root and nftables") { await Partition.isPossible() })
        func detached() async throws {
            try await losingWest { world, promote in
                let answer = try await promote(Self.playbook)
                #expect(answer.exit == 0, "\(answer.text)")
                #expect(
                    evidence(answer, "postgres.detach", "east-db")?.contains("primary_conninfo is empty") == true,
                    "\(answer.text)")
                #expect(try await world.write() == world.node("east-db").port)
            }
        }

        @Test(
            "an election that is taken back leaves a standby's settings as they were, and it streams again",
            .enabled("needs root and nftables") { await Partition.isPossible() })
        func takenBack() async throws {
            try await losingWest { world, promote in
                let before = try configuration(world, "east-db")
                // What it asks for cannot be any more: new was led away from old.
                let playbook = try world.playbook(
                    of: Self.playbook,
                    (
                        from: "  - gate: postgres.replayed\n    on: new\n    deadline: 30s",
                        to: "  - gate: postgres.streaming\n    on: new\n    deadline: 1s"
                    ))
                let answer = try await promote(playbook)
                #expect(answer.exit == 4, "\(answer.text)")
                #expect(evidence(answer, "postgres.detach", "east-db") != nil, "\(answer.text)")
                #expect(try configuration(world, "east-db") == before)
                try await world.wait(
                    "east-db", until: "SELECT count(*) = 1 FROM pg_stat_wal_receiver WHERE status = 'streaming'")
                #expect(try await world.write() == world.node("west-db").port)
            }
        }
    }
}
