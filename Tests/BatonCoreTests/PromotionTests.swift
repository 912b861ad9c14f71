import Testing

@testable import BatonCore

/// The point of no return and what comes after it.
@Suite struct PromotionTests {
    private static let promote = "promote.test.promote on east-db"

    private func promoting(_ behaviour: Script.Behaviour? = nil) throws -> Script {
        var script = try Script()
        script.behaviours[Self.promote] = behaviour
        script.run(to: "perform \(Self.promote)")
        return script
    }

    private func halt(_ script: Script) throws -> Halt {
        guard case .halted(let halt) = script.state else { throw Unexpected(state: script.state) }
        return halt
    }

    struct Unexpected: Error { var state: RunState }

    @Test func `old is observed again right before the announcement, and a writing old forbids it`() throws {
        var script = try Script()
        script.run(to: "observe \(Self.promote)")
        #expect(script.machine.world.value(FactKey(.node("west-db"), .writable)) == .flag(false))
        script.set("west-db", [.writable: .flag(true)])
        script.see(Self.promote)
        #expect(script.kind == .undoing)
        #expect(script.outcome("promote.test.promote", on: "east-db") == "failed")
        script.run()
        #expect(!script.sent.contains("test.promote east-db"))
        #expect(script.kind == .finished)
    }

    @Test func `when old cannot be observed nothing is promoted`() throws {
        var script = try Script()
        script.run(to: "observe \(Self.promote)")
        script.see(Self.promote, blind: true)
        #expect(script.kind == .undoing)
        #expect(!script.sent.contains("test.promote east-db"))
    }

    @Test func `a promotion is not announced when what tells of it later cannot be seen`() throws {
        var script = try Script()
        script.run(to: "observe \(Self.promote)")
        script.truth[FactKey(.node("east-db"), .timeline)] = nil
        script.see(Self.promote)
        #expect(script.kind == .undoing)
        #expect(script.machine.items[ItemID("promote.test.promote", on: .node("east-db"))]?.rule == .conditionBroken)
        script.run()
        #expect(!script.sent.contains("test.promote east-db"))
        guard case .finished(.rolledBack) = script.state else { throw Unexpected(state: script.state) }
    }

    @Test func `a promotion that was given up and took effect after all leads forward`() throws {
        var script = try promoting(.fail)
        script.run()
        let open = try halt(script).open
        script.behaviours = ["undo of fence.test.stop on west-db": .fail]
        script.send(.decided(Decision(item: open[0], choice: .returnToOld, reason: "no", by: "ana")))
        script.run()
        guard case .halted(let halt) = script.state else { throw Unexpected(state: script.state) }
        #expect(halt.beforePointOfNoReturn)
        // The order that was given up reaches new now.
        script.apply(Call("test.promote", on: .node("east-db")))
        script.behaviours = [:]
        let sent = script.sent.count
        script.takeOver(.resume)
        script.run()
        #expect(script.state == .finished(.completed))
        #expect(!script.sent[sent...].contains("test.start west-db"))
    }

    @Test func `a promotion without an answer that is seen to be done goes on`() throws {
        var script = try promoting(.lostButDone)
        script.run()
        #expect(script.state == .finished(.completed))
    }

    @Test func `a promotion that nobody can see halts, and old stays fenced`() throws {
        var script = try promoting(.blind)
        script.run()
        let halt = try halt(script)
        #expect(script.rules.last == .halted)
        #expect(halt.open == [ItemID("promote.test.promote", on: .node("east-db"))])
        #expect(!halt.beforePointOfNoReturn)
        #expect(script.outcome("promote.test.promote", on: "east-db") == "unknown")
        #expect(!script.sent.contains("test.repoint pool-a"))
        for choice in [Decision.Choice.skip, .returnToOld] {
            let decision = Decision(item: halt.open[0], choice: choice, reason: "so", by: "ana")
            #expect(isIgnored(script.send(.decided(decision))))
        }
        #expect(script.kind == .halted)
    }

    @Test func `a promotion on a timeline of its own is diverged`() throws {
        var script = try promoting()
        script.report(Self.promote, .succeeded("ok"), happens: true)
        script.truth[FactKey(.node("east-db"), .timeline)] = .number(7)
        script.see(Self.promote)
        #expect(script.machine.items[ItemID("promote.test.promote", on: .node("east-db"))]?.rule == .stepDiverged)
        #expect(script.kind == .halted)
    }

    @Test func `a promotion that is found done is not sent again, whatever the operator decides`() throws {
        var script = try promoting(.blind)
        script.run()
        let open = try halt(script).open
        script.behaviours = [:]
        script.takeOver(.decide)
        script.run { $0.kind == .halted }
        let sent = script.sent.filter { $0 == "test.promote east-db" }.count
        script.send(.decided(Decision(item: open[0], choice: .retry, reason: "again", by: "ana")))
        #expect(script.outcome("promote.test.promote", on: "east-db") == "adopted")
        script.run()
        #expect(script.state == .finished(.completed))
        #expect(script.sent.filter { $0 == "test.promote east-db" }.count == sent)
    }

    @Test func `a promotion that was proved not done may be tried again after minutes`() throws {
        var script = try promoting(.fail)
        script.run()
        let open = try halt(script).open
        script.behaviours = [:]
        script.send(.decided(Decision(item: open[0], choice: .retry, reason: "cable", by: "ana")), after: .seconds(600))
        #expect(script.waiting == ["observe \(Self.promote)"], "the proof of the fence is taken again")
        script.run()
        #expect(script.state == .finished(.completed))
        #expect(script.machine.decisions.count == 1)
    }

    @Test func `a promotion that was proved not done may be given up`() throws {
        var script = try promoting(.fail)
        script.run()
        let open = try halt(script).open
        script.behaviours = [:]
        script.send(.decided(Decision(item: open[0], choice: .returnToOld, reason: "no", by: "ana")))
        #expect(script.rules.last == .decidedReturn)
        script.run()
        #expect(
            script.sent.suffix(4) == [
                "test.start west-db", "test.release pool-b", "test.release pool-a", "test.drop-slot east-db",
            ])
        guard case .finished(.rolledBack) = script.state else { throw Unexpected(state: script.state) }
        #expect(script.truth[FactKey(.node("west-db"), .writable)] == .flag(true))
    }

    @Test func `a promotion that the playbook retries proves the fence before every try`() throws {
        let phase = TestPlan.phase(.promote, TestPlan.act("test.promote", on: .new, retries: 1))
        var script = Script(try TestPlan.plan(TestPlan.phases(with: phase)))
        script.run(to: "perform \(Self.promote)")
        script.report(Self.promote, .failed("refused"))
        #expect(script.waiting == ["observe \(Self.promote)"])
        script.set("west-db", [.writable: .flag(true)])
        script.see(Self.promote)
        #expect(script.kind == .halted)
        #expect(script.sent.filter { $0 == "test.promote east-db" }.count == 1)
    }

    @Test func `a failed verification halts, and a decision goes on`() throws {
        var script = try Script()
        script.behaviours["verify.test.healthy on east-db"] = .refuse
        script.run()
        let open = try halt(script).open
        #expect(open == [ItemID("verify.test.healthy", on: .node("east-db"))])
        script.send(.decided(Decision(item: open[0], choice: .skip, reason: "checked by hand", by: "ana")))
        #expect(script.rules.last == .decidedSkip)
        script.run()
        #expect(script.state == .finished(.completed))
    }

    @Test func `a failure of finish is owed, and the service stays`() throws {
        var script = try Script()
        script.behaviours["finish.test.rejoin on west-db"] = .fail
        script.run()
        guard case .finished(.completedWithObligations(let left)) = script.state else {
            throw Unexpected(state: script.state)
        }
        #expect(left.count == 1)
        #expect(left[0].contains("test.rejoin on west-db"))
        #expect(script.rules.last == .obligationsLeft)
    }
}
