import BatonCore
import Synchronization

/// Tells the guard what to watch for as the run goes on, and the run when its guard is gone.
final class Vigil: Sendable {
    private let guardian: (any Guardian)?
    private let clock: RunClock
    private let state = Mutex(State())

    private struct State {
        var watched: OwnerWatch?
        var pulse: Task<Void, Never>?
        var arming: Task<Void, Never>?
    }

    /// Time between two signs of life while clients wait and no budget ends the wait, and how long none may come.
    private static let pulseInterval = TimeSpan.seconds(1)
    private static let patience = TimeSpan.seconds(5)

    init(_ guardian: (any Guardian)?, _ clock: RunClock) {
        self.guardian = guardian
        self.clock = clock
    }

    /// Starts the guard, and posts that it watches, or why nobody does.
    func arm(by deadline: Deadline, _ mailbox: Mailbox) {
        let task = Task {
            guard let guardian else { return mailbox.post(.guardLost("a guard has no guard of its own")) }
            do throws(GuardUnavailable) {
                mailbox.post(.guardArmed(try await guardian.arm(deadline: deadline)))
            } catch {
                return mailbox.post(.guardLost(error.description))
            }
            for await loss in guardian.losses { mailbox.post(.guardLost(loss)) }
        }
        state.withLock { $0.arming = task }
    }

    /// Passes on what the machine's state asks the guard to watch for. Costs nothing while that does not change.
    func follow(_ machine: RunMachine) {
        guard let guardian else { return }
        let watch = machine.ownerWatch
        state.withLock { state in
            guard state.watched != watch else { return }
            // A guard that was told nothing yet watches for death alone.
            defer { state.watched = watch }
            state.pulse?.cancel()
            state.pulse = nil
            switch watch {
            case .death: if state.watched != nil { guardian.watch(until: nil) }
            case .until(let limit): guardian.watch(until: clock.local(limit))
            case .silence:
                state.pulse = Task {
                    repeat {
                        guardian.watch(until: SystemClock.deadline(in: Self.patience))
                    } while (try? await SystemClock.sleep(Self.pulseInterval)) != nil
                }
            }
        }
    }

    func end() {
        state.withLock { state in
            state.pulse?.cancel()
            state.arming?.cancel()
        }
    }
}
