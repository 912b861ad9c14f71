import BatonCore
import Glibc
import Testing

@testable import BatonEngine
@testable import BatonLab

extension WorldSerialTests {
    /// `--hold-before`, and people who are told.
    @Suite(.serialized)
    struct HoldSerialTests {
        @Test("a hold is ended from elsewhere: on by resume, back by abort; its budget ends it by itself")
        func held() async throws {
            try await WorldFixture.with { world in
                let back = try await world.holding(before: .promote) { _ in
                    let abort = try await world.baton("abort", "-y")
                    #expect(abort.exit == 4, "\(abort.text)")
                }
                try await world.expectRolledBack(back)
                let playbook = try world.playbook(
                    (from: "freeze: 30s, undo-reserve: 10s", to: "freeze: 3s, undo-reserve: 2s"))
                let late = try await world.holding(before: .promote, playbook) { _ in }
                try await world.expectRolledBack(late)
                #expect(late.text.contains("until the freeze budget was spent"), "\(late.text)")
                let on = try await world.holding(before: .freeze) { _ in
                    let status = try await world.baton("status", "--format", "json")
                    #expect(status.json["runs"].list.first?["state"] == "holding", "\(status.output)")
                    let go = try await world.baton("resume", "-y")
                    #expect(go.exit == 0, "\(go.text)")
                }
                #expect(on.exit == 0, "\(on.text)")
                try await world.expectHealthy(primary: "east-db")
            }
        }

        @Test("a phase that the playbook does not have, or preflight: wrong usage")
        func badPhase() async throws {
            try await WorldFixture.with { world in
                for phase in ["preflight", "lunch"] {
                    let answer = try await world.baton(
                        "drill", WorldFixture.playbook, "--to", "east", "-y", "--hold-before", phase)
                    #expect(answer.exit == 64, "\(answer.text)")
                    #expect(answer.text.contains("one of: prepare, freeze"), "\(answer.text)")
                }
            }
        }

        @Test("people are told at the start, the freeze, the promotion and the end; one that hangs holds nothing up")
        func notices() async throws {
            try await WorldFixture.with { world in
                let heard = world.state + "/heard"
                try world.rewrite(try #require(world.status.topology)) {
                    $0 + """

                        notify:
                          book: { command: [/bin/sh, -c, 'cat >> "$0"', \(heard)], deadline: 5s }
                          deaf: { command: [/bin/sleep, "60"], deadline: 1s }

                        """
                }
                let answer = try await world.duringDrill { _ in }
                #expect(answer.exit == 0, "\(answer.text)")
                let moments = (LabFiles.read(heard) ?? "").split(separator: "\n").map {
                    JSONAnswer(text: String($0))["moment"].string
                }
                #expect(moments == ["start", "freeze", "promote", "end"])
                #expect(answer.text.contains("deaf"), "\(answer.text)")
                try await world.expectHealthy(primary: "east-db")
            }
        }
    }
}
