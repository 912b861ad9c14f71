import BatonEngine
import Testing

@testable import BatonCore

/// Run time goes on wherever a run is gone on with.
@Suite struct RunClockTests {
    @Test func `within one boot run time is the machine's own`() {
        let before = SystemClock.now()
        let now = RunClock.own.now()
        #expect(now >= before && now <= SystemClock.now())
        #expect(RunClock.own.local(now) == now)
    }

    @Test(arguments: [Int64(0), 90])
    func `elsewhere it is as much later as the wall clocks say, and never earlier than the last record`(seconds: Int64)
    {
        // The record of a machine that has been up for years.
        let last = Instant(nanoseconds: .max / 2)
        let clock = RunClock(after: last, at: SystemClock.wallNow().advanced(by: .zero - .seconds(seconds)))
        let passed = clock.now() - last
        #expect(passed >= .seconds(seconds))
        #expect(passed < .seconds(seconds + 60))
        #expect(clock.run(clock.local(last)) == last)
        // This machine's wall clock may be behind the other one's.
        let behind = RunClock(after: last, at: SystemClock.wallNow().advanced(by: .seconds(3_600)))
        #expect(behind.now() >= last)
    }
}
