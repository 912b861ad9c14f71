import BatonCore
import BatonReports
import Testing

@Suite struct PreflightReportTests {
    private func report(
        _ verdicts: [Verdict], binding: Binding? = Binding(old: "west-db", new: "east-db"),
        foresight: Foresight? = nil, history: RunHistory = RunHistory([])
    ) throws -> PreflightReport {
        let plan = try ScriptedRun.plan()
        let gates = plan.steps.filter { $0.phase == .preflight }
        let targets: [Target] = [.node("east-db"), .node("west-db")]
        let judged = zip(gates, targets).enumerated().map { index, pair in
            JudgedGate(step: pair.0, target: pair.1, verdict: verdicts[index])
        }
        return PreflightReport(
            plan: plan, catalogue: Toy.catalogue, binding: binding, gates: judged, foresight: foresight,
            history: history)
    }

    /// How the rest of the plan would go where every node and pooler answered.
    private func foresight(isStopped: Bool = true) throws -> Foresight {
        var plan = try ScriptedRun.plan()
        if !isStopped { plan.groups.removeAll { $0.phase == .fence } }
        var world = World()
        func learn(_ target: Target, _ aspect: Aspect, _ value: FactValue) {
            world.learn(Change(FactKey(target, aspect), value), basis: .observed(at: ScriptedRun.start))
        }
        for (node, isPrimary) in [("west-db", true), ("east-db", false)] {
            learn(.node(node), .running, .flag(true))
            learn(.node(node), .writable, .flag(isPrimary))
            learn(.node(node), .inRecovery, .flag(!isPrimary))
        }
        learn(.pooler("pool"), .paused, .flag(false))
        learn(.pooler("pool"), .leadsTo, .name("west-db"))
        return Foresight(
            plan, in: Scope(topology: plan.topology, binding: Binding(old: "west-db", new: "east-db")), from: world,
            catalogue: Toy.catalogue)
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
                "coverage", "expected", "alreadyThere", "lossCard", "assumedDown", "evidence",
            ])
        #expect(json["expected"]?.keys == ["writePauseMs", "recoveryTimeMs", "runs", "objectives"])
        #expect(json["expected"]?["writePauseMs"] == .null)
        #expect(json["expected"]?["runs"] == .number(0))
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

    @Test func coverageCountsWhatCanBeJudgedBefore() throws {
        // Two gates of preflight, five actions with their postconditions, and a gate that is awaited later.
        #expect(try report([.pass("a"), .pass("b")]).coverage == 0.25)
        #expect(try report([.pass("a"), .pass("b")], foresight: foresight()).coverage == 0.875)
        #expect(try report([.pass("a"), .unknown("no answer")], foresight: foresight()).coverage == 0.75)
    }

    @Test func predictionsTellEachLaterStep() throws {
        let history = RunHistory([try ScriptedRun.happy.record(), try ScriptedRun.refused.record()])
        let report = try report([.pass("a"), .pass("b")], foresight: foresight(), history: history)
        #expect(report.ready)
        let json = try JSONValue(report)
        let steps = json["prediction"]?.list ?? []
        #expect(steps.count == 6)
        for step in steps {
            #expect(
                step.keys == [
                    "step", "phase", "do", "gate", "on", "target", "title", "changes", "verdict", "reason", "remedy",
                    "undo", "deadlineMs", "expectedMs", "awaited",
                ])
            for change in step["changes"]?.list ?? [] {
                #expect(change.keys == ["sort", "kind", "target", "fact", "from", "to"])
            }
        }
        let promote = steps.first { $0["do"] == .text("toy.promote") }
        #expect(promote?["verdict"] == .text("pass"))
        #expect(promote?["expectedMs"] == .number(30))
        #expect(promote?["undo"]?["kind"] == .text("irreversible"))
        #expect(promote?["changes"]?[1]?["from"] == .text("no"))
        let proof = steps.first { $0["gate"] == .text("postgres.replayed-shutdown-checkpoint") }
        #expect(proof?["verdict"] == .text("unknown"))
        #expect(proof?["undo"] == .null)
        #expect(json["expected"]?["runs"] == .number(1))
        #expect(json["expected"]?["writePauseMs"] == .number(142.5))
        let objectives = json["expected"]?["objectives"]?.list ?? []
        #expect(objectives.map { $0["name"] } == [.text("write-pause"), .text("recovery-time")])
        #expect(objectives.map { $0["reachable"] } == [.flag(true), .flag(false)])
        // Where nothing was measured nothing is expected, and nothing is reachable or not.
        let first = try JSONValue(try self.report([.pass("a"), .pass("b")], foresight: foresight()))
        #expect(first["expected"]?["objectives"]?[0]?["reachable"] == .null)
        #expect(first["prediction"]?[0]?["expectedMs"] == .null)
    }

    @Test func aLaterStepThatWouldBlockIsNotReady() throws {
        let report = try report([.pass("a"), .pass("b")], foresight: foresight(isStopped: false))
        #expect(!report.ready)
        let text = report.document(nextCommand: ["baton"]).rendered()
        #expect(
            text.hasSuffix(
                """

                ✓ 2 of 2 gates passed

                Foretold: 5 changes in 4 steps; 75 % of all checks can be judged before the run
                ✗ promote.toy.promote on east-db would block: Two primaries must not be. But west-db writable is
                  yes.
                ? cannot be known before: catch-up.postgres.replayed-shutdown-checkpoint on east-db
                  No earlier run tells how long it takes; a drill would.

                Not ready: every gate passed, and a later step would block. Do what is said above, then run the
                preflight again.

                """))
        #expect(
            report.summary
                == "not ready: planned on lab, west (west-db) -> east (east-db): promote.toy.promote on east-db would "
                + "block, 2 of 2 gates passed, 1 step cannot be known before")
    }

    @Test func oneLineIsEnoughForCron() throws {
        let history = RunHistory([try ScriptedRun.happy.record()])
        let ready = try report([.pass("a"), .warn("b", remedy: "c")], foresight: foresight(), history: history)
        #expect(
            ready.summary
                == "ready: planned on lab, west (west-db) -> east (east-db): 1 of 2 gates passed, 1 warned, "
                + "1 step cannot be known before, write pause of 143 ms expected")
        let text = ready.document(nextCommand: ["baton"]).rendered()
        #expect(
            text.contains(
                """
                ! Expected: write pause 143 ms, objective 2.00 s; recovery time 150 ms, objective 100 ms (one
                  earlier run)

                """), "\(text)")
        let refused = try report([lagging, .pass("b")])
        #expect(
            refused.summary
                == "not ready: planned on lab, west (west-db) -> east (east-db): toy.ready on east-db in the way, "
                + "1 of 2 gates passed")
    }

    @Test func aPrimaryThatIsThereAlreadyLeavesNothingToDo() throws {
        let report = PreflightReport(
            plan: try ScriptedRun.plan(), catalogue: Toy.catalogue, binding: nil, gates: [], alreadyThere: "east-db")
        #expect(report.ready && report.alreadyThere && report.coverage == 1)
        #expect([report.from, report.to, report.fromNode, report.toNode] == ["east", "east", "east-db", "east-db"])
        #expect(
            report.document(nextCommand: ["baton"]).rendered() == """
                preflight of planned on lab: east (east-db) -> east (east-db)

                ✓ Nothing to do: east-db at east is the primary already.

                """)
        #expect(report.summary == "ready: planned on lab: east-db at east is the primary already")
        #expect(try !self.report([.pass("a"), .pass("b")]).alreadyThere)
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
        let whole = try report([.pass("ready"), .pass("ready")], foresight: foresight()).document(
            verbose: true, nextCommand: next
        ).rendered()
        #expect(
            whole.contains(
                """
                ✓ freeze.toy.pause on pool would pass: nothing has to hold before it
                    ~ pooler pool paused: no → yes
                    at most 5.00 s · undo toy.resume

                """), "\(whole)")
    }
}
