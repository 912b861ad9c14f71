import BatonCore

/// One history of a log: its number, who began it, and where. Two servers that promote themselves both count to the same
/// number, so the number alone tells nothing.
struct Timeline: Hashable, Sendable {
    var number: TimelineID
    /// The node that began it by its promotion; -1 for the first one.
    var origin: Int
    /// Where it left the history before it.
    var start: UInt64

    func isSame(as other: Timeline) -> Bool { number == other.number && origin == other.origin }
}

/// The histories that a server's log consists of, oldest first, and where it ends.
struct Lineage: Hashable, Sendable {
    var timelines: [Timeline]
    /// The end of what is on disk.
    var end: UInt64

    var current: Timeline { timelines[timelines.count - 1] }

    /// Whether the log holds everything of `timeline` up to `position`.
    func covers(_ timeline: Timeline, upTo position: UInt64) -> Bool {
        for index in timelines.indices where timelines[index].isSame(as: timeline) {
            let limit = index + 1 < timelines.count ? timelines[index + 1].start : end
            return position <= limit
        }
        return false
    }

    /// How many bytes it lacks of `timeline` up to `position`.
    func missing(_ timeline: Timeline, upTo position: UInt64) -> UInt64 {
        for index in timelines.indices where timelines[index].isSame(as: timeline) {
            let limit = index + 1 < timelines.count ? timelines[index + 1].start : end
            return position > limit ? position - limit : 0
        }
        return position > timeline.start ? position - timeline.start : 0
    }

    /// Whether a standby whose log is `other` can go on from here: everything it has is part of this log.
    func continues(_ other: Lineage) -> Bool { covers(other.current, upTo: other.end) }
}
