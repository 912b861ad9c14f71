import BatonCore
import BatonReports
import Testing

@Suite struct StatusReportTests {
    @Test func aFrozenUnfinishedRunSaysHowToRelease() throws {
        var cut = ScriptedRun()
        cut.entryLimit = 7
        let record = try cut.record()
        let json = try JSONValue(StatusReport([record]))
        #expect(json.keys == ["format", "runs", "cluster", "lostNodes"])
        #expect(json["format"] == .text("status/v1"))
        let run = json["runs"]?[0]
        #expect(run?.keys == ["run", "state", "phase", "since", "frozen", "open", "obligations", "next", "byHand"])
        #expect(run?["state"] == .text("advancing"))
        #expect(run?["frozen"] == .flag(true))
        #expect(run?["obligations"]?[0]?["open"] == .flag(true))
        #expect(run?["next"] == .text("baton resume r1"))
        #expect(run?["byHand"]?.list.last?["command"] == .text("psql -c 'RESUME app;'"))
        let text = StatusReport([record]).document().rendered()
        #expect(text.contains("  clients are frozen\n"))
        #expect(text.contains("  release: psql -c 'RESUME app;'\n"))
    }

    @Test func whatAnEmergencyLeftBehindIsOwedUntilItIsSeenAsAStandby() throws {
        let record = try ScriptedRun.happy.record()
        func report(_ role: ClusterStatus.NodeRole?) -> StatusReport {
            let cluster = role.map {
                ClusterStatus(
                    topology: record.header.topology.name, nodes: [.init(name: "west-db", site: "west", role: $0)],
                    poolers: [])
            }
            return StatusReport([], cluster: cluster, leftBehind: [(record, ["west-db"])])
        }
        for role in [nil, .down, .unknown, .primary] as [ClusterStatus.NodeRole?] {
            let json = try JSONValue(report(role))
            #expect(json["lostNodes"]?[0]?.keys == ["node", "topology", "run", "owed", "next"])
            #expect(json["lostNodes"]?[0]?["next"] == .text("baton rejoin west-db"))
        }
        #expect(report(nil).document().rendered().contains("  next: baton rejoin west-db\n"))
        #expect(report(.standby).lostNodes.isEmpty)
    }

    @Test func aRunAtWorkIsNotTakenOver() throws {
        var cut = ScriptedRun()
        cut.entryLimit = 7
        let run = try #require(StatusReport([try cut.record()], owned: ["r1"]).runs.first)
        #expect(run.next == "baton status")
        #expect(run.byHand.isEmpty)
    }

    @Test func everyStateHasANextCommand() throws {
        for limit in 1...15 {
            var cut = ScriptedRun.halted
            cut.entryLimit = limit
            let run = try #require(StatusReport([try cut.record()]).runs.first)
            let isForward = run.state == .committed || run.state == .halted
            #expect(run.next == "baton resume r1", "after \(limit) entries")
            // A run that nobody drives is never told to freeze again.
            #expect(isForward || !run.byHand.contains { $0.command.contains("PAUSE") }, "after \(limit) entries")
        }
        let halted = try #require(StatusReport([try ScriptedRun.halted.record()]).runs.first)
        #expect(halted.state == .halted)
        #expect(halted.next == "baton resume r1")
        #expect(halted.byHand.map(\.command) == ["edit pgbouncer.ini host=east-db"])
        #expect(!halted.frozen)
        let finished = try #require(StatusReport([try ScriptedRun.happy.record()]).runs.first)
        #expect(finished.next == "baton report r1")
        #expect(finished.phase == nil)
    }

    @Test func whatIsLostOrBehindIsBroughtBack() {
        func next(_ nodes: [(String, ClusterStatus.NodeRole, TimelineID?)]) -> [String] {
            ClusterStatus(
                topology: "lab", nodes: nodes.map { .init(name: $0, site: "west", role: $1, timeline: $2) }, poolers: []
            ).next
        }
        #expect(next([("a", .primary, 2), ("b", .standby, 2)]) == [])
        #expect(next([("a", .primary, 2), ("b", .standby, 1)]) == ["baton rejoin b -t TOPOLOGY"])
        #expect(next([("a", .primary, 1), ("b", .primary, 2)]) == ["baton rejoin a -t TOPOLOGY"])
        // Which of them leads nobody can tell, and of what is silent nobody knows.
        #expect(next([("a", .primary, 2), ("b", .primary, 2), ("c", .down, nil)]) == [])
        #expect(next([("a", .standby, 2), ("b", .down, nil)]) == [])
        #expect(next([("a", .primary, 2), ("b", .unknown, nil)]) == [])
    }

    @Test func theClusterIsShownWithAges() throws {
        let cluster = ClusterStatus(
            topology: "lab",
            nodes: [
                .init(name: "west-db", site: "west", role: .primary, timeline: 3, age: .milliseconds(4)),
                .init(name: "east-db", site: "east", role: .down, detail: "connection refused"),
            ],
            poolers: [.init(name: "pool", site: "east", paused: true, leadsTo: "west-db")])
        let report = StatusReport([], cluster: cluster)
        #expect(
            report.document().rendered() == """
                lab
                  node     site  role     timeline  replay lag     age
                  west-db  west  primary         3           -  4.0 ms
                  east-db  east  down            -           -       -  connection refused
                  bring back: baton rejoin east-db -t TOPOLOGY
                  pooler  site  leads to  clients
                  pool    east  west-db   wait

                No run is unfinished.

                """)
        let node = try JSONValue(report)["cluster"]?["nodes"]?[0]
        #expect(node?.keys == ["name", "site", "role", "timeline", "replayLagBytes", "ageMs", "detail"])
        #expect(node?["replayLagBytes"] == .null)
    }
}

@Suite struct RunsReportTests {
    @Test func runsAreListed() throws {
        var second = ScriptedRun.halted
        second.run = "r2"
        let report = RunsReport([try ScriptedRun.happy.record(), try second.record()])
        #expect(
            report.document().rendered() == """
                run  command  from -> to    outcome    started                 took
                r2   drill    west -> east  halted     2026-11-21T02:03:04Z  190 ms
                r1   drill    west -> east  completed  2026-11-21T02:03:04Z  160 ms

                """)
        let json = try JSONValue(report)
        #expect(json.keys == ["format", "runs"])
        #expect(
            json["runs"]?[0]?.keys == [
                "run", "command", "from", "to", "outcome", "startedAt", "durationMs", "backOf",
            ])
    }
}

@Suite struct ProgressViewTests {
    /// The lines that a run prints where there is no terminal.
    private func lines(_ script: ScriptedRun) throws -> [String] {
        var view = ProgressView(
            RunMachine(plan: try ScriptedRun.plan(), catalogue: Toy.catalogue), startedAt: ScriptedRun.start)
        var lines: [String] = []
        _ = try script.record { machine, note, now in
            lines += view.advance(machine, note: note, at: now).map { $0.rendered(.plain) }
        }
        return lines
    }

    @Test func oneLineForEachStepThatEnds() throws {
        #expect(
            try lines(.halted) == [
                "       +0 ms  looking who is primary",
                "    +10.0 ms  old is west-db, new is east-db",
                "    +20.0 ms  preflight  ✓ toy.ready on east-db · 10.0 ms · ready",
                "    +30.0 ms  preflight  ✓ toy.ready on west-db · 20.0 ms · ready",
                "    +50.0 ms  freeze     ✓ toy.pause on pool · 20.0 ms · pool paused is yes",
                "    +70.0 ms  fence      ✓ toy.stop on west-db · 20.0 ms · west-db writable is no; west-db runnin...",
                "    +80.0 ms  catch-up   ✓ postgres.replayed-shutdown-checkpoint on east-db · 10.0 ms · ready",
                "    +90.0 ms  point of no return: from here only forward",
                "     +110 ms  promote    ✓ toy.promote on east-db · 30.0 ms · east-db in-recovery is no; east-db ...",
                "     +160 ms  repoint    ✗ toy.repoint on pool · 50.0 ms, attempt 5 · failed: the file is read-only",
                "     +180 ms  thaw       ✓ toy.resume on pool · 20.0 ms · pool paused is no",
                "     +180 ms  halted: toy.repoint on pool failed: the file is read-only",
            ])
    }

    @Test func undoIsShown() throws {
        let lines = try lines(.rolledBack)
        #expect(
            lines.contains { $0.hasSuffix("taking everything back: toy.stop on west-db failed: permission denied") })
        #expect(
            lines.contains { $0.contains("✓ undo of toy.resume on pool") || $0.contains("✓ undo of toy.pause on pool") }
        )
        #expect(lines.last?.contains("rolled-back: ") == true)
    }

    @Test func liveLinesShowDeadlineAndFreeze() throws {
        var cut = ScriptedRun()
        cut.entryLimit = 7  // the stop is at work
        let record = try cut.record()
        var view = ProgressView(record.machine, startedAt: ScriptedRun.start)
        view.replicationLag = ByteCount(512)
        let now = ScriptedRun.start + .milliseconds(530)
        #expect(
            view.live(record.machine, at: now).map { $0.rendered(.plain) } == [
                "+530 ms  fence (4 of 10)",
                "  clients frozen for 500 ms of at most 30.00 s",
                "  replication lag 512 B",
                "  fence.toy.stop on west-db being performed · 480 ms of 19.98 s",
            ])
        // A resumed run does not show again what had ended before.
        #expect(view.advance(record.machine, note: "", at: now).isEmpty)
    }
}
