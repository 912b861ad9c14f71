import Foundation
import Testing

@testable import BatonHosts

/// `baton check`, `explain`, `schema` and `docs --reference`, as the shell sees them. They ask no server, so this raises
/// no lab.
@Suite("Commands about files", .serialized)
final class FileCommandsSerialTests {
    private let directory = FileManager.default.temporaryDirectory.appending(path: "baton-files-\(UUID())")
    private static let repository = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

    init() throws { try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false) }

    deinit { try? FileManager.default.removeItem(at: directory) }

    /// The shipped playbook with two mistakes and one doubtful passage.
    private func badPlaybook() throws -> String {
        let path = directory.appending(path: "p.yaml").path()
        let text = try String(contentsOfFile: WorldFixture.playbook, encoding: .utf8)
            .replacing("write-pause: 2s", with: "write-pause: 2")
            .replacing("title: Planned switchover to another site", with: "title: no")
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        return path
    }

    @Test("check shows each line with its culprit underlined, and counts at the end")
    func check() async throws {
        let path = try badPlaybook()
        let answer = try await WorldFixture.baton(["check", path])
        #expect(answer.exit == 65 && answer.errors.isEmpty)
        #expect(
            answer.output == """
                \(path):4:8: error: The title is text, but YAML can read `no` as a truth value. [BTN-ambiguous-scalar]
                    4 | title: no
                      |        ^~
                      = remedy: Write it in quotes: "no".
                \(path):7:28: error: The objective `write-pause` has no unit, so it could mean anything. [BTN-missing-unit]
                    7 | objectives: { write-pause: 2, recovery-time: 60s, recovery-point: 0B }
                      |                            ^
                      = remedy: Write `2s`, or another of `us`, `ms`, `s`, `min` or `h`.
                2 errors; more about each: baton explain BTN-ambiguous-scalar
                not valid

                """)
    }

    @Test("check as JSON keeps its fields and adds the length")
    func checkJSON() async throws {
        let answer = try await WorldFixture.baton(["check", try badPlaybook(), "--format", "json"])
        #expect(answer.exit == 65 && answer.json["format"] == "check/v1" && answer.json["valid"] == false)
        let finding = try #require(answer.json["findings"].list.first)
        #expect(
            finding.keys.isSuperset(of: ["code", "severity", "file", "line", "column", "length", "message", "remedy"]))
        #expect(finding["line"] == .number(4) && finding["column"] == .number(8) && finding["length"] == .number(2))
    }

    @Test(
        "Colours on a terminal only, and not with NO_COLOR or a dumb one",
        arguments: [("TERM=xterm", true), ("TERM=xterm NO_COLOR=1", false), ("TERM=dumb", false)])
    func colours(_ environment: String, _ isColoured: Bool) async throws {
        let line = "env \(environment) \(WorldFixture.binary) check \(try badPlaybook())"
        let answer = try await Program.run(
            "/usr/bin/script", ["-qec", line, "/dev/null"], environment: ["PATH": "/usr/bin:/bin", "LC_ALL": "C"],
            deadline: WorldFixture.soon())
        #expect(answer.status == 65)
        #expect(answer.output.contains("\u{1B}[31merror: \u{1B}[0m") == isColoured, "\(answer.output)")
        #expect(answer.output.contains("\u{1B}") == isColoured)
    }

    @Test("explain tells about a code, with or without its prefix")
    func explain() async throws {
        for word in ["BTN-missing-unit", "missing-unit"] {
            let answer = try await WorldFixture.baton(["explain", word])
            #expect(answer.exit == 0 && answer.output.hasPrefix("BTN-missing-unit\n"))
            #expect(answer.output.contains("Right:\n    objectives: { write-pause: 2s }\n"), "\(answer.output)")
        }
        let json = try await WorldFixture.baton(["explain", "missing-unit", "--format", "json"])
        #expect(json.json["format"] == "explain/v1")
        #expect(json.json["codes"].list.first?["code"] == "BTN-missing-unit")
    }

    @Test("explain alone lists every code")
    func explainAll() async throws {
        let answer = try await WorldFixture.baton(["explain", "--format", "json"])
        let source = try String(
            contentsOfFile: Self.repository + "/Sources/BatonPlaybooks/ComplaintCode.swift", encoding: .utf8)
        let codes = source.matches(of: #/"(BTN-[a-z0-9-]+)"/#).map { JSONAnswer.text(String($0.output.1)) }
        #expect(answer.exit == 0 && codes.count > 80)
        #expect(answer.json["codes"].list.map { $0["code"] } == codes)
        let text = try await WorldFixture.baton(["explain"])
        #expect(text.output.contains("BTN-token-without-tls"))
    }

    @Test("An unknown code is wrong usage, and the nearest is offered")
    func unknownCode() async throws {
        let near = try await WorldFixture.baton(["explain", "BTN-mising-unit"])
        #expect(near.exit == 64 && near.output.isEmpty && near.errors.contains("did you mean BTN-missing-unit?"))
        let far = try await WorldFixture.baton(["explain", "earthquake"])
        #expect(far.exit == 64 && far.errors.contains("baton explain lists them all"))
    }

    @Test("schema prints what lies beside the shipped playbook", arguments: ["playbook", "topology", "scenarios"])
    func schema(_ kind: String) async throws {
        let answer = try await WorldFixture.baton(["schema", kind])
        let shipped = try String(contentsOfFile: Self.repository + "/Playbooks/schema/\(kind).json", encoding: .utf8)
        let isSame = answer.output == shipped
        #expect(answer.exit == 0 && isSame, "run `make schema`")
        #expect(answer.json["$schema"] == "http://json-schema.org/draft-07/schema#")
    }

    @Test("schema of nothing that there is is wrong usage")
    func unknownSchema() async throws {
        #expect(try await WorldFixture.baton(["schema", "machine"]).exit == 64)
        #expect(try await WorldFixture.baton(["schema"]).exit == 64)
    }

    @Test("The pages in Documentation/Reference are those that the program writes: `make schema`")
    func referenceIsFresh() async throws {
        let pages = Self.repository + "/Documentation/Reference"
        let answer = try await WorldFixture.baton(["docs", "--reference", "-o", pages, "--check"])
        #expect(answer.exit == 0, "\(answer.text)")
    }

    @Test("docs --reference --check ends with 2 and names what is missing, stale or superfluous, and writes nothing")
    func staleReference() async throws {
        let pages = directory.appending(path: "a/b").path()
        let missing = try await WorldFixture.baton(["docs", "--reference", "-o", pages, "--check"])
        #expect(missing.exit == 2 && missing.output.contains("/README.md is not what it would be now"))
        #expect(!FileManager.default.fileExists(atPath: pages))

        let written = try await WorldFixture.baton(["docs", "--reference", "-o", pages])
        #expect(written.exit == 0 && written.output.isEmpty, "\(written.text)")
        #expect(try await WorldFixture.baton(["docs", "--reference", "-o", pages, "--check"]).exit == 0)

        let words = try String(contentsOfFile: pages + "/Words.md", encoding: .utf8)
        try words.write(toFile: pages + "/Actions/old.action.md", atomically: false, encoding: .utf8)
        try (words + "x").write(toFile: pages + "/Words.md", atomically: false, encoding: .utf8)
        let stale = try await WorldFixture.baton(["docs", "--reference", "-o", pages, "--check"])
        #expect(stale.exit == 2)
        #expect(
            stale.output.split(separator: "\n").map { $0.dropFirst(pages.count + 1) } == [
                "Words.md is not what it would be now", "Actions/old.action.md is superfluous",
            ])
        #expect(try await WorldFixture.baton(["docs", "--reference", "-o", pages]).exit == 0)
        #expect(try await WorldFixture.baton(["docs", "--reference", "-o", pages, "--check"]).exit == 0)
        #expect(!FileManager.default.fileExists(atPath: pages + "/Actions/old.action.md"))
        #expect(try await WorldFixture.baton(["docs", "-o", pages]).exit == 64)
    }

    @Test("A file that docs --reference did not write is neither replaced nor removed, and then nothing is written")
    func foreignFiles() async throws {
        let pages = directory.path()
        try "mine".write(toFile: pages + "/Notes.md", atomically: false, encoding: .utf8)
        #expect(try await WorldFixture.baton(["docs", "--reference", "-o", pages]).exit == 0)
        #expect(try await WorldFixture.baton(["docs", "--reference", "-o", pages, "--check"]).exit == 0)
        #expect(try String(contentsOfFile: pages + "/Notes.md", encoding: .utf8) == "mine")

        try "mine".write(toFile: pages + "/README.md", atomically: false, encoding: .utf8)
        try FileManager.default.removeItem(atPath: pages + "/Words.md")
        let answer = try await WorldFixture.baton(["docs", "--reference", "-o", pages])
        #expect(answer.exit == 1 && answer.errors.contains("README.md was not written by baton docs"))
        #expect(try String(contentsOfFile: pages + "/README.md", encoding: .utf8) == "mine")
        #expect(!FileManager.default.fileExists(atPath: pages + "/Words.md"))
    }
}
