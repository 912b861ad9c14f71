import BatonCore
import BatonJournal
import Glibc
import Testing

@testable import BatonEngine
@testable import BatonLab

extension WorldSerialTests {
    /// Baton dies, or stands still, while clients wait: the guard ends what it began.
    @Suite(.serialized)
    struct TakeoverSerialTests {
        @Test("killed before the promotion: the guard takes everything back", arguments: [Phase.fence, .promote])
        func killedBefore(phase: Phase) async throws {
            try await WorldFixture.with { world in
                var answer: WorldFixture.Answer?
                let load = try await world.underLoad {
                    answer = try await world.holding(before: phase) { $0.send(SIGKILL) }
                    try await world.guardIsDone()
                }
                #expect(answer?.exit == 128 + SIGKILL)
                #expect(load.errors == 0 && load.missing == 0, "\(load.text)")
                try await world.expectEnded("rolled-back")
                try await world.expectNothingLeft()
                try await world.expectHealthy()
                // A part of the pause is not the pause.
                let report = try await world.baton("report", "--format", "json")
                #expect(report.json["measured"]["writePauseMs"] == .null)
            }
        }

        @Test("killed after the promotion: the guard brings the run to its end", arguments: [Phase.repoint, .thaw])
        func killedAfter(phase: Phase) async throws {
            try await WorldFixture.with { world in
                let load = try await world.underLoad {
                    _ = try await world.holding(before: phase) { $0.send(SIGKILL) }
                    try await world.guardIsDone()
                }
                #expect(load.errors == 0 && load.missing == 0, "\(load.text)")
                try await world.expectEnded("completed")
                try await world.expectNothingLeft(primary: "east-db")
                try await world.expectHealthy(primary: "east-db")
                let back = try await world.baton("switchover", WorldFixture.playbook, "--to", "west", "-y")
                #expect(back.exit == 0, "\(back.text)")
            }
        }

        @Test("stopped in the freeze: the guard kills it when the budget is overrun, and then takes back")
        func stopped() async throws {
            try await WorldFixture.with { world in
                let playbook = try world.playbook(
                    (from: "freeze: 30s, undo-reserve: 10s", to: "freeze: 5s, undo-reserve: 3s"))
                var answer: WorldFixture.Answer?
                let load = try await world.underLoad {
                    answer = try await world.holding(before: .promote, playbook) { $0.send(SIGSTOP) }
                    try await world.guardIsDone()
                }
                #expect(answer?.exit == 128 + SIGKILL)
                #expect(load.errors == 0 && load.missing == 0, "\(load.text)")
                let gap = try #require(load.longestGapMs)
                #expect(gap > 2_000 && gap < 5_000, "the budget is 5 s, the reserve 3 s of it: \(load.text)")
                try await world.expectEnded("rolled-back")
                let report = try await world.baton("report")
                #expect(report.text.contains("past its limit and was killed"), "\(report.text)")
                try await world.expectNothingLeft()
                try await world.expectHealthy()
            }
        }

        @Test("the guard is killed: the run goes on, and says so")
        func guardKilled() async throws {
            try await WorldFixture.with { world in
                let answer = try await world.holding(before: .promote) { running in
                    try await world.killGuard()
                    try await running.moves(by: .guardLost)
                    let go = try await world.baton("resume", "-y")
                    #expect(go.exit == 0, "\(go.text)")
                }
                #expect(answer.exit == 0, "\(answer.text)")
                try await world.expectNothingLeft(primary: "east-db")
                try await world.expectHealthy(primary: "east-db")
            }
        }

        @Test("the guard is killed before anything is frozen: nothing will be")
        func guardKilledEarly() async throws {
            try await WorldFixture.with { world in
                let answer = try await world.holding(before: .freeze) { _ in try await world.killGuard() }
                try await world.expectRolledBack(answer)
                #expect(answer.text.contains("nobody would release the clients if this process died"), "\(answer.text)")
            }
        }
    }
}
