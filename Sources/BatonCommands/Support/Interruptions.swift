import Synchronization

/// Hands the process's interrupts to one run after the other: a stream can be read once only, and `--and-back` has two
/// runs. Signals are caught for as long as this lives.
final class Interruptions: Sendable {
    private let signals: Signals
    private let current = Mutex<AsyncStream<String>.Continuation?>(nil)
    private let isAsked = Atomic<Bool>(false)

    /// Whether anybody has asked to stop, ever: then no further run begins, even when the one at work could only go on.
    var hasCome: Bool { isAsked.load(ordering: .acquiring) }

    init(_ signals: Signals) {
        self.signals = signals
        let source = signals.interruptions
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
        isAsked.store(true, ordering: .releasing)
        _ = current.withLock { $0?.yield(interruption) }
    }
}
