import BatonCore
import BatonEngine
import CLinux
import Glibc
import Synchronization

/// A guard's process, as its owner holds it.
final class GuardChild: Sendable {
    /// What a dismissed guard gets to end by itself, and then to vanish when it was killed.
    private static let patience = TimeSpan.seconds(1)

    private struct State {
        /// The newest line that the full socket did not take; older ones are no longer true.
        var unsent: GuardLine?
        /// When the guard was dismissed.
        var dismissed: Instant?
        var hasGone = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    let handle: ProcessHandle
    private let channel: GuardChannel
    private let log: GuardLog
    /// An event counter that makes `attend` look at `state` again.
    private let wakeUp: Int32
    private let state = Mutex(State())

    private init(handle: consuming ProcessHandle, channel: GuardChannel, log: GuardLog, wakeUp: Int32) {
        self.handle = handle
        self.channel = channel
        self.log = log
        self.wakeUp = wakeUp
    }

    deinit { close(wakeUp) }

    /// Starts the program; it is not ready yet. Its own name is the first argument.
    static func start(_ executable: String, _ arguments: [String], log path: String) throws(HostError) -> GuardChild {
        let log = try GuardLog(path)
        let (mine, its) = try GuardChannel.pair()
        let wakeUp = aboveStandardStreams(CLinux_eventfd())
        guard wakeUp >= 0 else { throw .refused("no event counter: \(errorText())") }
        let pid: pid_t
        do {
            pid = try SessionSpawn.start(executable, arguments, channel: its.descriptor, log: log.descriptor)
        } catch {
            close(wakeUp)
            throw error
        }
        // A child keeps its number until it is collected, which nobody else does.
        guard let handle = ProcessHandle(pid: pid, isStill: { _ in true }) else {
            let code = errno
            kill(pid, SIGKILL)
            waitpid(pid, nil, 0)
            close(wakeUp)
            throw .refused("cannot watch process \(pid): \(errorText(code))")
        }
        return GuardChild(handle: handle, channel: mine, log: log, wakeUp: wakeUp)
    }

    /// Blocks until the guard says that it is ready, and returns its words.
    ///
    /// - Throws: `refused` with the guard's own words, or `timedOut`. No process is left then.
    func awaitReady(deadline: Deadline) throws(HostError) -> String {
        while true {
            var entries = [handle.readiness, pollfd(fd: channel.descriptor, events: Int16(POLLIN), revents: 0)]
            let isInTime = awaitAny(&entries, until: deadline)
            // Read after the poll: an exit's last words are there by then.
            let said = channel.receiveAll()
            for case .line(.ready(let words)) in said { return words }
            for case .line(.failed(let words)) in said {
                _ = destroy()
                throw .refused(words)
            }
            if entries[0].revents != 0 || said.contains(.ended) {
                let end = hasExited() ? handle.collect() : destroy()
                throw .refused("process \(handle.pid) \(end ?? "ended") before it was ready\(lastWords)")
            }
            if !isInTime {
                _ = destroy()
                throw .timedOut("process \(handle.pid) was not ready before the deadline and was killed\(lastWords)")
            }
        }
    }

    /// Sends a line, or leaves it to `attend` when the socket is full. Never blocks.
    func say(_ line: GuardLine) {
        let mustWait = state.withLock { state in
            // The goodbye is the last word, and a line that waits is followed only by a newer one.
            if state.dismissed != nil && line != .dismissed { return false }
            let isFull = channel.send(line) == .full
            state.unsent = isFull ? line : nil
            return isFull
        }
        if mustWait { wake() }
    }

    /// Says goodbye and returns when the process is gone and collected. One that does not end within a second is killed; one
    /// that even then does not end within another is left to `attend`.
    func dismiss() async {
        state.withLock { $0.dismissed = $0.dismissed ?? SystemClock.now() }
        say(.dismissed)
        wake()
        await withCheckedContinuation { continuation in
            let hasGone = state.withLock { state in
                if !state.hasGone { state.waiters.append(continuation) }
                return state.hasGone
            }
            if hasGone { continuation.resume() }
        }
    }

    /// Looks after the process until it has been collected. Blocks a thread for all of its life.
    ///
    /// - Parameter lost: told once why there is no guard any more, when nobody dismissed it.
    func attend(lost: (String) -> Void) {
        var isKilled = false
        var isDeaf = false
        var isReported = false
        while true {
            let (unsent, dismissed) = state.withLock { ($0.unsent, $0.dismissed) }
            let patience = dismissed.map { $0 + Self.patience + (isKilled ? Self.patience : .zero) }
            let interest = POLLIN | (unsent == nil ? 0 : POLLOUT)
            var entries = [
                handle.readiness, pollfd(fd: wakeUp, events: Int16(POLLIN), revents: 0),
                pollfd(fd: isDeaf ? -1 : channel.descriptor, events: Int16(interest), revents: 0),
            ]
            let isInTime = awaitAny(&entries, until: isKilled && isGivenUp ? nil : patience)
            var count: UInt64 = 0
            _ = read(wakeUp, &count, 8)
            if entries[0].revents != 0 { break }
            if !isInTime && isKilled { giveUp() }
            if !isDeaf && channel.receiveAll().contains(.ended) {
                if hasExited() { break }
                isDeaf = true
                if !isDismissed {
                    // It hears of no extension any more, and would end a healthy owner.
                    isKilled = true
                    isReported = true
                    try? handle.send(SIGKILL)
                    lost("process \(handle.pid) closed its channel\(lastWords)")
                }
            }
            if !isInTime && !isKilled {
                isKilled = true
                try? handle.send(SIGKILL)
            }
            flush()
        }
        let end = handle.collect() ?? "ended"
        if !isDismissed && !isReported { lost("process \(handle.pid) \(end)\(lastWords)") }
        giveUp()
    }

    /// Ends the process and collects it; says how it ended.
    func destroy() -> String? {
        try? handle.send(SIGKILL)
        return handle.collect()
    }

    private var lastWords: String { log.lastWords.map { ": \($0)" } ?? "" }

    private var isDismissed: Bool { state.withLock { $0.dismissed != nil } }

    private var isGivenUp: Bool { state.withLock { $0.hasGone } }

    /// For a guard whose channel has ended: a process closes its files a moment before it has exited.
    private func hasExited() -> Bool {
        handle.waitUntilExit(deadline: SystemClock.deadline(in: .milliseconds(100)))
    }

    private func wake() {
        var one: UInt64 = 1
        _ = write(wakeUp, &one, 8)
    }

    private func flush() {
        state.withLock { state in
            guard let line = state.unsent, channel.send(line) != .full else { return }
            state.unsent = nil
        }
    }

    private func giveUp() {
        let waiters = state.withLock { state in
            state.hasGone = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }
}
