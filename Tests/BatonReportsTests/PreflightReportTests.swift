import BatonCore
import BatonReports
import Testing

@Suite struct PreflightReportTests {
    private func report(_ verdicts: [Verdict], binding: Binding? = Binding(old: "west-db", new: "east-db")) throws
        -> PreflightReport
    {
        let plan = try ScriptedRun.plan()
        let gates = plan.steps.filter { $0.phase == .preflight }
        let targets: [Target] = [.node("east-db"), .node("west-db")]
        let judged = zip(gates, targets).enumerated().map { index, pair in
            JudgedGate(step: pair.0, target: pair.1, verdict: verdicts[index])
        }
        return PreflightReport(plan: plan, catalogue: Toy.catalogue, binding: binding, gates: judged)
    }

    private var lagging: Verdict {
        var verdict = Verdict.block(
            "replay is behind", remedy: "wait", observed: .bytes(ByteCount(1 << 26)), limit: .bytes(ByteCount(1 << 24)))
        verdict.age = .microseconds(12_345)
        return verdict
    }

    @Test func keysAreThoseOfTheContract() throws {
        let json = try JSONValue(try report([lagging, .pass("ready")]))
        #expect(
            json.keys == [
                "format", "ready", "playbook", "topology", "from", "to", "fromNode", "toNode", "gates", "prediction",
                "coverage",
            ])
        #expect(json["format"] == .text("preflight/v1"))
        #expect(json["ready"] == .flag(false))
        #expect(json["prediction"] == .list([]))
        let keys: Set<String> = [
            "id", "gate", "phase", "on", "target", "verdict", "reason", "observed", "limit", "remedy", "source",
        ]
        let gates = json["gates"]?.list ?? []
        #expect(gates.map(\.keys) == [keys, keys])
        #expect(gates[0]["observed"]?.keys == ["value", "unit", "text", "ageMs"])
        #expect(gates[0]["observed"]?["value"] == .number(67_108_864))
        #expect(gates[0]["observed"]?["ageMs"] == .number(12.345))
        #expect(gates[0]["limit"]?.keys == ["value", "unit", "text"])
        #expect(gates[0]["verdict"] == .text("block"))
        #expect(gates[0]["on"] == .text("new"))
        #expect(gates[0]["source"] == .text("the toy's manual, page 1"))
        #expect(gates[1]["observed"] == .null)
        #expect(gates[1]["limit"] == .null)
        #expect(gates[1]["remedy"] == .null)
    }

    @Test func coverageCountsWhatCouldBeJudged() throws {
        // Two gates of preflight and one that is awaited later.
        #expect(try report([.pass("a"), .pass("b")]).coverage == 0.667)
        #expect(try report([.pass("a"), .unknown("no answer")]).coverage == 0.333)
    }

    @Test func unknownAndUnboundAreNotReady() throws {
        #expect(try report([.pass("a"), .warn("b", remedy: "c")]).ready)
        #expect(try !report([.pass("a"), .unknown("no answer")]).ready)
        let unbound = try report([.pass("a"), .pass("b")], binding: nil)
        #expect(!unbound.ready)
        #expect(unbound.fromNode == nil)
    }

    @Test func aNumberThatJSONHasNotIsNull() throws {
        let endless = Verdict.pass("a", observed: Quantity(value: .infinity, unit: "ms", text: "for ever"))
        let json = try JSONValue(try report([endless, .pass("b")]))
        #expect(json["gates"]?[0]?["observed"]?["value"] == .null)
    }

    @Test func textSaysWhatBlocksFirst() throws {
        let text = try report([.warn("old news", remedy: "look again"), lagging]).document(nextCommand: ["baton"])
            .rendered()
        #expect(
            text == """
                preflight of planned on lab: west (west-db) -> east (east-db)

                ✗ toy.ready on west-db blocks: replay is behind
                  observed 64.0 MiB (12.3 ms old) · limit 16.0 MiB
                  next: wait

                ! toy.ready on east-db warns: old news
                  next: look again

                ✓ 0 of 2 gates passed
                  67 % of the plan's gates could be judged before the run.

                Not ready: 1 gate stands in the way. Do what is said above, then run the preflight again.

                """)
    }

    @Test func textEndsWithTheNextCommand() throws {
        let ready = try report([.pass("ready"), .pass("ready")])
        let next = ["baton", "drill", "my playbook.yaml", "--to", "east"]
        let text = ready.document(nextCommand: next).rendered()
        #expect(text.hasSuffix("\n\nReady. Next: baton drill 'my playbook.yaml' --to east\n"))
        #expect(!text.contains("toy.ready"))
        let verbose = ready.document(verbose: true, nextCommand: next).rendered()
        #expect(verbose.contains("✓ toy.ready on east-db passes: ready\n"))
    }
}
