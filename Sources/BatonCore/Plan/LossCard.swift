/// What a promotion of `new` may lose, as far as anybody knows, and how old that knowledge is. What was not measured is nil:
/// nothing here is 0 unless it is known to be 0.
package struct LossCard: Hashable, Codable, Sendable {
    /// What one survivor has of the lost primary's log.
    package struct Survivor: Hashable, Codable, Sendable {
        package var node: String
        package var timeline: TimelineID
        /// The end of what it has received or replayed, whichever is more.
        package var received: LSN
        package var replayed: LSN?
        /// When its newest commit was made, by the clock of the server that made it; nil when it has replayed none since it
        /// started.
        package var lastCommitAt: WallTime?
        /// How long ago that was by the survivor's own clock.
        package var lastCommitAge: TimeSpan?
        /// The last word of whom it streams from about the end of its log (`latest_end_lsn` of `pg_stat_wal_receiver`); nil
        /// once its walreceiver has ended.
        package var heardEnd: LSN?
        /// When that word was sent, by the sender's clock.
        package var heardEndAt: WallTime?
        /// How long ago it last heard anything from there, by its own clock.
        package var heardAge: TimeSpan?

        package init(
            node: String, timeline: TimelineID, received: LSN, replayed: LSN?, lastCommitAge: TimeSpan?,
            lastCommitAt: WallTime? = nil, heardEnd: LSN? = nil, heardEndAt: WallTime? = nil,
            heardAge: TimeSpan? = nil
        ) {
            self.node = node
            self.timeline = timeline
            self.received = received
            self.replayed = replayed
            self.lastCommitAge = lastCommitAge
            self.lastCommitAt = lastCommitAt
            self.heardEnd = heardEnd
            self.heardEndAt = heardEndAt
            self.heardAge = heardAge
        }
    }

    /// The log on the disk of a lost node beyond what new has: what its start would bring back.
    package struct OnDisk: Hashable, Codable, Sendable {
        /// Where the last whole record ends.
        package var end: LSN
        /// How much of it new has not received.
        package var bytes: UInt64
        /// The commits in it, the server's own among them; nil when they could not be counted.
        package var commits: Int64?
        /// Whether no process of the data directory is left, so that nothing can be added to it.
        package var isFinal: Bool
        /// Whose disk; nil for old's.
        package var node: String?

        package init(end: LSN, bytes: UInt64, commits: Int64?, isFinal: Bool, node: String? = nil) {
            self.node = node
            self.end = end
            self.bytes = bytes
            self.commits = commits
            self.isFinal = isFinal
        }
    }

    /// Something that only the lost primary could have told, and where it is known from.
    package struct Told: Hashable, Codable, Sendable {
        /// The setting's value; the names of slots, one after the other.
        package var values: [String]
        /// A part of a sentence: `read on its disk`, `as it said itself`.
        package var source: String
        /// How old the knowledge is; nil when it was looked at just now.
        package var age: TimeSpan?

        package init(_ values: [String], source: String, age: TimeSpan? = nil) {
            self.values = values
            self.source = source
            self.age = age
        }
    }

    /// What would be lost if a primary that is alive went down this instant.
    package struct Lag: Hashable, Codable, Sendable {
        /// The end of its log when it was asked.
        package var end: LSN
        /// How much of it new had not received when it was asked after that.
        package var bytes: UInt64
        /// How long ago it was asked.
        package var age: TimeSpan

        package init(end: LSN, bytes: UInt64, age: TimeSpan) {
            self.end = end
            self.bytes = bytes
            self.age = age
        }
    }

    package var old: String
    package var new: String
    /// New among them.
    package var survivors: [Survivor]
    /// Where old's shutdown checkpoint begins; nil when it did not shut down cleanly, or nobody can read its `pg_control`.
    package var cleanStop: LSN?
    package var onDisk: OnDisk?
    /// Of a primary that is alive and was asked.
    package var lag: Lag?
    /// How much is lost at most, in bytes of log; nil: nobody knows.
    package var bytes: UInt64?
    /// How much is lost at least; nil: nobody knows.
    package var leastBytes: UInt64?
    /// How many commits are lost at most, the server's own among them; nil: they cannot be counted.
    package var transactions: Int64?
    package var leastTransactions: Int64?
    /// The time whose writes may be missing, back from now; nil: nobody knows.
    package var time: TimeSpan?
    /// `synchronous_standby_names` of old.
    package var synchronous: Told?
    /// The logical slots of old.
    package var logicalSlots: Told?

    package init(old: String, new: String, survivors: [Survivor]) {
        self.old = old
        self.new = new
        self.survivors = survivors
    }

    package var candidate: Survivor? { survivors.first { $0.node == new } }

    /// Whether it is proved that nothing is lost.
    package var isNothing: Bool { bytes == 0 }
}

extension LossCard {
    /// The last known position of old, and what knows it: its end where it stopped cleanly, otherwise as far as anybody
    /// saw it come.
    package var lastKnown: (position: LSN, isEnd: Bool, source: String, age: TimeSpan?)? {
        if let cleanStop { return (cleanStop, true, "the shutdown checkpoint in its pg_control", nil) }
        var known: [(position: LSN, isEnd: Bool, source: String, age: TimeSpan?)] = []
        if let lag { known.append((lag.end, false, "\(old) itself", lag.age)) }
        if let onDisk { known.append((onDisk.end, false, "the log on the disk of \(onDisk.node ?? old)", nil)) }
        for survivor in survivors {
            guard let end = survivor.heardEnd else { continue }
            known.append((end, false, "what it told \(survivor.node)", survivor.heardAge))
        }
        return known.max { $0.position < $1.position }
    }

    /// The loss in a few words: `nothing`, `8.0 KiB of log`, `at least 8.0 KiB of log with 12 commits`.
    package var amount: String {
        func log(_ bytes: UInt64, _ commits: Int64?) -> String {
            "\(ByteCount(Int64(clamping: bytes))) of log"
                + (commits.map { " with \($0) \($0 == 1 ? "commit" : "commits")" } ?? "")
        }
        if let bytes { return bytes == 0 ? "nothing" : log(bytes, transactions) }
        if let leastBytes, leastBytes > 0 { return "at least \(log(leastBytes, leastTransactions))" }
        return "an amount that nobody knows"
    }
}
