package import BatonCore

/// Asks the host of a node that is to come back, and new, for all that decides in which way it can.
package struct PostgresRejoinableProbe: Probe {
    package struct Answer: Hashable, Codable, Sendable {
        package var node: String
        package var new: String
        package var access: HostAccess
        package var dataDirectory: String?
        /// The host's own words when it could not answer.
        package var problem: String?
        /// Of the node's `pg_control`; nil when it could not be read.
        package var fileIdentifier: SystemIdentifier?
        package var clusterIdentifier: SystemIdentifier?
        /// Nil where the two could not be compared.
        package var divergence: LogFork?
        /// Where the log that new still has begins; nil where it does not tell.
        package var oldestLog: LSN?
        /// Whether changes of hint bits are in the node's log: by data checksums, or by `wal_log_hints`.
        package var logsHints: Bool
        package var fullPageWrites: Bool
        /// Whom Baton is on new, and where it connects.
        package var role: String
        package var database: String
        /// What `pg_rewind` calls on new and the role may not.
        package var missingFunctions: [String]
        /// Why the data directory cannot be exchanged for another one, in words.
        package var obstacles: [String]
        /// Parts of the node's data that lie outside its data directory.
        package var elsewhere: [String]
        package var newTablespaces: Int
        package var directoryBytes: Int64?
        package var newBytes: Int64?
        /// Beside the data directory.
        package var freeBytes: Int64?
        /// An interrupted remaking left no data directory that may be started.
        package var isHalfMade: Bool
        /// Whether what diverged is given up.
        package var discards: Bool

        package init(
            node: String, new: String, access: HostAccess, dataDirectory: String?, problem: String? = nil,
            fileIdentifier: SystemIdentifier? = nil, clusterIdentifier: SystemIdentifier? = nil,
            divergence: LogFork? = nil, oldestLog: LSN? = nil, logsHints: Bool = false, fullPageWrites: Bool = false,
            role: String = "", database: String = "", missingFunctions: [String] = [], obstacles: [String] = [],
            elsewhere: [String] = [], newTablespaces: Int = 0, directoryBytes: Int64? = nil, newBytes: Int64? = nil,
            freeBytes: Int64? = nil, isHalfMade: Bool = false, discards: Bool = false
        ) {
            self.node = node
            self.new = new
            self.access = access
            self.dataDirectory = dataDirectory
            self.problem = problem
            self.fileIdentifier = fileIdentifier
            self.clusterIdentifier = clusterIdentifier
            self.divergence = divergence
            self.oldestLog = oldestLog
            self.logsHints = logsHints
            self.fullPageWrites = fullPageWrites
            self.role = role
            self.database = database
            self.missingFunctions = missingFunctions
            self.obstacles = obstacles
            self.elsewhere = elsewhere
            self.newTablespaces = newTablespaces
            self.directoryBytes = directoryBytes
            self.newBytes = newBytes
            self.freeBytes = freeBytes
            self.isHalfMade = isHalfMade
            self.discards = discards
        }
    }

    package static let id = "postgres.rejoinable"
    package var node: String
    package var new: String
    package var discards: Bool

    package init(node: String, new: String, discards: Bool) {
        self.node = node
        self.new = new
        self.discards = discards
    }
}

/// What a person gives up of a node that comes back.
package struct RejoinChoice: ParameterSet {
    package static let declarations = [
        ParameterDeclaration(
            "discard-divergence", .flag, default: .flag(false),
            "Whether what the node wrote and new never had is given up. Otherwise it is kept beside the data directory."
        )
    ]
    package let discards: Bool
    package init(_ arguments: Arguments) { discards = arguments.flag("discard-divergence") }
}

/// The node that comes back is a copy of the same cluster, is not the one that should lead, and there is a way for it to
/// follow new that keeps, or by a person's word gives up, what new never had.
package enum PostgresRejoinable: Gate {
    package static let id: GateID = "postgres.rejoinable"
    package static let summary = "A node that was lost can come back as a standby of new, and what it wrote is kept."
    package static let source =
        "PostgreSQL: pg_rewind, TIMELINE_HISTORY; Patroni's rewind.py and repmgr's node rejoin; Baton rules R3, R6, R22."
    package static let kind = TargetKind.node

    package static func question(
        _ limit: RejoinChoice, on target: Target, in scope: Scope
    ) -> PostgresRejoinableProbe {
        PostgresRejoinableProbe(node: target.name, new: scope.binding.new, discards: limit.discards)
    }

    package static func judge(_ answer: PostgresRejoinableProbe.Answer, _ limit: RejoinChoice) -> Verdict {
        let (node, new) = (answer.node, answer.new)
        guard answer.access != .none, let directory = answer.dataDirectory else {
            return .block(
                "Baton has no access to the host of \(node), so it can neither stop it nor look at its log",
                remedy: "Give \(node) a control in the topology, then baton rejoin \(node)",
                observed: .text("access: none"))
        }
        if let problem = answer.problem {
            return .block(
                "the host of \(node) does not answer: \(problem)",
                remedy:
                    "Restore access to the host, or correct \(directory) in the topology, then baton rejoin \(node)",
                observed: .text(problem))
        }
        guard let cluster = answer.clusterIdentifier else { return .unknown("\(new) does not tell who it is") }
        if !answer.isHalfMade {
            guard let file = answer.fileIdentifier else { return .unknown("pg_control of \(node) cannot be read") }
            guard file == cluster else {
                return .block(
                    "\(directory) is of cluster \(file), not of \(cluster): it is no copy of \(new) and never follows it",
                    remedy:
                        "Correct the data-directory of \(node) in the topology; or move \(directory) away and build "
                        + "\(node) by pg_basebackup",
                    observed: .text("\(file)"), limit: .text("\(cluster)"))
            }
        }
        if let divergence = answer.divergence, divergence.wasPromoted,
            divergence.nodeTimeline > divergence.newTimeline
        {
            return .block(
                "\(node) was promoted after \(new): it is on timeline \(divergence.nodeTimeline), \(new) on "
                    + "\(divergence.newTimeline)",
                remedy:
                    "Make sure which of the two has what you keep. Where it is \(node): baton rejoin \(new). Where it is "
                    + "\(new): stop \(node), move \(directory) away, and build it by pg_basebackup",
                observed: .count(Int64(divergence.nodeTimeline)), limit: .count(Int64(divergence.newTimeline)))
        }
        return verdict(RejoinLadder(answer), answer)
    }

    private static func verdict(_ ladder: RejoinLadder, _ answer: PostgresRejoinableProbe.Answer) -> Verdict {
        let (node, new) = (answer.node, answer.new)
        let state =
            answer.divergence?.words(node, new) ?? "how the log of \(node) stands to that of \(new) is not known"
        let lost = answer.divergence?.bytesAfter.map { Quantity.bytes(ByteCount($0)) }
        guard let rung = ladder.rungs.first else {
            let reasons = ladder.refused.filter { $0.rung != .follow }.map { "\($0.rung.words): \($0.why)" }
            let remedies = ladder.refused.compactMap(\.remedy)
            return .block(
                "\(state), and no way is open. \(reasons.joined(separator: "; "))",
                remedy: remedies.first
                    ?? "Build \(node) by hand: pg_basebackup into an empty directory, then standby.signal",
                observed: lost)
        }
        switch rung {
        case .follow: return .pass("\(state): it follows as it is", observed: lost ?? .bytes(ByteCount(0)))
        case .rewind, .copy:
            let whyNot = ladder.refused.filter { $0.rung == .rewind && rung == .copy }.map(\.why)
            let way = rung.words + (whyNot.isEmpty ? "" : ", because \(whyNot.joined(separator: "; "))")
            guard !answer.discards else {
                return .warn(
                    "\(state). By \(way). What it wrote is given up",
                    remedy: "Leave out --discard-divergence, and it is kept", observed: lost)
            }
            return .pass("\(state). By \(way). What it wrote is kept beside its data directory", observed: lost)
        }
    }

    package static func byHand(_ limit: RejoinChoice, on target: Target, in scope: Scope) -> ByHandCheck {
        ByHandCheck(
            controlData(
                "Database system identifier", of: target, in: scope, expect: "the number that the next command prints")
                + [
                    psql(
                        scope.new, in: scope, "SELECT system_identifier FROM pg_control_system()",
                        expect: "the number that the command before printed")
                ]
                + controlData(
                    "Latest checkpoint location", of: target, in: scope,
                    expect: "a position before the end of its timeline in the history of \(scope.new)"),
            otherwise:
                "Do not start \(target): it is another cluster's, or it has diverged. pg_rewind --dry-run tells more.")
    }

    package static let passing = PostgresRejoinableProbe.Answer(
        node: "west-db", new: "east-db", access: .local, dataDirectory: "/srv/pg/west",
        fileIdentifier: 7_300_000_000_000_000_001, clusterIdentifier: 7_300_000_000_000_000_001,
        divergence: LogFork(
            nodeTimeline: 1, newTimeline: 2, end: LSN(rawValue: 0x300_0148), fork: LSN(rawValue: 0x300_0148),
            newEnd: LSN(rawValue: 0x300_0500)),
        logsHints: true, fullPageWrites: true, role: "baton", database: "app", directoryBytes: 1 << 30,
        newBytes: 1 << 30, freeBytes: 1 << 34)
    package static let refusing = PostgresRejoinableProbe.Answer(
        node: "west-db", new: "east-db", access: .local, dataDirectory: "/srv/pg/west",
        fileIdentifier: 7_300_000_000_000_000_002, clusterIdentifier: 7_300_000_000_000_000_001,
        divergence: LogFork(
            nodeTimeline: 1, newTimeline: 2, end: LSN(rawValue: 0x300_0148), fork: LSN(rawValue: 0x300_0148),
            newEnd: LSN(rawValue: 0x300_0500)),
        logsHints: true, fullPageWrites: true, role: "baton", database: "app", directoryBytes: 1 << 30,
        newBytes: 1 << 30, freeBytes: 1 << 34)
}
