import BatonCore
import BatonPostgres
import Glibc
import Testing

@testable import BatonEngine
@testable import BatonLab

extension WorldSerialTests {
    /// The loss card against what the test knows to be lost.
    @Suite(.serialized)
    struct LossCardSerialTests {
        static let playbook = String(
            WorldFixture.playbook.dropLast("planned-switchover.yaml".count) + "emergency-promotion.yaml")
        private static let rows: Int64 = 25

        private func card(_ world: WorldFixture, _ more: String...) async throws -> JSONAnswer {
            let answer = try await WorldFixture.baton(
                ["preflight", Self.playbook, "--to", "east", "--format", "json", "--state", world.state] + more)
            #expect(answer.exit == 2, "\(answer.text)")
            return answer.json["lossCard"]
        }

        private func promote(_ world: WorldFixture, _ more: String...) async throws -> WorldFixture.Answer {
            try await WorldFixture.baton(
                [
                    "promote", Self.playbook, "--to", "east", "--reason", "west lost power", "-y", "--format", "json",
                    "--state", world.state,
                ] + more)
        }

        /// Cuts east off, and then writes rows on west in a transaction each.
        private func losing(_ world: WorldFixture) async throws {
            try await world.sql("west-db", "CREATE TABLE lost (id int)")
            try await world.wait("east-db", until: "to_regclass('lost') IS NOT NULL")
            // Nobody listens there.
            try await world.pointEast(port: 1)
            try await world.wait("west-db", until: "NOT EXISTS (SELECT FROM pg_stat_replication)")
            let session = try await world.superuser("west-db")
            for row in 0..<Self.rows {
                _ = try await session.query("INSERT INTO lost VALUES (\(row))", deadline: WorldFixture.soon())
            }
            await session.close()
        }

        /// The server's own commits come on top of the clients'.
        private func expectCount(_ value: JSONAnswer, sourceLocation: SourceLocation = #_sourceLocation) {
            guard case .number(let count) = value else {
                Issue.record("not counted: \(value)", sourceLocation: sourceLocation)
                return
            }
            let range = Double(Self.rows)...Double(Self.rows + 10)
            #expect(range.contains(count), "\(count)", sourceLocation: sourceLocation)
        }

        private func number(_ value: JSONAnswer) -> Int64? {
            if case .number(let number) = value { return Int64(number) }
            return nil
        }

        @Test("killed with its disk readable: at least what lies there, which a number may cover, and no zero")
        func killed() async throws {
            try await WorldFixture.with { world in
                try await losing(world)
                _ = try await world.baton("lab", "break", "west-db", "kill")
                let card = try await card(world)
                #expect(card["lost"]["bytes"] == .null && card["lost"]["transactions"] == .null)
                expectCount(card["lost"]["atLeastTransactions"])
                #expect(card["onDisk"]["isFinal"] == true)
                #expect(card["lastKnown"]["isEnd"] == false)
                #expect(card["synchronous"]["values"] == .list([]))
                #expect(card["survivors"].list[0]["heardEndLsn"] == .null)
                let bytes = try #require(number(card["lost"]["atLeastBytes"]))
                let less = try await promote(world, "--accept-loss", "\(bytes - 1)")
                #expect(less.exit == 2, "\(less.text)")
                let answer = try await promote(world, "--accept-loss", "16MiB")
                #expect(answer.exit == 0, "\(answer.text)")
                #expect(answer.json["acceptance"]["loss"] == "16777216" && answer.json["acceptance"]["how"] == "option")
                expectCount(answer.json["lossCard"]["lost"]["atLeastTransactions"])
                #expect(answer.json["measured"]["lostBytes"] == .null)
                // What the card spoke of is what is missing.
                let left = try await world.sql("east-db", "SELECT count(*) AS left FROM lost").single().int("left")
                #expect(left == 0)
                let report = try await world.baton("report")
                #expect(
                    report.output.hasPrefix("! a loss of up to 16777216 bytes was accepted by"), "\(report.output)")
                #expect(report.text.contains("loss card") && report.text.contains("may be handed out again"))
                try await expectOwed(world, answer)
            }
        }

        /// West is named as to be rejoined, by the report and by `status`.
        private func expectOwed(_ world: WorldFixture, _ answer: WorldFixture.Answer) async throws {
            let owed = answer.json["obligations"].list.filter { $0["release"] == "baton rejoin west-db" }
            #expect(owed.count == 1 && owed[0]["open"] == true, "\(answer.json["obligations"])")
            let status = try await world.baton("status", "--format", "json")
            #expect(status.json["lostNodes"].list.map { $0["node"] } == ["west-db"], "\(status.output)")
            let text = try await world.baton("status")
            #expect(text.text.contains("owed: west-db is to be rejoined") && text.text.contains("baton rejoin west-db"))
        }

        @Test("a clean stop: exactly what the standby lacks; nothing where it lacks nothing", arguments: [true, false])
        func clean(isCut: Bool) async throws {
            try await WorldFixture.with { world in
                if isCut { try await losing(world) }
                _ = try await world.baton("lab", "break", "west-db", "stop")
                let answer = try await world.baton(
                    "preflight", Self.playbook, "--to", "east", "--format", "json")
                let lost = answer.json["lossCard"]["lost"]
                guard isCut else {
                    #expect(answer.exit == 0, "\(answer.text)")
                    #expect(lost["bytes"] == .number(0) && lost["transactions"] == .number(0))
                    #expect(lost["timeMs"] == .number(0))
                    return
                }
                #expect(answer.exit == 2)
                expectCount(lost["transactions"])
                let bytes = try #require(number(lost["bytes"]))
                #expect(bytes > 0 && answer.json["lossCard"]["lastKnown"]["isEnd"] == true)
                #expect(try await promote(world, "--accept-loss", "\(bytes - 1)").exit == 2)
                #expect(try await promote(world, "--accept-loss", "\(bytes)").exit == 0)
            }
        }

        @Test("a server that hangs: its last word with its age; no number covers it")
        func hangs() async throws {
            try await WorldFixture.with { world in
                _ = try await world.baton("lab", "break", "west-db", "pause")
                let card = try await card(world)
                #expect(card["lost"]["bytes"] == .null && card["lost"]["transactions"] == .null)
                #expect(card["onDisk"]["isFinal"] == false)
                let survivor = card["survivors"].list[0]
                #expect(survivor["heardEndLsn"] != .null, "\(survivor)")
                #expect(number(survivor["heardAgeMs"]).map { $0 >= 0 } == true)
                #expect(try await promote(world, "--accept-loss", "1TiB").exit == 2)
            }
        }

        @Test("a host that nobody can read: everything open, but for what a preflight has kept")
        func unreadable() async throws {
            try await WorldFixture.with { world in
                try await world.sql("west-db", "ALTER SYSTEM SET synchronous_standby_names = 'east_db'")
                try await world.sql("west-db", "SELECT pg_reload_conf()")
                #expect(try await world.preflight().exit == 0)
                try await world.sql("west-db", "ALTER SYSTEM RESET synchronous_standby_names")
                try world.rewrite(world.state + "/lab/topology.yaml") { text in
                    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
                    if let control = lines.firstIndex(of: "    control:") {
                        lines.removeSubrange(control..<(control + 4))
                    }
                    return lines.joined(separator: "\n")
                }
                _ = try await world.baton("lab", "break", "west-db", "kill")
                let known = try await card(world)
                for key in ["bytes", "atLeastBytes", "transactions", "atLeastTransactions"] {
                    #expect(known["lost"][key] == .null, "\(key)")
                }
                #expect(known["onDisk"] == .null && known["lastKnown"] == .null)
                #expect(known["synchronous"]["values"] == .list(["east_db"]), "\(known)")
                #expect(number(known["synchronous"]["ageMs"]).map { $0 > 0 } == true)
                unlink(world.state + "/last-seen/lab.json")
                let forgotten = try await card(world)
                #expect(forgotten["synchronous"] == .null && forgotten["logicalSlots"] == .null)
            }
        }

        @Test("with a site assumed to be down: the evidence that would be missing, and nothing is changed")
        func assumeDown() async throws {
            try await WorldFixture.with { world in
                try await world.sql("west-db", "ALTER SYSTEM SET synchronous_standby_names = ''")
                let before = try await WorldPicture(world)
                let answer = try await world.baton(
                    "preflight", Self.playbook, "--to", "east", "--assume-down", "west", "--format", "json")
                #expect(answer.exit == 2, "\(answer.text)")
                #expect(answer.json["assumedDown"] == "west" && answer.json["ready"] == false)
                let fence = answer.json["evidence"].list.first { $0["kind"] == "fence" } ?? .null
                #expect(fence["item"] == "west-db" && fence["survives"] == false && fence["answersNow"] == true)
                #expect(fence["remedy"].string?.contains("--accept-unfenced west-db") == true)
                let pooler = answer.json["evidence"].list.first { $0["kind"] == "pooler" } ?? .null
                #expect(pooler["survives"] == true, "\(pooler)")
                let codes = answer.json["evidence"].list.filter { $0["kind"] == "dependency" }.map { $0["item"] }
                #expect(codes.contains("BTN-baton-at-lost-site"), "\(codes)")
                let card = answer.json["lossCard"]
                #expect(card["lost"]["bytes"] == .null && card["onDisk"] == .null)
                #expect(number(card["ifNow"]["bytes"]) != nil && number(card["ifNow"]["ageMs"]) != nil, "\(card)")
                #expect(card["logicalSlots"]["values"] == .list([]))
                let ready = try await world.baton(
                    "preflight", Self.playbook, "--to", "east", "--assume-down", "west", "--accept-unfenced",
                    "west-db", "--accept-loss", "unknown", "--format", "json")
                #expect(ready.exit == 0, "\(ready.text)")
                #expect(ready.json["prediction"].list.count > 5)
                let text = try await world.baton("preflight", Self.playbook, "--to", "east", "--assume-down", "west")
                let accepted = try await world.baton(
                    "preflight", Self.playbook, "--to", "east", "--assume-down", "west", "--accept-unfenced", "west-db",
                    "--accept-loss", "unknown")
                #expect(accepted.text.contains("It would go on if west were down now"), "\(accepted.text)")
                #expect(text.text.contains("loss card") && text.text.contains("if west-db went down this instant"))
                try await world.expectUnchanged(since: before)
                try await world.expectHealthy()
            }
        }

        @Test("a site that cannot be assumed down is refused as wrong usage")
        func wrongSites() async throws {
            try await WorldFixture.with { world in
                for (playbook, site) in [
                    (Self.playbook, "north"), (Self.playbook, "east"), (WorldFixture.playbook, "west"),
                ] {
                    let answer = try await world.baton("preflight", playbook, "--to", "east", "--assume-down", site)
                    #expect(answer.exit == 64 && answer.text.contains("--assume-down"), "\(answer.text)")
                }
            }
        }
    }
}
