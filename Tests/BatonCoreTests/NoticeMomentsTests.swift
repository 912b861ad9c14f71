import BatonEngine
import Testing

@testable import BatonCore

@Suite("Moments of a run that people are told of")
struct NoticeMomentsTests {
    /// What a script's run told.
    private final class Told {
        var moments: Notice.Moments
        var notices: [Notice] = []

        init(_ script: Script) { moments = Notice.Moments(script.machine, run: RunID("r1")) }

        var names: [String] { notices.map { "\($0.moment.rawValue) \($0.outcome ?? "-")" } }

        static func by(_ script: inout Script) -> Told {
            let told = Told(script)
            script.show = { transition, machine in told.notices += told.moments.notices(after: transition, machine) }
            return told
        }
    }

    private func decide(_ script: inout Script, _ choice: Decision.Choice) throws {
        guard case .halted(let halt) = script.state else { throw PromotionTests.Unexpected(state: script.state) }
        script.send(.decided(Decision(item: halt.open[0], choice: choice, reason: "so", by: "ana")))
    }

    @Test("A run that completes: each moment once, with what it is about")
    func completes() throws {
        var script = try Script()
        let told = Told.by(&script)
        script.run()
        #expect(told.names == ["start -", "freeze -", "promote -", "end completed"])
        #expect(told.notices.map(\.state) == [.surveying, .advancing, .committed, .finished])
        for notice in told.notices {
            #expect(notice.run == RunID("r1") && notice.playbook == "test" && notice.topology == "test")
            #expect(notice.toSite == "east" && notice.text.hasPrefix("test on test: ") && notice.text.hasSuffix("."))
            #expect(!notice.text.hasSuffix(".."))
        }
        #expect(told.notices[2].text.contains("east-db is being promoted"))
    }

    @Test("The freeze is told with the announcement, not when the clients wait already")
    func freeze() throws {
        var script = try Script()
        let told = Told.by(&script)
        script.run(to: "perform freeze.test.pause on pool-a")
        #expect(told.names == ["start -", "freeze -"])
    }

    @Test("A refused run starts and ends; so does one with nothing to do")
    func refused() throws {
        var script = try Script()
        script.behaviours["preflight.test.healthy on west-db"] = .refuse
        let told = Told.by(&script)
        script.run()
        #expect(told.names == ["start -", "end refused"])
        #expect(told.notices.last?.text.contains("test.healthy on west-db") == true)

        var other = try Script()
        other.set("west-db", [.writable: .flag(false), .inRecovery: .flag(true)])
        other.set("east-db", [.writable: .flag(true), .inRecovery: .flag(false)])
        let toldOther = Told.by(&other)
        other.run()
        #expect(toldOther.names == ["start -", "end already-there"])
    }

    @Test("What is rolled back after the freeze was never promoted")
    func rolledBack() throws {
        var script = try Script()
        script.behaviours["catch-up.test.replayed on east-db"] = .refuse
        let told = Told.by(&script)
        script.run()
        #expect(told.names == ["start -", "freeze -", "end rolled-back"])
    }

    @Test("Every halt is told; the promotion is not told again when the run goes on")
    func halts() throws {
        var script = try Script()
        script.behaviours["verify.test.healthy on east-db"] = .refuse
        let told = Told.by(&script)
        script.run()
        #expect(told.names == ["start -", "freeze -", "promote -", "halt halted"])
        try decide(&script, .retry)
        script.run()
        #expect(told.names.suffix(2) == ["halt halted", "halt halted"])
        try decide(&script, .skip)
        script.run()
        #expect(told.names == ["start -", "freeze -", "promote -", "halt halted", "halt halted", "end completed"])
    }

    @Test("A decision about one of several open steps is no new halt")
    func oneOfSeveral() throws {
        var script = try Script()
        script.behaviours = ["repoint.test.repoint on pool-a": .fail, "repoint.test.repoint on pool-b": .fail]
        let told = Told.by(&script)
        script.run()
        guard case .halted(let halt) = script.state else { throw PromotionTests.Unexpected(state: script.state) }
        try #require(halt.open.count >= 2)
        script.send(.decided(Decision(item: halt.open[0], choice: .done, reason: "so", by: "ana")))
        #expect(script.kind == .halted)
        #expect(told.names == ["start -", "freeze -", "promote -", "halt halted"])
    }

    @Test("A promotion that is given up was told; the way back ends the run")
    func givenUp() throws {
        var script = try Script()
        script.behaviours["promote.test.promote on east-db"] = .fail
        let told = Told.by(&script)
        script.run()
        try decide(&script, .returnToOld)
        script.run()
        #expect(told.names == ["start -", "freeze -", "promote -", "halt halted", "end rolled-back"])
    }

    @Test("Whoever takes a run over tells only what is new, wherever it broke off")
    func resumed() throws {
        let whole = ["start -", "freeze -", "promote -", "halt halted", "end completed"]
        for length in 0..<40 {
            var script = try Script()
            script.behaviours["verify.test.healthy on east-db"] = .refuse
            let first = Told.by(&script)
            var events = 0
            script.run(until: { _ in
                events += 1
                return events > length
            })
            let second = Told.by(&script)
            script.run()
            try decide(&script, .skip)
            script.run()
            #expect(first.names + second.names == whole, "broken off after \(length) events")
        }
    }

    @Test("What is ignored tells nothing")
    func ignored() throws {
        var script = try Script()
        let told = Told.by(&script)
        script.run()
        let count = told.notices.count
        script.send(.started)
        script.send(.interrupted(by: "ana"))
        script.send(.measured(Measurements()))
        #expect(told.notices.count == count)
    }
}
