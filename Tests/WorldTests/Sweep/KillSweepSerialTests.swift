import BatonCore
import Glibc
import Testing

extension WorldSerialTests {
    /// Baton is killed at every line of its journal, under load; the guard or `resume` brings the run to its end.
    @Suite(.serialized)
    struct KillSweepSerialTests {
        /// One place of each kind: nothing was done; prepared; each effect announced, and done but not recorded.
        private static let points: [KillPoint] = [
            KillPoint(moment: .before),
            KillPoint(),
            KillPoint(text: #""rule":"preflight.passed""#),
            KillPoint(moment: .synced, text: #""rule":"guard.armed""#),
            KillPoint(moment: .before, line: 2, text: #""rule":"step.reported""#),
            KillPoint(text: #""action":"postgres.stop""#),
            KillPoint(text: #""action":"postgres.stop""#, delay: .milliseconds(15)),
            KillPoint(moment: .before, line: 3, text: #""rule":"step.reported""#),
            KillPoint(moment: .before, text: #""rule":"promote.announced""#),
            KillPoint(moment: .synced, text: #""rule":"promote.announced""#),
            KillPoint(moment: .before, line: 4, text: #""rule":"step.reported""#),
            KillPoint(text: #""action":"pgbouncer.repoint""#),
            KillPoint(moment: .before, line: 6, text: #""rule":"step.reported""#),
            KillPoint(text: #""action":"postgres.rejoin""#),
            KillPoint(moment: .before, text: #""kind":"closing""#),
        ]

        @Test("SIGKILL at one place of each kind: one writer, no lost write, and the next switchover works")
        func places() async throws {
            try await Sweep.with { sweep in
                var table = SweepTable("Baton killed")
                for point in Self.points {
                    let row = try await sweep.run(sweep.killing(point))
                    table.add(row)
                    #expect(row.violations.isEmpty, "\(point)")
                }
                let last = try await sweep.run(sweep.undisturbed())
                table.add(last)
                #expect(last.violations.isEmpty)
            }
        }

        @Test("SIGKILL at every line, before and after it is written", .enabled(if: SweepSettings.isFull))
        func everyLine() async throws {
            try await Sweep.with { sweep in
                var table = SweepTable("Baton killed at every line")
                for moment in [KillPoint.Moment.before, .written] {
                    for line in 1...200 {
                        var trial = sweep.killing(KillPoint(moment: moment, line: line))
                        trial.exits.insert(0)
                        let row = try await sweep.run(trial)
                        table.add(row)
                        #expect(row.violations.isEmpty, "\(trial.name)")
                        // The journal is shorter than that.
                        if row.exits.first == 0 { break }
                        if line.isMultiple(of: 10) {
                            let next = try await sweep.run(sweep.undisturbed())
                            table.add(next)
                            #expect(next.violations.isEmpty, "after \(trial.name)")
                        }
                    }
                }
            }
        }

        /// Places at which clients wait.
        private static let frozen: [KillPoint] = [
            KillPoint(text: #""action":"pgbouncer.pause""#, signal: SIGSTOP),
            KillPoint(text: #""action":"postgres.stop""#, signal: SIGSTOP),
            KillPoint(moment: .before, text: #""rule":"promote.announced""#, signal: SIGSTOP),
            KillPoint(moment: .synced, text: #""rule":"promote.announced""#, signal: SIGSTOP),
            KillPoint(text: #""action":"pgbouncer.resume""#, signal: SIGSTOP),
        ]

        @Test("SIGSTOP while clients wait: the guard kills Baton when the budget is spent, and then acts alone")
        func stopped() async throws {
            try await Sweep.with { sweep in
                var table = SweepTable("Baton stopped")
                let playbook = try sweep.world.playbook(
                    (from: "freeze: 30s, undo-reserve: 10s", to: "freeze: 5s, undo-reserve: 3s"))
                for point in SweepSettings.isFull ? Self.frozen : [Self.frozen[1]] {
                    var trial = sweep.killing(point, playbook: playbook)
                    trial.meanwhile = { running, _ in try await sweep.untilStopped(running.pid) }
                    let row = try await sweep.run(trial)
                    table.add(row)
                    #expect(row.violations.isEmpty, "\(point)")
                    #expect(row.finishedBy == ["guard"])
                }
            }
        }

        @Test("the guard dies, then Baton: clients wait until somebody resumes")
        func both() async throws {
            try await Sweep.with { sweep in
                var table = SweepTable("Guard and Baton killed")
                for var point in SweepSettings.isFull ? Self.frozen : [Self.frozen[1], Self.frozen[3]] {
                    point.signal = SIGSTOP
                    var trial = sweep.killing(point)
                    trial.name = "guard, then Baton " + trial.name
                    trial.meanwhile = { running, _ in
                        try await sweep.untilStopped(running.pid)
                        for pid in try sweep.guards() { kill(pid, SIGKILL) }
                        running.send(SIGKILL)
                    }
                    let row = try await sweep.run(trial)
                    table.add(row)
                    #expect(row.violations.isEmpty, "\(point)")
                    #expect(row.finishedBy == ["resume"])
                }
            }
        }
    }
}
