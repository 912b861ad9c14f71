package import BatonActions
package import BatonCore
package import BatonEngine

/// What every survivor has of the log, and what is left of old. Old's server is not asked.
package struct PostgresLossObserver: Observer {
    let view: ClusterView

    /// How long the files of the lost server may be read: what they tell makes the loss smaller or better known, and service
    /// waits for it.
    private static let reading = TimeSpan.seconds(1)

    /// What was received is more than what was replayed, or nothing where the walreceiver has not run since the start.
    private static let sql = """
        SELECT GREATEST(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) AS received, \
        pg_last_wal_replay_lsn() AS replayed, \
        (1000 * extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()))::bigint AS age, \
        (1000000 * extract(epoch FROM pg_last_xact_replay_timestamp()))::bigint AS committed, \
        r.latest_end_lsn AS heard, (1000000 * extract(epoch FROM r.latest_end_time))::bigint AS heard_at, \
        (1000 * extract(epoch FROM clock_timestamp() - r.last_msg_receipt_time))::bigint AS heard_age, \
        r.sender_host, r.sender_port \
        FROM (SELECT) one LEFT JOIN pg_stat_wal_receiver r ON true WHERE pg_is_in_recovery()
        """

    package func observe(
        _ question: PostgresLossProbe, in scope: Scope, deadline: Deadline
    ) async throws(ObservationError) -> PostgresLossProbe.Answer {
        let new = try view.node(question.new, in: scope)
        let old = scope.topology.node(question.old)
        let others = scope.others.filter { $0.name != new.name }
        async let asked = survivor(new, of: old, deadline: deadline)
        async let found = survivors(others, beside: new, of: old, deadline: deadline)
        let (candidate, identity) = try await asked.get()
        var answer = PostgresLossProbe.Answer(
            old: question.old, new: new.name, survivors: [candidate] + (await found), shutdownCheckpoint: nil,
            accepted: question.accepted)
        let lost = [question.old] + scope.binding.lost
        answer.take(
            await disks(of: lost, in: scope, beyond: candidate, identity, deadline: deadline),
            timeline: identity.timeline)
        if let remembered = view.remembered, remembered.node == answer.old {
            answer.synchronous = answer.synchronous ?? remembered.synchronous
            answer.logicalSlots = answer.logicalSlots ?? remembered.logicalSlots
        }
        return answer
    }

    // MARK: The survivors

    /// Those that answer and are copies of the same cluster.
    private func survivors(
        _ nodes: [Node], beside new: Node, of old: Node?, deadline: Deadline
    ) async -> [LossCard.Survivor] {
        guard !nodes.isEmpty, case .success(let identity) = await view.identity(of: new, deadline: deadline)
        else { return [] }
        return await withTaskGroup(of: LossCard.Survivor?.self) { group in
            for node in nodes {
                group.addTask {
                    guard case .success(let seen) = await survivor(node, of: old, deadline: deadline),
                        seen.identity.systemIdentifier == identity.systemIdentifier
                    else { return nil }
                    return seen.survivor
                }
            }
            return await group.reduce(into: []) { if let one = $1 { $0.append(one) } }.sorted { $0.node < $1.node }
        }
    }

    private func survivor(
        _ node: Node, of old: Node?, deadline: Deadline
    ) async -> Result<(survivor: LossCard.Survivor, identity: SystemIdentity), ObservationError> {
        async let identified = view.identity(of: node, deadline: deadline)
        async let answered = view.answer(Self.sql, of: node, deadline: deadline)
        do throws(ObservationError) {
            let (identity, rows) = (try await identified.get(), try await answered.get())
            let survivor = try view.read(node) { () throws(PostgresError) in
                let row = try rows.single()
                var survivor = LossCard.Survivor(
                    node: node.name, timeline: identity.timeline, received: try row.lsn("received"),
                    replayed: try row.optionalLSN("replayed"), lastCommitAge: try row.age("age"),
                    lastCommitAt: try row.time("committed"))
                let sender = (host: try row.optionalText("sender_host"), port: try row.optionalInt("sender_port"))
                // The word of another standby tells nothing of old.
                if let old, sender.host == old.host, sender.port == old.port {
                    survivor.heardEnd = try row.optionalLSN("heard")
                    survivor.heardEndAt = try row.time("heard_at")
                    survivor.heardAge = try row.age("heard_age")
                }
                return survivor
            }
            return .success((survivor, identity))
        } catch {
            return .failure(error)
        }
    }

    // MARK: What is left of the lost

    /// The files of a lost node, believed only where they are those of this very cluster; nil where nobody can read them.
    private func disk(
        of name: String, in scope: Scope, beyond new: LossCard.Survivor, _ identity: SystemIdentity, deadline: Deadline
    ) async -> LostDisk? {
        guard let node = scope.topology.node(name), let host = view.hosts.database(node.name),
            let process = try? await host.serverProcess(deadline: deadline),
            let control = try? await host.controlFile(deadline: deadline),
            let history = try? await host.newestHistoryFile(deadline: deadline) ?? control.checkpointTimeline,
            control.systemIdentifier == identity.systemIdentifier
        else { return nil }
        return LostDisk(
            node: name, isStopped: process == .none, state: control.state, checkpoint: control.checkpoint,
            timeline: max(control.checkpointTimeline, history),
            remains: await host.remains(
                beyond: new.received, replayed: new.replayed, on: identity.timeline, deadline: deadline))
    }

    private func disks(
        of names: [String], in scope: Scope, beyond new: LossCard.Survivor, _ identity: SystemIdentity,
        deadline: Deadline
    ) async -> [LostDisk?] {
        let limit = min(deadline, SystemClock.deadline(in: Self.reading))
        return await withTaskGroup(of: (Int, LostDisk?).self) { group in
            for (index, name) in names.enumerated() {
                group.addTask { (index, await disk(of: name, in: scope, beyond: new, identity, deadline: limit)) }
            }
            return await group.reduce(into: [(Int, LostDisk?)]()) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }
}

extension Row {
    /// A column that holds whole milliseconds; a clock that runs behind gives none below zero.
    fileprivate func age(_ column: String) throws(PostgresError) -> TimeSpan? {
        try optionalInt(column).map { .milliseconds(Int64(max(0, $0))) }
    }

    /// A column that holds microseconds since 1970.
    fileprivate func time(_ column: String) throws(PostgresError) -> WallTime? {
        try optionalInt(column).map { WallTime(microsecondsSince1970: Int64($0)) }
    }
}
