import BatonCore
import BatonReports
import Testing

@Suite struct SplitBrainReportTests {
    private static let divergence = Divergence(
        firstLSN: LSN(rawValue: 0x300_0148), timeline: 1, endLSN: LSN(rawValue: 0x300_0548), commits: 2,
        relations: [.init(name: "public.orders", rows: 3)])

    private func record(_ finding: DivergenceFinding) throws -> RunRecord {
        var run = ScriptedRun()
        run.divergence = finding
        return try run.record()
    }

    @Test func `it stands first, with the position and with what was written`() throws {
        let lines = RunReportText(try record(.found(Self.divergence))).document().rendered(.plain)
        let text = lines.split { $0 == " " || $0 == "\n" }.joined(separator: " ")
        #expect(text.hasPrefix("! SPLIT BRAIN: west-db came back as a primary after the promotion"), "\(lines)")
        #expect(
            text.contains(
                "first diverging LSN 0/3000148: from there to 0/3000548 it has 1024 bytes of log of its own on timeline 1, "
                    + "2 commits: 3 rows of public.orders"), "\(lines)")
    }

    @Test func `JSON has it as data, and null is what nobody knows`() throws {
        let known = try JSONValue(RunReport(try record(.found(Self.divergence))))
        let found = try #require(known["splitBrain"]?.list.first)
        #expect(found["node"] == .text("west-db"))
        #expect(found["firstDivergingLSN"] == .text("0/3000148"))
        #expect(found["bytesAfter"] == .number(1024))
        #expect(found["commitsAfter"] == .number(2))
        #expect(found["fencedAt"] != .null)
        #expect(known["outcome"] == .text("completed-with-obligations"))
        let unknown = try JSONValue(RunReport(try record(.unknown("its log is gone"))))
        let none = try #require(unknown["splitBrain"]?.list.first)
        #expect(none["firstDivergingLSN"] == .null && none["bytesAfter"] == .null)
        #expect(none["unknown"] == .text("its log is gone"))
        #expect(none.keys == found.keys)
    }

    @Test func `a run in which nobody came back has none`() throws {
        #expect(try JSONValue(RunReport(ScriptedRun.happy.record()))["splitBrain"]?.list.isEmpty == true)
    }

    @Test func `status names two writers and the next command`() {
        func node(_ name: String, _ role: ClusterStatus.NodeRole) -> ClusterStatus.NodeStatus {
            ClusterStatus.NodeStatus(name: name, site: "s", role: role)
        }
        let two = ClusterStatus(
            topology: "lab", nodes: [node("a", .primary), node("b", .primary)], poolers: [], judging: "baton watch")
        #expect(two.writers == ["a", "b"] && two.judge == "baton watch")
        let text = StatusReport([], cluster: two).document().rendered(.plain)
        #expect(text.contains("! SPLIT BRAIN: a and b accept writes"))
        #expect(text.contains("next: baton watch"))
        let one = ClusterStatus(
            topology: "lab", nodes: [node("a", .primary), node("b", .standby)], poolers: [], judging: "baton watch")
        #expect(one.judge == nil)
        #expect(!StatusReport([], cluster: one).document().rendered(.plain).contains("SPLIT"))
    }
}
