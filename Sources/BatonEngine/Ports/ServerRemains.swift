package import BatonCore

/// What the data directory of a lost server still tells of what is lost with it. Each part by itself: nil where it cannot be
/// read.
package struct ServerRemains: Hashable, Sendable {
    /// Where the last whole record of its log ends.
    package var logEnd: LSN?
    /// The commits beyond the position that was asked for, the server's own among them.
    package var commits: Int64?
    /// `synchronous_standby_names` as the server would read it at its start.
    package var synchronousStandbyNames: String?
    /// The names of its logical slots, in alphabetical order.
    package var logicalSlots: [String]?

    package init() {}
}

extension DatabaseHost {
    /// For a host that cannot read so much: nothing is known.
    package func remains(
        beyond received: LSN, replayed: LSN?, on timeline: TimelineID, deadline: Deadline
    ) async -> ServerRemains { ServerRemains() }
}
