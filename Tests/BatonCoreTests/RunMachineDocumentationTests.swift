import FoundationEssentials
import Testing

@testable import BatonCore

/// The golden table: derived from machines in every state, compared with the page that documents it.
@Suite struct RunMachineDocumentationTests {
    private static let table = Result { try explore() }

    static func explored() throws -> TransitionTable { try table.get() }

    /// Runs that between them visit every state and every rule.
    private static func explore() throws -> TransitionTable {
        var table = TransitionTable()
        func run(
            _ behaviours: [String: Script.Behaviour] = [:], _ phases: [PlaybookPhase] = TestPlan.phases,
            _ body: (inout Script) -> Void = { $0.run() }
        ) throws {
            var script = Script(try TestPlan.plan(phases))
            script.explores = true
            script.behaviours = behaviours
            body(&script)
            // One event more, so that the state in which the run ended is explored as well.
            script.send(.measured(Measurements()))
            table.merge(script.table)
        }
        try run()
        try run(["preflight.test.healthy on east-db": .refuse])
        try run(["prepare.test.slot on east-db": .blind])
        try run(["freeze.test.pause on pool-b": .fail])
        try run(["fence.test.stop on west-db": .idle])
        try run(["catch-up.test.replayed on east-db": .refuse])
        try run(["promote.test.promote on east-db": .blind])
        try run(["promote.test.promote on east-db": .lost])
        try run(["repoint.test.repoint on pool-b": .idle])
        try run(["verify.test.healthy on east-db": .refuse])
        try run(["finish.test.rejoin on west-db": .fail])
        try run(["fence.test.stop on west-db": .fail, "undo of freeze.test.pause on pool-b": .idle])
        try run([:], TestPlan.phases(with: TestPlan.phase(.fence, TestPlan.act("test.stop", on: .old, retries: 1)))) {
            $0.run(to: "perform fence.test.stop on west-db")
            $0.report("fence.test.stop on west-db", .failed("refused"))
            $0.run()
        }
        try run { script in
            script.run(to: "perform promote.test.promote on east-db")
            script.send(.interrupted(by: "SIGINT"))
            script.run()
        }
        try run([:], [TestPlan.phase(.freeze, TestPlan.act("test.hold", on: .poolers))])
        try run([:], [TestPlan.phase(.freeze, TestPlan.act("test.hold", on: .poolers))]) { script in
            script.run(to: "observe freeze.test.hold on pool-a")
            script.send(.interrupted(by: "SIGINT"))
            script.run()
        }
        try run([:], [TestPlan.phase(.freeze, TestPlan.act("test.hold", on: .poolers))]) { script in
            for name in ["pool-a", "pool-b"] { script.truth[FactKey(.pooler(name), .leadsTo)] = .name("elsewhere") }
            script.run()
        }
        let together = PlaybookGroup(steps: [
            TestPlan.act("test.promote", on: .new), TestPlan.act("test.checkpoint", on: .new),
        ])
        try run([:], TestPlan.phases(with: PlaybookPhase(phase: .promote, groups: [together]))) { script in
            script.run(to: "observe promote.test.promote on east-db")
            script.see("promote.test.promote on east-db")
            script.report("promote.test.promote on east-db", .succeeded("ok"), happens: true)
            script.run()
        }
        func hold(before phase: Phase, _ body: (inout Script) -> Void) throws {
            var plan = try TestPlan.plan()
            plan.holdBefore = phase
            var script = Script(plan)
            script.explores = true
            body(&script)
            script.send(.measured(Measurements()))
            table.merge(script.table)
        }
        for phase in [Phase.freeze, .promote, .thaw, .finish] {
            try hold(before: phase) { $0.run() }
            try hold(before: phase) { script in
                script.run()
                script.send(.released(by: "ana"))
                script.run()
            }
        }
        // A process dies, and another one goes on.
        for name in [
            "perform prepare.test.slot on east-db", "perform fence.test.stop on west-db",
            "perform promote.test.promote on east-db", "perform repoint.test.repoint on pool-a",
        ] {
            for purpose in [Takeover.Purpose.ownerLost, .resume] {
                try run { script in
                    script.run(to: name)
                    script.takeOver(purpose)
                    script.run()
                }
            }
        }
        try run(["repoint.test.repoint on pool-b": .idle]) { script in
            script.run()
            script.behaviours = [:]
            script.takeOver(.decide)
            script.run()
        }
        try run { script in
            script.run(to: "perform repoint.test.repoint on pool-b")
            script.apply(Call("test.repoint", on: .pooler("pool-b")))
            script.takeOver(.resume)
            script.run()
        }
        // Old comes back after the promotion.
        for phase in [Phase.verify, .finish] {
            try hold(before: phase) { script in
                script.run()
                script.set("west-db", [.writable: .flag(true), .running: .flag(true)])
                script.look()
                script.run()
                script.send(.released(by: "ana"))
                script.run()
            }
        }
        try run { script in
            script.run(to: "ask verify.test.healthy on east-db")
            script.set("west-db", [.writable: .flag(true), .running: .flag(true)])
            script.look()
            script.run(until: { $0.measured == ["west-db"] })
            script.measured = []
            script.run()
            script.send(.divergenceMeasured(node: "west-db", .unknown("no log")))
        }
        let lost = TestPlan.phases.filter { $0.phase > .freeze && $0.phase != .finish }
        var plan = try TestPlan.plan(lost)
        plan.mode = .emergency
        plan.acceptance = Acceptance(loss: .unknown, unfenced: ["west-db"])
        var script = Script(plan)
        script.explores = true
        for aspect in [Aspect.writable, .inRecovery] { script.truth[FactKey(.node("west-db"), aspect)] = nil }
        script.run(to: "observe promote.test.promote on east-db")
        script.set("west-db", [.writable: .flag(false)])
        script.run(to: "ask verify.test.healthy on east-db")
        script.set("west-db", [.writable: .flag(true)])
        script.look()
        script.run()
        table.merge(script.table)
        return table
    }

    @Test func `every state has an answer to every event`() throws {
        let table = try Self.explored()
        for state in RunState.Kind.allCases {
            for event in TransitionTable.EventKind.allCases {
                let found = table.results[TransitionTable.Cell(state: state, event: event)] ?? []
                #expect(!found.isEmpty, "\(state) was never given \(event)")
            }
        }
    }

    @Test func `every rule is reached`() throws {
        let missing = Set(Rule.allCases).subtracting(try Self.explored().rules)
        #expect(missing.isEmpty, "never reached: \(missing.map(\.rawValue).sorted())")
    }

    @Test func `the page says what the code does`() throws {
        let page = try Self.explored().markdown
        let path =
            #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined() + "/Documentation/RunMachine.md"
        if ProcessInfo.processInfo.environment["BATON_RECORD"] == "1" {
            try page.write(toFile: path, atomically: true, encoding: .utf8)
        }
        let written = try String(contentsOfFile: path, encoding: .utf8)
        #expect(written == page, "run again with BATON_RECORD=1 and review the difference")
    }
}
