package import BatonCore
package import BatonEngine
import CLinux
import Glibc

/// How a guard's watch ended.
package enum GuardVerdict: Hashable, Sendable {
    /// The run came to rest by its own decision; there is nothing to do.
    case dismissed
    /// The owner has exited without a goodbye.
    case ownerDied
    /// The owner was silent past its limit and was killed, `overran` after the limit. It has exited.
    case ownerKilled(overran: TimeSpan)
}

/// The guard's side: watches the process that started it, and ends it when it is silent past the limit it announced.
///
/// Except after `dismissed`, the owner has exited before there is a verdict: the kernel has released its locks and closed its
/// connections by then, and nobody else acts for the run.
package final class GuardWatch: Sendable {
    private final class Owner: Sendable {
        let handle: ProcessHandle

        /// Nil when this process's parent is not `pid` any more, or no handle can be had.
        init?(pid: Int32) {
            // The handle first: whoever is still the parent after it was opened is the process that it means.
            guard let handle = ProcessHandle(pid: pid, isStill: { getppid() == $0 }) else { return nil }
            self.handle = handle
        }
    }

    private let pid: Int32
    /// Nil when the owner had died before the watch began.
    private let owner: Owner?
    private let channel: GuardChannel

    /// Begins to watch the process that started this one by a `GuardProcess`. Takes stdin and stdout over: afterwards stdin
    /// is empty, and what is printed goes to stderr, the guard's log.
    ///
    /// An owner that has died already is no error: `wait` says so.
    ///
    /// - Throws: this process was not started by the process `pid` as its guard.
    package init(owner pid: Int32) throws(GuardUnavailable) {
        // The kernel notes who made the socket: a reused number cannot be taken for the owner's.
        guard CLinux_socket_maker(STDIN_FILENO) == pid else {
            throw GuardUnavailable(
                "Process \(pid) did not start this process as its guard. A run starts its guard by itself.")
        }
        do throws(HostError) {
            channel = try Self.takeStandardStreams()
        } catch {
            throw GuardUnavailable("The channel to process \(pid) cannot be used: \(error).")
        }
        self.pid = pid
        owner = Owner(pid: pid)
        // A living owner that cannot be held must not be taken for a dead one.
        if owner == nil && getppid() == pid {
            throw GuardUnavailable("Process \(pid) cannot be watched: the kernel gives no handle to it.")
        }
    }

    /// Tells the owner that it is watched from now on.
    ///
    /// - Parameter words: for the record, such as which sessions are open.
    package func ready(_ words: String) { _ = channel.send(.ready(words)) }

    /// Tells the owner why it cannot be guarded. The caller exits afterwards.
    package func failed(_ words: String) { _ = channel.send(.failed(words)) }

    /// Waits as long as the owner lives within its limit and has said no goodbye. Called once.
    package func wait() async -> GuardVerdict {
        await withCheckedContinuation { continuation in
            let isStarted = DetachedThread.start { continuation.resume(returning: self.watch()) }
            // To stand still here is better than to leave the owner unwatched.
            if !isStarted { continuation.resume(returning: watch()) }
        }
    }

    private func watch() -> GuardVerdict {
        var limit: Instant?
        var isOpen = true
        guard let owner else { return hears(.dismissed) ? .dismissed : .ownerDied }
        while true {
            let interest = pollfd(fd: isOpen ? channel.descriptor : -1, events: Int16(POLLIN), revents: 0)
            var entries = [owner.handle.readiness, interest]
            _ = awaitAny(&entries, until: limit)
            // Read after the poll and before any judgement: what the owner said before it died or overran is there.
            for received in isOpen ? channel.receiveAll() : [] {
                switch received {
                case .line(.dismissed): return .dismissed
                case .line(.until(let newer)): limit = newer
                // A closed channel is no death; the limit stays what it was.
                case .ended: isOpen = false
                case .line(.ready), .line(.failed), .other, .nothing: break
                }
            }
            if entries[0].revents != 0 { return .ownerDied }
            let now = SystemClock.now()
            if let limit, now >= limit { return end(owner, overran: now - limit) }
        }
    }

    /// Kills the owner and waits for its exit, however long that takes: two must never act for one run.
    private func end(_ owner: Owner, overran: TimeSpan) -> GuardVerdict {
        note("process \(pid) is silent \(overran) past its limit; it is killed")
        let start = SystemClock.now()
        repeat {
            do throws(HostError) { try owner.handle.send(SIGKILL) } catch { note("\(error)") }
            if owner.handle.waitUntilExit(deadline: SystemClock.deadline(in: .seconds(1))) {
                // It said goodbye between the last look and its death: it was at rest.
                return hears(.dismissed) ? .dismissed : .ownerKilled(overran: overran)
            }
            note(
                "process \(pid) was killed \(SystemClock.now() - start) ago and has not exited; nothing is done before")
        } while true
    }

    private func hears(_ line: GuardLine) -> Bool { channel.receiveAll().contains(.line(line)) }

    private func note(_ text: String) {
        let line = Array("\(SystemClock.wallNow()) guard: \(text)\n".utf8)
        _ = write(STDERR_FILENO, line, line.count)
    }

    /// The channel under a number of its own, so that neither a print nor a program that this process starts can reach it.
    private static func takeStandardStreams() throws(HostError) -> GuardChannel {
        let channel = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
        guard channel >= 0 else { throw .refused(errorText()) }
        let empty = open("/dev/null", O_RDONLY | O_CLOEXEC)
        guard empty >= 0, dup2(empty, STDIN_FILENO) >= 0, dup2(STDERR_FILENO, STDOUT_FILENO) >= 0 else {
            throw .refused(errorText())
        }
        close(empty)
        return GuardChannel(descriptor: channel)
    }
}
