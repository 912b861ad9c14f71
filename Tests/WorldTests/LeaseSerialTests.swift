import BatonCore
import BatonJournal
import BatonPostgres
import Glibc
import Testing

@testable import BatonEngine
@testable import BatonLab

extension WorldSerialTests {
    /// Two runs on one cluster (I10).
    @Suite(.serialized)
    struct LeaseSerialTests {
        @Test("a second run is told who, since when and how to look (75), from the same and from another directory")
        func second() async throws {
            try await WorldFixture.with { world in
                let client = try await world.client()
                _ = try await client.simpleQuery("BEGIN; SELECT 1", deadline: WorldFixture.soon())
                let topology = try #require(world.status.topology)
                let elsewhere = world.state + "/elsewhere"
                let first = try await world.duringDrill { running in
                    try await running.announces("pgbouncer.pause")
                    let run = try #require(running.journal()).header.run
                    let here = try await world.baton("drill", WorldFixture.playbook, "--to", "east", "-y")
                    #expect(here.exit == 75, "\(here.text)")
                    for word in [run.rawValue, "pid \(running.pid)", "since", "baton status", "drill"] {
                        #expect(here.text.contains(word), "“\(word)” is not in: \(here.text)")
                    }
                    let there = try await WorldFixture.baton([
                        "switchover", WorldFixture.playbook, "-t", topology, "--to", "east", "-y", "--state", elsewhere,
                    ])
                    #expect(there.exit == 75, "\(there.text)")
                    for word in [run.rawValue, "since", "baton status", "east-db"] {
                        #expect(there.text.contains(word), "“\(word)” is not in: \(there.text)")
                    }
                    #expect(LabFiles.names(in: elsewhere + "/runs").isEmpty)
                    _ = try await client.simpleQuery("COMMIT", deadline: WorldFixture.soon())
                }
                await client.close()
                #expect(first.exit == 0, "\(first.text)")
                try await world.expectNothingLeft(primary: "east-db")
                try await world.expectHealthy(primary: "east-db")
                let after = try await WorldFixture.baton([
                    "switchover", WorldFixture.playbook, "-t", topology, "--to", "west", "-y", "--state", elsewhere,
                ])
                #expect(after.exit == 0, "\(after.text)")
                try await world.expectNothingLeft()
                try await world.expectHealthy()
            }
        }

        @Test("a run that was killed holds no lease: the next one begins")
        func killed() async throws {
            try await WorldFixture.with { world in
                let halted = try await world.halt("west-db", titled: "checkpointer")
                let killed = try await world.duringDrill { running in
                    try await running.announces("postgres.checkpoint")
                    running.send(SIGKILL)
                }
                #expect(killed.exit == 128 + SIGKILL)
                for pid in halted { kill(pid, SIGCONT) }
                // Whether its guard was there already is not known; if it was not, the run waits for a person.
                try await world.guardIsDone()
                if try await world.baton("status", "--format", "json").json["runs"].list.count == 1 {
                    let early = try await world.baton("drill", WorldFixture.playbook, "--to", "east", "-y")
                    #expect(early.exit == 2, "\(early.text)")
                    #expect(early.text.contains("baton resume"))
                    #expect(try await world.baton("abort", "-y").exit == 4)
                }
                try world.expectFreeLease()
                let next = try await world.baton("drill", WorldFixture.playbook, "--to", "east", "-y")
                #expect(next.exit == 0, "\(next.text)")
                try await world.expectHealthy(primary: "east-db")
            }
        }

        @Test("a Baton that was stopped while its lease was taken from it does nothing more when it goes on")
        func slept() async throws {
            try await WorldFixture.with { world in
                let client = try await world.client()
                _ = try await client.simpleQuery("BEGIN; SELECT 1", deadline: WorldFixture.soon())
                let answer = try await world.duringDrill { running in
                    try await running.announces("pgbouncer.pause")
                    let patience = WorldFixture.soon()
                    while try await !world.isPaused(), SystemClock.now() < patience {
                        try await SystemClock.sleep(.milliseconds(2))
                    }
                    running.send(SIGSTOP)
                    // As another Baton does that takes the run over, finishes it and leaves.
                    for node in world.status.nodes {
                        try await world.sql(
                            node.name, "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
                    }
                    // Longer than a gap in what Baton knows may be.
                    try await SystemClock.sleep(.seconds(4))
                    running.send(SIGCONT)
                }
                #expect(answer.exit == 3, "\(answer.text)")
                #expect(answer.text.contains("the lease on east-db was lost"), "\(answer.text)")
                #expect(answer.text.contains("RESUME"), "\(answer.text)")
                // Old was never stopped, and nobody was led anywhere.
                #expect(
                    try await world.sql("west-db", "SELECT pg_is_in_recovery()").single().bool("pg_is_in_recovery")
                        == false)
                _ = try await client.simpleQuery("COMMIT", deadline: WorldFixture.soon())
                await client.close()
            }
        }
    }
}
