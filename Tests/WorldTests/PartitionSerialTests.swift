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
    }
}
