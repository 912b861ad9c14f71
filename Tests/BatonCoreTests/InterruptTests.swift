import Testing

@testable import BatonCore

/// Ctrl-C and a lost lease, in every state.
@Suite struct InterruptTests {
    private static let stop = Event.interrupted(by: "SIGINT")

    @Test func `before any change it ends the run at once`() throws {
        var planned = try Script()
        planned.send(Self.stop)
        #expect(planned.state == .finished(.interrupted("interrupted by SIGINT")))
        #expect(isIgnored(planned.send(.started)))

        var surveying = try Script()
        surveying.send(.started)
        surveying.send(Self.stop)
        #expect(surveying.kind == .finished)
        #expect(isIgnored(surveying.send(.surveyed([]))))

        var checking = try Script()
        checking.begin()
        checking.send(Self.stop)
        #expect(checking.rules.last == .interruptedUnchanged)
        #expect(checking.state == .finished(.interrupted("interrupted by SIGINT")))
        #expect(checking.requests.contains(.cancel(ItemID("preflight.test.healthy", on: .node("west-db")))))
    }

    @Test func `while the first step is only being confirmed nothing has changed`() throws {
        var script = Script(try TestPlan.plan([TestPlan.phase(.freeze, TestPlan.act("test.hold", on: .poolers))]))
        script.run(to: "observe freeze.test.hold on pool-b")
        script.send(Self.stop)
        #expect(script.kind == .advancing)
        script.see("freeze.test.hold on pool-a")
        script.see("freeze.test.hold on pool-b")
        #expect(script.state == .finished(.interrupted("interrupted by SIGINT")))
        #expect(script.rules.last == .interruptedUnchanged)
        #expect(script.sent.isEmpty)
    }

    @Test(arguments: [
        "perform prepare.test.slot on east-db", "perform freeze.test.pause on pool-a",
        "observe freeze.test.pause on pool-a", "perform fence.test.stop on west-db",
        "ask catch-up.test.replayed on east-db", "observe promote.test.promote on east-db",
    ])
    func `after a change everything is taken back`(moment: String) throws {
        var script = try Script()
        let before = script.truth
        script.run(to: moment)
        script.send(Self.stop)
        script.run()
        guard case .finished(.rolledBack(let why)) = script.state else {
            Issue.record("ended \(script.state)")
            return
        }
        #expect(why.hasPrefix("interrupted by SIGINT"))
        #expect(script.truth == before)
        #expect(!script.sent.contains("test.promote east-db"))
        #expect(isIgnored(script.send(Self.stop)))
    }

    @Test(arguments: [
        "perform promote.test.promote on east-db", "observe promote.test.promote on east-db",
        "perform repoint.test.repoint on pool-b", "observe thaw.test.resume on pool-a",
        "observe thaw.test.resume on pool-b",
    ])
    func `after the promotion was announced it routes, thaws and halts`(moment: String) throws {
        var script = try Script()
        script.run(until: { $0.kind == .committed && $0.waiting.contains(moment) })
        #expect(script.waiting.contains(moment))
        script.send(Self.stop)
        script.run()
        guard case .halted(let halt) = script.state else {
            Issue.record("ended \(script.state)")
            return
        }
        #expect(halt.open.isEmpty)
        #expect(script.sent.contains("test.resume pool-a"))
        #expect(script.sent.contains("test.resume pool-b"))
        #expect(script.machine.openObligations.isEmpty)
        #expect(isIgnored(script.send(Self.stop)))
        // A run that waits with nothing open goes on when it is told to (I5).
        let anyStep = ItemID("verify.test.healthy", on: .node("east-db"))
        script.send(.decided(Decision(item: anyStep, choice: .retry, reason: "go on", by: "ana")))
        script.run()
        #expect(script.state == .finished(.completed))
    }

    @Test func `a promotion that is under way is awaited to its end`() throws {
        var script = try Script()
        script.run(to: "perform promote.test.promote on east-db")
        script.send(Self.stop)
        script.report("promote.test.promote on east-db", .succeeded("ok"))
        script.see("promote.test.promote on east-db")
        #expect(script.rules.last == .stepAwaited)
        script.set("east-db", [.writable: .flag(true), .inRecovery: .flag(false), .timeline: .number(2)])
        script.see("promote.test.promote on east-db")
        #expect(script.outcome("promote.test.promote", on: "east-db") == "done")
    }

    @Test func `while everything is taken back it changes nothing`() throws {
        var script = try Script()
        script.behaviours["catch-up.test.replayed on east-db"] = .refuse
        script.run(until: { $0.kind == .undoing })
        #expect(isIgnored(script.send(Self.stop)))
    }
}

@Suite struct LeaseLostTests {
    private static let lost = Event.leaseLost(node: "east-db", why: "closed")

    @Test func `before any change the run is refused`() throws {
        for setUp in [{ (_: inout Script) in }, { $0.send(.started) }, { $0.begin() }] as [(inout Script) -> Void] {
            var script = try Script()
            setUp(&script)
            script.send(Self.lost)
            #expect(script.state == .finished(.refused("the lease on east-db was lost: closed")))
            #expect(script.rules.last == .leaseLost)
        }
    }

    @Test func `after a change everything is taken back`() throws {
        var script = try Script()
        let before = script.truth
        script.run(to: "perform fence.test.stop on west-db")
        script.send(Self.lost)
        script.run()
        guard case .finished(.rolledBack) = script.state else {
            Issue.record("ended \(script.state)")
            return
        }
        #expect(script.truth == before)
    }

    @Test func `the session on old ends with old, which is the fence`() throws {
        var script = try Script()
        script.run(to: "perform freeze.test.pause on pool-a")
        var early = script
        early.send(.leaseLost(node: "west-db", why: "closed"))
        #expect(early.rules.last == .leaseLost)
    }

    @Test func `while old is being stopped its session's end is no loss`() throws {
        var script = try Script()
        script.run(to: "perform fence.test.stop on west-db")
        #expect(isIgnored(script.send(.leaseLost(node: "west-db", why: "closed"))))
        script.run()
        #expect(script.state == .finished(.completed))
    }

    @Test func `while another step of the fence is at work it is a loss`() throws {
        let fence = PlaybookPhase(
            phase: .fence,
            groups: [
                PlaybookGroup(steps: [TestPlan.act("test.checkpoint", on: .new)]),
                PlaybookGroup(steps: [TestPlan.act("test.stop", on: .old)]),
            ])
        var script = Script(try TestPlan.plan(TestPlan.phases(with: fence)))
        script.run(to: "perform fence.test.checkpoint on east-db")
        script.send(.leaseLost(node: "west-db", why: "closed"))
        #expect(script.rules.last == .leaseLost)
        script.run()
        #expect(!script.sent.contains("test.stop west-db"))
    }

    @Test func `after the promotion the run ends what it began`() throws {
        var script = try Script()
        script.run(to: "perform promote.test.promote on east-db")
        #expect(isIgnored(script.send(Self.lost)))
    }
}
