import BatonCore
import BatonEngine
import Glibc
import Testing

@testable import BatonHosts

/// The guard's process and its owner's, against each other. The owner stays uncollected until each test has ended, so that a
/// dead one is a zombie, as under a parent that does not care.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct GuardSerialTests {
    private static let died = "died, owner exited, lock free"
    private static let killed = "killed, owner exited, lock free"

    @Test("a guard that was dismissed ends without acting, and is collected")
    func dismissed() async throws {
        try await rehearse("watches", "arm:20000", "limit:60000", "dismiss", "stay") { both in
            let pid = try await both.guardian()
            #expect(try await both.done("arm") == "arm:20000 guard is process \(pid), 2 sessions")
            #expect(try await both.verdict().hasPrefix("dismissed, owner alive"))
            _ = try await both.done("dismiss")
            #expect(Rehearsal.state(pid) == nil)
            #expect(both.mode(of: "log") == 0o600)
        }
    }

    @Test("a guard that does not hear its goodbye is killed and collected")
    func stubborn() async throws {
        try await rehearse("stubborn", "arm:20000", "dismiss", "stay") { both in
            _ = try await both.done("dismiss")
            let pid = try await both.guardian()
            #expect(Rehearsal.state(pid) == nil)
        }
    }

    @Test("an owner that dies is told by its exit; its lock is free while the guard lives, which inherited nothing")
    func ownerDies() async throws {
        try await rehearse("watches", "lock", "arm:20000", "no-limit", "stay") { both in
            _ = try await both.done("no-limit")
            kill(both.owner, SIGKILL)
            let verdict = try await both.verdict()
            #expect(verdict == Self.died)
            #expect(Rehearsal.state(both.owner) == "Z")
            #expect(try both.lines("open") == ["0 1 2"])
            #expect(try both.lines("lock").isEmpty)
        }
    }

    @Test("a goodbye wins over a death and over a limit that has passed")
    func goodbyeWins() async throws {
        try await rehearse("watches", "arm:20000", "stop", "limit:1", "leave:200") { both in
            try await both.ownerIsStopped()
            let pid = try await both.guardian()
            try await both.halt(pid)
            kill(both.owner, SIGCONT)
            try await both.wait("the owner exits") { Rehearsal.state(both.owner) == "Z" ? true : nil }
            kill(pid, SIGCONT)
            #expect(try await both.verdict().hasPrefix("dismissed, owner exited"))
        }
    }

    @Test("a stopped owner is killed past its limit, once, and the verdict comes after its exit")
    func stoppedOwner() async throws {
        try await rehearse("watches", "lock", "bulk", "arm:20000", "limit:300", "stop", "stay") { both in
            let verdict = try await both.verdict()
            #expect(verdict == Self.killed)
            #expect(try both.lines("verdict").count == 1)
            #expect(try both.lines("log").count == 1)
        }
    }

    @Test("an owner that announces one limit after the other lives longer than each")
    func extended() async throws {
        try await rehearse("watches", "arm:20000", "extend:1200:6", "no-limit", "sleep:1500", "dismiss") { both in
            let verdict = try await both.verdict()
            #expect(verdict.hasPrefix("dismissed"))
            #expect(try both.lines("log").isEmpty)
        }
    }

    @Test("the newest limit reaches a guard that did not listen, and the owner does not wait for it")
    func newestLimit() async throws {
        try await rehearse("watches", "arm:20000", "stop", "flood:5000:200", "stay") { both in
            try await both.ownerIsStopped()
            let pid = try await both.guardian()
            try await both.halt(pid)
            kill(both.owner, SIGCONT)
            _ = try await both.done("flood")
            kill(pid, SIGCONT)
            let verdict = try await both.verdict()
            #expect(verdict == Self.killed)
        }
    }

    @Test("a channel that is closed is no death; the limit holds")
    func closedChannel() async throws {
        try await rehearse("watches", "arm:20000", "limit:500", "hang-up", "stay") { both in
            let verdict = try await both.verdict()
            #expect(verdict == Self.killed)
        }
    }

    @Test("an owner that died before the watch began is dead")
    func lateWatch() async throws {
        try await rehearse("late", "arm:60000") { both in
            _ = try await both.guardian()
            kill(both.owner, SIGKILL)
            let verdict = try await both.verdict()
            #expect(verdict == Self.died)
        }
    }

    @Test("a guard that ends is a loss, and is collected", arguments: [SIGKILL, SIGTERM])
    func guardEnds(_ signal: Int32) async throws {
        try await rehearse("watches", "ignore", "arm:20000", "loss", "stay") { both in
            _ = try await both.done("arm")
            let pid = try await both.guardian()
            kill(pid, signal)
            #expect(
                try await both.done("loss") == "loss The guard is gone: process \(pid) was ended by signal \(signal).")
            #expect(Rehearsal.state(pid) == nil)
        }
    }

    @Test("a guard without a channel is a loss and is ended: it could kill a healthy owner")
    func deafGuard() async throws {
        try await rehearse("hangsUp", "arm:20000", "loss", "stay") { both in
            let pid = try await both.guardian()
            #expect(try await both.done("loss").contains("process \(pid) closed its channel"))
            try await both.wait("the guard is collected") { Rehearsal.state(pid) == nil ? true : nil }
        }
    }

    @Test(
        "a guard that never gets ready does not arm, and no process is left",
        arguments: [
            ("mute", "was not ready before the deadline"),
            ("dies", "status 7 before it was ready: the guard met an error"),
            ("refuses", "the sessions; could not be opened"),
        ])
    func neverReady(_ manner: String, _ why: String) async throws {
        try await rehearse(manner, "arm:1000", "loss", "stay") { both in
            #expect(try await both.done("arm").contains(why))
            let pid = try await both.guardian()
            #expect(Rehearsal.state(pid) == nil)
            #expect(try await both.done("loss") == "loss none")
        }
    }

    @Test("a program that is not there does not arm")
    func missing() async throws {
        try await rehearse("missing", "arm:20000", "stay") { both in
            let answer = try await both.done("arm")
            #expect(answer.contains("no-such-program: No such file or directory"))
        }
    }

    @Test("a guard that is armed by an owner without standard streams hears it")
    func closedStreams() async throws {
        try await rehearse("watches", "lock", "arm:20000", "limit:300", "stay", streams: .closed) { both in
            let verdict = try await both.verdict()
            #expect(verdict == Self.killed)
            #expect(try both.lines("log").count == 1)
            #expect(try both.lines("open") == ["0 1 2"])
        }
    }

    @Test("neither the end of the owner's terminal nor its Ctrl-C reaches the guard", arguments: [true, false])
    func terminal(_ hangsUp: Bool) async throws {
        let terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        try #require(terminal >= 0)
        var (isOpen, number, locked) = (true, UInt32(0), Int32(0))
        defer { if isOpen { close(terminal) } }
        // TIOCGPTN and TIOCSPTLCK of ioctl_tty(2).
        try #require(ioctl(terminal, 0x8004_5430, &number) == 0 && ioctl(terminal, 0x4004_5431, &locked) == 0)
        let signal = try await rehearse(
            "watches", "arm:20000", "stay", streams: .terminal("/dev/pts/\(number)")
        ) { both in
            _ = try await both.done("arm")
            if hangsUp {
                close(terminal)
                isOpen = false
            } else {
                try #require(write(terminal, [3], 1) == 1)
            }
            let verdict = try await both.verdict()
            #expect(verdict == Self.died)
        }
        #expect(signal == (hangsUp ? SIGHUP : SIGINT))
    }

    @Test("a process that no run has started is no guard of it")
    func stranger() throws {
        #expect(throws: GuardUnavailable.self) { try GuardWatch(owner: .max) }
    }

    @Test("each line comes out as it went in")
    func lines() {
        let lines: [GuardLine] = [
            .ready("2 sessions"), .ready(""), .failed("no"), .until(Instant(nanoseconds: 12)), .until(nil), .dismissed,
        ]
        for line in lines { #expect(GuardLine(line.bytes) == line) }
        #expect(GuardLine("until soon\n".utf8) == nil && GuardLine("Usage:\n".utf8) == nil)
        #expect(GuardLine.failed(String(repeating: "é", count: 9_000)).bytes.count <= GuardLine.limit)
    }
}
