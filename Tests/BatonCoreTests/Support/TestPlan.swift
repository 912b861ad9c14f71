@testable import BatonCore

/// One playbook and one topology that the machine's tests run: two sites, two poolers, every phase filled.
enum TestPlan {
    static let topology = Topology(
        name: "test", sites: ["west", "east"],
        nodes: [node("west-db", "west"), node("east-db", "east")], poolers: [pooler("pool-a"), pooler("pool-b")],
        routes: [Route(name: "app", through: "pool-a", database: "app", user: "app")])

    static func node(_ name: String, _ site: String) -> Node {
        Node(name: name, site: site, host: "127.0.0.1", port: 5432, database: "app", user: "baton")
    }

    static func pooler(_ name: String) -> Pooler {
        Pooler(
            name: name, site: "east", host: "127.0.0.1", port: 6432, admin: "admin", databases: ["app"],
            config: "/etc/pgbouncer.ini")
    }

    static func act(
        _ action: ActionID, on roles: Role..., id: StepID? = nil, deadline: TimeSpan? = nil, retries: Int = 0,
        modes: [Mode]? = nil, line: Int = 1
    ) -> PlaybookStep {
        PlaybookStep(
            id: id, kind: .act(action), on: roles, deadline: deadline, retries: retries, modes: modes, line: line)
    }

    static func gate(
        _ gate: GateID, on roles: Role..., id: StepID? = nil, deadline: TimeSpan? = nil, modes: [Mode]? = nil,
        line: Int = 1
    ) -> PlaybookStep {
        PlaybookStep(id: id, kind: .gate(gate), on: roles, deadline: deadline, modes: modes, line: line)
    }

    static func phase(_ phase: Phase, _ steps: PlaybookStep...) -> PlaybookPhase {
        PlaybookPhase(phase: phase, groups: steps.map { PlaybookGroup(steps: [$0]) })
    }

    static let phases = [
        phase(.preflight, gate("test.healthy", on: .old, .new)),
        phase(.prepare, act("test.checkpoint", on: .old), act("test.slot", on: .new)),
        phase(.freeze, act("test.pause", on: .poolers)),
        phase(.fence, act("test.stop", on: .old)),
        phase(.catchUp, gate("test.replayed", on: .new, deadline: .seconds(10))),
        phase(.promote, act("test.promote", on: .new)),
        phase(.repoint, act("test.repoint", on: .poolers)),
        phase(.thaw, act("test.resume", on: .poolers)),
        phase(.verify, gate("test.healthy", on: .new, deadline: .seconds(10))),
        phase(.finish, act("test.rejoin", on: .old)),
    ]

    static func playbook(_ phases: [PlaybookPhase] = phases, mode: Mode = .planned) -> Playbook {
        Playbook(
            name: "test", title: "Test", why: "To test.", mode: mode, objectives: Objectives(),
            limits: Limits(freeze: .seconds(30), undoReserve: .seconds(10)), phases: phases)
    }

    /// The plan of a playbook that must be right.
    static func plan(
        _ phases: [PlaybookPhase] = phases, mode: Mode = .planned, topology: Topology = topology
    ) throws -> Plan {
        try Planner(catalogue: TestCatalogue.catalogue).plan(
            playbook(phases, mode: mode), identity: FileIdentity(name: "test", sha256: "0"), on: topology,
            identity: FileIdentity(name: "test", sha256: "1"), to: "east")
    }

    /// The standard phases with one of them replaced.
    static func phases(with replacement: PlaybookPhase) -> [PlaybookPhase] {
        phases.map { $0.phase == replacement.phase ? replacement : $0 }
    }
}
