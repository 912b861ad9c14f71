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
        let needsHost = !aspects.isDisjoint(with: [.running, .cleanShutdown, .standbySignal])
        var host = NodeHostView()
        if needsHost { host = await NodeHostView(view, node, aspects, deadline: deadline) }
        let isDown = host.sees(.none)
        async let answered = isDown ? .failure(.notRunning) : session(node, aspects, deadline: deadline)
        async let identified =
            aspects.contains(.timeline) && !isDown ? view.identity(of: node, deadline: deadline) : nil
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
            case .timeline: seen[key] = await timeline(key, node, identity, server, deadline: deadline)
            case .follows: seen[key] = await follows(key, host, server, in: scope, deadline: deadline)
            case .complete: seen[key] = proof?(key)
            case .slot: seen[key] = slot(key, server, in: scope)
            case .aligned: seen[key] = await aligned(key, node, in: scope, deadline: deadline)
            case .keptData: seen[key] = await keptData(key, deadline: deadline)
            case .paused, .leadsTo, .eagerLogins: break
            }
        }
        return seen
    }

    // MARK: What a session tells

    private struct Server {
        var inRecovery: Bool
        var receiverStatus: String?
        var sender: (host: String, port: Int)?
        /// By what the walsender of its upstream is found.
        var slot: String?
        var applicationName: String?
        /// Reserved physical slots.
        var slots: Set<String>
    }

    private static let sql = """
        SELECT pg_is_in_recovery() AS in_recovery, r.pid IS NOT NULL AS receives, r.status, r.sender_host, \
        r.sender_port, r.slot_name, \(PostgresStreamingObserver.applicationName) AS application_name, (SELECT string_agg(slot_name, ',') FROM pg_replication_slots WHERE slot_type = 'physical' \
        AND restart_lsn IS NOT NULL AND wal_status IS DISTINCT FROM 'lost') AS slots \
        FROM (SELECT) one LEFT JOIN pg_stat_wal_receiver r ON true
        """

    private func session(
        _ node: Node, _ aspects: Set<Aspect>, deadline: Deadline
    ) async -> Result<Server, ObservationError>? {
        let needs: Set<Aspect> = [.running, .writable, .inRecovery, .timeline, .follows, .slot]
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
                        slots: Set(slots.split(separator: ",").map(String.init)))
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
            return Observation(key, .unknown("\(error.message); \(host.evidence)"))
        case nil: return Observation(key, .unknown("not asked"))
        }
    }

    private func running(
        _ key: FactKey, _ host: NodeHostView, _ server: Result<Server, ObservationError>?
    ) -> Observation {
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
    /// for moments, each time it tries again.
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
                    guard try await isSending(upstream, to: server, deadline: deadline) else {
                        return Observation(key, .value(.nothing), evidence: "\(place) has no walsender for it")
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

    private func isSending(
        _ upstream: Node, to standby: Server, deadline: Deadline
    ) async throws(ObservationError) -> Bool {
        let rows = try await view.rows(
            PostgresStreamingObserver.sender, [standby.slot, standby.applicationName], of: upstream, deadline: deadline)
        return try view.read(upstream) { () throws(PostgresError) in try rows.first?.text("state") == "streaming" }
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
