import BatonCore
import BatonJournal
import Glibc
import Testing

@testable import BatonEngine
@testable import BatonLab

extension WorldSerialTests {
    /// Baton and its guard are gone, or the run waits: a person types one command.
    @Suite(.serialized)
    struct ResumeSerialTests {
        /// Leaves a run behind whose clients wait and that nobody drives.
        private static func abandon(_ world: WorldFixture, before phase: Phase) async throws {
            _ = try await world.holding(before: phase) { running in
                // Both at once: it must not see the guard go.
                running.send(SIGSTOP)
                try await world.killGuard()
                running.send(SIGKILL)
            }
        }

        /// A run that halts after the promotion, because the pooler stays dead.
        private static func halt(_ world: WorldFixture) async throws -> WorldFixture.Answer {
            let answer = try await world.duringDrill(try world.shortRouting()) { running in
                try await running.moves(by: .promotionAnnounced)
                try await world.lab.breakServer("pool", .kill)
            }
            #expect(answer.exit == 3, "\(answer.text)")
            return answer
        }

        @Test(
            "both gone in the freeze: status says what is frozen, a resume takes back",
            arguments: [Phase.fence, .promote])
        func backward(phase: Phase) async throws {
            try await WorldFixture.with { world in
                let load = try await world.underLoad {
                    try await Self.abandon(world, before: phase)
                    let status = try await world.baton("status", "--format", "json")
                    let run = try #require(status.json["runs"].list.first)
                    #expect(run["frozen"] == true, "\(status.output)")
                    #expect(run["next"].string?.hasPrefix("baton resume ") == true, "\(status.output)")
                    let other = try await world.baton("drill", WorldFixture.playbook, "--to", "east", "-y")
                    #expect(other.exit == 2, "\(other.text)")
                    #expect(other.text.contains("has not ended: holding in \(phase.rawValue)"), "\(other.text)")
                    let answer = try await world.baton("resume", "-y")
                    try await world.expectRolledBack(answer)
                }
                #expect(load.errors == 0 && load.missing == 0, "\(load.text)")
            }
        }

        @Test("both gone after the promotion: an abort is refused, a resume completes")
        func forward() async throws {
            try await WorldFixture.with { world in
                let load = try await world.underLoad {
                    try await Self.abandon(world, before: .repoint)
                    let abort = try await world.baton("abort", "-y")
                    #expect(abort.exit == 2, "\(abort.text)")
                    #expect(abort.text.contains("only goes forward"), "\(abort.text)")
                    let answer = try await world.baton("resume", "-y")
                    #expect(answer.exit == 0, "\(answer.text)")
                }
                #expect(load.errors == 0 && load.missing == 0, "\(load.text)")
                try await world.expectEnded("completed")
                try await world.expectNothingLeft(primary: "east-db")
                try await world.expectHealthy(primary: "east-db")
                let again = try await world.baton("resume", "latest", "-y")
                #expect(again.exit == 0, "\(again.text)")
                #expect(again.text.contains("has ended"), "\(again.text)")
            }
        }

        @Test("gone before the freeze: a resume judges the gates again and completes, an abort takes back")
        func early() async throws {
            try await WorldFixture.with { world in
                try await Self.abandon(world, before: .freeze)
                let answer = try await world.baton("resume", "-y")
                #expect(answer.exit == 0, "\(answer.text)")
                try await world.expectHealthy(primary: "east-db")
                let back = try await world.baton("switchover", WorldFixture.playbook, "--to", "west", "-y")
                #expect(back.exit == 0, "\(back.text)")
                try await Self.abandon(world, before: .freeze)
                try await world.expectRolledBack(try await world.baton("abort", "-y"))
            }
        }

        @Test("what a person did by hand meanwhile is adopted")
        func byHand() async throws {
            try await WorldFixture.with { world in
                try await Self.abandon(world, before: .thaw)
                try await world.console("RESUME app")
                #expect(try await world.write() == world.node("east-db").port)
                let answer = try await world.baton("resume", "-y", "--format", "json")
                #expect(answer.exit == 0, "\(answer.text)")
                try await world.expectHealthy(primary: "east-db")
            }
        }

        @Test(
            "the run's directory is copied elsewhere while Baton stands still: the copy takes back, the sleeper does nothing"
        )
        func elsewhere() async throws {
            try await WorldFixture.with { world in
                let other = world.state + "/elsewhere"
                let answer = try await world.holding(before: .promote) { running in
                    running.send(SIGSTOP)
                    try await world.killGuard()
                    let run = try #require(try RunDirectory.list(state: world.state).last?.run)
                    mkdir(other, 0o700)
                    mkdir(other + "/runs", 0o700)
                    mkdir("\(other)/runs/\(run)", 0o700)
                    for file in ["journal.jsonl", "plan.json", "playbook.yaml", "topology.yaml"] {
                        let text = try #require(LabFiles.read("\(world.state)/runs/\(run)/\(file)"))
                        let descriptor = open("\(other)/runs/\(run)/\(file)", O_WRONLY | O_CREAT | O_EXCL, 0o600)
                        try #require(LabFiles.put(text, into: descriptor))
                        close(descriptor)
                    }
                    let taken = try await WorldFixture.baton(["resume", run.rawValue, "-y", "--state", other])
                    #expect(taken.exit == 4, "\(taken.text)")
                    #expect(try await world.write() == world.node("west-db").port)
                    // Long enough that the other one could have ended and left again (Decision 0013).
                    try await SystemClock.sleep(.milliseconds(3_500))
                    running.send(SIGCONT)
                }
                #expect(answer.exit == 3, "\(answer.text)")
                // It woke, and did not act on a cluster that another process had taken.
                #expect(answer.text.contains("the lease on east-db was lost"), "\(answer.text)")
                #expect(try await world.write() == world.node("west-db").port)
                try await world.expectHealthy()
            }
        }

        @Test(
            "the pooler stays dead after the promotion: halted (3); once it is back, a resume does what is left, and only that"
        )
        func halted() async throws {
            try await WorldFixture.with { world in
                let answer = try await Self.halt(world)
                #expect(answer.text.contains("baton resume"), "\(answer.text)")
                try await world.lab.heal("pool") { _ in }
                let resumed = try await world.baton("resume", "-y")
                #expect(resumed.exit == 0, "\(resumed.text)")
                try await world.expectEnded("completed")
                try await world.expectNothingLeft(primary: "east-db")
                try await world.expectHealthy(primary: "east-db")
            }
        }

        @Test("a halted run is decided: `done` is checked, the promotion cannot be declared, a skip is an override")
        func decided() async throws {
            try await WorldFixture.with { world in
                _ = try await Self.halt(world)
                let step = "repoint.pgbouncer.repoint"
                let stranger = try await world.baton(
                    "decide", "latest", "promote.postgres.promote", "done", "--reason", "so", "-y")
                #expect(stranger.exit == 64, "\(stranger.text)")
                let unknown = try await world.baton("decide", "latest", step, "perhaps", "--reason", "so", "-y")
                #expect(unknown.exit == 64, "\(unknown.text)")
                try await world.lab.heal("pool") { _ in }
                let decision = try await world.baton(
                    "decide", "latest", step, "retry", "--reason", "the pooler is back", "-y", "--format", "json")
                #expect(decision.exit == 0, "\(decision.text)")
                #expect(decision.json["overrides"].list.isEmpty, "\(decision.output)")
                try await world.expectNothingLeft(primary: "east-db")
                try await world.expectHealthy(primary: "east-db")
            }
        }

        @Test("old cannot follow new at the end: work is left (3); a resume does it and closes the record")
        func workLeft() async throws {
            try await WorldFixture.with { world in
                let marker = try world.node("west-db").dataDirectory + "/standby.signal"
                let answer = try await world.holding(before: .finish) { _ in
                    // Old's directory cannot be entered: nothing can be started there.
                    chmod(try world.node("west-db").dataDirectory, 0)
                    let go = try await world.baton("resume", "-y")
                    #expect(go.exit == 0, "\(go.text)")
                }
                chmod(try world.node("west-db").dataDirectory, 0o700)
                #expect(answer.exit == 3, "\(answer.text)")
                #expect(LabFiles.exists(marker))
                let status = try await world.baton("status", "--format", "json")
                #expect(
                    status.json["runs"].list.first?["next"].string?.hasPrefix("baton resume ") == true,
                    "\(status.output)")
                let resumed = try await world.baton("resume", "-y")
                #expect(resumed.exit == 0, "\(resumed.text)")
                try await world.expectEnded("completed")
                try await world.expectNothingLeft(primary: "east-db")
                try await world.expectHealthy(primary: "east-db")
            }
        }
    }
}
