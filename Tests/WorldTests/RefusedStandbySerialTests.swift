import BatonPostgres
import Testing

@testable import BatonLab

extension WorldSerialTests {
    /// Worlds whose standby must not be promoted.
    @Suite(.serialized, .sharedLab)
    struct RefusedStandbySerialTests {
        private let world: WorldFixture

        init() throws { world = try #require(SharedLab.world) }

        private let noReceiver = "SELECT count(*) = 0 FROM pg_stat_wal_receiver"

        @Test("a standby just made that names a wrong upstream")
        func freshWithWrongUpstream() async throws {
            try await world.refuses(
                by: "postgres.streaming", on: "east-db", remedy: "SHOW primary_conninfo",
                breaking: { try await world.rebuildEast(port: 1) },
                healing: { try await world.pointEast(port: try world.node("west-db").port) },
                playbook: world.hastyPlaybook())
        }

        @Test("a standby just made that the primary's pg_hba.conf refuses")
        func freshWithoutAccess() async throws {
            let rules = world.status.nodes.map { $0.dataDirectory + "/pg_hba.conf" }
            try await world.refuses(
                by: "postgres.streaming", on: "east-db", remedy: "Look for the reason in the log of east-db",
                breaking: {
                    try world.rewrite(rules[0]) { "host replication baton 127.0.0.1/32 reject\n" + $0 }
                    try await world.sql("west-db", "SELECT pg_reload_conf()")
                    try await world.rebuildEast()
                },
                healing: {
                    // The copy has the line too.
                    for (node, file) in zip(["west-db", "east-db"], rules) {
                        try world.rewrite(file) { String($0.drop { $0 != "\n" }.dropFirst()) }
                        try await world.sql(node, "SELECT pg_reload_conf()")
                        try await world.wait(
                            node,
                            until: "NOT EXISTS (SELECT FROM pg_hba_file_rules WHERE auth_method = 'reject')")
                    }
                })
        }

        @Test("a standby just made whose slot does not exist")
        func freshWithoutSlot() async throws {
            try await world.refuses(
                by: "postgres.streaming", on: "east-db", remedy: "Look for the reason in the log of east-db",
                breaking: { try await world.rebuildEast(slot: "nowhere") },
                healing: {
                    try await world.sql(
                        "east-db", "ALTER SYSTEM SET primary_slot_name = 'east_db'", "SELECT pg_reload_conf()")
                })
        }

        @Test("a dead receiver, although all that was received is replayed")
        func deadReceiver() async throws {
            try await world.refuses(
                by: "postgres.streaming", on: "east-db", remedy: "SELECT pg_reload_conf();",
                breaking: {
                    try await world.pointEast(port: 1)
                    try await world.sql("east-db", "SELECT pg_terminate_backend(pid) FROM pg_stat_wal_receiver")
                    try await world.wait("east-db", until: noReceiver)
                    let lag = try await world.sql(
                        "east-db", "SELECT pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() AS equal")
                    #expect(try lag.single().bool("equal"))
                },
                healing: { try await world.pointEast(port: try world.node("west-db").port) })
        }

        @Test("replay is paused")
        func pausedReplay() async throws {
            try await world.refuses(
                by: "postgres.replay-paused", on: "east-db", remedy: "SELECT pg_wal_replay_resume();",
                breaking: {
                    try await world.sql("east-db", "SELECT pg_wal_replay_pause()")
                    try await world.wait("east-db", until: "pg_get_wal_replay_pause_state() = 'paused'")
                },
                healing: { try await world.sql("east-db", "SELECT pg_wal_replay_resume()") })
        }

        @Test("replay is delayed on purpose")
        func delayedApply() async throws {
            try await world.refuses(
                by: "postgres.apply-delay", on: "east-db", remedy: "ALTER SYSTEM SET recovery_min_apply_delay = 0;",
                breaking: {
                    try await world.sql(
                        "east-db", "ALTER SYSTEM SET recovery_min_apply_delay = '1min'", "SELECT pg_reload_conf()")
                    try await world.wait("east-db", until: "current_setting('recovery_min_apply_delay') = '1min'")
                },
                healing: {
                    try await world.sql(
                        "east-db", "ALTER SYSTEM SET recovery_min_apply_delay = 0", "SELECT pg_reload_conf()")
                })
        }

        @Test("a recovery target is left over")
        func leftoverTarget() async throws {
            try await world.refuses(
                by: "postgres.recovery-target", on: "east-db", remedy: "ALTER SYSTEM RESET recovery_target_time;",
                breaking: {
                    try await world.sql("east-db", "ALTER SYSTEM SET recovery_target_time = '2099-01-01 00:00:00+00'")
                    try await world.restart("east-db")
                },
                healing: {
                    try await world.sql("east-db", "ALTER SYSTEM RESET recovery_target_time")
                    try await world.restart("east-db")
                })
        }

        @Test("the standby allows fewer connections than the primary")
        func lowerSettings() async throws {
            try await world.refuses(
                by: "postgres.settings-parity", on: "east-db", remedy: "ALTER SYSTEM SET max_connections = 120;",
                breaking: {
                    try await world.sql("west-db", "ALTER SYSTEM SET max_connections = 120")
                    try await world.restart("west-db")
                    try await world.wait("east-db", until: "pg_is_wal_replay_paused()")
                },
                healing: {
                    try await world.sql("east-db", "ALTER SYSTEM SET max_connections = 120")
                    try await world.restart("east-db")
                }, playbook: world.hastyPlaybook())
        }

        @Test("the standby is down")
        func killedStandby() async throws {
            try await world.refuses(
                by: "postgres.identity", on: "east-db", remedy: "pg_isready -h 127.0.0.1",
                breaking: { try await world.lab.breakServer("east-db", .kill) },
                healing: { try await world.lab.heal("east-db") { _ in } })
        }
    }
}
