package import BatonCore

/// The timelines that a server's log has gone through, oldest first: what `TIMELINE_HISTORY` answers and a `.history` file
/// holds (src/backend/access/transam/timeline.c).
package struct TimelineHistory: Hashable, Sendable {
    package struct Span: Hashable, Sendable {
        package var timeline: TimelineID
        package var begin: LSN
        /// Where the next timeline begins; nil for the last one.
        package var end: LSN?
    }

    package private(set) var spans: [Span]

    /// - Parameter file: the history file of `timeline`; empty for the first timeline, which has none.
    package init(of timeline: TimelineID, file: String) {
        var begin = LSN(rawValue: 0)
        spans = []
        for line in file.split(whereSeparator: \.isNewline) {
            let fields = line.split { $0 == " " || $0 == "\t" }
            guard fields.count >= 2, let number = TimelineID(fields[0]), let end = LSN(fields[1]) else { continue }
            spans.append(Span(timeline: number, begin: begin, end: end))
            begin = end
        }
        spans.append(Span(timeline: timeline, begin: begin, end: nil))
    }
}

/// How a node's log stands to new's: where the two part, and what the node has beyond that.
package struct LogFork: Hashable, Codable, Sendable {
    package var nodeTimeline: TimelineID
    package var newTimeline: TimelineID
    /// The end of the node's log, the first byte that it does not have; nil where nobody could read it.
    package var end: LSN?
    /// Where the two histories part; nil where the node is on new's own timeline.
    package var fork: LSN?
    /// The end of new's log when it was asked.
    package var newEnd: LSN
    /// Whether the node began a timeline of its own after the fork, so that it has diverged wherever its log ends.
    package var wasPromoted: Bool
    /// Both are on a timeline of the same number that began in different places. `pg_rewind` takes the two for one.
    package var sharesNumberOnly: Bool

    package init(
        nodeTimeline: TimelineID, newTimeline: TimelineID, end: LSN?, fork: LSN?, newEnd: LSN,
        wasPromoted: Bool = false, sharesNumberOnly: Bool = false
    ) {
        self.nodeTimeline = nodeTimeline
        self.newTimeline = newTimeline
        self.end = end
        self.fork = fork
        self.newEnd = newEnd
        self.wasPromoted = wasPromoted
        self.sharesNumberOnly = sharesNumberOnly
    }

    /// As `pg_rewind` looks for the last common timeline (`findCommonAncestorTimeline`), but by where timelines began and not
    /// by their numbers alone. Nil for histories that share nothing.
    package init?(node: TimelineHistory, end: LSN?, new: TimelineHistory, newEnd: LSN) {
        let shared = zip(node.spans, new.spans).prefix {
            $0.timeline == $1.timeline && $0.begin == $1.begin
        }.count
        guard shared > 0, let nodeTimeline = node.spans.last?.timeline, let newTimeline = new.spans.last?.timeline
        else {
            return nil
        }
        let ends = [node.spans[shared - 1].end, new.spans[shared - 1].end].compactMap(\.self)
        self.init(
            nodeTimeline: nodeTimeline, newTimeline: newTimeline, end: end, fork: ends.min(), newEnd: newEnd,
            wasPromoted: shared < node.spans.count,
            sharesNumberOnly: nodeTimeline == newTimeline && shared < node.spans.count)
    }

    /// The first position at which the node may have another log than new.
    private var limit: LSN { fork ?? newEnd }

    /// Whether new has all of the node's log; nil where the end of its log is not known.
    package var isAligned: Bool? {
        if wasPromoted { return false }
        return end.map { $0 <= limit }
    }

    /// The first byte of log that the node has and new never had; nil where it has none, or nobody knows.
    package var first: LSN? { isAligned == false ? limit : nil }

    /// How many bytes of log the node has from there on; nil where it has none, or nobody knows.
    package var bytesAfter: Int64? {
        guard let first, let end else { return nil }
        return max(0, end.bytes(since: first))
    }

    /// For people.
    package func words(_ node: String, _ new: String) -> String {
        guard let isAligned else {
            return "where the log of \(node) ends is not known (timeline \(nodeTimeline))"
        }
        if isAligned {
            return
                "the log of \(node) ends at \(end?.description ?? "?") on timeline \(nodeTimeline), within the history of "
                + "\(new)" + (fork.map { ", which left that timeline at \($0)" } ?? "")
        }
        let written = bytesAfter.map { "\($0) bytes of log" } ?? "log of unknown length"
        return
            "\(node) has diverged at \(limit): from there on it has \(written) on timeline \(nodeTimeline) that \(new) "
            + "(timeline \(newTimeline)) never had"
    }
}
