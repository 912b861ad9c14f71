import BatonCore

/// The one queue through which everything reaches the machine, and the tasks whose answers it awaits.
final class Mailbox: Sendable {
    let events: AsyncStream<Event>
    private let inbox: AsyncStream<Event>.Continuation

    init() { (events, inbox) = AsyncStream<Event>.makeStream() }

    func post(_ event: Event) { inbox.yield(event) }
    func close() { inbox.finish() }

    /// Runs `produce` not before `notBefore`; posts its event, or `otherwise` when it has not answered some grace after
    /// the deadline. Should both arrive, the machine ignores the later one by its attempt number.
    func answer(
        notBefore: Instant, deadline: Deadline, otherwise: Event, _ produce: @escaping @Sendable () async -> Event
    ) -> Task<Void, Never> {
        let timer = Task {
            let wait = deadline + Questions.grace - SystemClock.now()
            if (try? await SystemClock.sleep(wait)) != nil { post(otherwise) }
        }
        return Task {
            let wait = notBefore - SystemClock.now()
            if wait > .zero { try? await SystemClock.sleep(wait) }
            let event = await produce()
            timer.cancel()
            post(event)
        }
    }
}
