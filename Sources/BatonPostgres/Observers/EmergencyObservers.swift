package import BatonActions
package import BatonCore
package import BatonEngine

/// What the host of a lost node can prove. Its server is not asked.
package struct PostgresFenceableObserver: Observer {
    let view: ClusterView

    package func observe(
        _ question: PostgresFenceableProbe, in scope: Scope, deadline: Deadline
    ) async throws(ObservationError) -> PostgresFenceableProbe.Answer {
        let node = try view.node(question.node, in: scope)
        let new = try view.node(question.new, in: scope)
        var answer = PostgresFenceableProbe.Answer(
            node: node.name, access: node.access, dataDirectory: node.dataDirectory?.path, fileIdentifier: nil,
            clusterIdentifier: nil, processes: nil, problem: nil)
        let fence = view.hosts.fence(node.name)
        async let own = ownFence(fence, deadline: deadline)
        guard let host = view.hosts.database(node.name) else {
            answer.access = .none
            answer.fence = await own
            return answer
        }
        async let identified = view.identity(of: new, deadline: deadline)
        let patience = Patience.host(deadline, besideFence: fence != nil)
        do throws(HostError) {
            answer.fileIdentifier = try await host.controlFile(deadline: patience).systemIdentifier
            answer.processes =
                switch try await host.serverProcess(deadline: patience) {
                case .none: "no process of it is left"
                case .running(let pid): "its postmaster runs (process \(pid)) and will be killed"
                case .orphans(let pids): "\(pids.count) process(es) outlive its postmaster and will be killed"
                }
        } catch {
            answer.problem = error.description
        }
        answer.fence = await own
        answer.clusterIdentifier = try await identified.get().systemIdentifier
        return answer
    }

    private func ownFence(
        _ fence: (any Fencing)?, deadline: Deadline
    ) async -> PostgresFenceableProbe.OwnFence? {
        guard let fence else { return nil }
        do throws(HostError) {
            try await fence.check(deadline: Patience.host(deadline, besideFence: false))
            return .init(proof: fence.words, problem: nil)
        } catch {
            return .init(proof: fence.words, problem: error.description)
        }
    }
}

/// What every survivor has of the log, and where old ended if it ended cleanly.
package struct PostgresLossObserver: Observer {
    let view: ClusterView

    /// What was received is more than what was replayed, or nothing where the walreceiver has not run since the start.
    private static let sql = """
        SELECT GREATEST(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) AS received, \
        pg_last_wal_replay_lsn() AS replayed, \
        (1000 * extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()))::bigint AS age \
        WHERE pg_is_in_recovery()
        """

    package func observe(
        _ question: PostgresLossProbe, in scope: Scope, deadline: Deadline
    ) async throws(ObservationError) -> PostgresLossProbe.Answer {
        let new = try view.node(question.new, in: scope)
        let others = scope.others.filter { $0.name != new.name }
        async let asked = survivor(new, deadline: deadline)
        async let found = survivors(others, of: new, deadline: deadline)
        async let checkpoint = shutdownCheckpoint(question.old, in: scope, deadline: deadline)
        let candidate = try await asked.get().survivor
        return .init(
            old: question.old, new: new.name, survivors: [candidate] + (await found),
            shutdownCheckpoint: await checkpoint,
            accepted: question.accepted)
    }

    /// Those that answer and are copies of the same cluster.
    private func survivors(_ nodes: [Node], of new: Node, deadline: Deadline) async -> [PostgresLossProbe.Survivor] {
        guard case .success(let identity) = await view.identity(of: new, deadline: deadline) else { return [] }
        return await withTaskGroup(of: PostgresLossProbe.Survivor?.self) { group in
            for node in nodes {
                group.addTask {
                    guard case .success(let seen) = await survivor(node, deadline: deadline),
                        seen.identity.systemIdentifier == identity.systemIdentifier
                    else { return nil }
                    return seen.survivor
                }
            }
            return await group.reduce(into: []) { if let one = $1 { $0.append(one) } }.sorted { $0.node < $1.node }
        }
    }

    private func survivor(
        _ node: Node, deadline: Deadline
    ) async -> Result<(survivor: PostgresLossProbe.Survivor, identity: SystemIdentity), ObservationError> {
        async let identified = view.identity(of: node, deadline: deadline)
        async let answered = view.answer(Self.sql, of: node, deadline: deadline)
        do throws(ObservationError) {
            let (identity, rows) = (try await identified.get(), try await answered.get())
            let survivor = try view.read(node) { () throws(PostgresError) in
                let row = try rows.single()
                return PostgresLossProbe.Survivor(
                    node: node.name, timeline: identity.timeline, received: try row.lsn("received"),
                    replayed: try row.optionalLSN("replayed"),
                    lastCommitAge: try row.optionalInt("age").map { .milliseconds(Int64(max(0, $0))) })
            }
            return .success((survivor, identity))
        } catch {
            return .failure(error)
        }
    }

    /// Nil where it did not shut down cleanly or nobody can read its `pg_control`.
    private func shutdownCheckpoint(_ name: String, in scope: Scope, deadline: Deadline) async -> LSN? {
        guard let old = scope.topology.node(name),
            case .success(let control) = await view.control(of: old, deadline: deadline), control.state == .shutDown
        else { return nil }
        return control.checkpoint
    }
}
