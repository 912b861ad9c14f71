import Testing

@testable import BatonCore

/// What was fenced stays fenced after the promotion.
@Suite struct StandingOrderTests {
    private static let again = "fence.test.stop-again on west-db"
    private static let writes = FactKey(.node("west-db"), .writable)

    private func returned(_ script: inout Script) {
        script.set("west-db", [.writable: .flag(true), .running: .flag(true)])
    }

    /// Up to the first look after the promotion.
    private func promoted(_ phases: [PlaybookPhase] = TestPlan.phases) throws -> Script {
        var script = Script(try TestPlan.plan(phases))
        script.run(to: "ask verify.test.healthy on east-db")
        return script
    }

    @Test func `nobody is watched before the promotion is announced`() throws {
        var script = try Script()
        script.run(to: "observe promote.test.promote on east-db")
        #expect(script.watch == nil)
        script.see("promote.test.promote on east-db")
        #expect(script.watch?.keys.contains(Self.writes) == true)
        #expect(script.watch.map { $0.notBefore - script.now } == RunMachine.watchInterval)
    }

    @Test func `a look that sees nothing is not recorded, and the next one follows`() throws {
        var script = try promoted()
        let recorded = script.journal.entries.count
        let before = script.watch?.notBefore
        let transition = script.look()
        #expect(transition?.disposition == .moved(.watchKept))
        #expect(script.journal.entries.count == recorded)
        #expect(script.watch.map { $0.notBefore > before! } == true)
        script.truth[Self.writes] = nil
        #expect(script.look()?.disposition == .moved(.watchKept), "silence is expected of a lost node")
        script.run()
        #expect(script.state == .finished(.completed))
    }

    @Test func `one that writes again is fenced again at once, and its log is read when nobody writes it`() throws {
        var script = try promoted()
        returned(&script)
        let transition = script.look()
        #expect(transition?.disposition == .moved(.fencedAgain))
        #expect(script.sent.last == "test.stop west-db")
        #expect(script.measured.isEmpty)
        // It is under way, so it is not sent twice.
        #expect(script.look()?.disposition == .moved(.watchKept))
        script.done(Self.again)
        #expect(script.measured == ["west-db"])
        #expect(script.outcome("fence.test.stop-again", on: "west-db") == "done")
        #expect(script.outcome("fence.test.stop", on: "west-db") == "done", "the first time stays in the record")
        script.run()
        guard case .finished(.completedWithObligations(let owed)) = script.state else {
            Issue.record("ended \(script.state)")
            return
        }
        #expect(owed.contains { $0.contains("has written on its own") })
        #expect(script.machine.splitBrains.map(\.node) == ["west-db"])
        #expect(script.machine.splitBrains[0].divergence == .unknown("nobody reads it"))
    }

    @Test
    func `one that runs without the mark will write, whether or not it can be asked; one that has it is a standby`()
        throws
    {
        var script = try promoted()
        script.set("west-db", [.running: .flag(true), .standbySignal: .flag(true)])
        script.truth[Self.writes] = nil
        #expect(script.look()?.disposition == .moved(.watchKept))
        script.set("west-db", [.standbySignal: .flag(false)])
        #expect(script.look()?.disposition == .moved(.fencedAgain))
    }

    @Test func `what was proved of new holds no more, so old is not started as if it had no log of its own`() throws {
        var script = try promoted()
        #expect(script.machine.world.value(FactKey(.node("east-db"), .complete)) == .flag(true))
        returned(&script)
        script.look()
        #expect(script.machine.world.value(FactKey(.node("east-db"), .complete)) == nil)
    }

    @Test func `a run does not end before the log was read`() throws {
        var script = try promoted()
        returned(&script)
        script.look()
        script.done(Self.again)
        let nodes = script.measured
        script.measured = []
        script.run()
        #expect(script.kind == .committed, "it waits for \(nodes)")
        let found = Divergence(
            firstLSN: LSN(rawValue: 0x300_0148), timeline: 1, endLSN: LSN(rawValue: 0x300_0548), commits: 2,
            relations: [.init(name: "public.orders", rows: 3)])
        script.send(.divergenceMeasured(node: "west-db", .found(found)))
        #expect(script.kind == .finished)
        #expect(script.journal.entries.last?.note.contains("1024 bytes of its own log from 0/3000148") == true)
        #expect(script.machine.splitBrains[0].divergence == .found(found))
    }

    @Test func `it comes back twice, and is fenced twice`() throws {
        var script = try promoted()
        for name in [Self.again, "fence.test.stop-again-2 on west-db"] {
            returned(&script)
            script.look()
            script.done(name)
        }
        #expect(script.machine.splitBrains.map(\.order.step) == ["fence.test.stop-again", "fence.test.stop-again-2"])
        #expect(script.sent.count { $0 == "test.stop west-db" } == 3)
    }

    @Test func `a fence that fails is tried until its deadline, then an operator decides, and it is never skipped`()
        throws
    {
        var script = try promoted()
        script.behaviours[Self.again] = .idle
        returned(&script)
        script.look()
        script.run()
        guard case .halted(let halt) = script.state else {
            Issue.record("ended \(script.state)")
            return
        }
        #expect(halt.open.map { "\($0)" } == [Self.again])
        #expect(script.sent.count { $0 == "test.stop west-db" } > 3)
        let skip = Decision(item: halt.open[0], choice: .skip, reason: "so", by: "ana")
        if case .ignored = script.send(.decided(skip)).disposition {} else { Issue.record("a fence was skipped") }
        script.behaviours = [:]
        script.takeOver(.resume)
        script.run()
        #expect(script.kind == .finished)
        #expect(script.outcome("fence.test.stop-again", on: "west-db") == "done")
    }

    @Test func `it is fenced while the run holds, and the run goes on`() throws {
        var plan = try TestPlan.plan()
        plan.holdBefore = .verify
        var script = Script(plan)
        script.run()
        #expect(script.kind == .holding)
        returned(&script)
        script.look()
        script.done(Self.again)
        #expect(script.outcome("fence.test.stop-again", on: "west-db") == "done")
        #expect(script.kind == .holding)
        script.send(.released(by: "ana"))
        script.run()
        #expect(script.kind == .finished)
    }

    @Test func `a takeover sees who came back while nobody watched, and reads what nobody had read`() throws {
        var script = try promoted()
        script.die()
        returned(&script)
        script.takeOver(.resume)
        script.run()
        #expect(script.outcome("fence.test.stop-again", on: "west-db") == "done")
        #expect(script.kind == .finished)
        #expect(script.machine.splitBrains.count == 1)
    }

    @Test func `a process that dies over the fence leaves it to the next one`() throws {
        var script = try promoted()
        returned(&script)
        script.look()
        script.takeOver(.ownerLost)
        script.run()
        #expect(script.outcome("fence.test.stop-again", on: "west-db") == "done")
        #expect(script.machine.splitBrains.map(\.divergence) == [.unknown("nobody reads it")])
        #expect(script.kind == .finished)
    }

    @Test func `a resume after it was made a standby finds nothing owed`() throws {
        let phases = TestPlan.phases.filter { $0.phase != .finish }
        var script = try promoted(phases)
        returned(&script)
        script.look()
        script.run()
        #expect(script.kind == .finished)
        #expect(!script.machine.openObligations.isEmpty)
        script.set("west-db", [.follows: .name("east-db"), .inRecovery: .flag(true), .running: .flag(true)])
        script.takeOver(.resume)
        script.run()
        #expect(script.machine.openObligations.isEmpty)
        #expect(script.state == .finished(.completed))
    }

    @Test func `who was accepted as off and writes is owed, with the commands, and fenced by nobody`() throws {
        let phases = TestPlan.phases.filter { $0.phase != .prepare && $0.phase != .preflight && $0.phase != .finish }
        var plan = try TestPlan.plan(phases)
        plan.mode = .emergency
        plan.acceptance = Acceptance(loss: .unknown, unfenced: ["west-db"])
        var script = Script(plan)
        script.truth[FactKey(.node("west-db"), .writable)] = nil
        script.truth[FactKey(.node("west-db"), .inRecovery)] = nil
        script.run(until: {
            $0.machine.items.keys.contains { $0.step == "promote.test.promote" }
                && $0.waiting.contains("observe promote.test.promote on east-db")
        })
        script.set("west-db", [.writable: .flag(false)])
        script.run(to: "ask verify.test.healthy on east-db")
        returned(&script)
        #expect(script.look()?.disposition == .moved(.returnedUnfenced))
        #expect(!script.sent.contains("test.stop west-db"))
        #expect(script.look()?.disposition == .moved(.watchKept), "said once")
        script.run()
        #expect(script.machine.openObligations.map(\.terms.release) == [Call("test.stop", on: .node("west-db"))])
    }

    // MARK: After the run

    private func continuation() throws -> Plan {
        var plan = try TestPlan.plan([TestPlan.phase(.fence, TestPlan.act("test.stop", on: .old))])
        plan.mode = .emergency
        plan.acceptance = Acceptance()
        plan.continues = Continuation(run: "run-1", binding: Binding(old: "west-db", new: "east-db"))
        return plan
    }

    @Test func `a run of its own fences who came back later, by the record of the run that promoted`() throws {
        var script = Script(try continuation())
        script.set("east-db", [.writable: .flag(true), .inRecovery: .flag(false)])
        script.run()
        #expect(script.sent == ["test.stop west-db"])
        #expect(script.machine.splitBrains.map(\.divergence) == [.unknown("nobody reads it")])
        guard case .finished(.completedWithObligations) = script.state else {
            Issue.record("ended \(script.state)")
            return
        }
    }

    @Test func `it fences nobody by guess: not when new is no primary, and no standby`() throws {
        var script = Script(try continuation())
        script.run()
        #expect(script.sent.isEmpty)
        #expect(script.kind == .finished)
        var other = Script(try continuation())
        other.set("east-db", [.writable: .flag(true), .inRecovery: .flag(false)])
        other.set("west-db", [.writable: .flag(false), .inRecovery: .flag(true)])
        other.run()
        #expect(other.sent.isEmpty)
    }
}
