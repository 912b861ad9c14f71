import BatonActions
import BatonCore
import Testing

@testable import BatonPlaybooks

/// What the fold of a plan rests on, beside the files of the corpus.
@Suite("The fold of a plan")
struct StaticSafetyTests {
    private static func findings(
        _ passage: String, _ replacement: String, catalogue: Catalogue = SafetyFile.catalogue
    ) throws -> [Complaint] {
        let pair = try SafetyFile("Good/pair.yaml").text
        let text = try #require(GoodFiles.with(pair, passage, replacement), "the passage stands once in the file")
        let playbook = try PlaybookLoader.parse(text: text, path: "p.yaml", catalogue: catalogue)
        return StaticSafety(playbook, catalogue: catalogue).complaints
    }

    private static let stop = "  - do: postgres.stop\n    on: old\n"

    @Test("A checkpoint that is written while clients wait has prepared nothing")
    func preparedTooLate() throws {
        let codes = try Self.findings(
            "  - do: postgres.checkpoint\n    on: [old, new]\nfreeze:\n  - do: pgbouncer.pause\n    on: poolers\n",
            "freeze:\n  - do: pgbouncer.pause\n    on: poolers\n  - do: postgres.checkpoint\n    on: [old, new]\n"
        ).map(\.code)
        #expect(codes.contains(ComplaintCode.unprepared.rawValue))
    }

    @Test("Work in the freeze that the promotion rests on belongs there, whatever the action is called")
    func neededWork() throws {
        let catalogue = Catalogue(
            actions: Catalogue.allActions + [ActionDefinition(Mark.self)], gates: Catalogue.allGates)
        let codes = try Self.findings(Self.stop, "  - do: test.mark\n    on: old\n" + Self.stop, catalogue: catalogue)
            .map(\.code)
        #expect(!codes.contains(ComplaintCode.workInFreeze.rawValue))
        // It has no undo of its own, which is another matter.
        #expect(codes == [ComplaintCode.undoLeavesChange.rawValue])
    }

    @Test("The longest deadline, tried the most times, is one finding")
    func longest() throws {
        let findings = try Self.findings("    deadline: 15s\n", "    deadline: 168h\n    retry: 100\n")
        #expect(findings.map(\.code) == [ComplaintCode.deadlineBeyondFreeze.rawValue])
    }

    @Test("A mistake on several targets and in both directions is one finding")
    func once() throws {
        let file = try SafetyFile("Unsafe/no-slots.yaml")
        let playbook = try PlaybookLoader.parse(text: file.text, path: "p.yaml", catalogue: SafetyFile.catalogue)
        let topology = try TopologyLoader.load(path: "\(SafetyFile.directory)/Topologies/five-nodes.yaml")
        let findings = StaticSafety(playbook, topology: topology, catalogue: SafetyFile.catalogue).complaints
        #expect(Set(findings.map { "\($0.code) \($0.line)" }).count == findings.count)
        #expect(findings.contains { $0.code == ComplaintCode.followsWithoutSlot.rawValue })
    }

    @Test("A step of the surviving site is named for the gates that it wants of the lost one")
    func wantedGates() throws {
        let file = try SafetyFile("Unsafe/no-slots.yaml")
        let playbook = try PlaybookLoader.parse(text: file.text, path: "p.yaml", catalogue: SafetyFile.catalogue)
        let topology = try TopologyLoader.load(path: "\(SafetyFile.directory)/Topologies/two-nodes.yaml")
        let findings = StaticSafety(playbook, topology: topology, catalogue: SafetyFile.catalogue)
            .complaints(assumingDown: "west")
        let wants = "`do: postgres.promote` wants `gate: postgres.logical-slots`, asked of west-db"
        #expect(findings.contains { $0.message.hasPrefix(wants) }, "\(findings)")
    }

    @Test("A finding about a topology never shows its line, which may hold a secret")
    func noSecretLine() throws {
        for file in SafetyCorpusTests.unsafePlaybooks where file.blamesTopology {
            let own = try file.complaints().filter { $0.file.contains("/Topologies/") }
            #expect(!own.isEmpty && own.allSatisfy { $0.sourceLine == nil })
        }
    }
}

/// Places `standby.signal` and nothing else; the promotion wants it.
private enum Mark: Action {
    static let id: ActionID = "test.mark"
    static let summary = "Mark the data directory."
    static let kind = TargetKind.node
    static let defaultDeadline = TimeSpan.seconds(5)

    static func changes(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [Change] {
        [Change(FactKey(target, .standbySignal), .flag(true))]
    }

    static func undo(_ parameters: NoParameters, on target: Target, in scope: Scope) -> Undo { .nothing }

    static func byHand(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [ByHandCommand] { [] }
}
