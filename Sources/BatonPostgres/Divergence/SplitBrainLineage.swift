import BatonCore

/// The timelines that a node's log went through, oldest first, each with the position where the next one began.
struct SplitBrainLineage: Hashable, Sendable {
    struct Segment: Hashable, Sendable {
        var timeline: TimelineID
        /// Nil for the timeline that the node is on.
        var end: LSN?
    }

    /// Where two lineages part.
    struct Fork: Hashable, Sendable {
        /// The first position that the two have not in common.
        var at: LSN
        /// The node's own segments from there on.
        var own: [Segment]
    }

    private(set) var segments: [Segment]

    /// - Parameter history: the content of the timeline's history file (`TIMELINE_HISTORY`); empty for timeline 1. One line
    ///   for each earlier timeline: its number, the position where it was left, why (PostgreSQL's `timeline.c`).
    init?(_ timeline: TimelineID, history: String) {
        segments = []
        for line in history.split(whereSeparator: \.isNewline) {
            let fields = line.split { $0 == "\t" || $0 == " " }
            if fields.isEmpty || fields[0].hasPrefix("#") { continue }
            guard fields.count >= 2, let number = TimelineID(fields[0]), let end = LSN(fields[1]) else { return nil }
            segments.append(Segment(timeline: number, end: end))
        }
        segments.append(Segment(timeline: timeline, end: nil))
    }

    /// Where this node's log leaves the other's; nil where the two are on one timeline with one past.
    func fork(from other: SplitBrainLineage) -> Fork? {
        var common: LSN?
        for (index, own) in segments.enumerated() {
            guard index < other.segments.count, other.segments[index].timeline == own.timeline else {
                return common.map { Fork(at: $0, own: Array(segments[index...])) }
            }
            let (mine, theirs) = (own.end, other.segments[index].end)
            if mine == theirs {
                common = mine
                continue
            }
            guard let first = [mine, theirs].compactMap(\.self).min() else { return nil }
            // Whoever left the timeline there went on with the next one.
            return Fork(at: first, own: Array(segments[(mine == first ? index + 1 : index)...]))
        }
        return nil
    }
}
