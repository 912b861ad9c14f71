import BatonCore
import BatonJournal
import BatonPostgres
import Glibc
import Testing

@testable import BatonEngine
@testable import BatonHosts
@testable import BatonLab

extension WorldSerialTests {
    /// The lost primary comes back and accepts writes: before, during and after the promotion of another one.
    @Suite(.serialized)
    struct OldComesBackSerialTests {
        @Test("before the fence: it is fenced with what it wrote, and east serves")
        func before() async throws {
            try await WorldFixture.with { world in
                try await world.makeOrders()
                _ = try await world.baton("lab", "break", "west-db", "kill")
                let answer = try await world.promoting("--hold-before", "fence") { running in
                    try await running.moves(by: .holdBegan)
                    try await world.startAsPrimary("west-db")
                    _ = try await world.writeOrders(on: "west-db", most: 20)
                    _ = try await world.baton("resume", "latest")
                }
                #expect(answer.exit == 0, "\(answer.text)")
                // Nobody else was primary then, so it is a loss, and it was accepted.
                #expect(answer.json["splitBrain"].list.isEmpty)
                try await world.expectOneWriter()
            }
        }

        @Test(
            "after the promotion, while the run is at work: fenced again at once, and what it wrote is told",
            arguments: ["verify", "finish"])
        func during(phase: String) async throws {
            try await WorldFixture.with { world in
                try await world.makeOrders()
                _ = try await world.baton("lab", "break", "west-db", "kill")
                let answer = try await world.promoting("--hold-before", phase) { running in
                    try await running.moves(by: .holdBegan)
                    try await running.sleeping { try await world.returns("west-db", writing: 5) }
                    try await running.measures()
                    _ = try await world.baton("resume", "latest")
                }
                #expect(answer.exit == 3, "\(answer.text)")
                #expect(answer.json["outcome"] == .text("completed-with-obligations"))
                try await world.expectSplitBrain(answer.json, acknowledged: 5)
                try await world.expectOneWriter()
                let report = try await world.baton("report")
                #expect(report.text.contains("SPLIT BRAIN: west-db came back as a primary after the promotion"))
                #expect(report.text.contains("first diverging LSN"))
            }
        }

        @Test("it is fenced while it starts, or right after: within a second nobody can write there")
        func atOnce() async throws {
            try await WorldFixture.with { world in
                _ = try await world.baton("lab", "break", "west-db", "kill")
                var took = TimeSpan.zero
                let answer = try await world.promoting("--hold-before", "verify") { running in
                    try await running.moves(by: .holdBegan)
                    let start = SystemClock.now()
                    try? await world.startAsPrimary("west-db")
                    try await running.moves(by: .fencedAgain)
                    took = SystemClock.now() - start
                    try await running.measures()
                    _ = try await world.baton("resume", "latest")
                }
                #expect(answer.exit == 3, "\(answer.text)")
                #expect(took < .seconds(2), "\(took)")
                print("old came back: fenced \(took) after its start")
                #expect(
                    answer.json["splitBrain"].list.last?["firstDivergingLSN"] == .text(try await world.switchPoint()))
                try await world.expectOneWriter()
            }
        }

        @Test("Baton dies over the fence of the returned one: its guard does it, and the split brain is in the record")
        func killed() async throws {
            try await WorldFixture.with { world in
                try await world.makeOrders()
                let point = KillPoint(text: #""rule":"standing-order.fences""#)
                let library = try await KillPoint.compile(into: world.state)
                _ = try await world.baton("lab", "break", "west-db", "kill")
                let answer = try await world.promoting(
                    "--hold-before", "verify", launcher: point.launcher(library)
                ) { running in
                    try await running.moves(by: .holdBegan)
                    try await running.sleeping { try await world.returns("west-db", writing: 5) }
                }
                #expect(answer.exit == 137, "\(answer.text)")
                try await world.awaitGuards()
                let report = try await world.baton("report", "--format", "json")
                #expect(report.json["outcome"] == .text("completed-with-obligations"), "\(report.text)")
                #expect(report.json["splitBrain"].list.last?["fencedAt"] != .null)
                #expect(
                    report.json["splitBrain"].list.last?["firstDivergingLSN"] == .text(try await world.switchPoint()))
                try await world.expectOneWriter()
            }
        }

        @Test("baton watch dies over its fence: the next one does it")
        func watchKilled() async throws {
            try await WorldFixture.with { world in
                let library = try await KillPoint.compile(into: world.state)
                _ = try await world.baton("lab", "break", "west-db", "kill")
                #expect(try await world.promote().exit == 0)
                try await world.startAsPrimary("west-db")
                let topology = try #require(world.status.topology)
                let point = KillPoint(text: #""action":"postgres.fence""#)
                let killed = try await world.during(
                    ["watch", "-t", topology, "--once"], launcher: point.launcher(library)
                ) { _ in }
                #expect(killed.exit == 137, "\(killed.text)")
                let watch = try await world.baton("watch", "-t", topology, "--once")
                #expect(watch.exit == 3 && watch.text.contains("was fenced again"), "\(watch.text)")
                try await world.expectOneWriter()
            }
        }

        @Test("somebody promoted it again: the record is older than that, so nobody is fenced by guess")
        func promotedAgain() async throws {
            try await WorldFixture.with { world in
                _ = try await world.baton("lab", "break", "west-db", "kill")
                #expect(try await world.promote().exit == 0)
                // It starts as a standby, and somebody promotes it.
                try await world.server("west-db").start(deadline: WorldFixture.soon())
                try await world.sql("west-db", "SELECT pg_promote(true, 30)")
                let topology = try #require(world.status.topology)
                let watch = try await world.baton("watch", "-t", topology, "--once")
                #expect(watch.exit == 3 && watch.text.contains("nobody is fenced by guess"), "\(watch.text)")
                #expect(try await !world.sql("west-db", "SELECT pg_is_in_recovery() AS r").single().bool("r"))
            }
        }

        @Test(
            "it comes back where Baton does not reach its port: its host tells, and it is fenced",
            .enabled("needs root and nftables") { await Partition.isPossible() })
        func isolated() async throws {
            try await WorldFixture.with { world in
                try await Partition.with { partition in
                    try await world.makeOrders()
                    try await partition.cut(world.node("west-db").port)
                    let answer = try await world.promoting(
                        "--hold-before", "verify", launcher: Partition.launcher
                    ) { running in
                        try await running.moves(by: .holdBegan)
                        try await running.sleeping { try await world.returns("west-db", writing: 5) }
                        try await running.measures()
                        _ = try await world.baton("resume", "latest")
                    }
                    #expect(answer.exit == 3, "\(answer.text)")
                    try await world.expectSplitBrain(answer.json, acknowledged: 5)
                    try await world.expectOneWriter()
                }
            }
        }

        @Test("one that nobody could fence comes back: told with the commands, and clients stay on the promoted one")
        func unfenced() async throws {
            try await WorldFixture.with { world in
                try await world.makeOrders()
                let topology = try #require(world.status.topology)
                try world.rewrite(topology, world.withoutControl)
                _ = try await world.baton("lab", "break", "west-db", "kill")
                let answer = try await world.promoting("--accept-unfenced", "west-db", "--hold-before", "verify") {
                    running in
                    try await running.moves(by: .holdBegan)
                    try await world.startAsPrimary("west-db")
                    _ = try await world.writeOrders(on: "west-db", most: 3)
                    try await running.measures()
                    _ = try await world.baton("resume", "latest")
                }
                #expect(answer.exit == 3, "\(answer.text)")
                let found = try #require(answer.json["splitBrain"].list.last)
                #expect(found["fencedAt"] == .null)
                #expect(found["firstDivergingLSN"] == .text(try await world.switchPoint()))
                #expect(found["bytesAfter"] != .null && found["commitsAfter"] == .null)
                let report = try await world.baton("report")
                #expect(report.text.contains("NOT fenced again"), "\(report.text)")
                #expect(report.text.contains("touch"), "\(report.text)")
                #expect(try await world.write() == world.node("east-db").port)
                let watch = try await world.baton("watch", "-t", topology, "--once")
                #expect(watch.exit == 3 && watch.text.contains("no access to its host"), "\(watch.text)")
            }
        }

        @Test("after the run: baton watch fences it, once and as a service, and ends when it is told to")
        func after() async throws {
            try await WorldFixture.with { world in
                try await world.makeOrders()
                _ = try await world.baton("lab", "break", "west-db", "kill")
                #expect(try await world.promote().exit == 0)
                let topology = try #require(world.status.topology)
                let quiet = try await world.baton("watch", "-t", topology, "--once", "--format", "json")
                #expect(quiet.exit == 0, "\(quiet.text)")
                #expect(quiet.json["verdict"] == .text("quiet"))
                #expect(quiet.json["fenced"].list == [.text("west-db")])

                try await world.startAsPrimary("west-db")
                let acknowledged = try await world.writeOrders(on: "west-db", most: 3)
                let status = try await world.baton("status", "-t", topology)
                #expect(status.text.contains("SPLIT BRAIN: west-db and east-db accept writes"), "\(status.text)")
                #expect(status.text.contains("baton watch -t"), "\(status.text)")
                let fenced = try await world.baton("watch", "-t", topology, "--once", "--format", "json")
                #expect(fenced.exit == 3, "\(fenced.text)")
                #expect(fenced.json["verdict"] == .text("fenced"))
                try await world.expectSplitBrain(fenced.json, acknowledged: acknowledged)
                try await world.expectOneWriter()
                let report = try await world.baton("report")
                #expect(report.text.contains("SPLIT BRAIN"), "\(report.text)")

                let service = try await world.during(["watch", "-t", topology, "--interval", "200ms"]) { running in
                    try await SystemClock.sleep(.milliseconds(500))
                    try await world.startAsPrimary("west-db")
                    _ = try await world.writeOrders(on: "west-db")
                    try await running.measures()
                    try await SystemClock.sleep(.milliseconds(700))
                    running.send(SIGTERM)
                }
                #expect(service.exit == 0, "\(service.text)")
                #expect(service.text.contains("was fenced again"), "\(service.text)")
                try await world.expectOneWriter()
                let again = try await world.baton("watch", "-t", topology, "--once")
                #expect(again.exit == 0, "\(again.text)")
            }
        }

        @Test("two writers and no record that says who is right: told loudly, and nobody is fenced")
        func nobodyKnows() async throws {
            try await WorldFixture.with { world in
                try await world.sql("east-db", "SELECT pg_promote(true, 30)")
                let topology = try #require(world.status.topology)
                let heard = world.state + "/heard"
                try world.rewrite(topology) {
                    $0 + "\nnotify:\n  book: { command: [/bin/sh, -c, 'cat >> \"$0\"', \(heard)], on: [halt] }\n"
                }
                let watch = try await world.baton("watch", "-t", topology, "--once", "--format", "json")
                #expect(watch.exit == 3, "\(watch.text)")
                #expect(watch.json["verdict"] == .text("split-brain"))
                #expect(watch.json["by"] == .null)
                #expect(watch.json["byHand"].list.count > 1)
                #expect(LabFiles.read(heard)?.contains("no run's record says which is right") == true)
                for node in ["west-db", "east-db"] {
                    #expect(try await !world.sql(node, "SELECT pg_is_in_recovery() AS r").single().bool("r"))
                }
                #expect(try RunDirectory.list(state: world.state).isEmpty)
            }
        }

        @Test("it comes back, and the promoted one does not answer: nobody is fenced by guess")
        func promotedIsGone() async throws {
            try await WorldFixture.with { world in
                _ = try await world.baton("lab", "break", "west-db", "kill")
                #expect(try await world.promote().exit == 0)
                _ = try await world.baton("lab", "break", "east-db", "kill")
                try await world.startAsPrimary("west-db")
                let topology = try #require(world.status.topology)
                let watch = try await world.baton("watch", "-t", topology, "--once", "--format", "json")
                #expect(watch.exit == 3, "\(watch.text)")
                #expect(watch.text.contains("nobody is fenced by guess"), "\(watch.text)")
                #expect(try await !world.sql("west-db", "SELECT pg_is_in_recovery() AS r").single().bool("r"))
            }
        }
    }
}
