package import BatonCore

/// The loss card as JSON, within `preflight/v1` and `run/v1`. What was not measured is null; nothing is 0 unless it is known
/// to be 0. Times are milliseconds, sizes bytes, positions as PostgreSQL writes them.
package struct LossCardReport: Codable, Hashable, Sendable {
    package struct Survivor: Codable, Hashable, Sendable {
        package var node: String
        package var timeline: TimelineID
        package var receivedLsn: LSN
        @OrNull package var replayedLsn: LSN?
        /// By the clock of the server that made the commit.
        @OrNull package var lastCommitAt: WallTime?
        /// By the survivor's own clock.
        @OrNull package var lastCommitAgeMs: Double?
        /// What old told it last about the end of its log; null once its walreceiver has ended.
        @OrNull package var heardEndLsn: LSN?
        @OrNull package var heardEndAt: WallTime?
        @OrNull package var heardAgeMs: Double?
    }

    package struct Position: Codable, Hashable, Sendable {
        package var lsn: LSN
        /// Whether it is old's end; otherwise old had come so far at least.
        package var isEnd: Bool
        package var source: String
        /// Null when it was looked at just now.
        @OrNull package var ageMs: Double?
    }

    package struct Bound: Codable, Hashable, Sendable {
        /// At most.
        @OrNull package var bytes: UInt64?
        @OrNull package var atLeastBytes: UInt64?
        /// At most; commits, the server's own among them.
        @OrNull package var transactions: Int64?
        @OrNull package var atLeastTransactions: Int64?
        /// The time whose writes may be missing, back from now.
        @OrNull package var timeMs: Double?
    }

    package struct OnDisk: Codable, Hashable, Sendable {
        /// Of the lost nodes that can be read, the one whose log goes furthest.
        package var node: String
        package var endLsn: LSN
        package var bytes: UInt64
        @OrNull package var commits: Int64?
        /// Whether no process of the data directory is left.
        package var isFinal: Bool
    }

    package struct Lag: Codable, Hashable, Sendable {
        package var endLsn: LSN
        package var bytes: UInt64
        package var ageMs: Double
    }

    package struct Told: Codable, Hashable, Sendable {
        package var values: [String]
        package var source: String
        @OrNull package var ageMs: Double?

        init(_ told: LossCard.Told) {
            values = told.values
            source = told.source
            ageMs = told.age?.reportedMilliseconds
        }
    }

    package var old: String
    package var new: String
    package var survivors: [Survivor]
    @OrNull package var lastKnown: Position?
    package var lost: Bound
    @OrNull package var onDisk: OnDisk?
    /// What would be lost if old went down this instant; null unless it is alive and was asked.
    @OrNull package var ifNow: Lag?
    /// `synchronous_standby_names` of old; null: nothing is known.
    @OrNull package var synchronous: Told?
    /// Null: nothing is known.
    @OrNull package var logicalSlots: Told?
    /// What it means for sequences, as a sentence.
    package var sequences: String
    /// What synchronous replication guarantees, as a sentence.
    package var guarantee: String

    package init(_ card: LossCard) {
        old = card.old
        new = card.new
        survivors = card.survivors.map {
            Survivor(
                node: $0.node, timeline: $0.timeline, receivedLsn: $0.received, replayedLsn: $0.replayed,
                lastCommitAt: $0.lastCommitAt, lastCommitAgeMs: $0.lastCommitAge?.reportedMilliseconds,
                heardEndLsn: $0.heardEnd, heardEndAt: $0.heardEndAt, heardAgeMs: $0.heardAge?.reportedMilliseconds)
        }
        lastKnown = card.lastKnown.map {
            Position(lsn: $0.position, isEnd: $0.isEnd, source: $0.source, ageMs: $0.age?.reportedMilliseconds)
        }
        lost = Bound(
            bytes: card.bytes, atLeastBytes: card.leastBytes, transactions: card.transactions,
            atLeastTransactions: card.leastTransactions, timeMs: card.time?.reportedMilliseconds)
        onDisk = card.onDisk.map {
            OnDisk(
                node: $0.node ?? card.old, endLsn: $0.end, bytes: $0.bytes, commits: $0.commits, isFinal: $0.isFinal)
        }
        ifNow = card.lag.map { Lag(endLsn: $0.end, bytes: $0.bytes, ageMs: $0.age.reportedMilliseconds) }
        synchronous = card.synchronous.map(Told.init)
        logicalSlots = card.logicalSlots.map(Told.init)
        sequences = card.sequenceWords
        guarantee = card.guaranteeWords
    }
}
