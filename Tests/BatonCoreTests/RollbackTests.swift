import Testing

@testable import BatonCore

/// Before the point of no return every failure is taken back, last change first.
@Suite struct RollbackTests {
    private static let undoFreeze = ["test.release pool-b", "test.release pool-a", "test.drop-slot east-db"]

    @Test(
        arguments: [
            ("prepare.test.slot on east-db", Script.Behaviour.idle, ["test.drop-slot east-db"]),
            ("prepare.test.slot on east-db", .blind, ["test.drop-slot east-db"]),
            ("prepare.test.slot on east-db", .fail, []),
            ("freeze.test.pause on pool-b", .idle, undoFreeze),
            ("freeze.test.pause on pool-b", .lost, undoFreeze),
            ("freeze.test.pause on pool-a", .fail, ["test.release pool-b", "test.drop-slot east-db"]),
            ("fence.test.stop on west-db", .idle, ["test.start west-db"] + undoFreeze),
            ("fence.test.stop on west-db", .fail, undoFreeze),
            ("catch-up.test.replayed on east-db", .refuse, ["test.start west-db"] + undoFreeze),
        ] as [(String, Script.Behaviour, [String])])
    func `a failure is undone in reverse order`(step: String, behaviour: Script.Behaviour, undo: [String]) throws {
        var script = try Script()
        let before = script.truth
        script.behaviours[step] = behaviour
        script.run()
        guard case .finished(.rolledBack) = script.state else {
            Issue.record("ended \(script.state)")
            return
        }
        #expect(script.rules.last == .rolledBack)
        let begun = script.sent.firstIndex {
            $0.hasPrefix("test.start") || $0.hasPrefix("test.release") || $0.hasPrefix("test.drop")
        }
        #expect(Array(script.sent[(begun ?? script.sent.endIndex)...]) == undo)
        #expect(!script.sent.contains("test.promote east-db"))
        #expect(script.truth == before, "not everything is as before")
        #expect(script.machine.openObligations.isEmpty)
        #expect(script.requests.last == .rest)
    }

    @Test func `groups are undone one after the other`() throws {
        var script = try Script()
        script.behaviours["catch-up.test.replayed on east-db"] = .refuse
        script.run(to: "perform undo of fence.test.stop on west-db")
        #expect(script.kind == .undoing)
        #expect(script.waiting == ["perform undo of fence.test.stop on west-db"])
        script.done("undo of fence.test.stop on west-db")
        #expect(script.rules.last == .undoneStep)
        #expect(script.outcome("fence.test.stop", on: "west-db") == "undone")
        #expect(
            script.waiting == [
                "perform undo of freeze.test.pause on pool-b", "perform undo of freeze.test.pause on pool-a",
            ])
    }

    @Test func `a step refused before anything was changed refuses the run`() throws {
        var script = Script(try TestPlan.plan([TestPlan.phase(.freeze, TestPlan.act("test.hold", on: .poolers))]))
        script.truth[FactKey(.pooler("pool-a"), .leadsTo)] = .name("elsewhere")
        script.truth[FactKey(.pooler("pool-b"), .leadsTo)] = .name("elsewhere")
        script.run()
        #expect(script.rules.last == .refusedUnchanged)
        #expect(script.sent.isEmpty)
    }

    @Test func `an awaited gate is asked again until its deadline, unrecorded, and then refuses`() throws {
        var script = try Script()
        script.run(to: "ask catch-up.test.replayed on east-db")
        let deadline = try #require(script.deadline("catch-up.test.replayed on east-db"))
        let recorded = script.journal.entries.count
        for _ in 0..<5 {
            script.refuse("catch-up.test.replayed on east-db")
            #expect(script.rules.last == .gateAwaited)
        }
        guard case .ask(_, 1, _, _, let notBefore, let again)? = script.requests.first else {
            Issue.record("not asked again: \(script.requests)")
            return
        }
        #expect(notBefore == script.now + .milliseconds(1))
        #expect(again == deadline)
        #expect(script.journal.entries.count == recorded)
        script.refuse("catch-up.test.replayed on east-db", after: deadline - script.now)
        #expect(script.kind == .undoing)
        #expect(script.outcome("catch-up.test.replayed", on: "east-db") == "failed")
    }

    @Test func `a step that was proved not done is tried again as often as the playbook says`() throws {
        let fence = TestPlan.phase(.fence, TestPlan.act("test.stop", on: .old, retries: 2))
        var script = Script(try TestPlan.plan(TestPlan.phases(with: fence)))
        script.run(to: "perform fence.test.stop on west-db")
        script.report("fence.test.stop on west-db", .failed("refused"))
        #expect(script.rules.last == .stepRetried)
        script.report("fence.test.stop on west-db", .failed("refused"))
        script.done("fence.test.stop on west-db")
        #expect(script.outcome("fence.test.stop", on: "west-db") == "done")
        #expect(script.sent.filter { $0 == "test.stop west-db" }.count == 3)
    }

    @Test func `a refusal after a try without an answer does not prove that nothing was done`() throws {
        let freeze = TestPlan.phase(
            .freeze, TestPlan.act("test.pause", on: .poolers, deadline: .seconds(1), retries: 1))
        var script = Script(try TestPlan.plan(TestPlan.phases(with: freeze)))
        script.run(to: "perform freeze.test.pause on pool-a")
        script.done("freeze.test.pause on pool-b")
        script.report("freeze.test.pause on pool-a", .unknown("no answer"))
        script.see("freeze.test.pause on pool-a", after: .seconds(2))
        #expect(script.rules.last == .stepRetried)
        script.report("freeze.test.pause on pool-a", .failed("refused"))
        #expect(script.machine.openObligations.count == 2)
        script.run()
        #expect(script.sent.contains("test.release pool-a"))
        #expect(script.kind == .finished)
        #expect(script.machine.openObligations.isEmpty)
    }

    @Test func `a step that was refused owes nothing, and owes again when it is tried again`() throws {
        let freeze = TestPlan.phase(.freeze, TestPlan.act("test.pause", on: .poolers, retries: 1))
        var script = Script(try TestPlan.plan(TestPlan.phases(with: freeze)))
        script.run(to: "perform freeze.test.pause on pool-a")
        script.report("freeze.test.pause on pool-a", .failed("refused"))
        #expect(script.machine.openObligations.count == 2)
        script.report("freeze.test.pause on pool-a", .failed("refused"))
        #expect(script.machine.openObligations.map(\.item.target.name) == ["pool-b"])
    }

    @Test func `a plan without a promotion is undone to its last step`() throws {
        let phases = [
            TestPlan.phase(.freeze, TestPlan.act("test.pause", on: .poolers)),
            TestPlan.phase(.verify, TestPlan.gate("test.healthy", on: .new, deadline: .seconds(1))),
        ]
        var script = Script(try TestPlan.plan(phases))
        script.behaviours["verify.test.healthy on east-db"] = .refuse
        script.run()
        #expect(script.sent.suffix(2) == ["test.release pool-b", "test.release pool-a"])
        #expect(script.kind == .finished)
    }
}
