import Testing

@testable import BatonCore

/// Each pooler thaws for itself (R11).
@Suite struct PoolerTests {
    @Test func `one pooler that cannot be led to new holds the others not, and is named`() throws {
        var script = try Script()
        script.behaviours["repoint.test.repoint on pool-b"] = .fail
        script.run(until: { $0.outcome("thaw.test.resume", on: "pool-a") == "done" })
        #expect(script.outcome("repoint.test.repoint", on: "pool-b") == nil, "pool-b is still being tried")
        #expect(script.machine.openObligations.map(\.item.target.name) == ["pool-b"])
        script.run()
        guard case .halted(let halt) = script.state else {
            Issue.record("ended \(script.state)")
            return
        }
        #expect(
            Set(halt.open) == [
                ItemID("repoint.test.repoint", on: .pooler("pool-b")),
                ItemID("thaw.test.resume", on: .pooler("pool-b")),
            ])
        #expect(!script.sent.contains("test.resume pool-b"), "its clients would reach old")
        #expect(script.sent.filter { $0 == "test.repoint pool-b" }.count > 5)

        script.behaviours = [:]
        script.send(.decided(Decision(item: halt.open[0], choice: .retry, reason: "config fixed", by: "ana")))
        script.run()
        #expect(script.state == .finished(.completed))
        #expect(script.machine.openObligations.isEmpty)
    }

    @Test func `what an operator did by hand is declared, one step after the other`() throws {
        var script = try Script()
        script.behaviours["repoint.test.repoint on pool-b"] = .fail
        script.run()
        guard case .halted(let halt) = script.state else {
            Issue.record("ended \(script.state)")
            return
        }
        let stranger = Decision(
            item: ItemID("repoint.test.repoint", on: .pooler("pool-a")), choice: .done, reason: "so", by: "ana")
        #expect(isIgnored(script.send(.decided(stranger))))
        script.send(.decided(Decision(item: halt.open[0], choice: .done, reason: "by hand", by: "ana")))
        // The thaw was never tried; now it is, and refuses, since nobody sees where the pooler leads.
        script.run()
        guard case .halted(let rest) = script.state else {
            Issue.record("one decision is left: \(script.state)")
            return
        }
        #expect(rest.open == [halt.open[1]])
        script.send(.decided(Decision(item: rest.open[0], choice: .done, reason: "by hand", by: "ana")))
        #expect(script.rules.last == .decidedDone)
        script.run()
        // Nobody has seen the clients go on, so it is owed still.
        #expect(script.state == .finished(.completedWithObligations(["clients of pool-b wait"])))
    }
}

/// Clients are never held longer than the playbook allows (R1).
@Suite struct FreezeBudgetTests {
    @Test func `after the freeze began every deadline ends before the undo's reserve`() throws {
        var script = try Script()
        script.run(to: "perform fence.test.stop on west-db")
        let began = try #require(script.machine.freezeBegan)
        #expect(script.deadline("fence.test.stop on west-db") == began + .seconds(20))
        script.run(to: "ask catch-up.test.replayed on east-db")
        #expect(script.deadline("catch-up.test.replayed on east-db").map { $0 <= began + .seconds(20) } == true)
    }

    @Test func `also that of a step which began before the freeze did`() throws {
        var script = Script(try TestPlan.plan([TestPlan.phase(.freeze, TestPlan.act("test.hold", on: .poolers))]))
        script.run(to: "observe freeze.test.hold on pool-b")
        script.see("freeze.test.hold on pool-a")
        let began = try #require(script.machine.freezeBegan)
        script.see("freeze.test.hold on pool-b", after: .seconds(1))
        #expect(script.deadline("freeze.test.hold on pool-a") == began + .seconds(20))
        #expect(script.deadline("freeze.test.hold on pool-b") == began + .seconds(20))
    }

    @Test func `nothing is promoted on a spent budget`() throws {
        var script = try Script()
        script.run(to: "observe promote.test.promote on east-db")
        script.see("promote.test.promote on east-db", after: .seconds(21))
        #expect(script.kind == .undoing)
        script.run()
        #expect(!script.sent.contains("test.promote east-db"))
        #expect(script.kind == .finished)
    }

    @Test func `the promotion and what follows have their own deadlines`() throws {
        var script = try Script()
        script.run(to: "perform promote.test.promote on east-db")
        #expect(script.deadline("promote.test.promote on east-db") == script.now + .seconds(20))
    }

    @Test func `a repoint whose effect is gone is sent again, long before its deadline`() throws {
        let repoint = TestPlan.phase(
            .repoint, TestPlan.act("test.repoint", on: .poolers, deadline: .seconds(30)))
        var script = Script(try TestPlan.plan(TestPlan.phases(with: repoint)))
        script.run(to: "perform repoint.test.repoint on pool-a")
        let deadline = try #require(script.deadline("repoint.test.repoint on pool-a"))
        script.report("repoint.test.repoint on pool-a", .succeeded("ok"))
        script.see("repoint.test.repoint on pool-a", after: .seconds(2))
        #expect(script.rules.last == .stepAwaited)
        script.see("repoint.test.repoint on pool-a", after: .seconds(2))
        #expect(script.rules.last == .stepRetried)
        #expect(script.now + .seconds(10) < deadline)
        script.done("repoint.test.repoint on pool-a")
        script.run()
        #expect(script.state == .finished(.completed))
        #expect(script.sent.filter { $0 == "test.repoint pool-a" }.count == 2)
    }

    @Test func `a step whose effect nobody can see is sent three times at most`() throws {
        let repoint = TestPlan.phase(
            .repoint, TestPlan.act("test.repoint", on: .poolers, deadline: .seconds(30)))
        var script = Script(try TestPlan.plan(TestPlan.phases(with: repoint)))
        script.run(to: "perform repoint.test.repoint on pool-a")
        for _ in 1...2 {
            script.report("repoint.test.repoint on pool-a", .succeeded("ok"))
            script.see("repoint.test.repoint on pool-a", blind: true, after: .seconds(3))
            #expect(script.rules.last == .stepRetried)
        }
        script.report("repoint.test.repoint on pool-a", .succeeded("ok"))
        script.see("repoint.test.repoint on pool-a", blind: true, after: .seconds(3))
        #expect(script.rules.last == .stepAwaited)
        #expect(script.sent.filter { $0 == "test.repoint pool-a" }.count == 3)
    }
}
