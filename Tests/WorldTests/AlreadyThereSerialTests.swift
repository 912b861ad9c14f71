import Testing

extension WorldSerialTests {
    /// A run that has nothing to do (R20).
    @Suite(.serialized)
    struct AlreadyThereSerialTests {
        @Test("a switchover to the primary's own site exits 0 with the proof and changes nothing")
        func alreadyThere() async throws {
            try await WorldFixture.with { world in
                let before = try await WorldPicture(world)
                let answer = try await world.baton(
                    "switchover", WorldFixture.playbook, "--to", "west", "-y", "--format", "json")
                #expect(answer.exit == 0, "\(answer.errors)")
                #expect(answer.json["outcome"] == "already-there" && answer.json["to"] == "west")
                try await world.expectUnchanged(since: before)
                try await world.expectIntactJournal()
                try await world.expectHealthy()
                let text = try await world.baton("switchover", WorldFixture.playbook, "--to", "west", "-y")
                #expect(text.exit == 0)
                #expect(text.text.contains("west-db at site west answers as the primary"))
                let preflight = try await world.preflight(to: "west")
                #expect(preflight.exit == 0 && preflight.json["alreadyThere"] == true, "\(preflight.text)")
                #expect(preflight.json["fromNode"] == "west-db" && preflight.json["prediction"] == .list([]))
            }
        }
    }
}
