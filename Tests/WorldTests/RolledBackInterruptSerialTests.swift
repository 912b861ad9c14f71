import BatonCore
import BatonJournal
import BatonPostgres
import Glibc
import Testing

@testable import BatonEngine
@testable import BatonLab

extension WorldSerialTests {
    /// A person or an init system asks the run to stop.
    @Suite(.serialized)
    struct RolledBackInterruptSerialTests {
        @Test("Ctrl-C and SIGTERM in the freeze: thawed at once", arguments: [SIGINT, SIGTERM])
        func inFreeze(signal: Int32) async throws {
            try await WorldFixture.with { world in
                let client = try await world.client()
                _ = try await client.simpleQuery("BEGIN; SELECT 1", deadline: WorldFixture.soon())
                var answer: WorldFixture.Answer?
                let load = try await world.underLoad {
                    answer = try await world.duringDrill { running in
                        try await running.announces("pgbouncer.pause")
                        running.send(signal)
                    }
                }
                _ = try await client.simpleQuery("COMMIT", deadline: WorldFixture.soon())
                await client.close()
                #expect(load.errors == 0 && load.missing == 0, "\(load.text)")
                try await world.expectRolledBack(try #require(answer))
                #expect(answer?.text.contains("interrupted by \(signal == SIGINT ? "Ctrl-C" : "SIGTERM")") == true)
            }
        }

        @Test("Ctrl-C and SIGTERM while old stops: old is ended, started and thawed", arguments: [SIGINT, SIGTERM])
        func inFence(signal: Int32) async throws {
            try await WorldFixture.with { world in
                let client = try await world.client()
                _ = try await client.simpleQuery("BEGIN; SELECT 1", deadline: WorldFixture.soon())
                var answer: WorldFixture.Answer?
                let load = try await world.underLoad {
                    answer = try await world.duringDrill { running in
                        try await running.announces("pgbouncer.pause")
                        // Old waits for its standby to confirm the shutdown checkpoint, and it never does.
                        let halted = try await world.halt("east-db", titled: "walreceiver")
                        _ = try await client.simpleQuery("COMMIT", deadline: WorldFixture.soon())
                        try await running.announces("postgres.stop")
                        running.send(signal)
                        try await running.until("the end") { $0.closing != nil }
                        for pid in halted { kill(pid, SIGCONT) }
                    }
                }
                await client.close()
                #expect(load.errors == 0 && load.missing == 0, "\(load.text)")
                try await world.expectRolledBack(try #require(answer))
            }
        }

        @Test("Ctrl-C in prepare: the slot is gone again")
        func inPrepare() async throws {
            try await WorldFixture.with { world in
                let halted = try await world.halt("west-db", titled: "checkpointer")
                let answer = try await world.duringDrill { running in
                    try await running.announces("postgres.checkpoint")
                    try await world.wait("east-db", until: "SELECT count(*) = 1 FROM pg_replication_slots")
                    running.send(SIGINT)
                }
                for pid in halted { kill(pid, SIGCONT) }
                try await world.expectRolledBack(answer)
            }
        }

        @Test("Ctrl-C in preflight: 130, nothing was changed")
        func inPreflight() async throws {
            try await WorldFixture.with { world in
                var answer: WorldFixture.Answer?
                let load = try await world.underLoad {
                    // Its replay stands still, so the gate on its lag is not answered soon.
                    let halted = try await world.halt("east-db", titled: "startup")
                    answer = try await world.duringDrill { running in
                        try await running.until("preflight") { journal in
                            journal.entries.contains { $0.rule == Rule.slotsBound.id }
                        }
                        running.send(SIGINT)
                    }
                    for pid in halted { kill(pid, SIGCONT) }
                }
                let text = try #require(answer).text
                #expect(answer?.exit == 130, "\(text)")
                #expect(load.errors == 0 && load.missing == 0, "\(load.text)")
                let report = try await world.baton("report", "--format", "json")
                #expect(report.json["outcome"] == "interrupted")
                try await world.expectIntactJournal()
                try await world.expectNothingLeft()
                try await world.expectHealthy()
            }
        }

        @Test("a second Ctrl-C while the undo hangs: 130, and the guard thaws as soon as the pooler answers")
        func twice() async throws {
            try await WorldFixture.with { world in
                let client = try await world.client()
                _ = try await client.simpleQuery("BEGIN; SELECT 1", deadline: WorldFixture.soon())
                let answer = try await world.duringDrill { running in
                    try await running.announces("pgbouncer.pause")
                    try await world.lab.breakServer("pool", .pause)
                    running.send(SIGINT)
                    try await running.until("the undo") { $0.entries.last?.state == .undoing }
                    running.send(SIGINT)
                }
                #expect(answer.exit == 130, "\(answer.text)")
                #expect(answer.text.contains("second interrupt"))
                try await world.lab.heal("pool") { _ in }
                try await world.guardIsDone()
                _ = try await client.simpleQuery("COMMIT", deadline: WorldFixture.soon())
                await client.close()
                let report = try await world.baton("report", "--format", "json")
                #expect(report.json["outcome"] == "rolled-back", "\(report.output)")
                try await world.expectIntactJournal()
                try await world.expectNothingLeft()
                try await world.expectHealthy()
            }
        }
    }
}
