package import BatonActions
package import BatonCore
package import BatonEngine

extension ClusterView {
    /// How a node's log stands to new's: where they part, the first byte that new never had, and how many follow it. The node
    /// may run, as a primary or a standby, or be stopped; a primary tells by itself, of the others the host reads the log.
    package func divergence(
        of node: Node, from new: Node, deadline: Deadline
    ) async throws(ObservationError) -> LogFork {
        let (timeline, end) = try await tip(of: node, deadline: deadline)
        let mine = try await ownHistory(of: node, timeline: timeline, deadline: deadline)
        let identity = try await identity(of: new, deadline: deadline).get()
        let news = try await servedHistory(of: new, timeline: identity.timeline, deadline: deadline)
        // After the node was asked: a node that streams never has more than new has by then.
        let rows = try await rows("SELECT pg_current_wal_flush_lsn() AS lsn", of: new, deadline: deadline)
        let newEnd = try read(new) { () throws(PostgresError) in try rows.single().lsn("lsn") }
        guard let divergence = LogFork(node: mine, end: end, new: news, newEnd: newEnd) else {
            throw ObservationError("the logs of \(node.name) and \(new.name) have no history in common")
        }
        return divergence
    }

    /// The timeline that the node is on, and the end of its log there.
    private func tip(
        of node: Node, deadline: Deadline
    ) async throws(ObservationError) -> (TimelineID, LSN?) {
        let host = hosts.database(node.name)
        if try await runs(node, host, deadline: deadline), let live = await liveTip(of: node, deadline: deadline) {
            return live
        }
        guard let host else {
            throw ObservationError("Baton has no access to the host of \(node.name), so its log cannot be read")
        }
        do throws(HostError) {
            let control = try await host.controlFile(deadline: deadline)
            let end = try await host.directories?.endOfLog(
                from: control.checkpoint, timeline: control.checkpointTimeline, deadline: deadline)
            return (control.checkpointTimeline, end)
        } catch {
            throw ObservationError(error, host: node)
        }
    }

    private func runs(
        _ node: Node, _ host: (any DatabaseHost)?, deadline: Deadline
    ) async throws(ObservationError) -> Bool {
        guard let host else { return true }
        do throws(HostError) {
            if case .running = try await host.serverProcess(deadline: deadline) { return true }
            return false
        } catch {
            throw ObservationError(error, host: node)
        }
    }

    /// What a primary says; nil for one that does not answer, and for a standby, which may have log that it has not replayed.
    private func liveTip(of node: Node, deadline: Deadline) async -> (TimelineID, LSN?)? {
        let sql = "SELECT CASE WHEN NOT pg_is_in_recovery() THEN pg_current_wal_flush_lsn() END AS lsn"
        guard case .success(let identity) = await identity(of: node, deadline: deadline),
            case .success(let rows) = await answer(sql, of: node, deadline: deadline),
            let lsn = try? rows.single().optionalLSN("lsn")
        else { return nil }
        return (identity.timeline, lsn)
    }

    private func ownHistory(
        of node: Node, timeline: TimelineID, deadline: Deadline
    ) async throws(ObservationError) -> TimelineHistory {
        guard timeline > 1 else { return TimelineHistory(of: timeline, file: "") }
        guard let host = hosts.database(node.name), host.directories != nil else {
            return try await servedHistory(of: node, timeline: timeline, deadline: deadline)
        }
        do throws(HostError) {
            guard let file = try await host.historyFile(of: timeline, deadline: deadline) else {
                throw HostError.refused("there is no history of timeline \(timeline) in its pg_wal")
            }
            return TimelineHistory(of: timeline, file: file)
        } catch {
            throw ObservationError(error, host: node)
        }
    }

    private func servedHistory(
        of node: Node, timeline: TimelineID, deadline: Deadline
    ) async throws(ObservationError) -> TimelineHistory {
        guard timeline > 1 else { return TimelineHistory(of: timeline, file: "") }
        let rows = try await replicationRows("TIMELINE_HISTORY \(timeline)", of: node, deadline: deadline)
        let file = try read(node) { () throws(PostgresError) in try rows.single().text("content") }
        return TimelineHistory(of: timeline, file: file)
    }
}

extension NodeFactObserver {
    func aligned(_ key: FactKey, _ node: Node, in scope: Scope, deadline: Deadline) async -> Observation {
        do throws(ObservationError) {
            let new = try view.node(scope.binding.new, in: scope)
            if let directories = view.hosts.database(node.name)?.directories {
                let layout = try await view.layout(directories, of: node, deadline: deadline)
                guard layout.exists, !layout.isInTheMaking else {
                    return Observation(key, .value(.flag(false)), evidence: "its data directory is being remade")
                }
            }
            let divergence = try await view.divergence(of: node, from: new, deadline: deadline)
            let words = divergence.words(node.name, new.name)
            guard let isAligned = divergence.isAligned else { return Observation(key, .unknown(words)) }
            return Observation(key, .value(.flag(isAligned)), evidence: words)
        } catch {
            return Observation(key, .unknown(error.message))
        }
    }

    func keptData(_ key: FactKey, deadline: Deadline) async -> Observation {
        guard let directories = view.hosts.database(key.target.name)?.directories else {
            return Observation(key, .value(.nothing))
        }
        do throws(HostError) {
            guard let kept = try await directories.layout(measured: false, deadline: deadline).kept else {
                return Observation(key, .value(.nothing))
            }
            return Observation(
                key, .value(.name(kept.path)),
                evidence: "kept in \(kept.path): " + kept.note.split(separator: "\n").joined(separator: " "))
        } catch {
            return Observation(key, .unknown(error.description))
        }
    }
}

extension ClusterView {
    func layout(
        _ directories: any DirectoryHost, of node: Node, deadline: Deadline
    ) async throws(ObservationError) -> DirectoryLayout {
        do throws(HostError) {
            return try await directories.layout(measured: false, deadline: deadline)
        } catch {
            throw ObservationError(error, host: node)
        }
    }
}
