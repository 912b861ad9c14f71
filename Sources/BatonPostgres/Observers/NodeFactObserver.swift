import BatonActions
package import BatonCore
import BatonEngine

/// Looks at the facts of nodes. These questions stand inside the write pause: one statement answers all that a session can
/// tell, session and replication session are asked at the same time, and whoever can settle the question is asked first.
/// A host that says "no process" spares a session that could only time out; a session that answers spares the host.
package struct NodeFactObserver: FactObserver {
    let view: ClusterView

    package var kind: TargetKind { .node }

    package func observe(_ keys: [FactKey], in scope: Scope, deadline: Deadline) async -> [Observation] {
        var names: [String] = []
        for key in keys where !names.contains(key.target.name) { names.append(key.target.name) }
        let seen = await withTaskGroup(of: [FactKey: Observation].self) { group in
            for name in names {
                let mine = keys.filter { $0.target.name == name }
                group.addTask { await look(at: name, mine, in: scope, deadline: deadline) }
            }
            return await group.reduce(into: [:]) { $0.merge($1) { first, _ in first } }
        }
        return keys.map { seen[$0] ?? Observation($0, .unknown("nobody observes \($0.aspect.rawValue) of a node")) }
    }

    private func look(
        at name: String, _ keys: [FactKey], in scope: Scope, deadline: Deadline
    ) async -> [FactKey: Observation] {
        guard let node = scope.topology.node(name) else {
            return Dictionary(
                uniqueKeysWithValues: Set(keys).map {
                    ($0, Observation($0, .unknown("the topology has no node \(name)")))
                })
        }
        let aspects = Set(keys.map(\.aspect))
        // The topology's own fence is evidence of a lost node only; a session with one could only time out.
        let isEvidenceWanted = !aspects.isDisjoint(with: [.running, .writable, .fenced])
        let fence = scope.isLost(node.name) && isEvidenceWanted ? view.hosts.fence(node.name) : nil
        let needsHost =
            !aspects.isDisjoint(with: [.running, .cleanShutdown, .standbySignal, .fenced]) || fence != nil
        var host = NodeHostView()
        if needsHost { host = await NodeHostView(view, node, aspects, fence: fence, deadline: deadline) }
        let isDown = host.sees(.none)
        let patience = fence == nil ? deadline : min(deadline, SystemClock.deadline(in: Patience.contradiction))
        // Beside a fence's proof a lost server is asked: one that answers stands against it.
        async let answered =
            isDown
            ? .failure(.notRunning)
            : Errand.$asksTheLost.withValue(fence != nil || Errand.asksTheLost) {
                await session(node, aspects, deadline: patience)
            }
        let needsIdentity = !aspects.isDisjoint(with: [.timeline, .cluster]) && !isDown
        async let identified = needsIdentity ? view.identity(of: node, deadline: deadline) : nil
        async let proved = aspects.contains(.complete) ? proof(of: node, in: scope, deadline: deadline) : nil
        let (server, identity, proof) = (await answered, await identified, await proved)
        if !needsHost, case .failure? = server {
            host = await NodeHostView(view, node, aspects, deadline: deadline)
        }
        var seen: [FactKey: Observation] = [:]
        for key in Set(keys) {
            switch key.aspect {
            case .running: seen[key] = running(key, host, server)
            case .writable: seen[key] = writable(key, host, server)
            case .inRecovery: seen[key] = inRecovery(key, host, server)
            case .cleanShutdown: seen[key] = host.cleanShutdown(key)
            case .standbySignal: seen[key] = host.standbySignal(key)
            case .fenced: seen[key] = fenced(key, host, server)
            case .timeline: seen[key] = await timeline(key, node, identity, server, deadline: deadline)
            case .follows: seen[key] = await follows(key, host, server, in: scope, deadline: deadline)
            case .complete: seen[key] = proof?(key)
            case .slot: seen[key] = slot(key, server, in: scope)
            case .cluster: seen[key] = await cluster(key, node, identity, deadline: deadline)
            case .received: seen[key] = received(key, server)
            case .detached: seen[key] = detached(key, server, in: scope)
            case .overlaid: seen[key] = await overlaid(key, node, deadline: deadline)
            case .mostAdvanced: seen[key] = await mostAdvanced(key, node, in: scope, deadline: deadline)
            case .aligned: seen[key] = await aligned(key, node, in: scope, deadline: deadline)
            case .keptData: seen[key] = await keptData(key, deadline: deadline)
            case .paused, .leadsTo, .eagerLogins: break
            }
        }
        return seen
    }

    // MARK: What a session tells

    struct Server {
        var inRecovery: Bool
        var receiverStatus: String?
        var sender: (host: String, port: Int)?
        /// By what the walsender of its upstream is found.
        var slot: String?
        var applicationName: String?
        /// Of the log that its walreceiver was asked to fetch last.
        var receivedTimeline: Int?
        /// Reserved physical slots.
        var slots: Set<String>
        /// The end of what it has received or replayed, whichever is more.
        var received: LSN?
        /// Whether `primary_conninfo` is empty; nil when the role may not read it.
        var streamsFromNobody: Bool?
    }

    private static let sql = """
        SELECT pg_is_in_recovery() AS in_recovery, r.pid IS NOT NULL AS receives, r.status, r.sender_host, \
        r.sender_port, r.slot_name, r.received_tli, \(PostgresStreamingObserver.applicationName) AS application_name, \
        (SELECT string_agg(slot_name, ',') FROM pg_replication_slots WHERE slot_type = 'physical' AND restart_lsn \
        IS NOT NULL AND wal_status IS DISTINCT FROM 'lost') AS slots, \
        GREATEST(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) AS received, \
        CASE WHEN pg_has_role('pg_read_all_settings', 'USAGE') THEN current_setting('primary_conninfo', true) = '' END \
        AS streams_from_nobody \
        FROM (SELECT) one LEFT JOIN pg_stat_wal_receiver r ON true
        """

    private func session(
        _ node: Node, _ aspects: Set<Aspect>, deadline: Deadline
    ) async -> Result<Server, ObservationError>? {
        let needs: Set<Aspect> = [
            .running, .writable, .inRecovery, .timeline, .follows, .slot, .fenced, .received, .detached,
        ]
        guard !aspects.isDisjoint(with: needs) else { return nil }
        if aspects.isDisjoint(with: needs.subtracting([.running])) && view.hosts.database(node.name) != nil {
            return nil
        }
        do throws(ObservationError) {
            let rows = try await view.rows(Self.sql, of: node, deadline: deadline)
            return .success(
                try view.read(node) { () throws(PostgresError) in
                    let row = try rows.single()
                    let (host, port) = (try row.optionalText("sender_host"), try row.optionalInt("sender_port"))
                    let slots = try row.optionalText("slots") ?? ""
                    return Server(
                        inRecovery: try row.bool("in_recovery"),
                        receiverStatus: try row.bool("receives") ? try row.optionalText("status") ?? "hidden" : nil,
                        sender: host.flatMap { host in port.map { (host, $0) } },
                        slot: try row.optionalText("slot_name"),
                        applicationName: try row.optionalText("application_name"),
                        receivedTimeline: try row.optionalInt("received_tli"),
                        slots: Set(slots.split(separator: ",").map(String.init)),
                        received: try row.optionalLSN("received"),
                        streamsFromNobody: try row.optionalBool("streams_from_nobody"))
                })
        } catch {
            return .failure(error)
        }
    }

    private func writable(
        _ key: FactKey, _ host: NodeHostView, _ server: Result<Server, ObservationError>?
    ) -> Observation {
        switch server {
        case .success(let server)?:
            return Observation(
                key, .value(.flag(!server.inRecovery)), evidence: "pg_is_in_recovery() = \(server.inRecovery)")
        case .failure(let error)?:
            if host.sees(.none) { return Observation(key, .value(.flag(false)), evidence: host.evidence) }
            if let off = host.provedOff { return Observation(key, .value(.flag(false)), evidence: off) }
            return Observation(key, .unknown("\(error.message); \(host.evidence)"))
        case nil: return Observation(key, .unknown("not asked"))
        }
    }

    /// A node that answers is not fenced, whatever a fence says: it may have switched off another machine.
    private func fenced(
        _ key: FactKey, _ host: NodeHostView, _ server: Result<Server, ObservationError>?
    ) -> Observation {
        if case .success? = server { return Observation(key, .value(.flag(false)), evidence: "it answers") }
        return host.fenced(key)
    }

    private func running(
        _ key: FactKey, _ host: NodeHostView, _ server: Result<Server, ObservationError>?
    ) -> Observation {
        if case .success? = server {
        } else if let off = host.provedOff {
            return Observation(key, .value(.flag(false)), evidence: off)
        }
        if let process = host.process {
            switch process {
            case .success(let process):
                return Observation(key, .value(.flag(process != .none)), evidence: host.evidence)
            case .failure(let error): return Observation(key, .unknown(error.message))
            }
        }
        switch server {
        case .success?: return Observation(key, .value(.flag(true)), evidence: "it answers")
        case .failure(let error)?:
            return Observation(key, .unknown("\(error.message), and Baton has no access to its host"))
        case nil: return Observation(key, .unknown("not asked"))
        }
    }

    private func inRecovery(
        _ key: FactKey, _ host: NodeHostView, _ server: Result<Server, ObservationError>?
    ) -> Observation {
        switch server {
        case .success(let server)?:
            Observation(key, .value(.flag(server.inRecovery)), evidence: "pg_is_in_recovery() = \(server.inRecovery)")
        case .failure(let error)?:
            Observation(key, .unknown(host.sees(.none) ? "it does not run" : error.message))
        case nil: Observation(key, .unknown("not asked"))
        }
    }

    /// Both ends are asked: a walreceiver that the upstream refuses (no slot of that name, another history) says "streaming"
    /// for moments, each time it tries again. So do both ends at the end of an earlier timeline, which the upstream sends
    /// first and on a walsender that catches up anew afterwards (`StartReplication` in PostgreSQL's walsender.c).
    private func follows(
        _ key: FactKey, _ host: NodeHostView, _ server: Result<Server, ObservationError>?, in scope: Scope,
        deadline: Deadline
    ) async -> Observation {
        switch server {
        case .success(let server)?:
            guard server.inRecovery else { return Observation(key, .value(.nothing), evidence: "not in recovery") }
            guard let status = server.receiverStatus else {
                return Observation(key, .value(.nothing), evidence: "no walreceiver")
            }
            guard status == "streaming" else { return Observation(key, .unknown("its walreceiver is \(status)")) }
            guard let sender = server.sender else {
                return Observation(key, .unknown("it does not tell whom it streams from: GRANT pg_monitor"))
            }
            let place = scope.topology.place(host: sender.host, port: sender.port)
            if let upstream = scope.topology.node(place) {
                do throws(ObservationError) {
                    if let gap = try await gap(upstream, server, deadline: deadline) {
                        return Observation(key, .value(.nothing), evidence: "\(place) \(gap)")
                    }
                } catch {
                    return Observation(key, .unknown("\(place) does not tell whether it sends: \(error.message)"))
                }
            }
            return Observation(
                key, .value(.name(place)), evidence: "streaming from \(sender.host):\(sender.port)")
        case .failure(let error)?:
            if host.sees(.none) { return Observation(key, .value(.nothing), evidence: host.evidence) }
            return Observation(key, .unknown(error.message))
        case nil: return Observation(key, .unknown("not asked"))
        }
    }

    /// What keeps the upstream from sending the log that it writes now; nil: nothing.
    private func gap(
        _ upstream: Node, _ standby: Server, deadline: Deadline
    ) async throws(ObservationError) -> String? {
        let rows = try await view.rows(
            PostgresStreamingObserver.sender, [standby.slot, standby.applicationName], of: upstream, deadline: deadline)
        return try view.read(upstream) { () throws(PostgresError) in
            guard let row = rows.first, try row.text("state") == "streaming" else { return "has no walsender for it" }
            guard let timeline = try row.optionalInt("timeline"), timeline != standby.receivedTimeline else {
                return nil
            }
            return "writes timeline \(timeline), and it fetches \(standby.receivedTimeline.map { "\($0)" } ?? "none")"
        }
    }

    private func slot(_ key: FactKey, _ server: Result<Server, ObservationError>?, in scope: Scope) -> Observation {
        guard let owner = scope.topology.node(key.detail) else {
            return Observation(key, .unknown("the topology has no node \(key.detail)"))
        }
        switch server {
        case .success(let server)?:
            return Observation(
                key, .value(.flag(server.slots.contains(owner.slotName))),
                evidence: "reserved slots: \(server.slots.sorted().joined(separator: ", "))")
        case .failure(let error)?: return Observation(key, .unknown(error.message))
        case nil: return Observation(key, .unknown("not asked"))
        }
    }

    // MARK: What a replication session tells

    /// A timeline that a promotion has begun counts once its history can be read: without the history no standby could
    /// follow (R5).
    private func timeline(
        _ key: FactKey, _ node: Node, _ identity: Result<SystemIdentity, ObservationError>?,
        _ server: Result<Server, ObservationError>?, deadline: Deadline
    ) async -> Observation {
        guard let identity, let server else { return Observation(key, .unknown("not asked")) }
        do throws(ObservationError) {
            let timeline = try identity.get().timeline
            let inRecovery = try server.get().inRecovery
            let value = Observation.Finding.value(.number(UInt64(timeline)))
            if inRecovery || timeline == 1 {
                return Observation(key, value, evidence: "IDENTIFY_SYSTEM: timeline \(timeline)")
            }
            if let newest = try? await view.hosts.database(node.name)?.newestHistoryFile(deadline: deadline),
                newest >= timeline
            {
                return Observation(
                    key, value, evidence: "IDENTIFY_SYSTEM: timeline \(timeline), its history file is in pg_wal")
            }
            let history = try await view.replicationRows("TIMELINE_HISTORY \(timeline)", of: node, deadline: deadline)
            let file = try view.read(node) { () throws(PostgresError) in try history.single().text("filename") }
            return Observation(key, value, evidence: "IDENTIFY_SYSTEM: timeline \(timeline), history in \(file)")
        } catch {
            return Observation(key, .unknown(error.message))
        }
    }

    // MARK: The proof

    /// The gate's own question and judgement, so that fact and gate cannot disagree.
    private func proof(
        of node: Node, in scope: Scope, deadline: Deadline
    ) async -> @Sendable (FactKey) -> Observation {
        do throws(ObservationError) {
            let answer = try await PostgresReplayedShutdownCheckpointObserver(view: view).observe(
                PostgresReplayedShutdownCheckpointProbe(old: scope.binding.old, new: node.name), in: scope,
                deadline: deadline)
            let verdict = PostgresReplayedShutdownCheckpoint.judge(answer, NoParameters(Arguments()))
            return { key in
                verdict.decision == .unknown
                    ? Observation(key, .unknown(verdict.reason))
                    : Observation(key, .value(.flag(verdict.allows)), evidence: verdict.reason)
            }
        } catch {
            return { Observation($0, .unknown(error.message)) }
        }
    }
}

extension Topology {
    /// The name of the node at an address, or the address itself when no node has it.
    func place(host: String, port: Int) -> String {
        nodes.first { $0.host == host && $0.port == port }?.name ?? "\(host):\(port)"
    }
}

extension ObservationError {
    /// What a session is not even tried for.
    fileprivate static let notRunning = ObservationError("it does not run")
}
