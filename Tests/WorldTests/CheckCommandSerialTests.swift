import Foundation
import Testing

/// `baton check` of playbooks and topologies, as the shell sees it. Asks no server, so it raises no lab.
@Suite("baton check", .serialized)
struct CheckCommandSerialTests {
    private static let corpus =
        "\(#filePath)".split(separator: "/", omittingEmptySubsequences: false).dropLast(2).joined(separator: "/")
        + "/BatonPlaybooksTests/Corpus"
    private static let pair = "\(corpus)/Topologies/two-nodes.yaml"

    @Test("0 and one line for a safe playbook, alone and on a topology")
    func safe() async throws {
        let alone = try await WorldFixture.baton(["check", WorldFixture.playbook])
        #expect(alone.exit == 0 && alone.output == "well-formed and safe\n", "\(alone.text)")
        let both = try await WorldFixture.baton(["check", WorldFixture.playbook, Self.pair])
        #expect(both.exit == 0 && both.output == "all 2 files are well-formed and safe\n", "\(both.text)")
    }

    @Test("2 for one that loads and is unsafe, with the way to the bad end")
    func unsafe() async throws {
        let answer = try await WorldFixture.baton(["check", "\(Self.corpus)/Unsafe/rejoin-before-thaw.yaml"])
        #expect(answer.exit == 2)
        #expect(answer.output.contains("[BTN-thaw-waits-for-old]"))
        #expect(answer.output.contains(" 1. `do: pgbouncer.pause` on pooler: the clients of pooler wait.\n"))
        #expect(answer.output.hasSuffix("well-formed, and not safe\n"))
    }

    @Test("0 for a warning alone, which is counted")
    func warning() async throws {
        let answer = try await WorldFixture.baton(["check", "\(Self.corpus)/Unsafe/no-checkpoint.yaml"])
        #expect(
            answer.exit == 0 && answer.output.contains("\n1 warning; more about each: ")
                && answer.output.hasSuffix("well-formed and safe\n"), "\(answer.text)")
    }

    @Test("65 for one that does not load")
    func bad() async throws {
        let answer = try await WorldFixture.baton(["check", "\(Self.corpus)/Unsafe/no-fence.yaml"])
        #expect(answer.exit == 65 && answer.output.hasSuffix("not valid\n"))
    }

    @Test("--assume-down names what an emergency still needs, in JSON too, and wants a topology that has the site")
    func assumeDown() async throws {
        let playbook = "\(Self.corpus)/Unsafe/fence-needs-old-itself.yaml"
        let answer = try await WorldFixture.baton([
            "check", playbook, Self.pair, "--assume-down", "west", "--format", "json",
        ])
        #expect(answer.exit == 2 && answer.errors.isEmpty, "\(answer.text)")
        let report = JSONAnswer(text: answer.output)
        #expect(report["valid"] == false)
        let finding = try #require(report["findings"].list.first { $0["code"] == "BTN-needs-lost-node" })
        #expect(finding["way"].list.first == "west is lost.")
        #expect(try await WorldFixture.baton(["check", playbook, "--assume-down", "west"]).exit == 64)
        #expect(try await WorldFixture.baton(["check", playbook, Self.pair, "--assume-down", "north"]).exit == 64)
        let planned = try await WorldFixture.baton([
            "check", WorldFixture.playbook, Self.pair, "--assume-down", "west",
        ])
        #expect(planned.exit == 0 && planned.output.contains("warning"), "a planned run reports: \(planned.text)")
    }

    @Test("--facts shows what holds after each phase and the way back")
    func facts() async throws {
        let answer = try await WorldFixture.baton(["check", "--facts", WorldFixture.playbook])
        #expect(answer.exit == 0)
        #expect(answer.output.contains("after freeze\n  old  accepts writes, keeps log for new\n"), "\(answer.text)")
        #expect(
            answer.output.contains("  way back: pgbouncer.release on pooler, then postgres.drop-slots on new\n"))
    }
}
