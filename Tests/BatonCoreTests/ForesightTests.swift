import Testing

@testable import BatonCore

/// The tests' own plan, played on worlds of facts.
@Suite struct ForesightTests {
    private func foresee(
        _ phases: [PlaybookPhase] = TestPlan.phases, answers: [ItemID: Verdict] = [:],
        changing: (inout World) -> Void = { _ in }
    ) throws -> Foresight {
        let plan = try TestPlan.plan(phases)
        var world = World()
        for node in ["west-db", "east-db"] {
            let isOld = node == "west-db"
            world.learn(Change(FactKey(.node(node), .running), .flag(true)), basis: .observed(at: Self.now))
            world.learn(Change(FactKey(.node(node), .writable), .flag(isOld)), basis: .observed(at: Self.now))
            world.learn(Change(FactKey(.node(node), .inRecovery), .flag(!isOld)), basis: .observed(at: Self.now))
            world.learn(Change(FactKey(.node(node), .timeline), .number(4)), basis: .observed(at: Self.now))
        }
        for pooler in ["pool-a", "pool-b"] {
            world.learn(Change(FactKey(.pooler(pooler), .paused), .flag(false)), basis: .observed(at: Self.now))
            world.learn(
                Change(FactKey(.pooler(pooler), .leadsTo), .name("west-db")), basis: .observed(at: Self.now))
        }
        world.learn(
            Change(FactKey(.node("east-db"), .slot, detail: "west-db"), .flag(false)), basis: .observed(at: Self.now))
        changing(&world)
        return Foresight(
            plan, in: scope, from: world, catalogue: TestCatalogue.catalogue, answers: answers)
    }

    private static let now = Instant(nanoseconds: 1)
    private let scope = Scope(topology: TestPlan.topology, binding: Binding(old: "west-db", new: "east-db"))

    private func step(_ foresight: Foresight, _ id: StepID, on target: String) throws -> ForeseenStep {
        try #require(foresight.steps.first { $0.step.id == id && $0.target.name == target }, "\(id) on \(target)")
    }

    @Test func aHealthyWorldLetsEveryStepPassAndEndsTurnedRound() throws {
        let foresight = try foresee()
        let open = foresight.laterSteps.filter { !$0.verdict.allows }
        #expect(open.map(\.step.id) == ["catch-up.test.replayed", "verify.test.healthy"])
        #expect(open.allSatisfy { $0.verdict.decision == .unknown })
        #expect(foresight.after.value(FactKey(.node("east-db"), .writable)) == .flag(true))
        #expect(foresight.after.value(FactKey(.node("east-db"), .timeline)) == .number(5))
        #expect(foresight.after.value(FactKey(.pooler("pool-b"), .leadsTo)) == .name("east-db"))
        #expect(foresight.before.value(FactKey(.node("east-db"), .writable)) == .flag(false))
    }

    @Test func aVerdictNamesTheStepThatItRestsOn() throws {
        let promote = try step(try foresee(), "promote.test.promote", on: "east-db")
        #expect(
            promote.verdict.reason
                == "west-db writable is no after fence.test.stop; "
                + "east-db complete is yes if catch-up.test.replayed is passed")
        let proof = try step(try foresee(), "catch-up.test.replayed", on: "east-db")
        #expect(
            proof.verdict.reason
                == "it is asked after fence.test.stop, and depends on what comes of that")
    }

    @Test func everyChangeTellsWhatWasThereBefore() throws {
        let foresight = try foresee()
        let resume = try step(foresight, "thaw.test.resume", on: "pool-a")
        #expect(resume.changes.map(\.fromText) == ["yes"])
        #expect(resume.changes.map(\.to) == [.flag(false)])
        #expect(resume.changes.map(\.isHeld) == [false])
        let again = try foresee { $0.learn(Change(FactKey(.pooler("pool-a"), .paused), .flag(true)), basis: .assumed) }
        #expect(try step(again, "freeze.test.pause", on: "pool-a").changes.map(\.isHeld) == [true])
        #expect(try step(again, "freeze.test.pause", on: "pool-b").changes.map(\.isHeld) == [false])
    }

    @Test func aConditionThatTheStepsBeforeLeaveBrokenBlocks() throws {
        // Without the fence.
        let phases = TestPlan.phases.filter { $0.phase != .fence }
        let promote = try step(try foresee(phases), "promote.test.promote", on: "east-db")
        #expect(promote.verdict.decision == .block)
        #expect(promote.verdict.reason == "One writer. But west-db writable is yes.")
    }

    @Test func aConditionOfWhichNothingIsKnownCannotBeKnownBefore() throws {
        let phases = TestPlan.phases.filter { $0.phase != .fence }
        let foresight = try foresee(phases) {
            $0.forget([FactKey(.node("west-db"), .writable)], why: "no answer")
        }
        let promote = try step(foresight, "promote.test.promote", on: "east-db")
        #expect(promote.verdict.decision == .unknown)
        #expect(promote.verdict.reason == "One writer. But west-db writable is not known: no answer.")
    }

    @Test func whatAServerThatDoesNotAnswerWillDoCannotBeKnownBefore() throws {
        let foresight = try foresee {
            $0.forget([FactKey(.pooler("pool-b"), .paused)], why: "it refuses connections")
        }
        #expect(try step(foresight, "freeze.test.pause", on: "pool-a").verdict.decision == .pass)
        let pause = try step(foresight, "freeze.test.pause", on: "pool-b")
        #expect(pause.verdict.decision == .unknown)
        #expect(pause.verdict.reason == "pool-b paused is not known now: it refuses connections")
    }

    @Test func stepsOfOneGroupMeetTheWorldBeforeIt() throws {
        var together = TestPlan.phase(.repoint, TestPlan.act("test.repoint", on: .poolers))
        together.groups[0].steps.append(TestPlan.act("test.resume", on: .poolers))
        let foresight = try foresee(TestPlan.phases(with: together))
        let resume = try step(foresight, "repoint.test.resume", on: "pool-a")
        #expect(resume.verdict.decision == .block)
        #expect(resume.verdict.reason == "Clients reach new. But pool-a leads-to is west-db.")
    }

    @Test func aPostconditionIsJudgedOnTheForetoldWorld() throws {
        // Nobody knows the timeline before, so nobody could tell a promotion from something else.
        let foresight = try foresee { $0.forget([FactKey(.node("east-db"), .timeline)], why: "not asked") }
        let promote = try step(foresight, "promote.test.promote", on: "east-db")
        #expect(promote.verdict.decision == .unknown)
        #expect(promote.verdict.reason == "nobody could tell whether it was done: no timeline")
    }

    @Test func aGateThatNothingMovesIsJudgedOnItsAnswerNow() throws {
        let early = TestPlan.phase(
            .prepare, TestPlan.gate("test.healthy", on: .old, id: "early"), TestPlan.act("test.slot", on: .new),
            TestPlan.gate("test.healthy", on: .old, id: "late"))
        let phases = TestPlan.phases(with: early)
        let questions = Foresight.questions(
            of: try TestPlan.plan(phases), in: scope, catalogue: TestCatalogue.catalogue)
        let item = ItemID("early", on: .node("west-db"))
        #expect(questions.map(\.item) == [item])
        let foresight = try foresee(phases, answers: [item: .block("ill", remedy: "heal it")])
        #expect(try step(foresight, "early", on: "west-db").verdict == .block("ill", remedy: "heal it"))
        #expect(try step(foresight, "late", on: "west-db").verdict.decision == .unknown)
        let silent = try foresee(phases, answers: [item: .unknown("no answer")])
        #expect(try step(silent, "early", on: "west-db").verdict.reason == "it is asked when the run is there")
    }

    @Test func anAwaitedGateThatBlocksNowMayPassThen() throws {
        let waiting = TestPlan.phase(.catchUp, TestPlan.gate("test.healthy", on: .old, id: "w", deadline: .seconds(3)))
        let item = ItemID("w", on: .node("west-db"))
        let foresight = try foresee([waiting], answers: [item: .block("ill", remedy: "heal it")])
        let verdict = try step(foresight, "w", on: "west-db").verdict
        #expect(verdict.decision == .unknown)
        #expect(verdict.reason == "now it would block (ill), and it is awaited for 3.00 s")
        let well = try foresee([waiting], answers: [item: .pass("well")])
        #expect(try step(well, "w", on: "west-db").verdict == .pass("well"))
    }

    @Test func whatIsObservedBeforeIsEverythingButWhatAGateProves() throws {
        let keys = Foresight.facts(of: try TestPlan.plan(), in: scope, catalogue: TestCatalogue.catalogue)
        #expect(Set(keys).count == keys.count)
        #expect(keys.contains(FactKey(.node("east-db"), .slot, detail: "west-db")))
        #expect(keys.contains(FactKey(.pooler("pool-b"), .leadsTo)))
        #expect(!keys.contains(FactKey(.node("east-db"), .complete)))
        let unproved = TestPlan.phases.filter { $0.phase != .catchUp }
        let more = Foresight.facts(
            of: try TestPlan.plan(unproved), in: scope, catalogue: TestCatalogue.catalogue)
        #expect(more.contains(FactKey(.node("east-db"), .complete)))
    }
}
