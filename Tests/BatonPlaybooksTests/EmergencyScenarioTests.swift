import BatonActions
import BatonCore
import Testing

@testable import BatonPlaybooks

/// What only the scenarios of an emergency say: how the primary is lost, and what is accepted.
@Suite struct EmergencyScenarioTests {
    static let form = """
        baton: scenarios/v1
        playbook: emergency-promotion.yaml
        scenarios:
          - name: Nobody knows the loss
            lost: hung
            accept-loss: unknown
            expect: completed
          - name: Somebody answers for old
            lost: isolated
            accept-loss: 4KiB
            accept-unfenced: [west-db, west-pool]
            expect: completed
          - name: Nothing is accepted
            expect: refused

        """

    private func parse(_ text: String) throws -> LoadedScenarios {
        try ScenarioLoader.parse(text: text, path: "/team/s.yaml", faults: [])
    }

    @Test func `how the primary is lost and what is accepted is read`() throws {
        let scenarios = try parse(Self.form).file.scenarios
        #expect(scenarios.map(\.lost) == [.hung, .isolated, nil])
        #expect(
            scenarios.map(\.acceptance) == [
                Acceptance(loss: .unknown),
                Acceptance(loss: .bytes(4_096), unfenced: ["west-db", "west-pool"]), nil,
            ])
    }

    @Test(
        arguments: [
            ("lost: hung", "lost: burnt", ComplaintCode.unknownWord, 5),
            ("accept-loss: 4KiB", "accept-loss: much", .wrongType, 10),
            ("accept-unfenced: [west-db, west-pool]", "accept-unfenced: west-db", .wrongType, 11),
        ] as [(String, String, ComplaintCode, Int)])
    func `what is no such thing is refused on its line`(from: String, to: String, code: ComplaintCode, line: Int) throws
    {
        let text = try #require(GoodFiles.with(Self.form, from, to))
        do {
            _ = try parse(text)
            Issue.record("it is accepted")
        } catch let failure as LoadFailure {
            #expect(failure.complaints.contains { $0.code == code.rawValue && $0.line == line }, "\(failure)")
        }
    }

    @Test func `a planned playbook has no such scenarios, and nobody answers for what is not there`() throws {
        let catalogue = Catalogue(actions: Catalogue.allActions, gates: Catalogue.allGates)
        let playbook = try PlaybookLoader.parse(text: GoodFiles.playbook, path: "/p.yaml", catalogue: catalogue)
        var plan = try Planner(catalogue: catalogue).plan(
            playbook.playbook, identity: FileIdentity(name: "p", sha256: ""), on: AssumedPair.scope.topology,
            identity: FileIdentity(name: "t", sha256: ""), to: "there")
        let loaded = try parse(Self.form)
        #expect(loaded.complaints(for: plan).count { $0.message.contains("belongs to an emergency") } == 5)
        plan.mode = .emergency
        let strangers = loaded.complaints(for: plan)
        #expect(strangers.map(\.line) == [11, 11])
        #expect(strangers.allSatisfy { $0.code == ComplaintCode.unknownTarget.rawValue })
    }
}
