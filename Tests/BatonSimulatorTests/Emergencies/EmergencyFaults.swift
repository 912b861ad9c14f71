import BatonActions
import BatonCore

@testable import BatonSimulator

/// One emergency in which one thing goes wrong, and how it ends: by itself, and once all is repaired.
struct EmergencyCase: Sendable {
    var name: String
    var topology = SimulatedTopology.threeNodes
    var world = EmergencyWorld(.killed, unreceived: 2)
    var acceptance = Acceptance(loss: .unknown)
    var faults: @Sendable (inout Simulation) -> Void = { _ in }
    /// How the run ends while nobody helps it.
    var ends: BatonCore.Expectation
    /// Who takes writes then, and after everything is repaired and an operator has done what Baton asked for.
    var writes: [String]
    var after: [String]

    static let playbook = "\(SimulatedPlan.root)/Playbooks/emergency-promotion.yaml"

    func simulation() throws -> Simulation {
        var plan = try SimulatedPlan.plan(Self.playbook)
        plan.move(to: topology)
        plan.acceptance = acceptance
        var options = Simulation.Options()
        options.replays = true
        options.tells = true
        var simulation = Simulation(plan, catalogue: SimulatedPlan.catalogue, world: world, options: options)
        faults(&simulation)
        return simulation
    }

    /// The row of the page.
    var row: String {
        func names(_ nodes: [String]) -> String { nodes.isEmpty ? "nobody" : nodes.joined(separator: ", ") }
        return "| \(name) | \(ends.rawValue) | \(names(writes)) | \(names(after)) |"
    }
}

extension EmergencyCase {
    private static func at(_ moment: FaultMoment, _ fault: Fault...) -> @Sendable (inout Simulation) -> Void {
        { simulation in
            for fault in fault { simulation.plan(PlannedFault(fault: fault, moment: moment)) }
        }
    }

    private static let start = FaultMoment.at(Simulation.start)
    private static let promotion: StepID = "promote.postgres.promote"

    private static let owes = BatonCore.Expectation.completedWithObligations

    private static func isolated(hostIsLost: Bool) -> EmergencyWorld {
        var world = EmergencyWorld(.isolated)
        world.hostIsLost = hostIsLost
        return world
    }

    /// The faults of an emergency, one row each.
    static let all: [EmergencyCase] = promoting + returning + standbys + seeing + killed

    private static let promoting: [EmergencyCase] = [
        EmergencyCase(
            name: "the candidate dies right before it is asked", faults: at(.before(promotion), .nodeDies(1)),
            ends: .halted, writes: [], after: ["east-db"]),
        EmergencyCase(
            name: "the candidate dies in the middle of its promotion",
            faults: { simulation in
                var same = SeededRandom(seed: 0)
                simulation.spoil(.diesPromoting, &same)
            }, ends: .halted, writes: [], after: ["east-db"]),
        EmergencyCase(
            name: "the promotion happens when nobody waits for it any more",
            faults: { $0.distort(StepDistortion(step: promotion, target: nil, distortion: .late)) }, ends: .halted,
            writes: [], after: ["east-db"]),
        EmergencyCase(
            name: "the promotion takes half of its deadline",
            faults: { $0.distort(StepDistortion(step: promotion, target: nil, distortion: .slow)) }, ends: .completed,
            writes: ["east-db"], after: ["east-db"]),
        EmergencyCase(
            name: "out of recovery without a new timeline",
            faults: at(start, .disturbance(.promotesInPlace(1, "east-db"))), ends: .halted, writes: ["east-db"],
            after: ["east-db"]),
        EmergencyCase(
            name: "the candidate's disk is full", faults: at(start, .disturbance(.fullDisk(1, "east-db"))),
            ends: .halted, writes: [], after: ["east-db"]),
        EmergencyCase(
            name: "commits on the candidate hang",
            faults: at(.phase(.promote), .commitsHang(1)), ends: .halted, writes: ["east-db"], after: ["east-db"]),
    ]

    private static let returning: [EmergencyCase] = [
        EmergencyCase(
            name: "old is there again before the run begins", world: EmergencyWorld(.alive), ends: .refused,
            writes: ["west-db"], after: ["west-db"]),
        EmergencyCase(
            name: "old is started while the run begins", faults: at(start, .nodeReturns(0)), ends: .completed,
            writes: ["east-db"], after: ["east-db"]),
        EmergencyCase(
            name: "old hangs and goes on before it is fenced", world: EmergencyWorld(.hung),
            faults: at(.phase(.freeze), .nodeGoesOn(0)), ends: .completed, writes: ["east-db"], after: ["east-db"]),
        EmergencyCase(
            name: "old is started, marked, before the promotion", faults: at(.phase(.catchUp), .nodeReturns(0)),
            ends: .rolledBack, writes: [], after: ["west-db"]),
        EmergencyCase(
            name: "old is started without its mark before the promotion",
            faults: at(.phase(.catchUp), .nodeForced(0)), ends: .rolledBack, writes: [],
            after: ["west-db"]),
        EmergencyCase(
            name: "old is started, marked, during the promotion", faults: at(.before(promotion), .nodeReturns(0)),
            ends: .completed, writes: ["east-db"], after: ["east-db"]),
        EmergencyCase(
            name: "old is started without its mark during the promotion",
            faults: at(.before(promotion), .nodeForced(0)), ends: owes, writes: ["east-db"],
            after: ["east-db"]),
        EmergencyCase(
            name: "old is started, marked, after the promotion", faults: at(.phase(.verify), .nodeReturns(0)),
            ends: .completed, writes: ["east-db"], after: ["east-db"]),
        EmergencyCase(
            name: "old is started without its mark after the promotion",
            faults: at(.phase(.thaw), .nodeForced(0)), ends: owes, writes: ["east-db"],
            after: ["east-db"]),
        EmergencyCase(
            name: "backends are alive after the postmaster died", world: EmergencyWorld(.orphaned), ends: .completed,
            writes: ["east-db"], after: ["east-db"]),
    ]

    private static let standbys: [EmergencyCase] = [
        EmergencyCase(
            name: "both standbys are equally advanced", ends: .completed, writes: ["east-db"], after: ["east-db"]),
        EmergencyCase(
            name: "the other standby of the site is more advanced",
            world: EmergencyWorld(.killed, missing: [1: 3]), ends: .completed, writes: ["east-db2"], after: ["east-db2"]
        ),
        EmergencyCase(
            name: "a standby of the wrong site is more advanced", topology: SimulatedTopology.fourNodes,
            world: EmergencyWorld(.killed, missing: [2: 3, 3: 3]), ends: .completed, writes: ["east-db"],
            after: ["east-db"]),
        EmergencyCase(
            name: "the only standby is paused", topology: SimulatedTopology.twoNodes,
            faults: at(start, .disturbance(.pausedReplay(1, "east-db"))), ends: .refused, writes: [],
            after: ["west-db"]),
        EmergencyCase(
            name: "the only standby is paused after it was looked at", topology: SimulatedTopology.twoNodes,
            faults: at(.phase(.freeze), .disturbance(.pausedReplay(1, "east-db"))), ends: .rolledBack,
            writes: [], after: ["west-db"]),
        EmergencyCase(
            name: "a standby of the lost site is lost with it", topology: SimulatedTopology.fourNodes,
            world: EmergencyWorld(.killed, lostWith: [1]), ends: .completed, writes: ["east-db"], after: ["east-db"]),
        EmergencyCase(
            name: "two operators promote different sites at once", topology: SimulatedTopology.fourNodes,
            faults: at(start, .disturbance(.otherOperator)), ends: .completed, writes: ["east-db"], after: ["east-db"]),
        EmergencyCase(
            name: "another operator promotes the other site in the freeze", topology: SimulatedTopology.fourNodes,
            faults: at(.phase(.freeze), .disturbance(.otherOperator)), ends: .completed, writes: ["east-db"],
            after: ["east-db"]),
    ]

    private static let seeing: [EmergencyCase] = [
        EmergencyCase(
            name: "Baton sees old and not new", world: EmergencyWorld(.alive),
            faults: at(start, .nodeUnreachable(1, .both), .nodeUnreachable(2, .both)), ends: .refused,
            writes: ["west-db"], after: ["west-db"]),
        EmergencyCase(
            name: "Baton sees new and neither old nor its host", world: isolated(hostIsLost: true), ends: .refused,
            writes: ["west-db"], after: ["west-db"]),
        EmergencyCase(
            name: "Baton sees new and of old its host alone", world: isolated(hostIsLost: false), ends: .completed,
            writes: ["east-db"], after: ["east-db"]),
        EmergencyCase(
            name: "clients see old, and somebody answers for it and for their pooler",
            world: {
                var world = isolated(hostIsLost: true)
                world.poolers = [0: .unreached]
                return world
            }(), acceptance: Acceptance(loss: .unknown, unfenced: ["west-db", "west-pool"]), ends: owes,
            writes: ["west-db", "east-db"], after: ["east-db"]),
        EmergencyCase(
            name: "clients see old, and nobody answers for their pooler",
            world: {
                var world = isolated(hostIsLost: true)
                world.poolers = [0: .unreached]
                return world
            }(), acceptance: Acceptance(loss: .unknown, unfenced: ["west-db"]), ends: .refused, writes: ["west-db"],
            after: ["west-db"]),
        EmergencyCase(
            name: "new is cut off from Baton before the promotion",
            faults: at(.phase(.catchUp), .nodeUnreachable(1, .both)), ends: .rolledBack, writes: [],
            after: ["west-db"]),
        EmergencyCase(
            name: "new is cut off from Baton during the promotion",
            faults: at(.before(promotion), .nodeUnreachable(1, .both)), ends: .halted, writes: [],
            after: ["east-db"]),
        EmergencyCase(
            name: "what new answers is lost during the promotion",
            faults: at(.before(promotion), .nodeUnreachable(1, .back)), ends: .halted, writes: [],
            after: ["east-db"]),
        EmergencyCase(
            name: "the wall clock jumps by an hour", faults: at(.phase(.freeze), .wallClockJumps(3_600)),
            ends: .completed,
            writes: ["east-db"], after: ["east-db"]),
        EmergencyCase(
            name: "a pooler dies while it is led to new", faults: at(.phase(.repoint), .poolerDies(0)),
            ends: .halted, writes: ["east-db"], after: ["east-db"]),
    ]

    private static let phases: [Phase] = [
        .prepare, .freeze, .fence, .catchUp, .promote, .repoint, .thaw, .verify, .finish,
    ]

    /// Baton is killed in each phase, its guard with it or not; an operator resumes where nobody else goes on.
    private static let killed: [EmergencyCase] = phases.flatMap { phase in
        let goesOn = phase > .promote
        let before: [String] = goesOn ? ["east-db"] : []
        return [
            EmergencyCase(
                name: "Baton is killed in \(phase.rawValue)", faults: at(.phase(phase), .batonDies),
                ends: goesOn ? .completed : .rolledBack, writes: before, after: goesOn ? ["east-db"] : ["west-db"]),
            EmergencyCase(
                name: "Baton and its guard are killed in \(phase.rawValue)",
                faults: at(.phase(phase), .guardDies, .batonDies), ends: .halted, writes: before,
                // Nobody waits yet, so the operator's resume goes on.
                after: goesOn || phase == .prepare ? ["east-db"] : ["west-db"]),
        ]
    }
}
