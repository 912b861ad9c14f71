import BatonCore
import Synchronization

/// The one queue through which everything reaches the machine, and the tasks whose answers it awaits.
final class Mailbox: Sendable {
    let events: AsyncStream<Event>
    private let inbox: AsyncStream<Event>.Continuation
    private let interrupts = Atomic<Int>(0)

    init() { (events, inbox) = AsyncStream<Event>.makeStream() }

    func post(_ event: Event) { inbox.yield(event) }

    /// Whether the process was told to stop a second time by a signal.
    var hasSecondInterrupt: Bool { interrupts.load(ordering: .acquiring) > 1 }

    func post(_ word: OperatorWord) {
        switch word {
        case .interrupt(let by):
            interrupts.add(1, ordering: .releasing)
            post(.interrupted(by: by))
        case .abort(let by): post(.interrupted(by: by))
        case .goOn(let by): post(.released(by: by))
        }
    }

    /// Runs `produce` not before `notBefore`; posts its event, or `otherwise` when it has not answered some grace after
    /// the deadline. Whichever comes first is posted, and the other one is not.
    func answer(
        notBefore: Instant, deadline: Deadline, otherwise: Event, _ produce: @escaping @Sendable () async -> Event
    ) -> Task<Void, Never> {
        let first = FirstAnswer()
        let timer = Task {
            let wait = deadline + Questions.grace - SystemClock.now()
            if (try? await SystemClock.sleep(wait)) != nil, first.take() { post(otherwise) }
        }
        return Task {
            let wait = notBefore - SystemClock.now()
            if wait > .zero { try? await SystemClock.sleep(wait) }
            let event = await produce()
            timer.cancel()
            if first.take() { post(event) }
        }
    }
}

/// One of two answers to one question.
private final class FirstAnswer: Sendable {
    private let isTaken = Atomic<Bool>(false)

    /// Whether nobody was faster.
    func take() -> Bool { !isTaken.exchange(true, ordering: .acquiringAndReleasing) }
}
