package import BatonCore

/// A fenced node that came back as a primary after another one had been promoted, as reports tell it.
package struct ReportedSplitBrain: Codable, Hashable, Sendable {
    package struct Relation: Codable, Hashable, Sendable {
        package var name: String
        /// Rows that committed transactions inserted, updated or deleted.
        package var rows: Int64
    }

    package var node: String
    package var seenAt: WallTime
    /// What was seen of it.
    package var evidence: String
    /// When it was seen to be fenced again; null where it was not.
    @OrNull package var fencedAt: WallTime?
    /// The first position at which its log differs from the promoted node's; null, like the rest, where nobody knows.
    @OrNull package var firstDivergingLSN: LSN?
    /// The timeline of its own log from there on.
    @OrNull package var timeline: TimelineID?
    @OrNull package var endLSN: LSN?
    /// Bytes of log after `firstDivergingLSN`.
    @OrNull package var bytesAfter: Int64?
    /// Transactions that committed after it.
    @OrNull package var commitsAfter: Int64?
    /// What they changed, most rows first.
    @OrNull package var relations: [Relation]?
    /// Whether only a first part of the log was read, so that there may be more of everything.
    package var isPartial: Bool
    /// Why nobody knows what was written; null where it is known.
    @OrNull package var unknown: String?

    init(_ splitBrain: SplitBrain, of record: RunRecord) {
        node = splitBrain.node
        seenAt = record.wall(splitBrain.seenAt)
        evidence = splitBrain.evidence
        let fence = record.machine.items[splitBrain.order]
        fencedAt = fence?.succeeded == true ? fence?.endedAt.map(record.wall) : nil
        isPartial = false
        switch splitBrain.divergence {
        case .found(let found)?:
            firstDivergingLSN = found.firstLSN
            timeline = found.timeline
            endLSN = found.endLSN
            bytesAfter = found.bytes
            commitsAfter = found.commits
            relations = found.relations?.map { Relation(name: $0.name, rows: $0.rows) }
            isPartial = found.isPartial
        case .unknown(let why)?: unknown = why
        case nil: unknown = "nobody has looked"
        }
    }

    /// The lines that come first of all.
    func add(to document: inout TextDocument) {
        let fate = fencedAt.map { "fenced again at \($0)" } ?? "NOT fenced again"
        document.prose(
            "SPLIT BRAIN: \(node) came back as a primary after the promotion, seen at \(seenAt); \(fate)",
            first: Span("! ", .bad), .bad)
        document.prose(words, first: Span("  "))
    }

    /// What it wrote, as one sentence.
    package var words: String {
        guard let firstDivergingLSN, let endLSN, let timeline, let bytesAfter else {
            return "what it has written is not known: \(unknown ?? "nobody has looked")"
        }
        let least = isPartial ? "at least " : ""
        var text =
            "first diverging LSN \(firstDivergingLSN): from there to \(endLSN) it has \(least)\(bytesAfter) bytes of log of "
            + "its own on timeline \(timeline)"
        if let commitsAfter { text += ", \(least)\(commitsAfter) commit\(commitsAfter == 1 ? "" : "s")" }
        let changed = (relations ?? []).map { "\(least)\($0.rows) row\($0.rows == 1 ? "" : "s") of \($0.name)" }
        return changed.isEmpty ? text : "\(text): \(changed.joined(separator: ", "))"
    }
}
