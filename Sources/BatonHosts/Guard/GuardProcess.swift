package import BatonCore
package import BatonEngine
import Synchronization

/// The guard as a process of its own, started and told by this one. It is armed once.
///
/// The process lives in its own session and inherits nothing but its end of a socket, as stdin and stdout, and its log, as
/// stderr. Its side is `GuardWatch`.
package final class GuardProcess: Guardian {
    private enum Phase: Sendable {
        case idle, starting
        case armed(GuardChild)
        case over
    }

    /// How much longer than the deadline `arm` may take to end a guard that was not ready and to read its last words.
    private static let grace = TimeSpan.milliseconds(250)

    package let losses: AsyncStream<String>
    private let loss: AsyncStream<String>.Continuation
    private let executable: String
    private let name: String
    private let arguments: [String]
    private let log: String
    private let phase = Mutex(Phase.idle)

    /// - Parameters:
    ///   - executable: the program's path; `/proc/self/exe` is this program, even after its file was replaced.
    ///   - name: what ps(1) shows as the program.
    ///   - arguments: those after the program's name. The guard must learn this process's number from them.
    ///   - log: the file that the guard's stderr is appended to; made with mode 0600 when it is missing.
    package init(executable: String = "/proc/self/exe", name: String, arguments: [String], log: String) {
        self.executable = executable
        self.name = name
        self.arguments = arguments
        self.log = log
        (losses, loss) = AsyncStream<String>.makeStream()
    }

    package func arm(deadline: Deadline) async throws(GuardUnavailable) -> String {
        let isFirst = phase.withLock { phase in
            guard case .idle = phase else { return false }
            phase = .starting
            return true
        }
        guard isFirst else { throw GuardUnavailable("The guard has been started before.") }
        do throws(HostError) {
            return try await BlockingCall.run("the guard", deadline: deadline + Self.grace, finishes: true) {
                () throws(HostError) in try self.start(deadline: deadline)
            }
        } catch {
            // A guard that was ready just too late does not stay.
            if let child = leave() { await child.dismiss() }
            loss.finish()
            throw GuardUnavailable("The guard did not start: \(error).")
        }
    }

    package func watch(until limit: Instant?) { armedChild?.say(.until(limit)) }

    package func dismiss() async {
        guard let child = leave() else { return }
        await child.dismiss()
        loss.finish()
    }

    private var armedChild: GuardChild? {
        phase.withLock { phase in
            guard case .armed(let child) = phase else { return nil }
            return child
        }
    }

    /// Ends the armed phase; the child that was armed.
    private func leave() -> GuardChild? {
        phase.withLock { phase in
            defer { phase = .over }
            guard case .armed(let child) = phase else { return nil }
            return child
        }
    }

    /// Blocks until the guard is ready; a thread looks after it from then on.
    private func start(deadline: Deadline) throws(HostError) -> String {
        let child = try GuardChild.start(executable, [name] + arguments, log: log)
        let words = try child.awaitReady(deadline: deadline)
        let isWanted = phase.withLock { phase in
            guard case .starting = phase else { return false }
            phase = .armed(child)
            return true
        }
        let loss = loss
        let isAttended =
            isWanted
            && DetachedThread.start {
                child.attend { why in loss.yield("The guard is gone: \(why).") }
                loss.finish()
            }
        guard isAttended else {
            phase.withLock { $0 = .over }
            _ = child.destroy()
            throw .refused("no thread could be started, or the start was given up")
        }
        return "guard is process \(child.handle.pid)" + (words.isEmpty ? "" : ", \(words)")
    }
}
