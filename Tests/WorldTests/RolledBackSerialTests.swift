import BatonCore
import BatonJournal
import BatonPostgres
import Glibc
import Testing

@testable import BatonEngine
@testable import BatonLab

extension WorldSerialTests {
    /// Something breaks before the point of no return: everything is taken back, and clients only waited.
    @Suite(.serialized)
    struct RolledBackSerialTests {
        @Test(
            "an open transaction outlives the pause, and commits afterwards",
            arguments: [
                (from: "deadline: 5s\n    why: Clients wait", to: "deadline: 1s\n    why: Clients wait"),
                // The pause's own deadline is longer than what the freeze budget leaves it (R1).
                (from: "freeze: 30s, undo-reserve: 10s", to: "freeze: 3s, undo-reserve: 2s"),
            ])
        func openTransaction(change: (from: String, to: String)) async throws {
            try await WorldFixture.with { world in
                let playbook = try world.playbook(change)
                let client = try await world.client()
                _ = try await client.simpleQuery("BEGIN", deadline: WorldFixture.soon())
                _ = try await client.simpleQuery(
                    "INSERT INTO baton_canary (run, id) VALUES ('open', 1)", deadline: WorldFixture.soon())
                var answer: WorldFixture.Answer?
                let load = try await world.underLoad {
                    answer = try await world.duringDrill(playbook) { _ in }
                }
                _ = try await client.simpleQuery("COMMIT", deadline: WorldFixture.soon())
                await client.close()
                let committed = try await world.sql("west-db", "SELECT id FROM baton_canary WHERE run = 'open'")
                #expect(committed.count == 1)
                #expect(load.errors == 0 && load.missing == 0, "\(load.text)")
                // Caused by the wait for the transaction, and part of the record.
                #expect(try #require(load.longestGapMs) > 900)
                try await world.expectRolledBack(try #require(answer))
                #expect(try #require(answer).text.contains("still in a transaction"))
                let report = try await world.baton("report", "--format", "json")
                #expect(report.json["measured"]["clientErrors"] == .number(0))
                guard case .number(let pause) = report.json["measured"]["writePauseMs"] else {
                    return #expect(Bool(false), "the pause was not measured")
                }
                #expect(pause > 900)
            }
        }

        @Test(
            "old's stop hangs: an immediate stop, then SIGKILL, and old writes again (R2)",
            arguments: [("west-db", "checkpointer"), ("west-db", ""), ("east-db", "walreceiver")])
        func stopHangs(node: String, title: String) async throws {
            try await WorldFixture.with { world in
                let playbook = try world.playbook((from: "deadline: 15s", to: "deadline: 1s"))
                let client = try await world.client()
                _ = try await client.simpleQuery("BEGIN; SELECT 1", deadline: WorldFixture.soon())
                var answer: WorldFixture.Answer?
                let load = try await world.underLoad {
                    answer = try await world.duringDrill(playbook) { running in
                        // The open transaction holds the freeze until the process is stopped.
                        try await running.announces("pgbouncer.pause")
                        let halted = try await world.halt(node, titled: title)
                        _ = try await client.simpleQuery("COMMIT", deadline: WorldFixture.soon())
                        try await running.until("the end") { $0.closing != nil }
                        for pid in halted { kill(pid, SIGCONT) }
                    }
                }
                await client.close()
                #expect(load.errors == 0 && load.missing == 0, "\(load.text)")
                try await world.expectRolledBack(try #require(answer))
                #expect(try #require(answer).text.contains("west-db still runs"))
            }
        }

        @Test("the standby dies between fence and promote and comes back: old writes again, the slot is dropped")
        func standbyDiesAndReturns() async throws {
            try await WorldFixture.with { world in
                let client = try await world.client()
                _ = try await client.simpleQuery("BEGIN; SELECT 1", deadline: WorldFixture.soon())
                var answer: WorldFixture.Answer?
                let load = try await world.underLoad {
                    answer = try await world.duringDrill { running in
                        try await Self.killStandbyAfterFence(world, client, running)
                        try await running.announces("postgres.drop-slots")
                        try await world.lab.heal("east-db") { _ in }
                    }
                }
                await client.close()
                #expect(load.errors == 0 && load.missing == 0, "\(load.text)")
                try await world.expectRolledBack(try #require(answer))
            }
        }

        @Test("the standby dies between fence and promote and stays dead: rolled back, and the slot is owed")
        func standbyDies() async throws {
            try await WorldFixture.with { world in
                let client = try await world.client()
                _ = try await client.simpleQuery("BEGIN; SELECT 1", deadline: WorldFixture.soon())
                var answer: WorldFixture.Answer?
                let load = try await world.underLoad {
                    answer = try await world.duringDrill { running in
                        try await Self.killStandbyAfterFence(world, client, running)
                    }
                }
                await client.close()
                #expect(load.errors == 0 && load.missing == 0, "\(load.text)")
                let text = try #require(answer).text
                #expect(answer?.exit == 4, "\(text)")
                #expect(text.contains("Rolled back: clients write on old as before; what is owed is named below."))
                #expect(text.contains("SELECT pg_drop_replication_slot"))
                #expect(try await world.write() == world.node("west-db").port)
                let report = try await world.baton("report", "latest", "--format", "json")
                #expect(report.json["outcome"] == "rolled-back", "\(report.output)")
                let owed = report.json["obligations"].list.filter { $0["open"] == true }
                #expect(owed.count == 1, "\(report.output)")
                try await world.expectIntactJournal()
                // What is owed is exactly what a person then does.
                try await world.lab.heal("east-db") { _ in }
                try await world.sql("east-db", "SELECT pg_drop_replication_slot('west_db')")
                try await world.expectHealthy()
            }
        }

        /// Holds replay and the freeze, lets the fence come, and cuts the standby's power while the gate waits.
        private static func killStandbyAfterFence(
            _ world: WorldFixture, _ client: PostgresConnection, _ running: RunningBaton
        ) async throws {
            try await running.announces("pgbouncer.pause")
            try await world.sql("east-db", "SELECT pg_wal_replay_pause()")
            _ = try await client.simpleQuery("COMMIT", deadline: WorldFixture.soon())
            try await running.until("the fence") { journal in
                journal.entries.contains { entry in
                    guard entry.rule == Rule.stepDone.id, case .observed(let item, _, _) = entry.event else {
                        return false
                    }
                    return item.step == "fence.postgres.stop"
                }
            }
            try await world.lab.breakServer("east-db", .kill)
        }

        @Test("the candidate does not replay in time: the report says what it has replayed")
        func catchUpMissesItsDeadline() async throws {
            try await WorldFixture.with { world in
                let playbook = try world.playbook(
                    (from: "deadline: 10s\n    why: New has", to: "deadline: 1s\n    why: New has"))
                let client = try await world.client()
                _ = try await client.simpleQuery("BEGIN; SELECT 1", deadline: WorldFixture.soon())
                var answer: WorldFixture.Answer?
                let load = try await world.underLoad {
                    answer = try await world.duringDrill(playbook) { running in
                        try await running.announces("pgbouncer.pause")
                        try await world.sql("east-db", "SELECT pg_wal_replay_pause()")
                        _ = try await client.simpleQuery("COMMIT", deadline: WorldFixture.soon())
                    }
                }
                await client.close()
                try await world.sql("east-db", "SELECT pg_wal_replay_resume()")
                #expect(load.errors == 0 && load.missing == 0, "\(load.text)")
                try await world.expectRolledBack(try #require(answer))
                #expect(
                    try #require(answer).text.contains("east-db has not replayed the shutdown checkpoint of west-db"))
            }
        }

        @Test(
            "one of the pooler's entries is gone when it is to be paused: the other one's clients go on",
            // Once the first is paused, whether the other one is cannot be told: a person is asked to look.
            arguments: [(entries: "app, gone", exit: Int32(3)), (entries: "gone, app", exit: 4)])
        func entryGone(entries: String, exit: Int32) async throws {
            try await WorldFixture.with { world in
                let playbook = try world.playbook(
                    (from: "deadline: 5s\n    why: Clients wait", to: "deadline: 1s\n    why: Clients wait"))
                let pooler = try #require(world.status.poolers.first)
                let line = "gone = host=127.0.0.1 port=\(try world.node("west-db").port) dbname=app\n"
                try world.rewrite(pooler.config) { $0.replacing("[databases]\n", with: "[databases]\n" + line) }
                try world.rewrite(try #require(world.status.topology)) {
                    $0.replacing("databases: [app]", with: "databases: [\(entries)]")
                }
                try await world.console("RELOAD")
                var answer: WorldFixture.Answer?
                let load = try await world.underLoad {
                    let halted = try await world.halt("west-db", titled: "checkpointer")
                    answer = try await world.duringDrill(playbook) { running in
                        try await running.announces("postgres.checkpoint")
                        try world.rewrite(pooler.config) { $0.replacing(line, with: "") }
                        try await world.console("RELOAD")
                        for pid in halted { kill(pid, SIGCONT) }
                    }
                }
                let text = try #require(answer).text
                #expect(answer?.exit == exit, "\(text)")
                #expect(load.errors == 0 && load.missing == 0, "\(load.text)")
                #expect(try await !world.isPaused())
                #expect(try await world.write() == world.node("west-db").port)
            }
        }

        @Test("the session that holds the candidate's lease is ended during the freeze: the run goes no further")
        func leaseLost() async throws {
            try await WorldFixture.with { world in
                let client = try await world.client()
                _ = try await client.simpleQuery("BEGIN; SELECT 1", deadline: WorldFixture.soon())
                let answer = try await world.duringDrill { running in
                    try await running.announces("pgbouncer.pause")
                    try await world.sql(
                        "east-db",
                        """
                        SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'
                        """)
                }
                _ = try await client.simpleQuery("COMMIT", deadline: WorldFixture.soon())
                await client.close()
                try await world.expectRolledBack(answer)
                #expect(answer.text.contains("the lease on east-db was lost"))
            }
        }
    }
}
