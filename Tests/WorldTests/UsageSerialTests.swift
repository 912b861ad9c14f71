import Testing

@testable import BatonLab

extension WorldSerialTests {
    /// What is wrong before any server is asked: 64 and 65, with a message on stderr and nothing on stdout.
    @Suite(.serialized, .sharedLab)
    struct UsageSerialTests {
        private let world: WorldFixture

        init() throws { world = try #require(SharedLab.world) }

        /// Runs the command and expects that nothing but a message came of it.
        private func expect(
            _ status: Int32, saying words: String, _ arguments: String...,
            sourceLocation: SourceLocation = #_sourceLocation
        ) async throws {
            let runs = LabFiles.names(in: world.state + "/runs")
            let answer = try await WorldFixture.baton(arguments + ["--state", world.state])
            #expect(answer.exit == status, "\(answer.output) \(answer.errors)", sourceLocation: sourceLocation)
            #expect(answer.text.contains(words), "\(answer.errors)", sourceLocation: sourceLocation)
            #expect(answer.output.isEmpty, "\(answer.output)", sourceLocation: sourceLocation)
            #expect(LabFiles.names(in: world.state + "/runs") == runs, sourceLocation: sourceLocation)
        }

        /// A playbook made from the one that Baton ships.
        private func playbook(_ change: (String) -> String) throws -> String {
            let path = world.state + "/playbook.yaml"
            let owner = try LabGround.recorded(in: world.lab.existing()).account
            try LabFiles.write(change(try #require(LabFiles.read(WorldFixture.playbook))), to: path, owner: owner)
            return path
        }

        @Test(
            "a site that the topology lacks, for every command",
            arguments: ["preflight", "plan", "drill", "switchover"])
        func unknownSite(command: String) async throws {
            let yes = ["drill", "switchover"].contains(command) ? ["-y"] : []
            let answer = try await WorldFixture.baton(
                [command, WorldFixture.playbook, "--to", "north", "--state", world.state] + yes)
            #expect(answer.exit == 64, "\(answer.output) \(answer.errors)")
            #expect(answer.errors.contains("north"))
            #expect(answer.output.isEmpty)
        }

        @Test("no -y and no terminal; a wrong name in --confirm")
        func confirmation() async throws {
            let playbook = WorldFixture.playbook
            try await expect(64, saying: "--confirm lab", "drill", playbook, "--to", "east")
            try await expect(64, saying: "--confirm lab", "switchover", playbook, "--to", "east")
            try await expect(64, saying: "--confirm lab", "switchover", playbook, "--to", "east", "--confirm", "prod")
            try await expect(64, saying: "--to", "switchover", playbook, "-y")
            try await expect(64, saying: "--summary", "preflight", playbook, "--to", "east", "--summary", "--verbose")
            try await expect(64, saying: "slowly", "drill", playbook, "--to", "east", "--slowly")
        }

        @Test("an emergency playbook with a planned command")
        func emergencyPlaybook() async throws {
            for command in ["drill", "switchover"] {
                try await expect(65, saying: "emergency", command, WorldFixture.emergency, "--to", "east", "-y")
            }
        }

        @Test("a playbook that is no YAML, one that is not there, and one that is not safe")
        func badPlaybook() async throws {
            let broken = try playbook { $0 + "\n  - [ }\n" }
            try await expect(65, saying: "playbook.yaml:", "drill", broken, "--to", "east", "-y")
            try await expect(65, saying: "playbook.yaml:", "preflight", broken, "--to", "east")
            try await expect(
                65, saying: "nowhere.yaml", "drill", world.state + "/nowhere.yaml", "--to", "east", "-y")
            let unsafe = try playbook { $0.replacing("do: postgres.stop", with: "do: postgres.checkpoint") }
            try await expect(65, saying: "playbook.yaml:", "switchover", unsafe, "--to", "east", "-y")
        }

        @Test("a topology that is not there")
        func missingTopology() async throws {
            let missing = world.state + "/missing.yaml"
            for command in ["drill", "switchover"] {
                try await expect(
                    65, saying: "missing.yaml", command, WorldFixture.playbook, "-t", missing, "--to", "east", "-y")
            }
            try await expect(
                65, saying: "missing.yaml", "preflight", WorldFixture.playbook, "-t", missing, "--to", "east")
        }
    }
}
