/// A fenced node that was seen to accept writes, or about to, after another one had been promoted.
package struct SplitBrain: Hashable, Codable, Sendable {
    package var node: String
    package var seenAt: Instant
    /// What was seen, in words.
    package var evidence: String
    /// The step that fences the node again, or the one that an operator has to do where Baton has no access to its host.
    package var order: ItemID
    /// Whether Baton can do it.
    package var canFence: Bool
    /// What the node's log holds that new's does not; nil while nobody has looked.
    package internal(set) var divergence: DivergenceFinding?
    /// Whether somebody looks.
    var isAsked = false

    package init(node: String, seenAt: Instant, evidence: String, order: ItemID, canFence: Bool) {
        self.node = node
        self.seenAt = seenAt
        self.evidence = evidence
        self.order = order
        self.canFence = canFence
    }
}

/// What became of the look at a returned node's log.
package enum DivergenceFinding: Hashable, Codable, Sendable {
    case found(Divergence)
    /// Why nobody can tell.
    case unknown(String)
}

/// How a node's log differs from the promoted one's.
package struct Divergence: Hashable, Codable, Sendable {
    /// What was changed of one relation.
    package struct Relation: Hashable, Codable, Sendable {
        /// As SQL names it, or the path of its file where nobody can tell: `public.orders`, `1663/16384/16390`.
        package var name: String
        /// Rows that committed transactions inserted, updated or deleted.
        package var rows: Int64

        package init(name: String, rows: Int64) {
            self.name = name
            self.rows = rows
        }
    }

    /// The first position at which the two logs differ: where new's history left the timeline that both have.
    package var firstLSN: LSN
    /// The timeline of the node's own log from there on.
    package var timeline: TimelineID
    /// The end of the node's own log; not before `firstLSN`.
    package var endLSN: LSN
    /// Transactions that committed after `firstLSN`; nil where the log could not be read.
    package var commits: Int64?
    /// What they changed, most rows first; nil where the log could not be read.
    package var relations: [Relation]?
    /// Whether only a first part of the log was read, so that there may be more of everything.
    package var isPartial: Bool

    package init(
        firstLSN: LSN, timeline: TimelineID, endLSN: LSN, commits: Int64?, relations: [Relation]?,
        isPartial: Bool = false
    ) {
        self.firstLSN = firstLSN
        self.timeline = timeline
        self.endLSN = endLSN
        self.commits = commits
        self.relations = relations
        self.isPartial = isPartial
    }

    /// Bytes of log after `firstLSN`.
    package var bytes: Int64 { max(0, endLSN.bytes(since: firstLSN)) }

    /// One sentence for the record: `1204 bytes of its log from 0/3000148 (timeline 1) to 0/30005FC, 2 commits, …`.
    package var words: String {
        let least = isPartial ? "at least " : ""
        var parts = ["\(bytes) bytes of its own log from \(firstLSN) to \(endLSN) on timeline \(timeline)"]
        if let commits { parts.append("\(least)\(commits) commit\(commits == 1 ? "" : "s")") }
        if let relations, !relations.isEmpty {
            parts.append(
                relations.map { "\(least)\($0.rows) row\($0.rows == 1 ? "" : "s") of \($0.name)" }
                    .joined(separator: ", "))
        }
        return parts.joined(separator: "; ")
    }
}
