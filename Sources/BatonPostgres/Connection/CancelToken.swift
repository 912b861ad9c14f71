import BatonCore
import BatonEngine
import CLinux
import Glibc
import Synchronization

/// An eventfd: the one thing that wakes a thread out of `poll` from another thread.
final class WakeUp: Sendable {
    let descriptor: Int32

    init() throws(PostgresError) {
        let descriptor = CLinux_eventfd()
        guard descriptor >= 0 else {
            throw PostgresError(.unreachable, "the system gave no file descriptor (errno \(errno))")
        }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    func signal() {
        var one: UInt64 = 1
        _ = write(descriptor, &one, MemoryLayout<UInt64>.size)
    }

    func drain() {
        var count: UInt64 = 0
        _ = read(descriptor, &count, MemoryLayout<UInt64>.size)
    }
}

/// The cancellation of one call. Each call has its own, so that the cancellation of one never disturbs another on the
/// same connection, although they share the wake-up.
final class CancelToken: Sendable {
    let wakeUp: WakeUp
    private let flag = Atomic<Bool>(false)

    init(_ wakeUp: WakeUp) { self.wakeUp = wakeUp }

    var isCancelled: Bool { flag.load(ordering: .acquiring) }

    func cancel() {
        flag.store(true, ordering: .releasing)
        wakeUp.signal()
    }
}

/// The limits of one call: its deadline and its token. All waiting of a connection's thread is done here.
struct CallLimits {
    enum End { case deadline, cancelled }

    let deadline: Deadline
    let token: CancelToken

    /// Why the call must end now, or nil. Cancellation goes first: a cancelled call is never reported as late.
    var end: End? {
        if token.isCancelled { return .cancelled }
        return SystemClock.now() >= deadline ? .deadline : nil
    }

    func check(_ doing: String, didReachServer: Bool = false) throws(PostgresError) {
        switch end {
        case .cancelled: throw .cancelled(doing, didReachServer: didReachServer)
        case .deadline: throw .deadline(doing, didReachServer: didReachServer)
        case nil: return
        }
    }

    /// Waits until `descriptor` has one of `events`, or an error or hang-up that libpq then reports; returns what it has.
    func wait(
        for descriptor: Int32, _ events: Int32, _ doing: String, didReachServer: Bool
    ) throws(PostgresError) -> Int32 {
        while true {
            try check(doing, didReachServer: didReachServer)
            let left = (deadline - SystemClock.now()).nanoseconds
            // Rounded up, so that the thread does not spin through the last millisecond.
            let milliseconds = Int32(clamping: min(60_000, max(0, left) / 1_000_000 + 1))
            var watched = [
                pollfd(fd: descriptor, events: Int16(truncatingIfNeeded: events), revents: 0),
                pollfd(fd: token.wakeUp.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&watched, 2, milliseconds) > 0 else { continue }
            if watched[1].revents != 0 { token.wakeUp.drain() }
            if watched[0].revents != 0 { return Int32(watched[0].revents) }
        }
    }

    /// Sleeps until `moment` unless the call must end before. The part below a millisecond is slept without an ear for the
    /// wake-up, since `poll` counts in milliseconds.
    func sleep(until moment: Instant, _ doing: String, didReachServer: Bool) throws(PostgresError) {
        while true {
            try check(doing, didReachServer: didReachServer)
            let left = (min(moment, deadline) - SystemClock.now()).nanoseconds
            guard left > 0 else {
                try check(doing, didReachServer: didReachServer)
                return
            }
            if left < 1_000_000 {
                var span = timespec(tv_sec: 0, tv_nsec: Int(left))
                nanosleep(&span, nil)
                continue
            }
            var watched = pollfd(fd: token.wakeUp.descriptor, events: Int16(POLLIN), revents: 0)
            if poll(&watched, 1, Int32(clamping: min(60_000, left / 1_000_000))) > 0 { token.wakeUp.drain() }
        }
    }
}
