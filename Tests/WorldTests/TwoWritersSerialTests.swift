import BatonPostgres
import Testing

@testable import BatonLab

extension WorldSerialTests {
    /// Both sites accept writes, or may: nothing that Baton could do is safe.
    @Suite(.serialized, .sharedLab)
    struct TwoWritersSerialTests {
        private let world: WorldFixture

        init() throws { world = try #require(SharedLab.world) }

        private func promoteEast() async throws {
            try await world.sql("east-db", "SELECT pg_promote(true, 30)", "CHECKPOINT")
        }

        @Test("somebody promoted east behind Baton's back")
        func bothWritable() async throws {
            try await world.refuses(
                by: "postgres.identity", on: "east-db", remedy: "Stop the one that must not be primary",
                breaking: { try await promoteEast() }, healing: { try await world.rebuildEast() },
                playbook: world.hastyPlaybook())
        }

        @Test("east is primary and west does not let Baton in: its silence is no proof that it cannot write")
        func otherSilent() async throws {
            let path = world.lab.paths.secret("west")
            let right = try #require(LabFiles.read(path))
            try await world.refuses(
                by: "postgres.identity", on: "west-db", remedy: "ALTER ROLE baton PASSWORD",
                breaking: {
                    try await promoteEast()
                    try world.rewrite(path) { _ in "wrong\n" }
                },
                healing: {
                    try world.rewrite(path) { _ in right }
                    try await world.rebuildEast()
                })
        }
    }
}
