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
        if let old { await addRemains(of: old, identity, to: &answer, deadline: deadline) }
        if let remembered = view.remembered, remembered.node == question.old {
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

    // MARK: What is left of old

    /// Its files are believed only where they are those of this very cluster.
    private func addRemains(
        of old: Node, _ identity: SystemIdentity, to answer: inout PostgresLossProbe.Answer, deadline: Deadline
    ) async {
        guard let host = view.hosts.database(old.name), let new = answer.survivors.first else { return }
        let limit = min(deadline, SystemClock.deadline(in: Self.reading))
        guard let process = try? await host.serverProcess(deadline: limit),
            let control = try? await host.controlFile(deadline: limit),
            control.systemIdentifier == identity.systemIdentifier
        else { return }
        if control.state == .shutDown, process == .none { answer.shutdownCheckpoint = control.checkpoint }
        let remains = await host.remains(
            beyond: new.received, replayed: new.replayed, on: identity.timeline, deadline: limit)
        if let end = remains.logEnd, control.checkpointTimeline <= identity.timeline {
            answer.onDisk = LossCard.OnDisk(
                end: end, bytes: end > new.received ? end.rawValue - new.received.rawValue : 0,
                commits: remains.commits, isFinal: process == .none)
        }
        let source = "read on the disk of \(old.name)"
        answer.synchronous = remains.synchronousStandbyNames.map {
            LossCard.Told($0.isEmpty ? [] : [$0], source: source)
        }
        answer.logicalSlots = remains.logicalSlots.map { LossCard.Told($0, source: source) }
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
