import BatonCore
import BatonEngine
import BatonHosts
import Glibc

/// An owner that does one act after the other and notes each in `DIRECTORY/owner` once it is done.
struct RehearsedOwner {
    let directory: String
    let process: GuardProcess

    /// Every `limit` and `sleep` is in milliseconds.
    private enum Act {
        /// Holds the lock of a file whose descriptor programs would inherit.
        case lock
        case arm(within: Int64)
        case limit(in: Int64)
        case noLimit
        /// Announces a limit again and again, a quarter of it apart.
        case extend(limit: Int64, times: Int)
        /// Announces far more often than a stopped guard's channel can hold.
        case flood(times: Int, last: Int64)
        case sleep(Int64)
        case stop
        case dismiss
        /// Says goodbye and exits without waiting for the guard, so many milliseconds later.
        case leave(after: Int64)
        /// Ignores the signals that a run ignores.
        case ignore
        /// Ends its side of every connection.
        case hangUp
        /// Takes so much memory that the kernel needs a while to end this process.
        case bulk
        case loss
        case stay

        init?(_ word: String) {
            let parts = word.split(separator: ":")
            let numbers = parts.dropFirst().compactMap { Int64($0) }
            switch (parts.first, numbers.count) {
            case ("lock", 0): self = .lock
            case ("arm", 1): self = .arm(within: numbers[0])
            case ("limit", 1): self = .limit(in: numbers[0])
            case ("no-limit", 0): self = .noLimit
            case ("extend", 2): self = .extend(limit: numbers[0], times: Int(numbers[1]))
            case ("flood", 2): self = .flood(times: Int(numbers[0]), last: numbers[1])
            case ("sleep", 1): self = .sleep(numbers[0])
            case ("stop", 0): self = .stop
            case ("dismiss", 0): self = .dismiss
            case ("leave", 1): self = .leave(after: numbers[0])
            case ("ignore", 0): self = .ignore
            case ("hang-up", 0): self = .hangUp
            case ("bulk", 0): self = .bulk
            case ("loss", 0): self = .loss
            case ("stay", 0): self = .stay
            default: return nil
            }
        }
    }

    init(directory: String, manner: RehearsedGuard.Manner) {
        self.directory = directory
        let executable = manner == .missing ? directory + "/no-such-program" : "/proc/self/exe"
        process = GuardProcess(
            executable: executable, name: "GuardRehearsal",
            arguments: ["guard", "\(getpid())", directory, manner.rawValue],
            log: directory + "/log")
    }

    func play(_ words: [String]) async {
        for word in words {
            guard let act = Act(word) else { _exit(64) }
            say(word + (await perform(act)), in: directory + "/owner")
        }
    }

    private func perform(_ act: Act) async -> String {
        switch act {
        case .lock:
            let descriptor = open(directory + "/lock", O_RDWR | O_CREAT, 0o600)
            return flock(descriptor, LOCK_EX | LOCK_NB) == 0 ? "" : " failed"
        case .arm(let limit):
            do throws(GuardUnavailable) {
                return " " + (try await process.arm(deadline: SystemClock.deadline(in: .milliseconds(limit))))
            } catch {
                return " unavailable: \(error)"
            }
        case .limit(let limit): process.watch(until: SystemClock.deadline(in: .milliseconds(limit)))
        case .noLimit: process.watch(until: nil)
        case .extend(let limit, let times):
            for _ in 0..<times {
                process.watch(until: SystemClock.deadline(in: .milliseconds(limit)))
                await rest(limit / 4)
            }
        case .flood(let times, let last):
            for _ in 0..<times { process.watch(until: SystemClock.deadline(in: .seconds(60))) }
            process.watch(until: SystemClock.deadline(in: .milliseconds(last)))
        case .sleep(let span): await rest(span)
        case .stop: raise(SIGSTOP)
        case .dismiss: await process.dismiss()
        case .leave(let span):
            Task { await process.dismiss() }
            await rest(span)
            _exit(0)
        case .ignore:
            for number in [SIGHUP, SIGINT, SIGTERM, SIGPIPE] { signal(number, SIG_IGN) }
        // A thread that polls a socket holds it open beyond its close.
        case .hangUp: for descriptor in 3..<256 as Range<Int32> { shutdown(descriptor, Int32(SHUT_WR)) }
        case .bulk:
            let size = 512 << 20
            if let memory = malloc(size) { memset(memory, 1, size) }
        case .loss:
            for await loss in process.losses { return " " + loss }
            return " none"
        // Longer than any test takes.
        case .stay: await rest(120_000)
        }
        return ""
    }

    private func rest(_ milliseconds: Int64) async { try? await SystemClock.sleep(.milliseconds(milliseconds)) }
}
