import Foundation
import Testing

/// `baton prove`, as the shell sees it. Asks no server, so it raises no lab.
@Suite("baton prove", .serialized)
struct ProveCommandSerialTests {
    private static let unsafe = WorldFixture.playbook.replacing(
        "Playbooks/planned-switchover.yaml", with: "Tests/BatonSimulatorTests/Unsafe/no-freeze.yaml")

    @Test("0 for the shipped playbook, with what was explored and what was taken for granted")
    func proves() async throws {
        let answer = try await WorldFixture.baton(["prove", WorldFixture.playbook, "--depth", "1"])
        #expect(answer.exit == 0, "\(answer.text)")
        #expect(answer.output.contains("✓ Every promise holds in every state."))
        #expect(answer.output.contains("Taken for granted:"))
        #expect(answer.errors.isEmpty)
    }

    @Test("2 for one that is not safe, with the line and the story; the same in JSON")
    func refuses() async throws {
        let answer = try await WorldFixture.baton(["prove", Self.unsafe, "--depth", "0"])
        #expect(answer.exit == 2)
        #expect(answer.text.contains("no-freeze.yaml:34: no-client-error"), "\(answer.text)")
        #expect(answer.output.contains("nothing need go wrong for it"))

        let json = try await WorldFixture.baton(["prove", Self.unsafe, "--depth", "0", "--format", "json"])
        #expect(json.exit == 2 && json.errors.isEmpty)
        let report = JSONAnswer(text: json.output)
        #expect(report["format"] == "prove/v1" && report["proved"] == false)
        #expect(report["playbook"]["name"] == "no-freeze" && report["depth"] == .number(0))
        #expect(report["runs"] == .number(1) && !report["assumptions"].list.isEmpty)
        let violation = try #require(report["violations"].list.first { $0["invariant"] == "no-client-error" })
        #expect(violation["line"] == .number(34) && violation["step"] == "fence.postgres.stop")
        #expect(!violation["timeline"].list.isEmpty)
    }

    @Test("64 for a depth, a pair or a site that there is not, 65 for a bad playbook")
    func usage() async throws {
        for words in [["--depth", "3"], ["--pairs", "all"], ["--to", "south"]] {
            let answer = try await WorldFixture.baton(["prove", WorldFixture.playbook] + words)
            #expect(answer.exit == 64, "\(words): \(answer.text)")
        }
        #expect(try await WorldFixture.baton(["prove", "/nowhere.yaml"]).exit == 65)
    }
}
