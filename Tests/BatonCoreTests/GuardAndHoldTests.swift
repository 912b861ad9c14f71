import Testing

@testable import BatonCore

/// Nobody freezes without a guard; a hold never outlasts the freeze budget.
@Suite struct GuardAndHoldTests {
    private func held(before phase: Phase) throws -> Script {
        var plan = try TestPlan.plan()
        plan.holdBefore = phase
        var script = Script(plan)
        script.run()
        #expect(script.kind == .holding)
        return script
    }

    @Test func `without a guard nothing is frozen, and the preparations are taken back`() throws {
        var script = try Script()
        script.guardComes = false
        script.run()
        #expect(script.kind == .advancing)
        #expect(script.machine.freezeBegan == nil)
        script.send(.guardLost("no such program"))
        script.run()
        #expect(!script.sent.contains { $0.hasPrefix("test.pause") })
        #expect(script.sent.last == "test.drop-slot east-db")
        guard case .finished(.rolledBack(let why)) = script.state else {
            Issue.record("ended \(script.state)")
            return
        }
        #expect(why.contains("nobody would release the clients if this process died: no such program"))
    }

    @Test func `a guard that is lost during the freeze is noted, and the run goes on`() throws {
        var script = try Script()
        script.run(to: "perform fence.test.stop on west-db")
        script.send(.guardLost("killed"))
        script.run()
        #expect(script.rules.contains(.guardLost))
        #expect(script.state == .finished(.completed))
    }

    @Test func `a guard that is lost while a pause is under way bars the next try`() throws {
        let freeze = TestPlan.phase(.freeze, TestPlan.act("test.pause", on: .poolers, retries: 1))
        var script = Script(try TestPlan.plan(TestPlan.phases(with: freeze)))
        script.run(to: "perform freeze.test.pause on pool-a")
        script.done("freeze.test.pause on pool-b")
        script.send(.guardLost("killed"))
        script.report("freeze.test.pause on pool-a", .failed("refused"))
        script.run()
        #expect(script.sent.filter { $0 == "test.pause pool-a" }.count == 1)
        #expect(script.outcome("freeze.test.pause", on: "pool-a") == "failed")
        guard case .finished(.rolledBack) = script.state else {
            Issue.record("ended \(script.state)")
            return
        }
    }

    @Test func `a hold before a phase that the playbook leaves empty comes before the next one`() throws {
        var plan = try TestPlan.plan(TestPlan.phases.filter { $0.phase != .prepare })
        plan.holdBefore = .prepare
        var script = Script(plan)
        script.run()
        #expect(script.kind == .holding)
        #expect(script.sent.isEmpty)
        script.send(.released(by: "ana"))
        script.run()
        #expect(script.rules.filter { $0 == .holdReleased }.count == 1)
        #expect(script.state == .finished(.completed))
    }

    @Test func `a plan without a freeze needs no guard`() throws {
        var script = Script(
            try TestPlan.plan([TestPlan.phase(.prepare, TestPlan.act("test.checkpoint", on: .old))]))
        script.run()
        #expect(!script.awaitsGuard)
        #expect(script.kind == .finished)
    }

    @Test func `the guard watches for the budget before the promotion, and for silence after it`() throws {
        var script = try Script()
        script.run(to: "perform prepare.test.slot on east-db")
        #expect(script.machine.ownerWatch == .death)
        script.run(to: "perform fence.test.stop on west-db")
        let began = try #require(script.machine.freezeBegan)
        #expect(script.machine.ownerWatch == .until(began + .seconds(21)))
        script.run(to: "perform promote.test.promote on east-db")
        #expect(script.machine.ownerWatch == .silence)
        script.run(to: "ask verify.test.healthy on east-db")
        #expect(script.machine.ownerWatch == .death)
    }

    @Test func `of a short reserve a silent owner is granted half`() throws {
        var plan = try TestPlan.plan()
        plan.limits = Limits(freeze: .seconds(5), undoReserve: .seconds(1))
        var script = Script(plan)
        script.run(to: "perform fence.test.stop on west-db")
        let began = try #require(script.machine.freezeBegan)
        #expect(script.machine.ownerWatch == .until(began + .milliseconds(4_500)))
    }

    @Test(arguments: [Phase.prepare, .freeze, .fence, .promote, .repoint, .thaw, .verify, .finish])
    func `it waits before the phase, and goes on when it is let`(phase: Phase) throws {
        var script = try held(before: phase)
        #expect(!script.machine.items.values.contains { $0.step.phase == phase })
        script.send(.released(by: "ana"))
        script.run()
        #expect(script.state == .finished(.completed))
        #expect(script.rules.filter { $0 == .holdReleased }.count == 1)
    }

    @Test(arguments: [(Phase.fence, true), (.promote, true), (.repoint, false), (.thaw, false)])
    func `where clients wait the budget ends the hold: back before the promotion, on after it`(
        phase: Phase, isBack: Bool
    ) throws {
        var script = try held(before: phase)
        let until = try #require(script.wakes.last)
        let began = try #require(script.machine.freezeBegan)
        #expect(until == began + .seconds(isBack ? 20 : 30))
        #expect(isIgnored(script.send(.woken)))
        script.send(.woken, after: until - script.now)
        script.run()
        switch script.state {
        case .finished(.rolledBack): #expect(isBack)
        case .finished(.completed): #expect(!isBack)
        default: Issue.record("ended \(script.state)")
        }
    }

    @Test(arguments: [Phase.prepare, .freeze, .verify, .finish])
    func `where nobody waits nothing ends the hold`(phase: Phase) throws {
        #expect(try held(before: phase).wakes.isEmpty)
    }

    @Test func `an interrupt ends the hold, too`() throws {
        var script = try held(before: .promote)
        script.send(.interrupted(by: "SIGINT"))
        script.run()
        guard case .finished(.rolledBack) = script.state else {
            Issue.record("ended \(script.state)")
            return
        }
        script = try held(before: .prepare)
        script.send(.interrupted(by: "SIGINT"))
        #expect(script.rules.last == .interruptedUnchanged)
    }

    @Test func `a guard that is lost while the run holds before the freeze ends it`() throws {
        var script = try held(before: .freeze)
        script.send(.guardLost("killed"))
        script.run()
        guard case .finished(.rolledBack) = script.state else {
            Issue.record("ended \(script.state)")
            return
        }
    }
}
