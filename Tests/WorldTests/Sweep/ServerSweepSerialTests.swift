import BatonCore
import Glibc
import Testing

@testable import BatonLab

extension WorldSerialTests {
    /// Each server dies or stands still in each phase, at the very moment at which the phase begins.
    @Suite(.serialized)
    struct ServerSweepSerialTests {
        // A primary that stands still is one more: PgBouncer must survive what its clients then do.
        @Test(
            "the servers whose loss is the worst: old before the freeze and at the fence, new at the promotion, the pooler"
        )
        func worst() async throws {
            try await Self.sweep([
                ServerBlow(.prepare, .old, .pause), ServerBlow(.fence, .old, .kill), ServerBlow(.promote, .new, .kill),
                ServerBlow(.thaw, .pooler, .kill),
            ])
        }

        @Test("every server, killed and stopped, in every phase", .enabled(if: SweepSettings.isFull))
        func all() async throws {
            try await Self.sweep(ServerBlow.all)
        }

        /// The shipped playbook, but whatever does not answer is given up after a few seconds.
        static func hasty(_ world: WorldFixture) throws -> String {
            try world.playbook(
                (from: "on: [old, new]", to: "on: [old, new]\n        deadline: 4s"),
                (from: "postgres.slots\n        on: new", to: "postgres.slots\n        on: new\n        deadline: 4s"),
                (from: "deadline: 5s", to: "deadline: 4s"), (from: "deadline: 10s", to: "deadline: 4s"),
                (from: "deadline: 15s", to: "deadline: 4s"),
                (from: "postgres.promote\n    on: new", to: "postgres.promote\n    on: new\n    deadline: 4s"),
                (from: "repoint\n    on: poolers", to: "repoint\n    on: poolers\n    deadline: 4s"),
                (from: "resume\n    on: poolers", to: "resume\n    on: poolers\n    deadline: 4s"),
                (from: "rejoin\n        on: old", to: "rejoin\n        on: old\n        deadline: 8s"),
                (from: "postgres.checkpoint\n    on: new", to: "postgres.checkpoint\n    on: new\n    deadline: 4s"))
        }

        private static func sweep(_ blows: [ServerBlow]) async throws {
            try await Sweep.with { sweep in
                var table = SweepTable("A server killed or stopped")
                let playbook = try hasty(sweep.world)
                for (index, blow) in blows.enumerated() {
                    let row = try await sweep.run(blow.trial(sweep, playbook: playbook))
                    table.add(row)
                    #expect(row.violations.isEmpty, "\(blow)")
                    // In the short list the next blow's own switchover shows it.
                    guard SweepSettings.isFull || index == blows.count - 1 else { continue }
                    let next = try await sweep.run(sweep.undisturbed())
                    if !next.violations.isEmpty { table.add(next) }
                    #expect(next.violations.isEmpty, "the switchover after \(blow)")
                }
            }
        }
    }
}

/// One server is broken at one moment of a switchover, and comes back when the run has come to rest.
struct ServerBlow: Sendable, CustomStringConvertible {
    enum Server: String, CaseIterable { case old, new, pooler }

    var phase: Phase
    var server: Server
    var fault: Lab.Fault

    init(_ phase: Phase, _ server: Server, _ fault: Lab.Fault) {
        (self.phase, self.server, self.fault) = (phase, server, fault)
    }

    static let all = [Phase.prepare, .freeze, .fence, .catchUp, .promote, .repoint, .thaw, .verify, .finish].flatMap {
        phase in
        Server.allCases.flatMap { server in
            [Lab.Fault.kill, .pause].map { ServerBlow(phase, server, $0) }
        }
    }

    var description: String { "\(server) \(fault == .kill ? "killed" : "stopped") at \(phase.rawValue)" }

    /// Where the phase begins: Baton stands still there until the server is broken.
    private var place: KillPoint {
        switch phase {
        case .prepare: KillPoint(text: #""action":"postgres.checkpoint""#, signal: SIGSTOP)
        case .freeze: KillPoint(text: #""action":"pgbouncer.pause""#, signal: SIGSTOP)
        case .fence: KillPoint(text: #""action":"postgres.stop""#, signal: SIGSTOP)
        case .promote: KillPoint(text: #""action":"postgres.promote""#, signal: SIGSTOP)
        case .repoint: KillPoint(text: #""action":"pgbouncer.repoint""#, signal: SIGSTOP)
        case .thaw: KillPoint(text: #""action":"pgbouncer.resume""#, signal: SIGSTOP)
        case .finish: KillPoint(text: #""action":"postgres.rejoin""#, signal: SIGSTOP)
        // Two gates, which announce nothing: the lines that end the steps before them.
        case .catchUp: KillPoint(line: 3, text: #""rule":"step.reported""#, signal: SIGSTOP)
        default: KillPoint(line: 6, text: #""rule":"step.reported""#, signal: SIGSTOP)
        }
    }

    func trial(_ sweep: Sweep, playbook: String) -> Sweep.Trial {
        var trial = sweep.killing(place, playbook: playbook)
        trial.name = "\(self)"
        trial.exits = [0, 3, 4]
        trial.clientsMayFail = true
        trial.budget = .seconds(120)
        trial.meanwhile = { running, roles in
            try await sweep.untilStopped(running.pid)
            try await sweep.world.lab.breakServer(name(roles), fault)
            running.send(SIGCONT)
        }
        trial.afterwards = { roles in try await sweep.world.lab.heal(name(roles)) { _ in } }
        return trial
    }

    private func name(_ roles: Sweep.Roles) -> String {
        switch server {
        case .old: roles.old
        case .new: roles.new
        case .pooler: "pool"
        }
    }
}
