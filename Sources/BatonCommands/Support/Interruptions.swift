import Synchronization

/// Hands the process's interrupts to one run after the other: a stream can be read once only, and `--and-back` has two
/// runs.
final class Interruptions: Sendable {
    private let current = Mutex<AsyncStream<String>.Continuation?>(nil)

    init(_ source: AsyncStream<String>) {
        Task { [weak self] in
            for await interruption in source { self?.pass(interruption) }
        }
    }

    /// The stream of whoever runs now.
    func next() -> AsyncStream<String> {
        let (stream, continuation) = AsyncStream<String>.makeStream()
        current.withLock { $0 = continuation }
        return stream
    }

    private func pass(_ interruption: String) {
        _ = current.withLock { $0?.yield(interruption) }
    }
}
