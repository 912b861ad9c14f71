import BatonCore
import BatonEngine
import Synchronization

/// The notices of one target, one after the other. Another target's do not wait for them.
final class NoticeLane: Sendable {
    private struct State {
        var waiting: [NoticeMessage] = []
        /// The one that is on its way.
        var current: NoticeMessage?
        /// Nil while nothing waits.
        var worker: Task<Void, Never>?
        /// Counts workers: one that was given up changes nothing any more.
        var generation = 0
    }

    let target: NotifyTarget
    private let sender: any NoticeSender
    private let warn: @Sendable (String) -> Void
    private let state = Mutex(State())

    init(_ target: NotifyTarget, sender: any NoticeSender, warn: @escaping @Sendable (String) -> Void) {
        self.target = target
        self.sender = sender
        self.warn = warn
    }

    /// What delivers the queue, while there is one.
    var worker: Task<Void, Never>? { state.withLock { $0.worker } }

    /// Returns at once.
    func add(_ message: NoticeMessage) {
        state.withLock { state in
            state.waiting.append(message)
            guard state.worker == nil else { return }
            state.generation += 1
            state.worker = Task { [generation = state.generation] in await self.work(generation) }
        }
    }

    /// Drops what waits and cancels what is on its way; one warning names both.
    func giveUp() {
        let left = state.withLock { state in
            let left = (state.current.map { [$0] } ?? []) + state.waiting
            state.waiting = []
            state.current = nil
            state.worker?.cancel()
            state.worker = nil
            state.generation += 1
            return left
        }
        guard !left.isEmpty else { return }
        warn(left.map(\.notice.moment.rawValue).joined(separator: ", "), "there was no time left")
    }

    private func work(_ generation: Int) async {
        while let message = next(generation) {
            do throws(NoticeFailure) {
                try await sender.send(message, deadline: SystemClock.deadline(in: target.deadline))
            } catch {
                // Who gave it up has said so.
                if !Task.isCancelled { warn(message.notice.moment.rawValue, error.text) }
            }
        }
    }

    private func next(_ generation: Int) -> NoticeMessage? {
        state.withLock { state in
            guard state.generation == generation else { return nil }
            state.current = state.waiting.isEmpty ? nil : state.waiting.removeFirst()
            if state.current == nil { state.worker = nil }
            return state.current
        }
    }

    private func warn(_ moments: String, _ why: String) {
        warn("notify \(target.name): \(moments) may not have arrived: \(why)")
    }
}
