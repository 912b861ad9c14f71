package import BatonCore
package import BatonEngine
package import BatonHTTP

/// Tells a topology's notify targets what a run tells. Whatever goes wrong ends in a warning.
///
/// Each target gets its notices in order; a target that hangs delays no other one. A notice is sent once and never again:
/// it may arrive and still be warned about, when the answer was lost.
package final class NoticeQueue: Notifier {
    /// How long programs that were given up may take to die.
    private static let grace = TimeSpan.milliseconds(500)

    private let lanes: [NoticeLane]

    /// - Parameters:
    ///   - secrets: fetches tokens and URLs, anew for each notice.
    ///   - warn: told of what may not have arrived, in one line without secrets; called on any thread.
    package init(
        _ targets: [NotifyTarget], http client: HTTPClient = HTTPClient(),
        secrets: @escaping @Sendable (SecretReference, Deadline) async throws -> Secret,
        warn: @escaping @Sendable (String) -> Void
    ) {
        lanes = targets.map { target in
            let sender: any NoticeSender =
                switch target.way {
                case .command(let words): CommandSender(words: words)
                case .http(let address, let token):
                    HTTPSender(address: address, token: token, client: client, secrets: secrets)
                }
            return NoticeLane(target, sender: sender, warn: warn)
        }
    }

    package func send(_ notice: Notice) {
        let message = NoticeMessage(notice: notice, at: SystemClock.wallNow())
        for lane in lanes where lane.target.on.contains(notice.moment) { lane.add(message) }
    }

    package func drain(deadline: Deadline) async {
        let workers = lanes.compactMap(\.worker)
        if await Self.end(of: workers, before: deadline) { return }
        for lane in lanes { lane.giveUp() }
        _ = await Self.end(of: workers, before: SystemClock.deadline(in: Self.grace))
    }

    /// Whether all of them end in time. It does not wait longer, even when one hears no cancellation.
    private static func end(of workers: [Task<Void, Never>], before deadline: Deadline) async -> Bool {
        let (results, result) = AsyncStream.makeStream(of: Bool.self)
        let all = Task {
            for worker in workers { await worker.value }
            result.yield(true)
        }
        let timer = Task {
            try? await SystemClock.sleep(deadline - SystemClock.now())
            result.yield(false)
        }
        defer {
            all.cancel()
            timer.cancel()
        }
        for await isOver in results { return isOver }
        return false
    }
}
