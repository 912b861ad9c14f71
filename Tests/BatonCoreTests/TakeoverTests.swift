import Testing

@testable import BatonCore

/// A process dies after any line of its journal, and another one brings the run to a safe end.
@Suite struct TakeoverTests {
    /// How many records a run has that nothing disturbs.
    private static func length() throws -> Int {
        var script = try Script()
        script.run()
        return script.journal.entries.count
    }

    /// A run whose process dies right after its record number `count`; what that record announced has happened or not.
    private static func died(after count: Int, happens: Bool) throws -> Script {
        var script = try Script()
        script.run { $0.journal.entries.count >= count }
        if happens {
            for call in script.journal.entries.last?.announced ?? [] { script.apply(call) }
        }
        return script
    }

    @Test(arguments: [true, false])
    func `whatever line was the last, the guard takes everything back or goes on to the end`(happens: Bool) throws {
        let before = try Script().truth
        for count in 1...(try Self.length()) {
            var script = try Self.died(after: count, happens: happens)
            guard script.kind != .finished else { continue }
            let isPromotionAnnounced = script.kind == .committed
            script.takeOver(.ownerLost)
            script.run()
            let place: Comment = "killed after record \(count), happens \(happens), ended \(script.state)"
            guard case .finished(let outcome) = script.state else {
                Issue.record("\(place)")
                continue
            }
            #expect(script.machine.openObligations.isEmpty, place)
            #expect(!script.machine.isFrozen, place)
            switch outcome {
            case .completed:
                #expect(isPromotionAnnounced, place)
                #expect(script.truth[FactKey(.pooler("pool-a"), .leadsTo)] == .name("east-db"), place)
            case .rolledBack, .interrupted:
                #expect(!isPromotionAnnounced, place)
                #expect(script.truth == before, place)
            case .completedWithObligations, .refused, .alreadyThere: Issue.record(place)
            }
            #expect(
                script.sent.filter { $0.hasPrefix("test.promote") }.allSatisfy { $0 == "test.promote east-db" }, place)
        }
    }

    @Test(arguments: [true, false])
    func `whatever line was the last, a resume completes or, once clients wait, takes back`(happens: Bool) throws {
        let before = try Script().truth
        for count in 1...(try Self.length()) {
            var script = try Self.died(after: count, happens: happens)
            guard script.kind != .finished else { continue }
            let isTakenBack = script.kind == .advancing && script.machine.freezeBegan != nil
            script.takeOver(.resume)
            script.run()
            let place: Comment = "killed after record \(count), happens \(happens), ended \(script.state)"
            switch script.state {
            case .finished(.completed): #expect(!isTakenBack, place)
            case .finished(.rolledBack):
                #expect(isTakenBack, place)
                #expect(script.truth == before, place)
            default: Issue.record(place)
            }
            #expect(script.machine.openObligations.isEmpty, place)
        }
    }

    @Test func `a second process that dies during the look or the undo changes nothing of that`() throws {
        for count in 1...(try Self.length()) {
            var script = try Self.died(after: count, happens: true)
            guard script.kind != .finished else { continue }
            let isPromotionAnnounced = script.kind == .committed
            for steps in 1...4 {
                script.takeOver(.ownerLost)
                let recorded = script.journal.entries.count
                script.run { $0.journal.entries.count >= recorded + steps }
            }
            script.takeOver(.ownerLost)
            script.run()
            switch script.state {
            case .finished(.completed): #expect(isPromotionAnnounced)
            case .finished(.rolledBack), .finished(.interrupted): #expect(!isPromotionAnnounced)
            default: Issue.record("killed after record \(count) and again: \(script.state)")
            }
        }
    }

    @Test func `a promotion that the dead process sent takes effect between the look and the next order`() throws {
        var script = try Script()
        script.run { $0.kind == .committed }
        let promotion = try #require(script.journal.entries.last?.announced.first)
        script.takeOver(.ownerLost)
        // Still in recovery when it is looked at.
        script.run { $0.kind == .committed }
        script.apply(promotion)
        script.run()
        #expect(script.state == .finished(.completed))
    }

    @Test func `an abort takes back before the promotion and is refused after it`() throws {
        var script = try Script()
        script.run(to: "perform fence.test.stop on west-db")
        script.takeOver(.abort)
        script.run()
        guard case .finished(.rolledBack) = script.state else {
            Issue.record("ended \(script.state)")
            return
        }
        script = try Script()
        script.run(to: "perform promote.test.promote on east-db")
        script.die()
        #expect(isIgnored(script.send(.takenOver(Takeover(.abort, by: "ana", why: "so")))))
        #expect(script.kind == .committed)
    }

    @Test func `what a person did by hand is adopted and not done again`() throws {
        var script = try Script()
        script.run(to: "perform repoint.test.repoint on pool-b")
        script.truth[FactKey(.pooler("pool-b"), .leadsTo)] = .name("east-db")
        script.takeOver(.resume)
        let sent = script.sent.count
        script.run()
        #expect(script.outcome("repoint.test.repoint", on: "pool-b") == "adopted")
        #expect(!script.sent[sent...].contains("test.repoint pool-b"))
        guard case .finished(.completed) = script.state else {
            Issue.record("ended \(script.state)")
            return
        }
    }

    @Test func `what was done and does not hold any more is done again, and clients wait for it`() throws {
        var script = try Script()
        script.run(to: "ask verify.test.healthy on east-db")
        script.truth[FactKey(.pooler("pool-a"), .leadsTo)] = .name("west-db")
        script.takeOver(.resume)
        let sent = script.sent.count
        script.run()
        #expect(Array(script.sent[sent...]).prefix(2) == ["test.repoint pool-a", "test.resume pool-a"])
        guard case .finished(.completed) = script.state else {
            Issue.record("ended \(script.state)")
            return
        }
    }

    @Test func `before the freeze a resume judges the gates anew and keeps what is done`() throws {
        var script = try Script()
        script.guardComes = false
        script.run(to: "perform prepare.test.slot on east-db")
        script.done("prepare.test.slot on east-db")
        script.guardComes = true
        #expect(script.kind == .advancing)
        let slots = script.sent.filter { $0 == "test.slot east-db" }.count
        script.takeOver(.resume)
        script.run { $0.kind == .checking }
        #expect(script.kind == .checking, "\(script.state)")
        #expect(script.waiting.contains("ask preflight.test.healthy on east-db"))
        script.run()
        #expect(script.sent.filter { $0 == "test.slot east-db" }.count == slots)
        guard case .finished(.completed) = script.state else {
            Issue.record("ended \(script.state)")
            return
        }
        #expect(script.rules.contains(.takeoverRestarts))
    }

    @Test func `a resumed run that its gates refuse takes back what it had prepared`() throws {
        var script = try Script()
        script.guardComes = false
        script.run(to: "perform prepare.test.slot on east-db")
        script.done("prepare.test.slot on east-db")
        script.guardComes = true
        script.behaviours["preflight.test.healthy on east-db"] = .refuse
        script.takeOver(.resume)
        script.run()
        #expect(script.sent.last == "test.drop-slot east-db")
        guard case .finished(.rolledBack) = script.state else {
            Issue.record("ended \(script.state)")
            return
        }
    }

    @Test func `when the nodes have changed roles meanwhile, the preparations are taken back`() throws {
        var script = try Script()
        script.guardComes = false
        script.run(to: "perform prepare.test.slot on east-db")
        script.done("prepare.test.slot on east-db")
        script.guardComes = true
        script.set("west-db", [.writable: .flag(false), .inRecovery: .flag(true)])
        script.set("east-db", [.writable: .flag(true), .inRecovery: .flag(false)])
        script.takeOver(.resume)
        script.run()
        #expect(script.sent.last == "test.drop-slot east-db")
        guard case .finished(.rolledBack) = script.state else {
            Issue.record("ended \(script.state)")
            return
        }
    }

    @Test func `a halted run goes on with what is left, and only that`() throws {
        var script = try Script()
        script.behaviours = ["repoint.test.repoint on pool-b": .idle]
        script.run()
        #expect(script.kind == .halted)
        script.behaviours = [:]
        script.takeOver(.resume)
        let sent = script.sent.count
        script.run()
        #expect(Array(script.sent[sent...]) == ["test.repoint pool-b", "test.resume pool-b", "test.rejoin west-db"])
        guard case .finished(.completed) = script.state else {
            Issue.record("ended \(script.state)")
            return
        }
    }

    @Test func `the guard leaves a run alone that came to rest`() throws {
        var script = try Script()
        script.behaviours = ["repoint.test.repoint on pool-b": .idle]
        script.run()
        #expect(isIgnored(script.send(.takenOver(Takeover(.ownerLost, by: "the guard", why: "gone")))))
        script = try Script()
        script.run()
        #expect(isIgnored(script.send(.takenOver(Takeover(.resume, by: "ana", why: "so")))))
    }

    @Test func `work that was left at the end can be resumed`() throws {
        var script = try Script()
        script.behaviours = ["finish.test.rejoin on west-db": .fail]
        script.run()
        guard case .finished(.completedWithObligations) = script.state else {
            Issue.record("ended \(script.state)")
            return
        }
        script.behaviours = [:]
        script.takeOver(.resume)
        script.run()
        guard case .finished(.completed) = script.state else {
            Issue.record("ended \(script.state)")
            return
        }
    }

    @Test func `a part of the pause is not the pause`() throws {
        var script = try Script()
        script.run(to: "perform promote.test.promote on east-db")
        script.takeOver(.ownerLost)
        script.run()
        var measured = Measurements()
        measured.writePause = .milliseconds(3)
        measured.lostWrites = 0
        measured.recoveryTime = .seconds(1)
        script.send(.measured(measured))
        #expect(script.machine.measurements?.writePause == nil)
        #expect(script.machine.measurements?.lostWrites == nil)
        #expect(script.machine.measurements?.recoveryTime == .seconds(1))
    }

    @Test func `declared done is adopted when it is seen, and an override when it is not`() throws {
        let item = ItemID("repoint.test.repoint", on: .pooler("pool-b"))
        for isDone in [true, false] {
            var script = try Script()
            script.behaviours = ["repoint.test.repoint on pool-b": .idle]
            script.run()
            script.behaviours = [:]
            if isDone { script.truth[FactKey(.pooler("pool-b"), .leadsTo)] = .name("east-db") }
            script.takeOver(.decide)
            script.run()
            #expect(script.kind == .halted)
            script.send(.decided(Decision(item: item, choice: .done, reason: "by hand", by: "ana")))
            #expect(script.outcome("repoint.test.repoint", on: "pool-b") == (isDone ? "adopted" : "done"))
        }
    }

    @Test func `a step that is tried again takes along what rested on it`() throws {
        var script = try Script()
        script.behaviours = ["repoint.test.repoint on pool-b": .idle]
        script.run()
        script.behaviours = [:]
        script.takeOver(.decide)
        script.run()
        let item = ItemID("repoint.test.repoint", on: .pooler("pool-b"))
        script.send(.decided(Decision(item: item, choice: .retry, reason: "it is back", by: "ana")))
        script.run()
        #expect(script.state == .finished(.completed))
    }
}
