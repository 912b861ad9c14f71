import BatonCore
import Foundation
import Testing

@testable import BatonSimulator

/// Each word of the vocabulary makes a difference: a run that would have been completed ends in another way, or the reason
/// why it does not is stated here.
@Suite("The words of scenarios")
struct FaultWordTests {
    struct Word: Sendable {
        var given: GivenFault
        var outcome: BatonCore.Expectation
        var at: String?

        init(_ given: GivenFault, _ outcome: BatonCore.Expectation, at: String? = nil) {
            self.given = given
            self.outcome = outcome
            self.at = at
        }
    }

    static let words: [Word] = [
        Word(.fault("standby.lags", on: "new", with: .seconds(40)), .refused, at: "postgres.replay-lag"),
        Word(.fault("standby.delays-replay", on: "new", with: .seconds(30)), .refused, at: "postgres.apply-delay"),
        Word(.fault("standby.replay-paused", on: "new"), .refused, at: "postgres.replay-paused"),
        Word(.fault("standby.recovery-target", on: "new"), .refused, at: "postgres.recovery-target"),
        Word(.fault("standby.not-streaming", on: "new"), .refused, at: "postgres.streaming"),
        Word(.fault("standby.low-settings", on: "new"), .refused, at: "postgres.settings-parity"),
        Word(.fault("standby.synchronous-names", on: "new"), .refused, at: "postgres.synchronous"),
        Word(.fault("standby.foreign", on: "new"), .refused, at: "postgres.identity"),
        Word(.fault("standby.other-version", on: "new"), .refused, at: "postgres.version"),
        Word(.fault("standby.dies-promoting", on: "new"), .halted, at: "postgres.promote"),
        Word(.fault("node.logical-slot", on: "old"), .refused, at: "postgres.logical-slots"),
        Word(.fault("node.prepared-transaction", on: "old"), .refused, at: "postgres.transactions"),
        Word(.fault("node.open-transaction", on: "old", with: .seconds(60)), .rolledBack, at: "pgbouncer.pause"),
        Word(.fault("node.archiver-stuck", on: "old"), .refused, at: "postgres.archiver"),
        Word(.fault("node.dead-receiver", on: "old"), .refused, at: "postgres.walsenders"),
        Word(.fault("node.lacks-privileges", on: "new"), .refused, at: "postgres.privileges"),
        Word(.fault("node.slow-start", on: "new", with: .seconds(70)), .halted, at: "postgres.promote"),
        Word(.fault("node.slow-checkpoint", on: "old", with: .seconds(600)), .rolledBack, at: "postgres.checkpoint"),
        Word(.fault("node.dies", on: "old"), .refused, at: "postgres.host"),
        Word(.fault("node.restarts", on: "others", with: .seconds(1), .phase(.freeze)), .rolledBack),
        Word(.fault("node.hangs", on: "old", .phase(.freeze)), .rolledBack, at: "postgres.stop"),
        Word(.fault("node.returns", on: "old", .phase(.promote)), .rolledBack, at: "postgres.promote"),
        Word(.fault("node.unreachable", on: "others"), .refused, at: "preflight.postgres.host-2"),
        Word(.fault("node.apart", on: "old"), .refused, at: "postgres.streaming"),
        Word(.fault("node.is-primary", on: "new"), .alreadyThere),
        Word(.fault("pooler.dies", on: "poolers"), .refused, at: "canary.ready"),
        Word(.fault("pooler.restarts", on: "poolers", with: .seconds(1)), .refused, at: "pgbouncer.ready"),
        Word(.fault("pooler.hangs", on: "west-pool", .phase(.thaw)), .halted, at: "canary.write"),
        Word(.fault("pooler.session-mode", on: "poolers"), .refused, at: "pgbouncer.ready"),
        Word(.fault("pooler.short-timeout", on: "poolers", with: .seconds(5)), .refused, at: "pgbouncer.freeze-budget"),
        Word(.fault("pooler.not-admin", on: "poolers"), .refused, at: "pgbouncer.ready"),
        Word(.fault("pooler.wildcard", on: "poolers"), .refused, at: "pgbouncer.ready"),
        Word(.fault("pooler.leads-elsewhere", on: "poolers"), .refused, at: "pgbouncer.ready"),
        Word(.fault("pooler.broken-reload", on: "poolers"), .halted, at: "pgbouncer.repoint"),
        Word(.fault("pooler.unreachable", on: "poolers", .phase(.promote)), .halted, at: "pgbouncer.repoint"),
        Word(.fault("step.fails", on: "postgres.promote"), .halted, at: "postgres.promote"),
        Word(.fault("step.flaps", on: "postgres.stop"), .rolledBack, at: "postgres.stop"),
        Word(.fault("step.times-out", on: "pgbouncer.pause"), .rolledBack, at: "pgbouncer.pause"),
        Word(.fault("baton.dies", .phase(.freeze)), .rolledBack),
        Word(.fault("baton.stops", .phase(.freeze)), .rolledBack),
        Word(.fault("guard.dies", .phase(.prepare)), .rolledBack),
        Word(.fault("host.crashes", .phase(.freeze)), .halted),
        Word(.fault("operator.interrupts"), .interrupted),
        Word(.fault("disk.fills", .phase(.prepare)), .halted),
    ]

    /// Words after which a run is completed as if nothing had been, and what shows that something was.
    static let survived: [GivenFault] = [
        // Whatever the answer was, an observation decides; the wait for it is longer.
        .fault("step.times-out-but-happens", on: "postgres.promote"),
        // It ends within its deadline.
        .fault("step.slow", on: "postgres.promote"),
        // The observation decides, and the report says that the answer was lost.
        .fault("step.loses-its-answer", on: "postgres.promote"),
    ]

    /// Words of an emergency, played where its primary is lost.
    static let emergencies: [Scenario] = [
        emergency(
            [.fault("node.wrote-alone", on: "old")], lost: .stopped, accepting: nil, .refused, at: "postgres.loss"),
        // New fetches it from the other standby.
        emergency([.fault("standby.misses-log", on: "new")], .completed),
        emergency([.fault("host.unreachable", on: "old")], .refused, at: "postgres.fenceable"),
        // Without it old answers, and the run is refused.
        emergency([.fault("node.postmaster-dies", on: "old")], lost: .alive, .completed),
        emergency([.fault("node.forced", on: "old", .phase(.promote))], .rolledBack, at: "postgres.promote"),
        emergency([.fault("standby.disk-full", on: "new")], .halted, at: "postgres.promote"),
        emergency([.fault("standby.promotes-in-place", on: "new")], .halted, at: "postgres.promote"),
        emergency([.fault("step.happens-late", on: "postgres.promote")], .halted, at: "postgres.promote"),
        // It finds the lease taken, and what is measured is measured on another clock.
        emergency([.fault("other.operator", .phase(.freeze))], .completed),
        emergency([.fault("clock.jumps", .phase(.freeze))], .completed),
    ]

    private static func emergency(
        _ given: [GivenFault], lost: PrimaryLoss = .killed, accepting loss: Acceptance.Loss? = .unknown,
        _ expect: BatonCore.Expectation, at: String? = nil
    ) -> Scenario {
        Scenario(
            name: "\(given[0].fault)", lost: lost, acceptance: Acceptance(loss: loss), given: given, expect: expect,
            at: at, line: 1)
    }

    /// Another run with the same plan finds the lease taken and does nothing to the first one.
    static let harmless: GivenFault = .fault("second.baton", .phase(.freeze))

    @Test("Every word stands in one of the lists here")
    func complete() {
        let tried =
            Self.words.map(\.given.fault) + Self.survived.map(\.fault) + [Self.harmless.fault]
            + Self.emergencies.flatMap(\.given).map(\.fault)
        #expect(Set(tried) == Set(ScenarioFaults.declarations.map(\.id)))
        #expect(Set(ScenarioFaults.declarations.map(\.id)).count == ScenarioFaults.all.count)
        #expect(ScenarioFaults.declarations.allSatisfy { $0.summary.hasSuffix(".") && !$0.summary.isEmpty })
    }

    @Test("The page on scenarios lists every word, as it is declared, and no other")
    func page() throws {
        let page = try String(contentsOfFile: ScenarioFixture.playbooks + "/README.md", encoding: .utf8)
        let rows = page.split(separator: "\n").filter { $0.wholeMatch(of: #/\| `[a-z]+\.[a-z-]+` \|.*/#) != nil }
        let declared = ScenarioFaults.declarations.map { word in
            let value = word.value.map { "\($0.kind.rawValue)\($0.defaultValue == nil ? "" : ", optional")" } ?? ""
            return
                "| `\(word.id)` | \(word.kind == .run ? "" : word.kind.rawValue) | \(value) | \(word.isInitial ? "`beginning`: " : "")\(word.summary) |"
        }
        #expect(rows.map(String.init) == declared, "\n\(declared.joined(separator: "\n"))")
    }

    @Test("An emergency ends as the fault makes it", arguments: emergencies)
    func emergency(_ scenario: Scenario) throws {
        let plan = try ScenarioFixture.plan(ScenarioFixture.playbooks + "/emergency-promotion.yaml")
        let result = ScenarioRunner(plan: plan, catalogue: ScenarioFixture.catalogue).run([scenario]).results[0]
        #expect(result.passed, "\(result.problems) \(result.story.map { "\($0.at) \($0.who) \($0.what)" })")
    }

    @Test("Without a fault the run is completed")
    func calm() throws {
        #expect(try ScenarioFixture.rest([]).outcome == .completed)
    }

    @Test("The run ends as the fault makes it", arguments: words)
    func matters(_ word: Word) throws {
        let rest = try ScenarioFixture.rest([word.given])
        #expect(rest.outcome == word.outcome && word.outcome != .completed, "\(rest.decided) \(rest.reason ?? "")")
        guard let at = word.at else { return }
        let wanted = try ScenarioFixture.plan().steps(named: at).map(\.id)
        #expect(rest.decided.contains(where: wanted.contains), "\(rest.decided)")
    }

    @Test("A fault that the run survives leaves its trace in the record", arguments: survived)
    func isSurvived(_ given: GivenFault) throws {
        func shape(_ rest: Simulation.Rest) -> [String] { rest.journal.map { "\($0.instant.nanoseconds) \($0.note)" } }
        let rest = try ScenarioFixture.rest([given])
        #expect(rest.outcome == .completed)
        #expect(try shape(rest) != shape(ScenarioFixture.rest([])))
    }

    @Test("A second Baton finds the lease taken")
    func secondBaton() throws {
        var simulation = try ScenarioFixture.runner().simulation(of: ScenarioFixture.scenario([Self.harmless]))
        simulation.playToRest()
        #expect(simulation.runs.count == 2 && simulation.runs[1].refusedLease)
        #expect(simulation.rest.outcome == .completed)
    }

    @Test(
        "What lasts for a while ends after it",
        arguments: [
            (
                GivenFault.fault("node.hangs", on: "old", with: .seconds(2), .phase(.fence)),
                BatonCore.Expectation.rolledBack
            ),
            (.fault("baton.stops", with: .seconds(1), .phase(.fence)), .rolledBack),
            (.fault("pooler.hangs", on: "west-pool", with: .seconds(2), .phase(.thaw)), .halted),
        ])
    func spans(_ brief: GivenFault, _ otherwise: BatonCore.Expectation) throws {
        #expect(try ScenarioFixture.rest([brief]).outcome == .completed)
        var lasting = brief
        lasting.value = .span(.zero)
        #expect(try ScenarioFixture.rest([lasting]).outcome == otherwise)
    }

    @Test("The moment decides: in the phase, when the step is announced, when it is settled")
    func moments() throws {
        let died = { (moment: Moment) in try ScenarioFixture.rest([.fault("baton.dies", moment)]) }
        #expect(try died(.phase(.promote)).outcome == .rolledBack)
        #expect(try died(.before("postgres.promote")).outcome == .completed)
        let newDies = { (moment: Moment) in try ScenarioFixture.rest([.fault("node.dies", on: "new", moment)]).decided }
        #expect(try newDies(.before("postgres.promote")) == ["promote.postgres.promote"])
        #expect(try newDies(.after("postgres.promote")).first == "repoint.pgbouncer.repoint")
        let after = try died(.after("postgres.stop"))
        #expect(after.outcome == .rolledBack && after.guardTookOver)
        #expect(try !ScenarioFixture.rest([]).guardTookOver)
        // Nobody watches a run that has changed nothing.
        let early = try died(.start)
        #expect(early.outcome == .halted && !early.guardTookOver)
    }
}
