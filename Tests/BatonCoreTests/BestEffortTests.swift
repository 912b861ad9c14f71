import Testing

@testable import BatonCore

/// Steps that may fail without consequence, and what an emergency does without.
@Suite struct BestEffortTests {
    private func bestEffort(_ action: ActionID, on roles: Role..., id: StepID) -> PlaybookStep {
        PlaybookStep(
            id: id, kind: .act(action), on: roles, deadline: .seconds(2), isBestEffort: true, line: 1)
    }

    private func script(_ replacement: PlaybookPhase) throws -> Script {
        Script(try TestPlan.plan(TestPlan.phases(with: replacement)))
    }

    @Test(arguments: [Script.Behaviour.fail, .lost, .idle, .blind])
    func `a best effort that fails in prepare stops nothing`(behaviour: Script.Behaviour) throws {
        var script = try script(
            TestPlan.phase(
                .prepare, TestPlan.act("test.checkpoint", on: .old), bestEffort("test.slot", on: .new, id: "try")))
        script.behaviours["try on east-db"] = behaviour
        script.run()
        let item = try #require(script.machine.items[ItemID("try", on: .node("east-db"))])
        #expect(!item.succeeded && item.isSettled)
        switch script.state {
        case .finished(.completed), .finished(.completedWithObligations): break
        default: Issue.record("ended \(script.state)")
        }
    }

    @Test func `the same step without the word takes the run back`() throws {
        var script = try script(TestPlan.phase(.prepare, TestPlan.act("test.slot", on: .new, id: "try")))
        script.behaviours["try on east-db"] = .fail
        script.run()
        guard case .finished(.rolledBack) = script.state else {
            Issue.record("ended \(script.state)")
            return
        }
    }

    @Test func `a best effort that fails in finish is no work left, and one that must be done is`() throws {
        func end(_ step: PlaybookStep) throws -> RunState {
            var script = try script(TestPlan.phase(.finish, step))
            script.behaviours["home on west-db"] = .fail
            script.run()
            return script.state
        }
        #expect(try end(bestEffort("test.rejoin", on: .old, id: "home")) == .finished(.completed))
        guard case .finished(.completedWithObligations) = try end(TestPlan.act("test.rejoin", on: .old, id: "home"))
        else {
            Issue.record("nothing is owed")
            return
        }
    }

    // MARK: What is lost

    private func emergency(_ acceptance: Acceptance = Acceptance(loss: .unknown)) throws -> Script {
        let phases = TestPlan.phases.filter { $0.phase != .prepare && $0.phase != .preflight && $0.phase != .finish }
        var plan = try TestPlan.plan(phases)
        plan.mode = .emergency
        plan.acceptance = acceptance
        var script = Script(plan)
        script.truth[FactKey(.node("west-db"), .writable)] = nil
        script.truth[FactKey(.node("west-db"), .inRecovery)] = nil
        script.truth[FactKey(.pooler("pool-a"), .paused)] = nil
        return script
    }

    @Test func `what an emergency has found lost is left out once the slots are bound, and looked at by a takeover`()
        throws
    {
        var script = try emergency()
        #expect(script.machine.lostTargets.isEmpty)
        var left: [RunState.Kind: Set<Target>] = [:]
        script.show = { _, machine in left[machine.state.kind] = machine.lostTargets }
        script.run()
        let lost: Set<Target> = [.node("west-db"), .pooler("pool-a")]
        #expect(left[.surveying] == [] || left[.surveying] == nil)
        for kind in [RunState.Kind.checking, .advancing, .committed, .finished] {
            #expect(left[kind] ?? lost == lost, "\(kind)")
        }
        #expect(left[.committed] == lost)
        script.takeOver(.resume)
        #expect(script.machine.lostTargets.isEmpty)
        #expect(script.machine.lostNodes == ["west-db"])
    }

    @Test func `a planned run leaves nothing out`() throws {
        var script = try Script()
        var left: Set<Target> = []
        script.show = { _, machine in left.formUnion(machine.lostTargets) }
        script.run()
        #expect(left.isEmpty && script.machine.lostNodes.isEmpty && script.machine.skippedGates.isEmpty)
    }

    @Test func `gates that are left out are named with the reason`() throws {
        var script = try emergency(Acceptance(loss: .unknown, unfenced: ["west-db", "pool-a"]))
        script.run()
        let skipped = script.machine.skippedGates
        #expect(
            skipped.contains {
                $0.gate == "test.budget" && $0.target == .pooler("pool-a") && $0.why.contains("does not answer")
            }, "\(skipped)")
        #expect(Set(skipped.map { "\($0.gate) \($0.target)" }).count == skipped.count)
    }

    @Test(arguments: [
        ("16MiB", Acceptance.Loss.bytes(16 << 20)), ("1KiB", .bytes(1_024)), ("7B", .bytes(7)), ("0", .bytes(0)),
    ])
    func `a loss may be given with a unit`(words: String, loss: Acceptance.Loss) {
        #expect(Acceptance.Loss(words: words) == loss)
    }

    @Test(arguments: ["MiB", "16 MiB", "16mib", "99999999999TiB", "+1", "0x10", "٣"])
    func `what is no size is no loss`(words: String) { #expect(Acceptance.Loss(words: words) == nil) }
}
