import BatonCore
import BatonPostgres
import Glibc
import Testing

@testable import BatonEngine
@testable import BatonLab

extension WorldSerialTests {
    /// Baton cut off from one server while everybody else reaches it.
    @Suite(.serialized, .enabled("needs root and nftables") { await Partition.isPossible() })
    struct PartitionSerialTests {
        @Test("the candidate falls silent for Baton during the freeze: clients write on old again, nothing is promoted")
        func candidateFallsSilent() async throws {
            try await WorldFixture.with { world in
                try await Partition.with { partition in
                    let east = try world.node("east-db").port
                    let client = try await world.client()
                    _ = try await client.simpleQuery("BEGIN; SELECT 1", deadline: WorldFixture.soon())
                    let drill = [
                        "drill", WorldFixture.playbook, "-t", try #require(world.status.topology), "--to", "east",
                    ]
                    let answer = try await world.during(drill + ["-y"], launcher: Partition.launcher) { running in
                        try await running.announces("pgbouncer.pause")
                        try await partition.cut(east)
                        // The standby itself is well, and others reach it.
                        try await world.wait("west-db", until: "SELECT count(*) = 1 FROM pg_stat_replication")
                        try await world.wait("east-db", until: "SELECT pg_is_in_recovery()")
                        _ = try await client.simpleQuery("COMMIT", deadline: WorldFixture.soon())
                    }
                    await client.close()
                    #expect(answer.exit == 4, "\(answer.text)")
                    #expect(try await world.write() == world.node("west-db").port)
                    try await partition.heal(east)
                    // What is owed is exactly what a person then does.
                    try await world.sql("east-db", "SELECT pg_drop_replication_slot('west_db')")
                    try await world.expectHealthy()
                    let next = try await world.during(drill + ["-y"], launcher: Partition.launcher) { _ in }
                    #expect(next.exit == 0, "\(next.text)")
                    try await world.expectHealthy(primary: "east-db")
                }
            }
        }

        /// The drill, by a Baton that can be cut off, with what happens to it once `rule` has moved it.
        private static func drill(
            _ world: WorldFixture, _ playbook: String, cut port: Int, after rule: Rule, _ partition: Partition
        ) async throws -> WorldFixture.Answer {
            let topology = try #require(world.status.topology)
            return try await world.during(
                ["drill", playbook, "-t", topology, "--to", "east", "-y"], launcher: Partition.launcher
            ) { running in
                try await running.moves(by: rule)
                try await partition.cut(port)
            }
        }

        @Test(
            "old falls silent for Baton alone, which controls its host: the run goes on, and a resume ends what is left"
        )
        func oldFallsSilent() async throws {
            try await WorldFixture.with { world in
                try await Partition.with { partition in
                    let west = try world.node("west-db").port
                    let playbook = try world.playbook(
                        (from: "do: postgres.rejoin\n", to: "do: postgres.rejoin\n        deadline: 3s\n"))
                    var answer: WorldFixture.Answer?
                    let load = try await world.underLoad {
                        answer = try await Self.drill(
                            world, playbook, cut: west, after: .promotionAnnounced, partition)
                    }
                    #expect(load.errors == 0 && load.missing == 0, "\(load.text)")
                    #expect(answer?.exit == 3, "\(answer?.text ?? "")")
                    #expect(try await world.write() == world.node("east-db").port)
                    try await partition.heal(west)
                    let resumed = try await world.baton("resume", "-y")
                    #expect(resumed.exit == 0, "\(resumed.text)")
                    try await world.expectNothingLeft(primary: "east-db")
                    try await world.expectHealthy(primary: "east-db")
                }
            }
        }

        @Test("the pooler falls silent for Baton after the promotion: halted, and a resume lets its clients go on")
        func poolerFallsSilent() async throws {
            try await WorldFixture.with { world in
                try await Partition.with { partition in
                    let pool = try #require(world.status.poolers.first).port
                    var answer: WorldFixture.Answer?
                    let load = try await world.underLoad {
                        answer = try await Self.drill(
                            world, try world.shortRouting(), cut: pool, after: .promotionAnnounced, partition)
                        #expect(answer?.text.contains("baton resume") == true, "\(answer?.text ?? "")")
                        try await partition.heal(pool)
                        let resumed = try await world.baton("resume", "-y")
                        #expect(resumed.exit == 0, "\(resumed.text)")
                    }
                    #expect(answer?.exit == 3, "\(answer?.text ?? "")")
                    #expect(load.errors == 0 && load.missing == 0, "\(load.text)")
                    try await world.expectNothingLeft(primary: "east-db")
                    try await world.expectHealthy(primary: "east-db")
                }
            }
        }
    }
}
