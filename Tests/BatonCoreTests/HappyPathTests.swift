import Testing

@testable import BatonCore

@Suite struct HappyPathTests {
    @Test func `a planned switchover, event by event`() throws {
        var script = try Script()
        script.begin()
        #expect(script.state == .checking(group: 0))
        #expect(script.machine.binding == Binding(old: "west-db", new: "east-db"))
        #expect(
            script.waiting == [
                "ask preflight.test.healthy on west-db", "ask preflight.test.healthy on east-db",
                "ask preflight.test.budget on pool-a", "ask preflight.test.budget on pool-b",
            ])
        script.pass("preflight.test.healthy on west-db")
        script.pass("preflight.test.healthy on east-db")
        script.pass("preflight.test.budget on pool-a")
        script.pass("preflight.test.budget on pool-b")
        #expect(script.rules.last == .preflightPassed)
        #expect(script.requests.first == .startCanary)
        #expect(script.waiting == ["perform prepare.test.checkpoint on west-db"])
        script.report("prepare.test.checkpoint on west-db", .succeeded("ok"))
        #expect(script.rules.last == .stepDone)
        script.report("prepare.test.slot on east-db", .succeeded("ok"), happens: true)
        #expect(script.rules.last == .stepReported)
        script.see("prepare.test.slot on east-db")
        #expect(script.waiting.isEmpty, "nothing is frozen before somebody is there to thaw it")
        script.send(.guardArmed("guard is process 1"))
        #expect(script.waiting == ["perform freeze.test.pause on pool-a", "perform freeze.test.pause on pool-b"])
        #expect(script.machine.freezeBegan == script.now)
        script.done("freeze.test.pause on pool-a")
        script.done("freeze.test.pause on pool-b")
        #expect(
            script.machine.openObligations.map(\.terms.owed) == ["clients of pool-a wait", "clients of pool-b wait"])
        script.done("fence.test.stop on west-db")
        script.pass("catch-up.test.replayed on east-db")
        #expect(script.kind == .advancing)
        #expect(script.waiting == ["observe promote.test.promote on east-db"])
        script.see("promote.test.promote on east-db")
        #expect(script.rules.last == .promotionAnnounced)
        #expect(script.kind == .committed)
        script.done("promote.test.promote on east-db")
        #expect(script.waiting == ["perform repoint.test.repoint on pool-a", "perform repoint.test.repoint on pool-b"])
        script.done("repoint.test.repoint on pool-a")
        script.see("thaw.test.resume on pool-a")
        script.done("thaw.test.resume on pool-a")
        #expect(script.machine.openObligations.map(\.terms.owed) == ["clients of pool-b wait"])
        script.done("repoint.test.repoint on pool-b")
        script.see("thaw.test.resume on pool-b")
        script.done("thaw.test.resume on pool-b")
        #expect(script.machine.openObligations.isEmpty)
        script.pass("verify.test.healthy on east-db")
        #expect(script.requests.first == .stopCanary)
        script.send(.measured(Measurements()))
        script.done("finish.test.rejoin on west-db")
        #expect(script.state == .finished(.completed))
        #expect(script.rules.last == .completed)
        #expect(script.requests == [.rest])
        #expect(
            script.sent == [
                "test.checkpoint west-db", "test.slot east-db", "test.pause pool-a", "test.pause pool-b",
                "test.stop west-db", "test.promote east-db", "test.repoint pool-a", "test.repoint pool-b",
                "test.resume pool-a", "test.resume pool-b", "test.rejoin west-db",
            ])
    }

    @Test func `a run whose primary is at the target site ends with the proof`() throws {
        var script = try Script()
        script.set("west-db", [.writable: .flag(false), .inRecovery: .flag(true)])
        script.set("east-db", [.writable: .flag(true), .inRecovery: .flag(false)])
        script.begin()
        #expect(script.state == .finished(.alreadyThere("east-db at site east answers as the primary")))
        #expect(script.requests == [.rest])
        #expect(script.sent.isEmpty)
    }

    @Test func `without one primary the gates are asked, and even when they pass nothing changes`() throws {
        var script = try Script()
        script.set("west-db", [.writable: .flag(false)])
        script.run()
        #expect(script.rules.contains(.slotsUnbound))
        #expect(script.state.kind == .finished)
        #expect(script.rules.last == .preflightRefused)
        #expect(script.sent.isEmpty)
    }

    @Test func `what a refused gate names is complete, because all are asked`() throws {
        var script = try Script()
        script.behaviours = ["preflight.test.healthy on west-db": .refuse, "preflight.test.budget on pool-b": .refuse]
        script.run()
        #expect(script.state == .finished(.refused("test.healthy on west-db, test.budget on pool-b")))
        #expect(script.sent.isEmpty)
        #expect(!script.rules.contains(.stepAnnounced))
    }

    @Test func `a plan that freezes and does not thaw owes the thaw`() throws {
        var script = Script(try TestPlan.plan([TestPlan.phase(.freeze, TestPlan.act("test.pause", on: .poolers))]))
        script.run()
        #expect(
            script.state
                == .finished(.completedWithObligations(["clients of pool-a wait", "clients of pool-b wait"])))
    }

    @Test func `late and repeated answers change nothing`() throws {
        var script = try Script()
        script.begin()
        let gate = ItemID("preflight.test.healthy", on: .node("west-db"))
        script.pass("preflight.test.healthy on west-db")
        #expect(isIgnored(script.send(.judged(gate, attempt: 1, .block("ill", remedy: "heal")))))
        #expect(isIgnored(script.send(.judged(gate, attempt: 2, .pass("well")))))
        script.run(to: "perform freeze.test.pause on pool-a")
        let pause = ItemID("freeze.test.pause", on: .pooler("pool-a"))
        #expect(isIgnored(script.send(.reported(pause, attempt: 0, .failed("late")))))
        #expect(isIgnored(script.send(.observed(pause, attempt: 1, []))))
        script.report("freeze.test.pause on pool-a", .succeeded("ok"), happens: true)
        #expect(isIgnored(script.send(.reported(pause, attempt: 1, .failed("twice")))))
        script.see("freeze.test.pause on pool-a")
        #expect(isIgnored(script.send(.observed(pause, attempt: 1, []))))
        script.run()
        #expect(script.state == .finished(.completed))
        #expect(isIgnored(script.send(.reported(pause, attempt: 1, .failed("very late")))))
        #expect(script.state == .finished(.completed))
    }
}

func isIgnored(_ transition: Transition) -> Bool {
    if case .ignored = transition.disposition { return true }
    return false
}
