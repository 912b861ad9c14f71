import BatonPostgres
import Testing

@testable import BatonLab

extension WorldSerialTests {
    /// What a preflight foretells is what the run then does. The ill worlds of the other suites are compared, too
    /// (`refuses`); here are those that the gates of preflight let pass.
    @Suite(.serialized, .sharedLab)
    struct AgreementSerialTests {
        private let world: WorldFixture

        init() throws { world = try #require(SharedLab.world) }

        @Test("a healthy world, there and back; the second preflight knows what the first run took")
        func healthy() async throws {
            var expectsPause = false
            for site in ["east", "west"] {
                let foretold = try await world.preflight(to: site)
                #expect(foretold.exit == 0, "\(foretold.text)")
                let expected = foretold.json["expected"]
                #expect((expected["writePauseMs"] != .null) == expectsPause, "\(expected)")
                #expect(
                    expected["objectives"].list.map { $0["reachable"] }
                        == (expectsPause ? [true, true] : [.null, .null]))
                let stop = foretold.json["prediction"].list.first { $0["do"] == "postgres.stop" }
                #expect((stop?["expectedMs"] != .null) == expectsPause)
                let run = try await world.baton(
                    "drill", WorldFixture.playbook, "--to", site, "-y", "--format", "json")
                #expect(run.exit == 0, "\(run.text)")
                let agreement = RealAgreement(foretold.json, run.json)
                agreement.expect()
                // The proof and the canary.
                #expect(agreement.open == 2)
                #expect(agreement.compared == run.json["steps"].list.count - 2)
                expectsPause = true
            }
            try await world.expectHealthy()
        }

        /// The shipped playbook with a gate more, at the beginning of a phase.
        private func playbook(_ phase: String, _ gate: String) throws -> String {
            let path = world.state + "/stricter.yaml"
            let text = try #require(LabFiles.read(WorldFixture.playbook))
            try LabFiles.write(
                text.replacing("\n\(phase):\n", with: "\n\(phase):\n  - \(gate)\n"), to: path,
                owner: try LabGround.survey().account)
            return path
        }

        @Test(
            "a later gate that says no already: the preflight is not ready, and the run comes as far as it said",
            arguments: [
                ("gate: pgbouncer.freeze-budget\n    on: poolers\n    limit: { budget: 10min }", "pool"),
                ("gate: postgres.host\n    on: old", nil),
            ] as [(String, String?)])
        func laterGate(gate: String, blockedOn: String?) async throws {
            let playbook = try playbook("prepare", gate)
            let before = try await WorldPicture(world)
            let foretold = try await world.preflight(to: "east", playbook)
            guard let blockedOn else {
                // One that has no reason to refuse is foretold to pass.
                #expect(foretold.exit == 0, "\(foretold.text)")
                #expect(foretold.json["prediction"].list.first?["verdict"] == "pass")
                return
            }
            #expect(foretold.exit == 2, "\(foretold.text)")
            #expect(foretold.json["gates"].list.allSatisfy { $0["verdict"] == "pass" })
            let blocking = foretold.json["prediction"].list.filter { $0["verdict"] == "block" }
            #expect(blocking.map { $0["target"] } == [.text(blockedOn)])
            let run = try await world.baton("drill", playbook, "--to", "east", "-y", "--format", "json")
            #expect(run.exit == 2, "\(run.text)")
            let agreement = RealAgreement(foretold.json, run.json)
            agreement.expect()
            let line = try await world.baton("preflight", playbook, "--to", "east", "--summary")
            #expect(line.exit == 2)
            #expect(line.output.split(separator: "\n").count == 1)
            #expect(line.output.hasPrefix("not ready: "), "\(line.output)")
            try await world.expectUnchanged(since: before)
            try await world.expectHealthy()
        }
    }
}
