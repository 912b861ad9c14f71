import BatonCore
import BatonEngine

/// What the canary of one route sent and what came back.
struct CanaryLog: Sendable {
    private(set) var writes: [AcknowledgedWrite] = []
    private(set) var errors = 0

    /// When the writing ended although the last write had no acknowledgement: clients still waited then.
    var endedWaitingAt: Instant?

    mutating func acknowledge(_ write: AcknowledgedWrite) { writes.append(write) }

    /// A write that was refused or never answered: an error for its client, whatever became of its row.
    mutating func fail() { errors += 1 }

    /// The longest gap between two acknowledged writes whose later end lies after `begin`. Nil when a longer one had not
    /// ended yet: how long it became was not measured.
    /// Nil as well when none was acknowledged before `begin`, as in an emergency: since when its clients waited nobody measured.
    func longestGap(from begin: Instant) -> (began: Instant, ended: Instant)? {
        guard let first = writes.first, first.acknowledgedAt <= begin else { return nil }
        let longest = longestEndedGap(from: begin)
        guard let endedWaitingAt, let last = writes.last?.acknowledgedAt else { return longest }
        guard let longest, longest.ended - longest.began >= endedWaitingAt - last else { return nil }
        return longest
    }

    private func longestEndedGap(from begin: Instant) -> (began: Instant, ended: Instant)? {
        zip(writes, writes.dropFirst())
            .filter { $1.acknowledgedAt >= begin }
            .max { $0.1.acknowledgedAt - $0.0.acknowledgedAt < $1.1.acknowledgedAt - $1.0.acknowledgedAt }
            .map { ($0.0.acknowledgedAt, $0.1.acknowledgedAt) }
    }

    /// The first acknowledged write that a node took.
    func first(on node: Node) -> AcknowledgedWrite? {
        writes.first { $0.port == node.port && !$0.wasInRecovery }
    }

    /// Acknowledged ids that a later read did not find.
    func missing(among found: Set<Int64>) -> Int { writes.count { !found.contains($0.id) } }
}
