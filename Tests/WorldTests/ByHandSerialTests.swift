import BatonCore
import BatonPostgres
import Glibc
import Testing

@testable import BatonEngine
@testable import BatonHosts
@testable import BatonLab

extension WorldSerialTests {
    /// The runbook works without Baton: what stands on the page is typed into a shell, and nothing else.
    @Suite(.serialized)
    struct ByHandSerialTests {
        @Test(
            "the pages' commands in their order move the service there and back under load; every check on them holds")
        func switchover() async throws {
            try await WorldFixture.with { world in
                let page = try await RunbookPage(of: world, to: "east")
                let back = try await RunbookPage(of: world, to: "west")
                // As many as the plan has actions to do, checks before, and checks after.
                #expect(page.blocks.count { $0.purpose == "do" } >= 12)
                #expect(page.blocks.count { $0.purpose != "do" } > 40)
                let load = try await world.underLoad {
                    for block in page.blocks where block.purpose != "undo" { try await block.type(in: world) }
                    try await world.expectHealthy(primary: "east-db")
                    let status = try await world.lab.status()
                    #expect(status.nodes.map(\.timeline) == [2, 2], "\(status.nodes)")
                    #expect(status.nodes.map(\.role) == [.standby, .primary])
                    for block in back.blocks where block.purpose != "undo" { try await block.type(in: world) }
                }
                #expect(load.errors == 0 && load.missing == 0, "\(load.text)")
                #expect(load.acknowledged > 20)
                // The freeze limit of the playbook, which a person keeps as well.
                #expect(try #require(load.longestGapMs) < 30_000, "\(load.text)")
                try await world.expectHealthy()
                let status = try await world.lab.status()
                #expect(status.nodes.map(\.timeline) == [3, 3], "\(status.nodes)")
                // And Baton finds a service that it can take over from there.
                let preflight = try await world.preflight()
                #expect(preflight.exit == 0, "\(preflight.text)")
            }
        }

        @Test("with a third node, which is led to new as well")
        func threeNodes() async throws {
            try await WorldFixture.with { world in
                let topology = try await Self.addSpare(to: world)
                let page = try await RunbookPage(of: world, to: "east", topology: topology)
                let load = try await world.underLoad {
                    for block in page.blocks where block.purpose != "undo" { try await block.type(in: world) }
                }
                #expect(load.errors == 0 && load.missing == 0, "\(load.text)")
                try await world.wait(
                    "east-db", until: "SELECT count(*) = 2 FROM pg_stat_replication WHERE state = 'streaming'")
                let slots = try await world.sql(
                    "east-db",
                    "SELECT string_agg(slot_name, ' ' ORDER BY slot_name) AS names FROM pg_replication_slots WHERE active"
                )
                #expect(try slots.single().text("names") == "spare_db west_db")
                let left = try await world.sql("west-db", "SELECT count(*) AS left FROM pg_replication_slots")
                #expect(try left.single().int("left") == 0)
            }
        }

        /// Makes another standby of west-db, which `lab down` takes away with the others; the topology with it.
        private static func addSpare(to world: WorldFixture) async throws -> String {
            let west = try world.node("west-db")
            let directory = world.state + "/lab/pg/spare"
            let port = try #require(LabGround.freePorts(1).first)
            try await world.program(
                "pg_basebackup",
                [
                    "-h", west.socketDirectory, "-p", "\(west.port)", "-U", "postgres", "-D", directory, "-R", "-C",
                    "-S",
                    "spare_db", "-c", "fast",
                ])
            try world.rewrite(directory + "/postgresql.conf") {
                $0.replacing("port = \(west.port)", with: "port = \(port)")
                    .replacing("cluster_name = 'west-db'", with: "cluster_name = 'spare-db'")
            }
            try await world.program("pg_ctl", ["-D", directory, "-l", directory + ".log", "-w", "start"])
            let text = try #require(LabFiles.read(world.lab.topologyPath))
            let node = try #require(text.firstMatch(of: #/  west-db:\n(?:    .*\n)+/#)).output
            let spare = node.replacing("west-db:", with: "spare-db:").replacing(
                "port: \(west.port)", with: "port: \(port)"
            )
            .replacing("pg/west", with: "pg/spare")
            let path = world.state + "/lab/three.yaml"
            let owner = try LabGround.recorded(in: world.lab.existing()).account
            try LabFiles.write(text.replacing("poolers:\n", with: spare + "poolers:\n"), to: path, owner: owner)
            return path
        }

        @Test(
            "a check that Baton would refuse is not right by hand either",
            arguments: [
                ("postgres.replay-paused", "SELECT pg_wal_replay_pause()", "SELECT pg_wal_replay_resume()"),
                (
                    "postgres.apply-delay", "ALTER SYSTEM SET recovery_min_apply_delay = '1min'",
                    "ALTER SYSTEM RESET recovery_min_apply_delay"
                ),
                (
                    "postgres.synchronous", "ALTER SYSTEM SET synchronous_standby_names = 'nobody'",
                    "ALTER SYSTEM RESET synchronous_standby_names"
                ),
            ])
        func refused(gate: String, ill: String, well: String) async throws {
            try await WorldFixture.with { world in
                let page = try await RunbookPage(of: world, to: "east")
                let checks = page.blocks.filter { $0.kind == gate }
                try #require(!checks.isEmpty)
                for check in checks { #expect(try await check.isRight(in: world).isRight) }
                try await world.sql("east-db", ill, "SELECT pg_reload_conf()")
                try await SystemClock.sleep(.milliseconds(200))
                for check in checks { #expect(try await !check.isRight(in: world).isRight, "\(check.script)") }
                try await world.sql("east-db", well, "SELECT pg_reload_conf()")
            }
        }

        @Test("what the page says to take back is taken back: from the fence, in reverse order, without a lost write")
        func takenBack() async throws {
            try await WorldFixture.with { world in
                let page = try await RunbookPage(of: world, to: "east")
                let fenced = page.blocks.filter { $0.phase < .catchUp }
                let load = try await world.underLoad {
                    for block in fenced where block.purpose != "undo" { try await block.type(in: world) }
                    let steps = fenced.filter { $0.purpose == "undo" }.map(\.step)
                    try #require(steps.contains { $0 != steps.first })
                    for step in Set(steps).sorted(by: >) {
                        for block in fenced where block.step == step && block.purpose == "undo" {
                            try await block.type(in: world)
                        }
                    }
                }
                #expect(load.errors == 0 && load.missing == 0, "\(load.text)")
                try await world.wait(
                    "west-db", until: "SELECT count(*) = 1 FROM pg_stat_replication WHERE state = 'streaming'")
                try await world.expectHealthy()
            }
        }
    }
}

/// A generated page, as far as a person types from it.
private struct RunbookPage {
    /// One block of commands, with the answer that the page promises.
    struct Block {
        var step: Int
        /// The action or gate.
        var kind: String
        var phase: Phase
        /// `do`, `check`, `await` or `undo`.
        var purpose: String
        var script: String
        /// What it must print; nil where the page gives words only.
        var output: String?
    }

    var blocks: [Block] = []

    /// Has the built binary write the pages for the lab as it is, and reads the one that leads to a site.
    init(of world: WorldFixture, to site: String, topology: String? = nil) async throws {
        let directory = world.state + "/runbooks"
        let written = try await world.baton(
            "docs", WorldFixture.playbook, "-t", topology ?? world.lab.topologyPath, "-o", directory)
        try #require(written.exit == 0, "\(written.text)")
        let text = try #require(LabFiles.read("\(directory)/planned-switchover-to-\(site).md"))
        var (step, kind, phase) = (0, "", Phase.preflight)
        var open: Block?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if let match = line.wholeMatch(of: #/### Phase: ([a-z-]+)/#) {
                phase = try #require(Phase(rawValue: String(match.output.1)))
            } else if let match = line.wholeMatch(of: #/#### Step ([0-9]+)/#) {
                step = try #require(Int(match.output.1))
            } else if let match = line.firstMatch(of: #/^- \[ \] \*\*.*\*\* \(`([^`]+)` on /#) {
                kind = String(match.output.1)
            } else if let match = line.wholeMatch(of: #/```sh (do|check|await|undo)/#) {
                open = Block(step: step, kind: kind, phase: phase, purpose: String(match.output.1), script: "")
            } else if line == "```", let block = open {
                blocks.append(block)
                open = nil
            } else if open != nil {
                open?.script += line + "\n"
            } else if !blocks.isEmpty, let match = line.firstMatch(of: #/^You should see (?:`([^`]+)`|nothing): /#) {
                blocks[blocks.count - 1].output = match.output.1.map(String.init) ?? ""
            }
        }
    }
}

extension RunbookPage.Block {
    /// Types it into a shell of the servers' user, and looks for what the page promises; what it says to wait for, again and
    /// again.
    func type(in world: WorldFixture) async throws {
        let end = SystemClock.deadline(in: .seconds(10))
        while true {
            let (isRight, found) = try await isRight(in: world)
            if isRight { return }
            try #require(
                purpose == "await" && SystemClock.now() < end,
                "step \(step), \(purpose): \(script)gave \(found), not \(output ?? "success")")
            try await SystemClock.sleep(.milliseconds(50))
        }
    }

    /// Types it once: whether the answer is the one that the page promises, and what came.
    func isRight(in world: WorldFixture) async throws -> (isRight: Bool, found: String) {
        let result = try await Program.run(
            "/bin/sh", ["-eu", "-c", script], as: try LabGround.recorded(in: world.lab.existing()).account,
            environment: ["PATH": "/usr/bin:/bin", "BATON_DIR": world.state + "/lab", "PAGER": "cat"],
            deadline: WorldFixture.soon())
        let printed = result.output.split { $0.isNewline }.joined(separator: "\n")
        return (result.status == 0 && (output == nil || printed == output), "\(printed), \(result.complaint)")
    }
}
