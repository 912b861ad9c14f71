import BatonCore
import BatonPostgres
import Testing

@testable import BatonEngine
@testable import BatonLab

extension WorldSerialTests {
    /// The primary is lost, in each way in which a primary is lost; and the promotions that must not be.
    @Suite(.serialized)
    struct EmergencySerialTests {
        private static let playbook = String(
            WorldFixture.playbook.dropLast("planned-switchover.yaml".count) + "emergency-promotion.yaml")

        private func promote(_ world: WorldFixture, _ more: String...) async throws -> WorldFixture.Answer {
            try await WorldFixture.baton(
                [
                    "promote", Self.playbook, "--to", "east", "--reason", "west lost power", "-y", "--format", "json",
                    "--state", world.state,
                ] + more)
        }

        private func expectServes(_ world: WorldFixture) async throws {
            #expect(try await world.write() == world.node("east-db").port)
            let status = try await world.baton("lab", "status", "--format", "json")
            #expect(status.json["nodes"].list[1]["role"] == .text("primary"))
            #expect(status.json["nodes"].list[1]["timeline"] == .number(2))
            #expect(status.json["nodes"].list[0]["role"] != .text("primary"))
        }

        @Test(
            "a primary that was killed or hangs: fenced, and east serves; started again it is no primary",
            arguments: ["kill", "pause"])
        func lost(fault: String) async throws {
            try await WorldFixture.with { world in
                _ = try await world.baton("lab", "break", "west-db", fault)
                let refused = try await promote(world)
                #expect(refused.exit == 2, "\(refused.text)")
                let card = try await world.baton("preflight", Self.playbook, "--to", "east")
                #expect(card.exit == 2 && card.text.contains("--accept-loss unknown"), "\(card.text)")
                // The log of one that was killed can be read to its end; of one that hangs nobody knows the end.
                if fault == "pause" {
                    let bounded = try await promote(world, "--accept-loss", "1000000")
                    #expect(bounded.exit == 2, "a number does not cover what nobody knows: \(bounded.text)")
                }
                let answer = try await promote(world, "--accept-loss", "unknown")
                #expect(answer.exit == 0, "\(answer.text)")
                #expect(answer.json["outcome"] == .text("completed"))
                #expect(answer.json["mode"] == .text("emergency"))
                #expect(answer.json["reason"] == .text("west lost power"))
                #expect(answer.json["acceptance"]["loss"] == .text("unknown"))
                #expect(answer.json["measured"]["lostBytes"] == .null)
                #expect(answer.json["measured"]["writePauseMs"] == .null)
                try await expectServes(world)
                // What was set for a while has ended.
                let retry = try await world.console("SHOW CONFIG").first { try $0.text("key") == "server_login_retry" }
                #expect(try retry?.text("value") == "1")
                _ = try await world.baton("lab", "heal", "west-db")
                try await expectServes(world)
                let again = try await promote(world, "--accept-loss", "unknown")
                #expect(again.exit == 0, "\(again.text)")
                #expect(again.json["outcome"] == .text("already-there"))
            }
        }

        @Test("a primary that shut down cleanly: nothing is lost, and nothing need be accepted")
        func clean() async throws {
            try await WorldFixture.with { world in
                _ = try await world.baton("lab", "break", "west-db", "stop")
                let answer = try await promote(world)
                #expect(answer.exit == 0, "\(answer.text)")
                #expect(answer.json["acceptance"]["loss"] == .null)
                try await expectServes(world)
            }
        }

        @Test("a primary that answers is no emergency: refused, and nothing was changed")
        func alive() async throws {
            try await WorldFixture.with { world in
                let answer = try await promote(world, "--accept-loss", "unknown")
                #expect(answer.exit == 2)
                #expect(answer.text.contains("use baton switchover"))
                try await world.expectHealthy()
            }
        }

        @Test("without evidence that it is off: refused, unless somebody takes it upon themselves")
        func unfenced() async throws {
            try await WorldFixture.with { world in
                try world.rewrite(world.state + "/lab/topology.yaml") { text in
                    // The first of the nodes is west-db.
                    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
                    if let control = lines.firstIndex(of: "    control:") {
                        lines.removeSubrange(control..<(control + 4))
                    }
                    return lines.joined(separator: "\n")
                }
                _ = try await world.baton("lab", "break", "west-db", "kill")
                let refused = try await promote(world, "--accept-loss", "unknown")
                #expect(refused.exit == 2, "\(refused.text)")
                let card = try await world.baton("preflight", Self.playbook, "--to", "east")
                #expect(card.exit == 2 && card.text.contains("--accept-unfenced west-db"), "\(card.text)")
                let wrong = try await promote(world, "--accept-loss", "unknown", "--accept-unfenced", "west")
                #expect(wrong.exit == 64)
                let answer = try await promote(world, "--accept-loss", "unknown", "--accept-unfenced", "west-db")
                #expect(answer.exit == 0, "\(answer.text)")
                #expect(answer.json["acceptance"]["unfenced"].list.first == .text("west-db"))
                #expect(try await world.write() == world.node("east-db").port)
                let report = try await world.baton("report")
                #expect(report.output.hasPrefix("! west-db was not fenced, accepted by"), "\(report.output)")
            }
        }

        @Test("a saved plan of an emergency covers what is accepted")
        func savedPlan() async throws {
            try await WorldFixture.with { world in
                _ = try await world.baton("lab", "break", "west-db", "kill")
                let file = world.state + "/plan.json"
                let saved = try await world.baton(
                    "plan", Self.playbook, "--to", "east", "--accept-loss", "unknown", "--out", file)
                #expect(saved.exit == 0, "\(saved.text)")
                let other = try await promote(
                    world, "--plan", file, "--accept-loss", "unknown", "--accept-unfenced", "west-db")
                #expect(other.exit == 2 && other.text.contains("what is accepted"), "\(other.text)")
                let answer = try await promote(world, "--plan", file, "--accept-loss", "unknown")
                #expect(answer.exit == 0, "\(answer.text)")
                #expect(answer.json["savedPlan"] != .null)
                try await expectServes(world)
            }
        }

        @Test("each command runs playbooks of its own mode, and an emergency has a reason (R20)")
        func usage() async throws {
            try await WorldFixture.with { world in
                let planned = try await world.baton(
                    "promote", WorldFixture.playbook, "--to", "east", "-y", "--reason", "why")
                #expect(planned.exit == 65 && planned.text.contains("baton switchover"))
                let emergency = try await world.baton("switchover", Self.playbook, "--to", "east", "-y")
                #expect(emergency.exit == 65 && emergency.text.contains("baton promote"))
                let mute = try await world.baton("promote", Self.playbook, "--to", "east", "-y")
                #expect(mute.exit == 64 && mute.text.contains("--reason"))
                let loss = try await world.baton(
                    "promote", Self.playbook, "--to", "east", "-y", "--reason", "why", "--accept-loss", "some")
                #expect(loss.exit == 64)
            }
        }
    }
}
