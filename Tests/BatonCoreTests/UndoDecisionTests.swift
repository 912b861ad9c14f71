import Testing

@testable import BatonCore

/// An undo that fails waits for an operator.
@Suite struct UndoDecisionTests {
    private static let undoPause = ItemID("freeze.test.pause", on: .pooler("pool-b"), isUndo: true)
    private static let undoStop = ItemID("fence.test.stop", on: .node("west-db"), isUndo: true)

    private func stuck(_ undo: ItemID) throws -> Script {
        var script = try Script()
        script.behaviours = ["catch-up.test.replayed on east-db": .refuse, "\(undo)": .idle]
        script.run()
        script.behaviours = [:]
        return script
    }

    private func decide(_ script: inout Script, _ item: ItemID, _ choice: Decision.Choice) -> Transition {
        script.send(.decided(Decision(item: item, choice: choice, reason: "so", by: "ana")))
    }

    @Test func `it halts, names what is left and takes nothing else back`() throws {
        let script = try stuck(Self.undoPause)
        guard case .halted(let halt) = script.state else {
            Issue.record("ended \(script.state)")
            return
        }
        #expect(script.rules.last == .undoFailed)
        #expect(halt.open == [Self.undoPause])
        #expect(halt.beforePointOfNoReturn)
        #expect(script.outcome("freeze.test.pause", on: "pool-a") == "undone")
        #expect(script.machine.openObligations.map(\.item.target.name) == ["pool-b"])
        #expect(!script.sent.contains("test.drop-slot east-db"))
    }

    @Test(arguments: [Script.Behaviour.idle, .fail, .blind])
    func `what prepare left on a node that is gone is owed, and keeps nobody waiting`(_ behaviour: Script.Behaviour)
        throws
    {
        let undoSlot = ItemID("prepare.test.slot", on: .node("east-db"), isUndo: true)
        var script = try Script()
        script.behaviours = ["catch-up.test.replayed on east-db": .refuse, "\(undoSlot)": behaviour]
        script.run()
        guard case .finished(.rolledBack(let why)) = script.state else {
            Issue.record("ended \(script.state)")
            return
        }
        #expect(why.contains("\(undoSlot) \(behaviour == .blind ? "unknown" : "failed")"))
        #expect(script.sent.contains("test.release pool-a"))
    }

    @Test func `one that this process may not send is not tried again`() throws {
        var script = try Script()
        script.behaviours = ["catch-up.test.replayed on east-db": .refuse]
        script.run(to: "perform \(Self.undoStop)")
        let sent = script.sent.count
        script.report("\(Self.undoStop)", .barred("the lease on east-db was lost"))
        #expect(script.kind == .halted)
        #expect(script.sent.count == sent)
    }

    @Test func `tried again it goes on`() throws {
        var script = try stuck(Self.undoPause)
        _ = decide(&script, Self.undoPause, .retry)
        #expect(script.kind == .undoing)
        script.run()
        guard case .finished(.rolledBack) = script.state else {
            Issue.record("ended \(script.state)")
            return
        }
        #expect(script.sent.last == "test.drop-slot east-db")
        #expect(script.machine.openObligations.isEmpty)
    }

    @Test func `declared done it goes on, and what was not observed is owed`() throws {
        var script = try stuck(Self.undoPause)
        _ = decide(&script, Self.undoPause, .done)
        script.run()
        #expect(script.outcome("freeze.test.pause", on: "pool-b") == "undone")
        guard case .finished(.rolledBack(let why)) = script.state else {
            Issue.record("ended \(script.state)")
            return
        }
        #expect(why.contains("clients of pool-b wait"))
    }

    @Test func `skipped it goes on and is named`() throws {
        var script = try stuck(Self.undoPause)
        _ = decide(&script, Self.undoPause, .skip)
        script.run()
        guard case .finished(.rolledBack(let why)) = script.state else {
            Issue.record("ended \(script.state)")
            return
        }
        #expect(why.contains("undo of freeze.test.pause on pool-b was skipped by ana"))
        #expect(why.contains("clients of pool-b wait"))
    }

    @Test func `returning to old undoes what is not undone, once`() throws {
        var script = try stuck(Self.undoPause)
        let sent = script.sent.count
        _ = decide(&script, Self.undoPause, .returnToOld)
        script.run()
        #expect(Array(script.sent[sent...]) == ["test.release pool-b", "test.drop-slot east-db"])
        #expect(Set(script.machine.order).count == script.machine.order.count)
        #expect(script.kind == .finished)
    }

    @Test func `the start of old is never skipped`() throws {
        var script = try stuck(Self.undoStop)
        #expect(isIgnored(decide(&script, Self.undoStop, .skip)))
        #expect(script.kind == .halted)
        _ = decide(&script, Self.undoStop, .retry)
        let started = script.now
        #expect(script.deadline("\(Self.undoStop)") == started + .seconds(2), "an undo has its own deadline")
        script.run()
        #expect(script.kind == .finished)
    }

    @Test func `a decision is for a run that waits`() throws {
        var script = try Script()
        #expect(isIgnored(decide(&script, Self.undoPause, .retry)))
        script.run(to: "perform freeze.test.pause on pool-a")
        #expect(isIgnored(decide(&script, Self.undoPause, .retry)))
        script.run()
        #expect(isIgnored(decide(&script, Self.undoPause, .returnToOld)))
    }
}
