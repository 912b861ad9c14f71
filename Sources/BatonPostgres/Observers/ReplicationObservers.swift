package import BatonActions
package import BatonCore
package import BatonEngine

/// Both ends of the candidate's replication connection.
package struct PostgresStreamingObserver: Observer {
    let view: ClusterView

    // The walsender is found by the slot, where there is one: names of applications need not be unique.
    private static let receiver = """
        SELECT status, sender_host, sender_port, slot_name, \
        (extract(epoch FROM clock_timestamp() - last_msg_receipt_time) * 1000000)::bigint AS silence, \
        \(applicationName) AS application_name FROM pg_stat_wal_receiver
        """
    /// What a walreceiver calls itself.
    static let applicationName = """
        coalesce(substring(conninfo from '(?:^| )application_name=([^ ]+)'), \
        substring(conninfo from 'fallback_application_name=([^ ]+)'))
        """
    /// Its timeline is that of the log which the server writes now; null on a standby.
    static let sender = """
        SELECT s.pid, s.application_name, coalesce(s.state, 'hidden') AS state, CASE WHEN NOT pg_is_in_recovery() \
        THEN ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int END AS timeline \
        FROM pg_stat_replication s \
        LEFT JOIN pg_replication_slots l ON l.active_pid = s.pid \
        WHERE CASE WHEN $1::text IS NULL THEN s.application_name = $2 ELSE l.slot_name = $1 END \
        ORDER BY s.state = 'streaming' DESC, s.pid LIMIT 1
        """

    package func observe(
        _ question: PostgresStreamingProbe, in scope: Scope, deadline: Deadline
    ) async throws(ObservationError) -> PostgresStreamingProbe.Answer {
        let standby = try view.node(question.standby, in: scope)
        let upstream = try view.node(question.upstream, in: scope)
        var answer = PostgresStreamingProbe.Answer(
            standby: standby.name, upstream: upstream.name, upstreamHost: upstream.host, upstreamPort: upstream.port,
            receiver: nil, sender: nil)
        let receivers = try await view.rows(Self.receiver, of: standby, deadline: deadline)
        guard let row = receivers.first else { return answer }
        let (receiver, slot, name) = try view.read(standby) { () throws(PostgresError) in
            let receiver = PostgresStreamingProbe.Receiver(
                status: try row.optionalText("status") ?? "hidden", senderHost: try row.optionalText("sender_host"),
                senderPort: try row.optionalInt("sender_port"),
                silence: try row.optionalSpan(microseconds: "silence"))
            return (receiver, try row.optionalText("slot_name"), try row.optionalText("application_name"))
        }
        answer.receiver = receiver
        let senders = try await view.rows(Self.sender, [slot, name], of: upstream, deadline: deadline)
        answer.sender = try view.read(upstream) { () throws(PostgresError) in
            guard let row = senders.first else { return nil }
            return .init(
                pid: try row.int("pid"), applicationName: try row.text("application_name"),
                state: try row.text("state"))
        }
        return answer
    }
}

/// How far replay is behind, and how long it takes. It waits on a session of its own, so that it holds up nobody else.
package struct PostgresReplayLagObserver: Observer {
    let view: ClusterView

    package func observe(
        _ question: PostgresReplayLagProbe, in scope: Scope, deadline: Deadline
    ) async throws(ObservationError) -> PostgresReplayLagProbe.Answer {
        let standby = try view.node(question.standby, in: scope)
        let upstream = try view.node(question.upstream, in: scope)
        let connection: PostgresConnection
        do throws(PostgresError) {
            connection = try await view.sessions.openNode(standby.name, deadline: deadline)
        } catch {
            throw ObservationError(error, node: standby)
        }
        let result = await follow(question, connection, standby, upstream, deadline: deadline)
        await connection.close()
        return try result.get()
    }

    private func follow(
        _ question: PostgresReplayLagProbe, _ connection: PostgresConnection, _ standby: Node, _ upstream: Node,
        deadline: Deadline
    ) async -> Result<PostgresReplayLagProbe.Answer, ObservationError> {
        do throws(ObservationError) {
            let start = SystemClock.now()
            let flushed = try await view.rows(
                "SELECT pg_current_wal_flush_lsn() AS lsn", of: upstream, deadline: deadline)
            let target = try view.read(upstream) { () throws(PostgresError) in try flushed.single().lsn("lsn") }
            var answer = PostgresReplayLagProbe.Answer(
                standby: standby.name, upstream: upstream.name, target: target, firstLag: nil, caughtUpAfter: nil)
            do throws(PostgresError) {
                let sql = "SELECT pg_last_wal_replay_lsn() AS lsn"
                let first = try await connection.query(sql, deadline: deadline).single().optionalLSN("lsn")
                guard let first else { return .success(answer) }
                answer.firstLag = ByteCount(max(0, target.bytes(since: first)))
                let patience = min(deadline, start + question.patience)
                _ = try await connection.poll(sql, every: .milliseconds(2), deadline: patience) {
                    (rows) throws(PostgresError) in try rows.single().lsn("lsn") >= target
                }
                answer.caughtUpAfter = SystemClock.now() - start
            } catch {
                // Only the limit's own end says "not within the limit".
                guard error.kind == .deadline, SystemClock.now() >= start + question.patience else {
                    throw ObservationError(error, node: standby)
                }
            }
            return .success(answer)
        } catch {
            return .failure(error)
        }
    }
}

/// Whether replay is paused.
package struct PostgresReplayPausedObserver: Observer {
    let view: ClusterView

    package func observe(
        _ question: PostgresReplayPausedProbe, in scope: Scope, deadline: Deadline
    ) async throws(ObservationError) -> PostgresReplayPausedProbe.Answer {
        let node = try view.node(question.node, in: scope)
        let rows = try await view.rows(
            GateQuestion.replayPaused, of: node, deadline: deadline)
        let state = try view.read(node) { () throws(PostgresError) in try rows.single().optionalText("state") }
        return .init(node: node.name, state: state)
    }
}

/// Everybody who receives a node's log. Sessions that have not begun to stream (Baton's own among them) hold up no stop.
package struct PostgresWalSendersObserver: Observer {
    let view: ClusterView

    package func observe(
        _ question: PostgresWalSendersProbe, in scope: Scope, deadline: Deadline
    ) async throws(ObservationError) -> PostgresWalSendersProbe.Answer {
        let node = try view.node(question.node, in: scope)
        try await view.requireMonitoring(node, deadline: deadline)
        let senders = try await view.rows(
            """
            SELECT pid, application_name, coalesce(state, 'hidden') AS state, \
            (extract(epoch FROM clock_timestamp() - reply_time) * 1000000)::bigint AS reply_age \
            FROM pg_stat_replication WHERE state IS DISTINCT FROM 'startup' ORDER BY pid
            """, of: node, deadline: deadline)
        let settings = try await view.rows(
            GateQuestion.shutdownTimeout, of: node, deadline: deadline)
        return try view.read(node) { () throws(PostgresError) in
            PostgresWalSendersProbe.Answer(
                node: node.name,
                senders: try senders.map { (row) throws(PostgresError) in
                    .init(
                        pid: try row.int("pid"), applicationName: try row.text("application_name"),
                        state: try row.text("state"), replyAge: try row.optionalSpan(microseconds: "reply_age"))
                },
                shutdownTimeoutMilliseconds: try settings.first?.optionalInt("setting").map(Int64.init))
        }
    }
}
