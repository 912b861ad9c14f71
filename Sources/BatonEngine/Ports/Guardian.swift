package import BatonCore

/// Why nobody would release the clients if this process died.
package struct GuardUnavailable: Error, Hashable, Sendable, CustomStringConvertible {
    /// What happened and what to do, as complete sentences.
    package var description: String

    package init(_ description: String) { self.description = description }
}

/// The dead man's switch: a second process that takes the run over when this one dies, or is silent past its limit while
/// clients are frozen. It replays the journal and drives the same machine; this port only tells it what to watch.
package protocol Guardian: Sendable {
    /// Starts the guard; returns when it watches this process and has opened sessions of its own. Its words are for the
    /// record: "guard is process 4711".
    func arm(deadline: Deadline) async throws(GuardUnavailable) -> String
    /// Clients wait from now on: past `limit` (this machine's monotonic clock) a living owner is silent, and is killed.
    /// Nil: nobody waits, so only the owner's death counts. Sent again whenever the run makes progress. Returns at once.
    func watch(until limit: Instant?)
    /// The run came to rest by its own decision; the guard ends without acting. Returns when it has gone.
    func dismiss() async
    /// Why the guard is gone, while it was armed and not dismissed; at most one element.
    var losses: AsyncStream<String> { get }
}
