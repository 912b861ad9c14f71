import BatonActions
import BatonCore
import Testing

@testable import BatonPlaybooks

@Suite("Playbooks judged with the shipped actions and gates")
struct ShippedCatalogueTests {
    private static let catalogue = Catalogue(actions: Catalogue.allActions, gates: Catalogue.allGates)

    private func load(_ text: String) throws -> [Complaint] {
        try PlaybookLoader.parse(text: text, path: "p.yaml", catalogue: Self.catalogue).complaints
    }

    @Test("The contract's playbook is safe")
    func good() throws {
        #expect(try load(GoodFiles.playbook).isEmpty)
    }

    @Test(
        "Without one of its guards it is unsafe, and the remedy names the missing step",
        arguments: [
            (
                "fence:\n  - do: postgres.stop\n    on: old\n    deadline: 30s\n", ComplaintCode.promoteWithoutFence,
                "postgres.stop"
            ),
            (
                "catch-up:\n  - gate: postgres.replayed-shutdown-checkpoint\n    on: new\n    deadline: 10s\n",
                .promoteWithoutProof, "postgres.replayed-shutdown-checkpoint"
            ),
            ("thaw:\n  - do: pgbouncer.resume\n    on: poolers\n", .freezeWithoutThaw, "thaw"),
            (
                "  - together:\n      - do: pgbouncer.repoint\n        on: poolers\n", .requirementNotMet,
                "pgbouncer.repoint"
            ),
            ("  - do: postgres.promote\n    on: new\n", .nothingPromotes, "promote"),
        ])
    func unsafe(_ removed: String, _ code: ComplaintCode, _ named: String) throws {
        let text = try #require(GoodFiles.with(GoodFiles.playbook, removed, ""))
        let failure = try #require(throws: LoadFailure.self) { try load(text) }
        let complaint = try #require(failure.complaints.first { $0.code == code.rawValue }, "\(failure)")
        #expect(complaint.remedy.contains(named))
        expectSound(failure.complaints)
    }

    @Test(
        "What only a rejoin does stands in no playbook, and no playbook has its mode",
        arguments: [("postgres.rejoin", "postgres.realign"), ("mode: planned", "mode: rejoin")])
    func rejoin(_ text: String, _ replacement: String) throws {
        let changed = try #require(GoodFiles.with(GoodFiles.playbook, text, replacement))
        let failure = try #require(throws: LoadFailure.self) { try load(changed) }
        let codes = failure.complaints.map(\.code)
        #expect(
            codes.contains(ComplaintCode.unknownAction.rawValue) || codes.contains(ComplaintCode.unknownWord.rawValue))
    }
}
