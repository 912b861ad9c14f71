import BatonCore
import Testing

@testable import BatonReports

@Suite struct RunHistoryTests {
    @Test func oneOddRunDoesNotSpoilTheMedian() {
        #expect(RunHistory.median([]) == nil)
        #expect(RunHistory.median([.seconds(3)]) == .seconds(3))
        #expect(RunHistory.median([.seconds(900), .seconds(1), .seconds(2)]) == .seconds(2))
        #expect(RunHistory.median([.seconds(4), .seconds(1), .seconds(2), .seconds(900)]) == .seconds(3))
    }

    @Test func onlyCompletedRunsTellAnything() throws {
        let history = RunHistory([
            try ScriptedRun.happy.record(), try ScriptedRun.rolledBack.record(), try ScriptedRun.halted.record(),
        ])
        #expect(history.count == 1)
        #expect(history.writePause == .microseconds(142_500))
        #expect(history.duration(of: "fence.toy.stop") == .milliseconds(20))
        #expect(history.duration(of: "nobody.knows") == nil)
        let none = RunHistory([try ScriptedRun.rolledBack.record()])
        #expect(none.count == 0)
        #expect(none.duration(of: "fence.toy.stop") == nil)
    }
}
