import BatonActions
import BatonCore
import Testing

@testable import BatonPlaybooks

@Suite("What holds after each phase")
struct PhaseFactsTests {
    private static func facts() throws -> [PhaseFacts] {
        let file = try SafetyFile("Good/pair.yaml")
        let playbook = try PlaybookLoader.parse(text: file.text, path: "p.yaml", catalogue: SafetyFile.catalogue)
        return try PhaseFacts.of(playbook.playbook, catalogue: SafetyFile.catalogue)
    }

    private static func after(_ phase: Phase) throws -> PhaseFacts {
        try #require(try facts().first { $0.phase == phase })
    }

    @Test("Every phase that does or asks something has its facts, in order")
    func phases() throws {
        #expect(try Self.facts().map(\.phase) == Phase.allCases)
    }

    @Test("The way back takes the last step back first, and ends at the promotion")
    func wayBack() throws {
        #expect(
            try Self.after(.fence).undo == [
                "postgres.start on old", "pgbouncer.release on pooler", "postgres.drop-slots on new",
            ])
        #expect(try Self.after(.preflight).undo == [])
        #expect(try Self.after(.promote).undo == nil)
    }

    @Test("Clients wait from the freeze to the thaw, and are led to new behind the repoint")
    func clients() throws {
        #expect(try Self.after(.prepare).clients == ["those of pooler are led to old"])
        #expect(try Self.after(.freeze).clients == ["those of pooler wait, led to old"])
        #expect(try Self.after(.repoint).clients == ["those of pooler wait, led to new"])
        #expect(try Self.after(.thaw).clients == ["those of pooler are led to new"])
    }

    @Test("The roles are exchanged at the end")
    func roles() throws {
        let facts = try Self.after(.finish)
        #expect(facts.things.map(\.name) == ["old", "new"])
        #expect(facts.things.first?.facts.contains("follows new") == true)
        #expect(facts.things.last?.facts.first == "accepts writes")
    }
}
