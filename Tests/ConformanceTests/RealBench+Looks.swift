import BatonCore
import BatonHosts
import BatonPostgres

@testable import BatonEngine
@testable import BatonLab

extension RealBench {
    // A standby's control file lags behind the stream, so the walreceiver is asked first (R6).
    private static let question = """
        SELECT pg_is_in_recovery() AS standby,
            (SELECT sender_port FROM pg_stat_wal_receiver WHERE status = 'streaming') AS port,
            CASE WHEN pg_is_in_recovery() THEN pg_is_wal_replay_paused() ELSE false END AS paused,
            CASE WHEN pg_is_in_recovery()
                THEN coalesce((SELECT received_tli FROM pg_stat_wal_receiver),
                    greatest((SELECT timeline_id FROM pg_control_checkpoint()),
                        (SELECT min_recovery_end_timeline FROM pg_control_recovery())))::bigint
                ELSE ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint END AS timeline
        """

    func look(_ side: Side) async throws -> ServerLook {
        let server = ground.server(side)
        let control: ServerLook.Control? =
            switch try await server.host.controlFile(deadline: RealGround.soon()).state {
            case .inProduction: .inProduction
            case .shutDown: .shutDown
            case .inArchiveRecovery: .inRecovery
            case .shutDownInRecovery: .shutDownInRecovery
            case .startingUp, .shuttingDown, .inCrashRecovery: nil
            }
        var look = ServerLook(
            runs: try await server.local.process(deadline: RealGround.soon()) != .none, control: control,
            hasStandbySignal: try await server.host.hasStandbySignal(deadline: RealGround.soon()))
        guard look.runs, let row = try? await query(side, Self.question).single() else { return look }
        look.role = try row.bool("standby") ? .standby : .primary
        look.timeline = try row.optionalInt("timeline").flatMap { TimelineID(exactly: $0) }
        look.isReplayPaused = try row.bool("paused")
        if let port = try row.optionalInt("port"),
            let upstream = Side.allCases.first(where: { ground.server($0).node.port == port }),
            await !isRefused(side, by: upstream)
        {
            look.streamsFrom = upstream
        }
        return look
    }

    /// A walreceiver says "streaming" as soon as it is connected, also when it is then refused. A server that does not answer
    /// refuses nobody.
    private func isRefused(_ side: Side, by upstream: Side) async -> Bool {
        let count =
            "SELECT count(*) FROM pg_stat_replication WHERE application_name = '\(side.nodeName)' AND state = 'streaming'"
        guard let row = try? await query(upstream, count).single() else { return false }
        return (try? row.int("count")) == 0
    }

    func replay(on side: Side, ofCheckpointOf stopped: Side) async throws -> ReplayLook {
        let checkpoint = try await ground.server(stopped).host.controlFile(deadline: RealGround.soon()).checkpoint
        let replayed = try await query(side, "SELECT pg_last_wal_replay_lsn() AS lsn").single().lsn("lsn")
        let distance = replayed.bytes(since: checkpoint)
        return distance <= 0 ? .notYet : distance <= 8_192 ? .exactly : .beyond
    }

    func slots(on side: Side) async throws -> [Side: SlotLook] {
        let rows = try await query(
            side, "SELECT slot_name, restart_lsn IS NOT NULL AS reserved, active FROM pg_replication_slots")
        var slots: [Side: SlotLook] = [:]
        for row in rows {
            guard let owner = try Side.allCases.first(where: { try $0.slotName == row.text("slot_name") }) else {
                continue
            }
            slots[owner] = SlotLook(isReserved: try row.bool("reserved"), isActive: try row.bool("active"))
        }
        return slots
    }

    func seesEveryAcknowledgedRow(_ side: Side) async throws -> Bool {
        var expected = acknowledgedRows
        let rows = try await query(side, "SELECT run || '/' || id AS name FROM baton_canary")
        for row in rows { expected.remove(try row.text("name")) }
        return expected.isEmpty
    }
}
