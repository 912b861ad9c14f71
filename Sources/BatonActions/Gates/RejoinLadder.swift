import BatonCore

/// A way to make a node a standby of new, the gentlest first.
package enum RejoinRung: String, Hashable, Codable, Sendable, CaseIterable {
    /// As it is: its log ends within new's history.
    case follow
    /// `pg_rewind`: what it changed since the fork is replaced by new's.
    case rewind
    /// `pg_basebackup`: a new copy of new.
    case copy

    package var words: String {
        switch self {
        case .follow: "it follows as it is"
        case .rewind: "pg_rewind"
        case .copy: "pg_basebackup"
        }
    }
}

/// Why a rung cannot be used.
package struct RefusedRung: Hashable, Sendable {
    package var rung: RejoinRung
    package var why: String
    /// What would make it possible; nil where nothing would.
    package var remedy: String?
}

/// Which rungs hold for a node, and why the others do not.
package struct RejoinLadder: Hashable, Sendable {
    /// Those whose conditions hold, the gentlest first.
    package private(set) var rungs: [RejoinRung] = []
    package private(set) var refused: [RefusedRung] = []

    /// Room beyond the measured size that a copy may need while the sizes change.
    private static let reserve: Int64 = 64 << 20

    package init(_ ground: PostgresRejoinableProbe.Answer) {
        add(.follow, Self.againstFollow(ground))
        add(.rewind, Self.againstRewind(ground))
        add(.copy, Self.againstCopy(ground))
    }

    private mutating func add(_ rung: RejoinRung, _ objections: [(why: String, remedy: String?)]) {
        if objections.isEmpty { return rungs.append(rung) }
        refused += objections.map { RefusedRung(rung: rung, why: $0.why, remedy: $0.remedy) }
    }

    private typealias Objections = [(why: String, remedy: String?)]

    private static func halfMade(_ ground: PostgresRejoinableProbe.Answer) -> Objections {
        guard ground.isHalfMade else { return [] }
        return [
            (
                "an interrupted pg_rewind left its data directory half-written, and only a new copy may take its place",
                nil
            )
        ]
    }

    private static func againstFollow(_ ground: PostgresRejoinableProbe.Answer) -> Objections {
        let broken = halfMade(ground)
        guard broken.isEmpty else { return broken }
        guard let divergence = ground.divergence else { return [("nobody knows how its log stands to new's", nil)] }
        guard divergence.isAligned == true, let end = divergence.end else {
            return [(divergence.words(ground.node, ground.new), nil)]
        }
        if let oldest = ground.oldestLog, oldest > end {
            return [("\(ground.new) has no log from \(end) any more, only from \(oldest) on", nil)]
        }
        return []
    }

    private static func againstRewind(_ ground: PostgresRejoinableProbe.Answer) -> Objections {
        var objections = halfMade(ground) + againstAny(ground)
        if ground.divergence?.sharesNumberOnly == true {
            objections.append(
                (
                    "both are on a timeline of the same number that began in different places, which pg_rewind takes for one",
                    nil
                ))
        }
        if !ground.logsHints {
            objections.append(("neither data checksums nor wal_log_hints were on when it wrote", nil))
        }
        if !ground.fullPageWrites { objections.append(("full_page_writes was off when it wrote", nil)) }
        if let start = ground.divergence?.fork, let oldest = ground.oldestLog, oldest > start {
            objections.append(("\(ground.new) has no log from \(start) any more, only from \(oldest) on", nil))
        }
        if !ground.missingFunctions.isEmpty {
            objections.append(
                (
                    "role \(ground.role) may not read files on \(ground.new)",
                    "On \(ground.new), in database \(ground.database): GRANT EXECUTE ON FUNCTION "
                        + ground.missingFunctions.joined(separator: ", ") + " TO \(sqlIdentifier(ground.role));"
                ))
        }
        guard !ground.discards else { return objections }
        if !ground.elsewhere.isEmpty {
            objections.append(
                (
                    "what it wrote cannot be kept by a copy, because parts of it lie elsewhere: "
                        + ground.elsewhere.joined(separator: ", "),
                    "Copy them to a safe place, then baton rejoin \(ground.node) --discard-divergence \(ground.node)"
                ))
        }
        objections += room(for: ground.directoryBytes, "a copy that keeps what \(ground.node) wrote", ground)
        return objections
    }

    private static func againstCopy(_ ground: PostgresRejoinableProbe.Answer) -> Objections {
        var objections = againstAny(ground)
        if !ground.elsewhere.isEmpty || ground.newTablespaces > 0 {
            objections.append(
                (
                    "a new copy would have parts elsewhere (\(ground.newTablespaces) tablespaces on \(ground.new); here: "
                        + "\(ground.elsewhere.isEmpty ? "none" : ground.elsewhere.joined(separator: ", ")))",
                    "Build \(ground.node) by hand: pg_basebackup with --tablespace-mapping and --waldir"
                ))
        }
        objections += room(for: ground.newBytes, "a new copy of \(ground.new)", ground)
        return objections
    }

    /// What stands in the way of every remaking of the directory.
    private static func againstAny(_ ground: PostgresRejoinableProbe.Answer) -> Objections {
        ground.obstacles.map { ($0, "Remake \(ground.node) by hand: pg_rewind or pg_basebackup") }
    }

    private static func room(
        for bytes: Int64?, _ purpose: String, _ ground: PostgresRejoinableProbe.Answer
    ) -> Objections {
        guard let bytes, let free = ground.freeBytes else {
            return [("nobody knows whether there is room for \(purpose)", nil)]
        }
        guard free < bytes + reserve else { return [] }
        return [
            (
                "there is no room for \(purpose): \(ByteCount(bytes)) beside \(ground.dataDirectory ?? "it"), of which "
                    + "\(ByteCount(free)) are free",
                "Make room there"
                    + (ground.discards
                        ? ""
                        : ", or give up what it wrote: --discard-divergence \(ground.node), and pg_rewind needs none")
            )
        ]
    }
}
