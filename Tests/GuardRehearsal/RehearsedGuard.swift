import BatonCore
import BatonEngine
import BatonHosts
import Glibc

/// A guard that writes its verdict, and what is true at that moment, into `DIRECTORY/verdict`.
struct RehearsedGuard {
    enum Manner: String {
        case watches
        /// Begins to watch when its owner has died.
        case late
        /// Never says that it is ready.
        case mute
        /// Says why it cannot guard.
        case refuses
        /// Ends with a complaint.
        case dies
        /// Is ready, and hears no goodbye.
        case stubborn
        /// Is ready, and lives on without its channel.
        case hangsUp
        /// The program is not there.
        case missing
    }

    let owner: Int32
    let directory: String
    let manner: Manner

    func play() async {
        say("\(getpid())", in: directory + "/guard")
        if manner == .dies {
            say("the guard met an error", in: "/proc/self/fd/2")
            _exit(7)
        }
        // The numbers of what it has inherited.
        say(openFiles(), in: directory + "/open")
        while manner == .late && getppid() == owner { try? await SystemClock.sleep(.milliseconds(1)) }
        let watch: GuardWatch
        do throws(GuardUnavailable) {
            watch = try GuardWatch(owner: owner)
        } catch {
            say("unavailable: \(error)", in: directory + "/verdict")
            return
        }
        switch manner {
        case .mute: await rest()
        case .refuses:
            watch.failed("the sessions\ncould not be opened")
            await rest()
        case .stubborn:
            watch.ready("")
            await rest()
        case .hangsUp:
            watch.ready("")
            for descriptor in 3..<64 as Range<Int32> { close(descriptor) }
            await rest()
        case .watches, .late, .dies, .missing:
            watch.ready("2 sessions")
            let verdict = await watch.wait()
            say("\(word(verdict)), owner \(ownersState()), lock \(lockState())", in: directory + "/verdict")
        }
    }

    private func word(_ verdict: GuardVerdict) -> String {
        switch verdict {
        case .dismissed: "dismissed"
        case .ownerDied: "died"
        case .ownerKilled(let overran): overran < .zero ? "killed early" : "killed"
        }
    }

    /// A process that has exited runs no program, whether or not its parent has collected it.
    private func ownersState() -> String { ProcessTable.programName(owner) == nil ? "exited" : "alive" }

    private func lockState() -> String {
        let descriptor = open(directory + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        defer { close(descriptor) }
        return flock(descriptor, LOCK_EX | LOCK_NB) == 0 ? "free" : "held"
    }

    private func openFiles() -> String {
        (0..<256).filter { fcntl($0, F_GETFD) >= 0 }.map { "\($0)" }.joined(separator: " ")
    }

    private func rest() async { try? await SystemClock.sleep(.seconds(120)) }
}
