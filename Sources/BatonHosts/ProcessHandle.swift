package import BatonCore
package import BatonEngine
import CLinux
import Glibc

/// One process, held by pidfd: no reuse of its number can redirect a signal or a wait.
package struct ProcessHandle: ~Copyable {
    package let pid: Int32
    private let descriptor: Int32

    /// Opens a handle, then asks `isStill` whether the number still means the process that the caller found. Nil when the
    /// process is gone or is another one.
    package init?(pid: Int32, isStill: (Int32) -> Bool) {
        let descriptor = CLinux_pidfd_open(pid)
        guard descriptor >= 0 else { return nil }
        guard isStill(pid) else {
            close(descriptor)
            return nil
        }
        self.pid = pid
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Sends a signal; a process that is already gone is no error.
    package func send(_ signal: Int32) throws(HostError) {
        guard CLinux_pidfd_send_signal(descriptor, signal) == 0 || errno == ESRCH else {
            throw .refused("cannot signal process \(pid): \(errorText())")
        }
    }

    /// Blocks until the process has exited (true) or the deadline has come (false).
    package func waitUntilExit(deadline: Deadline) -> Bool {
        while true {
            let left = deadline - SystemClock.now()
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let milliseconds = max(0, min(60_000, (left.nanoseconds + 999_999) / 1_000_000))
            let count = poll(&entry, 1, Int32(milliseconds))
            if count > 0 { return true }
            if left.nanoseconds <= 0 { return false }
        }
    }
}
