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
        var entries = [readiness]
        return awaitAny(&entries, until: deadline)
    }

    /// Polls as readable once the process has exited, also while its parent has not collected it (`pidfd_open(2)`).
    var readiness: pollfd { pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0) }

    /// Collects a child that has exited and says how it ended; nil for a process that is no child, or is collected already.
    /// Blocks until the exit.
    func collect() -> String? {
        var status: Int32 = 0
        var collected = waitpid(pid, &status, 0)
        while collected < 0 && errno == EINTR { collected = waitpid(pid, &status, 0) }
        guard collected == pid else { return nil }
        let signal = status & 0x7f
        return signal == 0 ? "exited with status \(status >> 8 & 0xff)" : "was ended by signal \(signal)"
    }
}

/// Blocks until one of the descriptors has something to say (true) or the deadline has come (false); nil: however long that
/// takes.
func awaitAny(_ entries: inout [pollfd], until deadline: Deadline?) -> Bool {
    while true {
        let left = deadline.map { $0 - SystemClock.now() }
        let milliseconds = left.map { max(0, min(60_000, ($0.nanoseconds + 999_999) / 1_000_000)) }
        let count = poll(&entries, nfds_t(entries.count), milliseconds.map { Int32($0) } ?? -1)
        if count > 0 { return true }
        if let left, left.nanoseconds <= 0 { return false }
    }
}
