package import BatonCore
import Glibc

/// The machine's two clocks. Nothing below the engine reads a clock.
package enum SystemClock {
    /// Monotonic time: deadlines and durations. It does not stand still or jump when the wall clock is set.
    package static func now() -> Instant {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    /// Wall time: what records and people are shown.
    package static func wallNow() -> WallTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return WallTime(microsecondsSince1970: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    }

    /// The moment `span` from now.
    package static func deadline(in span: TimeSpan) -> Deadline { now() + span }

    /// Waits for `span`, or throws `CancellationError` at once when the task is cancelled.
    package static func sleep(_ span: TimeSpan) async throws {
        try await Task.sleep(nanoseconds: UInt64(max(0, span.nanoseconds)))
    }
}
