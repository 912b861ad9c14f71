import Foundation
import Testing

/// `baton test` and `baton check` of scenario files, as the shell sees them. Asks no server, so it raises no lab.
@Suite("baton test", .serialized)
final class TestCommandSerialTests {
    private static let shipped = WorldFixture.playbook.replacing(".yaml", with: ".test.yaml")

    private let directory = FileManager.default.temporaryDirectory.appending(path: "baton-test-\(UUID())")
    private var files = 0

    init() throws { try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false) }

    deinit { try? FileManager.default.removeItem(at: directory) }

    /// A scenario file that names the shipped playbook.
    private func file(_ scenarios: String, header: String = "", playbook: String = WorldFixture.playbook) throws
        -> String
    {
        files += 1
        let path = directory.appending(path: "\(files).test.yaml").path()
        let text = "baton: scenarios/v1\nplaybook: \(playbook)\n\(header)scenarios:\n\(scenarios)"
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        return path
    }

    private static let calm = "  - { name: All is well, expect: completed }\n"
    private static let wrong = "  - { name: Nothing is wrong, expect: refused, at: postgres.version }\n"

    @Test("0 when every scenario passes; the text says so and what was gone through")
    func passes() async throws {
        let answer = try await WorldFixture.baton(["test", Self.shipped])
        #expect(answer.exit == 0, "\(answer.text)")
        #expect(answer.output.hasPrefix("✓ "), "\(answer.output)")
        #expect(answer.text.contains("10 of 10 steps and 22 of 22 gates were reached; 22 of 22 gates refused."))
        #expect(!answer.output.contains("!") && answer.errors.isEmpty, "\(answer.text)")
    }

    @Test("2 when one fails, with what was expected and what came instead")
    func fails() async throws {
        let path = try file(Self.calm + Self.wrong)
        let answer = try await WorldFixture.baton(["test", path])
        #expect(answer.exit == 2)
        #expect(answer.output.hasPrefix("✗ Nothing is wrong (line 5)\n"), "\(answer.output)")
        #expect(answer.text.contains("expected refused at postgres.version, and the run ended as completed"))
        #expect(answer.text.contains("1 of 2 scenarios of planned-switchover passed"))
    }

    @Test("JSON: one object for each file, with the status of the worst")
    func json() async throws {
        let failing = try file(Self.wrong)
        let answer = try await WorldFixture.baton(["test", try file(Self.calm), failing, "--format", "json"])
        #expect(answer.exit == 2 && answer.errors.isEmpty)
        let objects = answer.output.split(separator: "\n").map { JSONAnswer(text: String($0)) }
        try #require(objects.count == 2)
        #expect(objects[0]["format"] == "test/v1" && objects[0]["passed"] == true)
        #expect(objects[0]["playbook"]["name"] == "planned-switchover")
        #expect(objects[1]["passed"] == false && objects[1]["file"] == .text(failing))
        let scenario = try #require(objects[1]["scenarios"].list.first)
        #expect(
            scenario["line"] == .number(4) && scenario["outcome"] == "completed" && scenario["expected"] == "refused")
        #expect(!scenario["story"].list.isEmpty)
        #expect(objects[1]["coverage"]["gates"]["refused"] == .number(0))
    }

    @Test("65 for a file that does not load, that names what the plan lacks, or whose playbook is missing")
    func badFiles() async throws {
        let calm = Self.calm
        for (path, words) in [
            (try file(calm.replacing("completed", with: "succeeded")), "1.test.yaml:4:"),
            (
                try file("  - { name: Lost, given: [{ fault: node.dies, on: north-db }], expect: refused }\n"),
                "BTN-unknown-target"
            ),
            (
                try file("  - { name: Lost, given: [{ fault: step.fails, on: a.b }], expect: refused }\n"),
                "BTN-unknown-step"
            ),
            (try file(calm, header: "topology: missing.yaml\nto: east\n"), "missing.yaml"),
            ("nowhere.test.yaml", "nowhere.test.yaml"), (WorldFixture.playbook, "scenario file"),
        ] {
            let answer = try await WorldFixture.baton(["test", path])
            #expect(answer.exit == 65, "\(answer.text)")
            #expect(answer.errors.contains(words), "\(answer.text)")
            #expect(answer.output.isEmpty, "\(answer.output)")
        }
    }

    @Test("Scenarios of an emergency are played; what belongs to one is refused (65) beside a planned playbook")
    func emergency() async throws {
        let shipped = Self.shipped.replacing("planned-switchover", with: "emergency-promotion")
        let answer = try await WorldFixture.baton(["test", shipped])
        #expect(answer.exit == 0 && answer.output.contains("completed-with-obligations"), "\(answer.text)")
        let path = try file("  - { name: All is well, lost: hung, expect: completed }\n")
        let refused = try await WorldFixture.baton(["test", path])
        #expect(refused.exit == 65 && refused.text.contains("`lost` belongs to an emergency"), "\(refused.text)")
    }

    @Test("65 for one bad file among good ones, and none is played")
    func oneBadFile() async throws {
        let answer = try await WorldFixture.baton(["test", Self.shipped, try file("")])
        #expect(answer.exit == 65 && answer.output.isEmpty, "\(answer.text)")
    }

    @Test("64 for wrong usage")
    func usage() async throws {
        #expect(try await WorldFixture.baton(["test"]).exit == 64)
        #expect(try await WorldFixture.baton(["test", Self.shipped, "--slowly"]).exit == 64)
    }

    @Test("check takes scenario files, as text and as JSON")
    func check() async throws {
        let good = try await WorldFixture.baton(["check", Self.shipped])
        #expect(good.exit == 0 && good.text.contains("well-formed and safe"), "\(good.text)")
        let both = try await WorldFixture.baton(["check", Self.shipped, WorldFixture.playbook, "--format", "json"])
        #expect(both.exit == 0 && both.json["valid"] == true, "\(both.text)")
        let bad = try file("  - { name: Lost, given: [{ fault: node.dies, on: north-db }], expect: refused }\n")
        let answer = try await WorldFixture.baton(["check", bad, "--format", "json"])
        #expect(answer.exit == 65 && answer.json["valid"] == false)
        #expect(answer.json["findings"].list.map { $0["code"] } == ["BTN-unknown-target"], "\(answer.output)")
    }
}
