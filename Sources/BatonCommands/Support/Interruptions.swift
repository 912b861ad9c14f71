import BatonEngine
import BatonJournal
import Glibc
import Synchronization

/// Hands what operators say to one run after the other: signals of this process, and orders left in the run's directory.
/// `--and-back` has two runs, and a stream can be read once only. Signals are caught for as long as this lives.
final class Interruptions: Sendable {
    private let signals: Signals
    private let current = Mutex<Listener?>(nil)
    private let isAsked = Atomic<Bool>(false)

    private struct Listener {
        let words: AsyncStream<OperatorWord>.Continuation
        let orders: Task<Void, Never>
    }

    /// Time between two looks for an order. A look asks the file system for one name.
    private static let orderInterval = 100_000_000 as UInt64

    /// Whether anybody has asked to stop, ever: then no further run begins, even when the one at work could only go on.
    var hasCome: Bool { isAsked.load(ordering: .acquiring) }

    init(_ signals: Signals) {
        self.signals = signals
        let (source, lines) = (signals.interruptions, signals.lines)
        Task { [weak self] in
            for await signal in source { self?.say(.interrupt(by: signal)) }
        }
        Task { [weak self] in
            for await _ in lines { self?.say(.goOn(by: Person.name)) }
        }
    }

    deinit { current.withLock { $0?.orders.cancel() } }

    /// The stream of the run that runs now.
    func next(_ directory: RunDirectory) -> AsyncStream<OperatorWord> {
        let (stream, continuation) = AsyncStream<OperatorWord>.makeStream()
        let orders = Task { [weak self] in
            while (try? await Task.sleep(nanoseconds: Self.orderInterval)) != nil {
                guard let order = directory.takeOrder() else { continue }
                switch order.word {
                case .goOn: self?.say(.goOn(by: order.by))
                case .abort: self?.say(.abort(by: order.by))
                }
            }
        }
        current.withLock { current in
            current?.orders.cancel()
            current = Listener(words: continuation, orders: orders)
        }
        return stream
    }

    private func say(_ word: OperatorWord) {
        switch word {
        case .interrupt, .abort: isAsked.store(true, ordering: .releasing)
        case .goOn: break
        }
        _ = current.withLock { $0?.words.yield(word) }
    }
}
