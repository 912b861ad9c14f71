import BatonCore
import BatonJournal
import BatonPostgres
import Glibc
import Testing

@testable import BatonEngine
@testable import BatonHosts
@testable import BatonLab

/// One lab on which switchover follows switchover, each disturbed in its own way and judged by clients that know nothing of
/// Baton.
struct Sweep: Sendable {
    /// Who is who in the next switchover.
    struct Roles: Sendable {
        var old: String
        var new: String
        /// New's.
        var site: String
    }

    /// One switchover and what is done to it.
    struct Trial: Sendable {
        var name: String
        var launcher: [String] = []
        var playbook = WorldFixture.playbook
        /// What Baton itself may end with: 137 is SIGKILL.
        var exits: Set<Int32> = [137]
        /// Where the pooler or the primary are broken, clients see errors. Acknowledged writes count all the same.
        var clientsMayFail = false
        /// The longest time without an acknowledged write.
        var budget = TimeSpan.seconds(10)
        /// Told of every process of Baton and the guard.
        var meter: ProcessMeter?
        var meanwhile: @Sendable (RunningBaton, Roles) async throws -> Void = { _, _ in }
        /// Between the end of all that acts by itself and the first resume.
        var afterwards: @Sendable (Roles) async throws -> Void = { _ in }
    }

    /// After so many resumes a run that still waits needs a person.
    private static let resumes = 3

    let world: WorldFixture
    /// See `KillPoint.compile`.
    let library: String

    static func with(_ body: (Sweep) async throws -> Void) async throws {
        try await WorldFixture.with { world in
            try await body(Sweep(world: world, library: try await KillPoint.compile(into: world.state)))
        }
    }

    func killing(_ point: KillPoint, playbook: String = WorldFixture.playbook) -> Trial {
        Trial(name: "\(point)", launcher: point.launcher(library), playbook: playbook)
    }

    /// A switchover that nobody disturbs.
    func undisturbed() -> Trial { Trial(name: "nothing", exits: [0]) }

    // MARK: One switchover

    /// Makes the switchover under load, lets whoever is there bring it to its end, and judges.
    func run(_ trial: Trial) async throws -> SweepRow {
        let start = SystemClock.now()
        let roles = try await roles()
        var row = SweepRow(point: trial.name)
        try await world.sql(roles.old, "TRUNCATE \(LabNames.loadTable)")
        let nodes = world.status.nodes
        let watch = Task { await WriterWatch(nodes: nodes).watch() }
        let lab = world.lab
        let load = Task { try await lab.load(clients: 4, seconds: 180) { _ in } }
        let metering = trial.meter.map { meter in Task { await meter.watch(state: world.state) } }
        var primary = roles.old
        do {
            try await world.wait(roles.old, until: "SELECT count(*) > 20 FROM \(LabNames.loadTable)")
            let earlier = Set(try RunDirectory.list(state: world.state).map(\.run))
            try await act(trial, roles, &row)
            if let run = try RunDirectory.list(state: world.state).last(where: { !earlier.contains($0.run) }),
                let journal = try? JournalReader.read(run.journalPath)
            {
                row.read(journal)
                if journal.entries.contains(where: { $0.rule == Rule.promotionAnnounced.id }) { primary = roles.new }
                let audit = try await world.baton("audit", "verify", run.run.rawValue, "--format", "json")
                if audit.json["verdict"] != "intact" { row.violations.append("audit: \(audit.output)") }
            }
            // A slot on a standby that died is owed, and the report says so (decision 0012).
            let owes = try await owesSlot(row)
            if owes { row.outcome += ", owes a slot" }
            row.violations += await wrongs(primary: primary, owesSlot: owes)
            try await SystemClock.sleep(.milliseconds(50))
        } catch {
            row.violations.append("\(error)")
        }
        load.cancel()
        watch.cancel()
        metering?.cancel()
        judge(try await load.value, trial, &row)
        row.violations += await watch.value.violations(target: roles.new)
        await metering?.value
        row.primary = primary
        row.seconds = (SystemClock.now() - start).inSeconds
        return row
    }

    private func act(_ trial: Trial, _ roles: Roles, _ row: inout SweepRow) async throws {
        let answer = try await world.during(
            ["switchover", trial.playbook, "--to", roles.site, "-y"], launcher: trial.launcher
        ) { running in try await trial.meanwhile(running, roles) }
        row.exits = [answer.exit]
        if !trial.exits.contains(answer.exit) { row.violations.append("exit \(answer.exit): \(answer.text)") }
        try await awaitGuards(&row)
        try await trial.afterwards(roles)
        for _ in 1...Self.resumes {
            let status = try await world.baton("status", "--format", "json")
            guard let run = status.json["runs"].list.first?["run"].string else { return }
            let answer = try await world.baton(
                "resume", run, "-y", deadline: SystemClock.deadline(in: .seconds(90)))
            row.exits.append(answer.exit)
            try await awaitGuards(&row)
            if ![0, 4].contains(answer.exit) { row.violations.append("resume: \(answer.exit): \(answer.text)") }
        }
    }

    private func owesSlot(_ row: SweepRow) async throws -> Bool {
        guard row.outcome == "rolled-back" else { return false }
        let report = try await world.baton("report", "latest", "--format", "json")
        return report.json["obligations"].list.contains { $0["open"] == true }
    }

    private func judge(_ load: LoadReport, _ trial: Trial, _ row: inout SweepRow) {
        row.gapMs = load.longestGapMs
        row.clientErrors = load.errors
        if load.missing != 0 { row.violations.append("missing: \(load.text)") }
        if load.errors > 0 && !trial.clientsMayFail { row.violations.append("errors: \(load.text)") }
        if (load.longestGapMs ?? .infinity) > trial.budget.inMilliseconds {
            row.violations.append("the budget is overrun")
        }
    }

    // MARK: The world

    func roles() async throws -> Roles {
        let nodes = try await world.lab.status().nodes
        let old = try #require(nodes.first { $0.role == .primary }, "no primary: \(nodes)")
        let new = try #require(nodes.first { $0.name != old.name })
        return Roles(old: old.name, new: new.name, site: new.site)
    }

    /// The guards of this state directory's runs.
    func guards() throws -> [Int32] {
        try ProcessTable.processes().filter { pid in
            guard let line = ProcessTable.arguments(pid) else { return false }
            return line.count > 1 && line[1] == "guard" && line.contains(world.state)
        }
    }

    /// Waits until a process is stopped by the signal of its kill point.
    func untilStopped(_ pid: Int32) async throws {
        let deadline = WorldFixture.soon()
        while LabFiles.read("/proc/\(pid)/stat")?.contains(") T ") != true {
            try #require(kill(pid, 0) == 0 && SystemClock.now() < deadline, "process \(pid) was never stopped")
            try await SystemClock.sleep(.milliseconds(1))
        }
    }

    private func awaitGuards(_ row: inout SweepRow) async throws {
        let deadline = SystemClock.deadline(in: .seconds(90))
        while true {
            let pids = try guards()
            if pids.isEmpty { return }
            if SystemClock.now() >= deadline {
                row.violations.append("guard \(pids) is still there")
                for pid in pids { kill(pid, SIGKILL) }
            }
            try await SystemClock.sleep(.milliseconds(5))
        }
    }

    /// What is not as it must be after a run: one writer that clients reach, everybody else streams from it, and nothing of
    /// the run is left.
    func wrongs(primary: String, owesSlot: Bool = false) async -> [String] {
        var wrongs: [String] = []
        func must(_ what: String, _ holds: () async throws -> Bool) async {
            do {
                if try await !holds() { wrongs.append("not so: \(what)") }
            } catch {
                wrongs.append("\(what): \(error)")
            }
        }
        await must("clients reach \(primary)") { try await reaches(primary) }
        for node in world.status.nodes {
            let isPrimary = node.name == primary
            await must("\(node.name) is \(isPrimary ? "primary" : "standby")") {
                try await world.sql(node.name, "SELECT NOT pg_is_in_recovery() AS writable").single().bool("writable")
                    == isPrimary
            }
            await must("nothing of a run is left on \(node.name)") {
                try await world.wait(
                    node.name,
                    until: """
                        SELECT NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory') AND NOT EXISTS \
                        (SELECT FROM pg_stat_activity WHERE usename = 'baton' AND application_name LIKE 'baton/%')
                        """, for: .seconds(5))
                return true
            }
            await must("slots of \(node.name)") {
                let slots = try await world.sql(node.name, "SELECT count(*) AS count FROM pg_replication_slots")
                let count = try slots.single().int("count")
                return count == (isPrimary ? world.status.nodes.count - 1 : 0) || owesSlot && !isPrimary
            }
        }
        await must("no marker on \(primary)") {
            try !LabFiles.exists(world.node(primary).dataDirectory + "/standby.signal")
        }
        await must("the pooler is not paused") { try await !world.isPaused() }
        await must("every standby streams") {
            try await world.wait(
                primary,
                until: """
                    SELECT count(*) = \(world.status.nodes.count - 1) FROM pg_stat_replication WHERE state = 'streaming'
                    """, for: .seconds(15))
            return true
        }
        await must("the lease is free") {
            try world.expectFreeLease()
            return true
        }
        await must("no run is unfinished") {
            try await world.baton("status", "--format", "json").json["runs"].list.isEmpty
        }
        await must("no guard is left") { try guards().isEmpty }
        return wrongs
    }

    /// Whether a write through the pooler arrives at the node, within ten seconds.
    private func reaches(_ primary: String) async throws -> Bool {
        let deadline = SystemClock.deadline(in: .seconds(10))
        while true {
            do {
                return try await world.write() == world.node(primary).port
            } catch  where SystemClock.now() < deadline {
                try await SystemClock.sleep(.milliseconds(20))
            }
        }
    }
}
