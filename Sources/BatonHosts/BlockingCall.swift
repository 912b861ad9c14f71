import BatonCore
import BatonEngine
import Glibc
import Synchronization

/// Runs system calls that may block (poll, fsync) on a thread of their own, so that no thread of Swift's small pool ever
/// stands still, and answers at the deadline even when the kernel does not.
enum BlockingCall {
    /// How long a body that watches the deadline itself may take to say why it gave up.
    private static let grace = TimeSpan.milliseconds(20)

    /// Runs `body` on its own thread. At the deadline, or when the task is cancelled, the caller gets an error at once and
    /// the thread is left to end by itself: its effect may still happen.
    ///
    /// - Parameter finishes: for a short effect: a cancelled task waits for it all the same, at most until the deadline. What
    ///   takes the effect back could otherwise come before it.
    static func run<Value: Sendable>(
        _ what: String, deadline: Deadline, finishes: Bool = false,
        _ body: @escaping @Sendable () throws(HostError) -> Value
    ) async throws(HostError) -> Value {
        let answer = Answer<Value>()
        let timer = Task {
            try? await SystemClock.sleep(deadline + grace - SystemClock.now())
            answer.give(.failure(.timedOut("\(what): no answer before the deadline")))
        }
        defer { timer.cancel() }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                answer.deliver(to: continuation)
                let started = DetachedThread.start {
                    do throws(HostError) {
                        answer.give(.success(try body()))
                    } catch {
                        answer.give(.failure(error))
                    }
                }
                if !started { answer.give(.failure(.refused("\(what): no thread could be started"))) }
            }
        } onCancel: {
            if finishes { return }
            answer.give(.failure(.unknown("\(what): cancelled before it answered")))
        }
        return try result.get()
    }

    /// The first answer wins: the thread's, the timer's or the cancellation's.
    private final class Answer<Value: Sendable>: Sendable {
        private enum State {
            case empty
            case waiting(CheckedContinuation<Result<Value, HostError>, Never>)
            case given(Result<Value, HostError>)
            case delivered
        }

        private let state = Mutex<State>(.empty)

        func deliver(to continuation: CheckedContinuation<Result<Value, HostError>, Never>) {
            let early: Result<Value, HostError>? = state.withLock { state in
                if case .given(let result) = state {
                    state = .delivered
                    return result
                }
                state = .waiting(continuation)
                return nil
            }
            if let early { continuation.resume(returning: early) }
        }

        func give(_ result: Result<Value, HostError>) {
            let waiter: CheckedContinuation<Result<Value, HostError>, Never>? = state.withLock { state in
                switch state {
                case .empty:
                    state = .given(result)
                    return nil
                case .waiting(let continuation):
                    state = .delivered
                    return continuation
                case .given, .delivered:
                    return nil
                }
            }
            waiter?.resume(returning: result)
        }
    }
}
