import BatonCore
import BatonJournal
import BatonPostgres
import Glibc
import Testing

@testable import BatonEngine
@testable import BatonHosts
@testable import BatonLab

extension WorldSerialTests {
    /// Faults during an emergency: after each at most one node accepts writes, and the next command leads on.
    @Suite(.serialized)
    struct EmergencyFaultsSerialTests {
        @Test(
            "backends outlive the postmaster, one of them in a transaction: each is ended, and its commit never comes")
        func orphans() async throws {
            try await WorldFixture.with { world in
                try await world.makeOrders()
                let session = try await world.superuser("west-db")
                let pid = try await session.query(
                    "SELECT pg_backend_pid() AS pid", deadline: WorldFixture.soon()
                ).single().int("pid")
                _ = try await session.simpleQuery("BEGIN; INSERT INTO orders VALUES (1)", deadline: WorldFixture.soon())
                let postmaster = try #require(try await world.processes(of: "west-db").first)
                kill(Int32(pid), SIGSTOP)
                kill(postmaster, SIGKILL)
                let answer = try await world.promote()
                #expect(answer.exit == 0, "\(answer.text)")
                await session.close()
                try await world.expectOneWriter()
                #expect(try await world.sql("east-db", "SELECT count(*) AS n FROM orders").single().int("n") == 0)
            }
        }

        @Test("the candidate dies during the promotion: the run waits, and a resume promotes it once it is back")
        func candidateDies() async throws {
            try await WorldFixture.with { world in
                _ = try await world.baton("lab", "break", "west-db", "kill")
                let playbook = try world.emergency(promotionDeadline: "7s")
                let answer = try await world.promoting(playbook: playbook) { running in
                    try await running.announces("postgres.promote")
                    try await world.lab.breakServer("east-db", .kill)
                }
                #expect(answer.exit == 3, "\(answer.exit) \(answer.text)")
                let status = try await world.baton("status", "--format", "json")
                #expect(status.json["runs"].list.first?["next"].string?.hasPrefix("baton resume") == true)
                _ = try await world.baton("lab", "heal", "east-db")
                let resumed = try await world.baton("resume", "-y", deadline: SystemClock.deadline(in: .seconds(90)))
                #expect(resumed.exit == 0, "\(resumed.text)")
                try await world.expectOneWriter()
            }
        }

        @Test("the only standby does not replay: refused before anything is changed, and promoted once it does")
        func paused() async throws {
            try await WorldFixture.with { world in
                try await world.sql("east-db", "SELECT pg_wal_replay_pause()")
                _ = try await world.baton("lab", "break", "west-db", "kill")
                let refused = try await world.promote()
                #expect(refused.exit == 2, "\(refused.text)")
                #expect(refused.text.contains("postgres.replay-paused"), "\(refused.text)")
                #expect(!LabFiles.exists(try world.node("west-db").dataDirectory + "/standby.signal"))
                try await world.sql("east-db", "SELECT pg_wal_replay_resume()")
                let answer = try await world.promote()
                #expect(answer.exit == 0, "\(answer.text)")
                try await world.expectOneWriter()
            }
        }

        @Test("two operators promote at once, to one site or to two, from two machines: at most one does")
        func twoOperators() async throws {
            for other in ["east", "west"] {
                try await WorldFixture.with { world in
                    _ = try await world.baton("lab", "break", "west-db", "kill")
                    async let first = world.promoting { _ in }
                    async let second = world.promoting(state: world.state + "/other", to: other) { _ in }
                    let exits = [try await first, try await second]
                    print("east and \(other) at once: \(exits.map(\.exit))")
                    #expect(exits.count { $0.exit == 0 && $0.json["outcome"] == .text("completed") } == 1, "\(exits)")
                    for answer in exits where answer.exit != 0 {
                        #expect([2, 75].contains(answer.exit), "\(answer.text)")
                    }
                    #expect(try await world.write() == world.node("east-db").port)
                    let timeline = try await world.sql(
                        "east-db", "CHECKPOINT", "SELECT timeline_id AS t FROM pg_control_checkpoint()")
                    #expect(try timeline.single().int("t") == 2)
                }
            }
        }

        @Test(
            "Baton cannot reach old, its clients can: refused without evidence; its host's word ends it",
            .enabled("needs root and nftables") { await Partition.isPossible() })
        func isolated() async throws {
            try await WorldFixture.with { world in
                try await Partition.with { partition in
                    let topology = try #require(world.status.topology)
                    let text = try #require(LabFiles.read(topology))
                    try await partition.cut(world.node("west-db").port)
                    try world.rewrite(topology, world.withoutControl)
                    let refused = try await world.promoting("-t", topology, launcher: Partition.launcher) { _ in }
                    #expect(refused.exit == 2, "\(refused.text)")
                    #expect(try await world.write() == world.node("west-db").port)
                    try world.rewrite(topology) { _ in text }
                    let answer = try await world.promoting("-t", topology, launcher: Partition.launcher) { _ in }
                    #expect(answer.exit == 0, "\(answer.text)")
                    try await world.expectOneWriter()
                }
            }
        }

        /// One place of each phase.
        private static let points: [KillPoint] = [
            KillPoint(text: #""rule":"survey.bound""#),
            KillPoint(text: #""action":"pgbouncer.kill""#),
            KillPoint(text: #""action":"postgres.fence""#),
            KillPoint(moment: .before, text: #""rule":"promote.announced""#),
            KillPoint(moment: .synced, text: #""rule":"promote.announced""#),
            KillPoint(text: #""action":"pgbouncer.repoint""#),
            KillPoint(text: #""action":"pgbouncer.resume""#),
            KillPoint(text: #""action":"postgres.checkpoint""#),
        ]

        @Test(
            "Baton is killed in each phase: the guard or a resume ends the run, or it is begun again; east serves",
            arguments: points)
        func killed(point: KillPoint) async throws {
            try await WorldFixture.with { world in
                let library = try await KillPoint.compile(into: world.state)
                _ = try await world.baton("lab", "break", "west-db", "kill")
                let start = SystemClock.now()
                let answer = try await world.promoting(launcher: point.launcher(library)) { _ in }
                #expect(answer.exit == 137, "\(answer.text)")
                try await world.awaitGuards()
                var exits: [Int32] = []
                for _ in 1...3 {
                    let status = try await world.baton("status", "--format", "json")
                    guard let run = status.json["runs"].list.first?["run"].string else { break }
                    exits.append(
                        try await world.baton("resume", run, "-y", deadline: SystemClock.deadline(in: .seconds(90)))
                            .exit)
                    try await world.awaitGuards()
                }
                let outcome = try await world.baton("report", "--format", "json").json["outcome"]
                if outcome != .text("completed") {
                    let again = try await world.promote()
                    #expect(again.exit == 0, "\(outcome), then \(again.text)")
                    exits.append(again.exit)
                }
                print("\(point): \(outcome.string ?? "?"), then \(exits), \(SystemClock.now() - start)")
                try await world.expectOneWriter()
                #expect(try await world.baton("status", "--format", "json").json["runs"].list.isEmpty)
            }
        }

        @Test("the candidate's disk is full when it promotes: the run waits, and a resume goes on once there is room")
        func diskFull() async throws {
            guard geteuid() == 0 else { return }
            try await WorldFixture.with { world in
                let wal = try world.node("east-db").dataDirectory + "/pg_wal"
                try await world.lab.breakServer("east-db", .stop)
                guard try await world.mountSmallDisk(at: wal) else { return }
                do {
                    try await world.lab.heal("east-db") { _ in }
                    try await world.wait(
                        "west-db", until: "SELECT count(*) = 1 FROM pg_stat_replication WHERE state = 'streaming'")
                    _ = try await world.baton("lab", "break", "west-db", "kill")
                    try world.fill(wal + "/filler")
                    let playbook = try world.emergency(promotionDeadline: "7s")
                    let answer = try await world.promoting(playbook: playbook) { _ in }
                    #expect(answer.exit == 3, "\(answer.exit) \(answer.text)")
                    unlink(wal + "/filler")
                    _ = try await world.baton("lab", "heal", "east-db")
                    let resumed = try await world.baton(
                        "resume", "-y", deadline: SystemClock.deadline(in: .seconds(90)))
                    #expect(resumed.exit == 0, "\(resumed.text)")
                    try await world.expectOneWriter()
                } catch {
                    try await world.lab.breakServer("east-db", .kill)
                    try await world.unmount(wal)
                    throw error
                }
                try await world.lab.breakServer("east-db", .kill)
                try await world.unmount(wal)
            }
        }
    }
}

extension WorldFixture {
    /// The guards of this state directory's runs have ended.
    func awaitGuards() async throws {
        let deadline = SystemClock.deadline(in: .seconds(60))
        while true {
            let guards = try ProcessTable.processes().filter { pid in
                guard let line = ProcessTable.arguments(pid) else { return false }
                return line.count > 1 && line[1] == "guard" && line.contains(state)
            }
            if guards.isEmpty { return }
            try #require(SystemClock.now() < deadline, "guards \(guards) are still there")
            try await SystemClock.sleep(.milliseconds(5))
        }
    }

    /// Puts a file system of three segments under a directory that no server uses; false where this machine does not let us.
    fileprivate func mountSmallDisk(at path: String) async throws -> Bool {
        var status = stat()
        stat(path, &status)
        let aside = path + ".aside"
        try #require(rename(path, aside) == 0 && mkdir(path, 0o700) == 0)
        let result = try await Program.run(
            "mount",
            ["-t", "tmpfs", "-o", "size=80m,mode=700,uid=\(status.st_uid),gid=\(status.st_gid)", "tmpfs", path],
            deadline: Self.soon())
        guard result.status == 0 else {
            rmdir(path)
            rename(aside, path)
            return false
        }
        let copied = try await Program.run("cp", ["-a", aside + "/.", path], deadline: Self.soon())
        try #require(copied.status == 0, "\(copied.complaint)")
        return true
    }

    fileprivate func unmount(_ path: String) async throws {
        _ = try await Program.run("umount", ["-l", path], deadline: Self.soon())
        rmdir(path)
        rename(path + ".aside", path)
    }

    /// Takes what room is left.
    fileprivate func fill(_ path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT, 0o600)
        defer { close(descriptor) }
        let block = [UInt8](repeating: 1, count: 1 << 16)
        while block.withUnsafeBytes({ Glibc.write(descriptor, $0.baseAddress, $0.count) }) > 0 {}
    }
}
