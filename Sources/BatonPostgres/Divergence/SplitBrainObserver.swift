package import BatonCore
import BatonEngine

/// Compares the log of a node that came back with the promoted node's: where the two part (new's timeline history against its
/// own), and what it holds behind that. Its host is asked first, for it was just fenced and answers no session.
package struct SplitBrainObserver: DivergenceObserver {
    let view: ClusterView

    package init(sessions: ClusterSessions, hosts: Hosts) {
        view = ClusterView(sessions: sessions, hosts: hosts)
    }

    /// Records that are read at most. A log that is longer is counted in part, and said to be.
    private static let mostRecords = 100_000
    /// Relations that are named at most.
    private static let mostRelations = 20

    package func divergence(of name: String, in scope: Scope, deadline: Deadline) async -> DivergenceFinding {
        do throws(ObservationError) {
            let node = try view.node(name, in: scope)
            let new = try view.node(scope.binding.new, in: scope)
            let promoted = try await lineage(of: new, deadline: deadline)
            if let host = view.hosts.database(name) {
                return try await onHost(host, node, new, promoted, deadline: deadline)
            }
            return try await bySession(node, promoted, deadline: deadline)
        } catch {
            return .unknown(error.message)
        }
    }

    // MARK: Timelines

    /// As the running server tells it (R6).
    private func lineage(of node: Node, deadline: Deadline) async throws(ObservationError) -> SplitBrainLineage {
        let timeline = try await view.identity(of: node, deadline: deadline).get().timeline
        guard timeline > 1 else { return try lineage(timeline, "", of: node.name) }
        let rows = try await view.replicationRows("TIMELINE_HISTORY \(timeline)", of: node, deadline: deadline)
        let history = try view.read(node) { () throws(PostgresError) in try rows.single().text("content") }
        return try lineage(timeline, history, of: node.name)
    }

    private func lineage(
        _ timeline: TimelineID, _ history: String, of name: String
    ) throws(ObservationError) -> SplitBrainLineage {
        guard let lineage = SplitBrainLineage(timeline, history: history) else {
            throw ObservationError("the history of timeline \(timeline) on \(name) has an unknown form")
        }
        return lineage
    }

    /// As its files tell it. The control file names the timeline of the last checkpoint; one that was promoted since has a
    /// later history file. But so has a standby that only heard of new's.
    private func lineage(
        on host: any DatabaseHost, of node: Node, unlike promoted: SplitBrainLineage, deadline: Deadline
    ) async throws(ObservationError) -> SplitBrainLineage {
        do throws(HostError) {
            let checkpoint = try await host.controlFile(deadline: deadline).checkpointTimeline
            let newest = try await host.newestHistoryFile(deadline: deadline) ?? checkpoint
            for timeline in [newest, checkpoint] where timeline >= checkpoint {
                let history = try await host.historyFile(of: timeline, deadline: deadline) ?? ""
                guard let lineage = SplitBrainLineage(timeline, history: history) else { continue }
                if lineage != promoted || timeline == checkpoint { return lineage }
            }
        } catch {
            throw ObservationError(error, host: node)
        }
        throw ObservationError("the timeline history of \(node.name) has an unknown form")
    }

    // MARK: What was written

    private func onHost(
        _ host: any DatabaseHost, _ node: Node, _ new: Node, _ promoted: SplitBrainLineage, deadline: Deadline
    ) async throws(ObservationError) -> DivergenceFinding {
        let own = try await lineage(on: host, of: node, unlike: promoted, deadline: deadline)
        guard let fork = own.fork(from: promoted) else { return .unknown("its log does not part from \(new.name)'s") }
        var log = SplitBrainLog()
        var start = fork.at
        do throws(HostError) {
            for segment in fork.own where log.records < Self.mostRecords {
                log.add(
                    try await host.logListing(
                        segment.timeline, from: start, to: segment.end, records: Self.mostRecords - log.records,
                        deadline: deadline))
                if let end = segment.end { start = end }
            }
        } catch {
            throw ObservationError(error, host: node)
        }
        guard let end = log.end ?? (log.isEmpty ? fork.at : nil) else {
            return .unknown("its log from \(fork.at) on timeline \(fork.own[0].timeline) is not in pg_wal any more")
        }
        return .found(
            Divergence(
                firstLSN: fork.at, timeline: fork.own[0].timeline, endLSN: max(fork.at, end), commits: log.commits,
                relations: await named(log.rows, on: new, deadline: deadline),
                isPartial: log.records >= Self.mostRecords))
    }

    /// Without its files only the positions are known.
    private func bySession(
        _ node: Node, _ promoted: SplitBrainLineage, deadline: Deadline
    ) async throws(ObservationError) -> DivergenceFinding {
        let own = try await lineage(of: node, deadline: deadline)
        guard let fork = own.fork(from: promoted) else { return .unknown("its log does not part from new's") }
        let rows = try await view.rows(
            "SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_flush_lsn() END AS lsn",
            of: node, deadline: deadline)
        let end = try view.read(node) { () throws(PostgresError) in try rows.single().lsn("lsn") }
        return .found(
            Divergence(
                firstLSN: fork.at, timeline: fork.own[0].timeline, endLSN: max(fork.at, end), commits: nil,
                relations: nil))
    }

    /// Relations by their names, as new knows them, without the catalogues; by their file's path where new does not, or where
    /// they are of another database.
    private func named(
        _ rows: [SplitBrainLog.File: Int64], on new: Node, deadline: Deadline
    ) async -> [Divergence.Relation] {
        let largest = rows.sorted { ($1.value, $0.key.description) < ($0.value, $1.key.description) }
        var relations: [Divergence.Relation] = []
        for (file, count) in largest where relations.count < Self.mostRelations {
            switch await name(of: file, on: new, deadline: deadline) {
            case .catalogue?: continue
            case .name(let name)?: relations.append(.init(name: name, rows: count))
            // The first number that a user's relation can have (FirstNormalObjectId).
            case nil where file.number >= 16_384: relations.append(.init(name: file.description, rows: count))
            case nil: continue
            }
        }
        return relations
    }

    private enum Found {
        case catalogue
        case name(String)
    }

    private static let sql = """
        SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name, \
        n.nspname IN ('pg_catalog', 'pg_toast', 'information_schema') AS is_catalogue \
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
        WHERE c.oid = pg_filenode_relation($1::oid, $2::oid) \
        AND $3::oid = (SELECT oid FROM pg_database WHERE datname = current_database())
        """

    private func name(of file: SplitBrainLog.File, on new: Node, deadline: Deadline) async -> Found? {
        let answer = await view.answer(
            Self.sql, ["\(file.tablespace)", "\(file.number)", "\(file.database)"], of: new, deadline: deadline)
        guard case .success(let rows) = answer, let row = rows.first, let name = try? row.text("name"),
            let isCatalogue = try? row.bool("is_catalogue")
        else { return nil }
        return isCatalogue ? .catalogue : .name(name)
    }
}
