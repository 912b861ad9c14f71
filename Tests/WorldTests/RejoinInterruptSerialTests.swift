import BatonCore
import BatonPostgres
import Glibc
import Testing

@testable import BatonEngine
@testable import BatonHosts
@testable import BatonLab

extension WorldSerialTests {
    /// Baton is killed while a data directory is being remade: what is half made is never started, and the next attempt ends
    /// what was left behind.
    @Suite(.serialized)
    struct RejoinInterruptSerialTests {
        @Test("killed while it rewinds a copy: resumed, rewound, and what was written is kept")
        func rewinding() async throws {
            try await WorldFixture.with { world in
                try await world.loseWest(diverged: true)
                try await world.killed(during: "pg_rewind", [])
                #expect(try world.leftovers().contains { $0.hasSuffix(".baton-new") })
                let busy = try await world.rejoin()
                #expect(busy.exit == 2 && busy.text.contains("baton resume"), "\(busy.text)")
                try await world.resumed()
                #expect(try world.kept().count == 1 && world.leftovers().isEmpty)
                #expect(try await world.straysKept(in: try #require(world.kept().first)) == 100)
            }
        }

        @Test("killed while it rewinds the directory itself: nothing can be started, and only a new copy follows")
        func rewindingInPlace() async throws {
            try await WorldFixture.with { world in
                try await world.loseWest(diverged: true)
                try await world.killed(during: "pg_rewind", ["--discard-divergence", "west-db"])
                let data = try world.node("west-db").dataDirectory
                #expect(!LocalDirectoryHost.exists(data + "/PG_VERSION"))
                let heal = try await world.baton("lab", "heal", "west-db")
                #expect(heal.exit != 0, "a half-written directory was started: \(heal.text)")
                try await world.resumed()
                #expect(try world.kept().isEmpty && world.leftovers().isEmpty)
                #expect(try await world.baton("report").text.contains("data directory is being remade") == false)
            }
        }

        @Test("killed while it copies: resumed, and the old directory is kept")
        func copying() async throws {
            try await WorldFixture.with { world in
                try await world.withoutHints()
                try await world.loseWest(diverged: true)
                try await world.killed(during: "pg_basebackup", [])
                try await world.resumed()
                #expect(try world.kept().count == 1 && world.leftovers().isEmpty)
            }
        }
    }
}

extension WorldFixture {
    /// Kills Baton while a program of PostgreSQL that it runs on west stands still in the middle of its work.
    func killed(during program: String, _ more: [String]) async throws {
        let ground = try LabGround.survey()
        let (tools, gate) = (state + "/tools", state + "/gate")
        mkdir(tools, 0o755)
        for name in try ProcessTable.names(in: ground.binDirectory) where name != program {
            symlink("\(ground.binDirectory)/\(name)", "\(tools)/\(name)")
        }
        // The stand-in goes by the arguments of the true one, and outlives Baton as that would.
        let script = """
            #!/bin/sh
            if [ -e \(gate) ]; then
                for second in $(seq 300); do sleep 1; done
            fi
            exec \(ground.binDirectory)/\(program) "$@"

            """
        try LabFiles.write(script, to: "\(tools)/\(program)", owner: ground.account)
        chmod("\(tools)/\(program)", 0o755)
        try LabFiles.write("", to: gate, owner: ground.account)
        try rewrite(state + "/lab/topology.yaml") { $0.replacing(ground.binDirectory, with: tools) }
        let data = try node("west-db").dataDirectory
        let answer = try await during(["rejoin", "west-db", "-y"] + more) { baton in
            try await baton.announces("postgres.realign")
            let patience = Self.soon()
            while try !works(on: data + ".baton-new", program) {
                try #require(SystemClock.now() < patience, "\(program) never began")
                try await SystemClock.sleep(.milliseconds(5))
            }
            baton.send(SIGKILL)
        }
        #expect(answer.exit == 128 + SIGKILL)
        #expect(try works(on: data + ".baton-new", program), "the program outlives Baton")
        unlink(gate)
    }

    private func works(on directory: String, _ program: String) throws -> Bool {
        try ProcessTable.processes().contains { pid in
            guard let words = ProcessTable.arguments(pid) else { return false }
            return words.contains(directory) && words.contains { $0.hasSuffix("/\(program)") }
        }
    }

    func resumed() async throws {
        let answer = try await Self.baton(
            ["resume", "--format", "json", "--state", state], deadline: SystemClock.deadline(in: .seconds(120)))
        #expect(answer.exit == 0, "\(answer.text)")
        #expect(answer.json["outcome"] == "completed", "\(answer.text)")
        let data = try node("west-db").dataDirectory
        #expect(try !works(on: data + ".baton-new", "pg_rewind") && !works(on: data + ".baton-new", "pg_basebackup"))
        try await expectHealthy(primary: "east-db")
        try await expectIntactJournal()
        #expect(try await strays("west-db") == 0)
    }
}
