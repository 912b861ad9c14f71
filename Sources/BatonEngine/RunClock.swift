package import BatonCore

/// A run's own monotonic time. It goes on when another process, perhaps on another machine, takes the run over; so what
/// the journal says of times compares from its first line to its last, and a replay gives the same state anywhere (I9).
package struct RunClock: Sendable {
    /// Run time minus this machine's monotonic clock.
    private let shift: TimeSpan

    /// The clock of the process that begins a run, or goes on with one within the same boot: the machine's own.
    package static let own = RunClock(shift: .zero)

    private init(shift: TimeSpan) { self.shift = shift }

    /// The clock of a process that goes on where another clock ended: as much later as the wall clocks say, and never
    /// earlier than the last record.
    package init(after last: Instant, at wall: WallTime) {
        let now = SystemClock.now()
        let passed = TimeSpan.microseconds(
            SystemClock.wallNow().microsecondsSince1970 - wall.microsecondsSince1970)
        shift = last + max(.zero, passed) - now
    }

    package func now() -> Instant { SystemClock.now() + shift }

    /// The same moment on this machine's clock.
    package func local(_ instant: Instant) -> Instant { instant - shift }

    /// A moment of this machine's clock in run time.
    package func run(_ instant: Instant) -> Instant { instant + shift }
}
