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
        var phase: Phase
        /// `do`, `check`, `await` or `undo`.
        var purpose: String
        var script: String
        /// What it must print; nil where the page gives words only.
        var output: String?
    }

    var blocks: [Block] = []

    /// Has the built binary write the pages for the lab as it is, and reads the one that leads to a site.
    init(of world: WorldFixture, to site: String) async throws {
        let directory = world.state + "/runbooks"
        let written = try await world.baton("docs", WorldFixture.playbook, "-o", directory)
        try #require(written.exit == 0, "\(written.text)")
        let text = try #require(LabFiles.read("\(directory)/planned-switchover-to-\(site).md"))
        var (step, phase) = (0, Phase.preflight)
        var open: Block?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if let match = line.wholeMatch(of: #/### Phase: ([a-z-]+)/#) {
                phase = try #require(Phase(rawValue: String(match.output.1)))
            } else if let match = line.wholeMatch(of: #/#### Step ([0-9]+)/#) {
                step = try #require(Int(match.output.1))
            } else if let match = line.wholeMatch(of: #/```sh (do|check|await|undo)/#) {
                open = Block(step: step, phase: phase, purpose: String(match.output.1), script: "")
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
            let result = try await Program.run(
                "/bin/sh", ["-eu", "-c", script], as: try LabGround.recorded(in: world.lab.existing()).account,
                environment: ["PATH": "/usr/bin:/bin", "BATON_DIR": world.state + "/lab", "PAGER": "cat"],
                deadline: WorldFixture.soon())
            let printed = result.output.split { $0.isNewline }.joined(separator: "\n")
            let isRight = result.status == 0 && (output == nil || printed == output)
            if isRight { return }
            try #require(
                purpose == "await" && SystemClock.now() < end,
                "step \(step), \(purpose): \(script)printed \(printed), \(result.complaint), not \(output ?? "well")")
            try await SystemClock.sleep(.milliseconds(50))
        }
    }
}
