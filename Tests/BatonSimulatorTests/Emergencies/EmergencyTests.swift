import BatonActions
import BatonCore
import FoundationEssentials
import Testing

@testable import BatonSimulator

/// The issue's faults of an emergency: verdict, end state, and a page that says the same.
@Suite("Faults of an emergency")
struct EmergencyFaultTests {
    @Test("One fault ends as it is written down, and breaks no promise", arguments: EmergencyCase.all)
    func ends(_ one: EmergencyCase) throws {
        var simulation = try one.simulation()
        simulation.playToRest()
        let rest = simulation.rest
        func story() -> String { simulation.story.map { "\($0.at) \($0.who) \($0.what)" }.joined(separator: "\n") }
        func writers() -> [String] { simulation.truth.writers.map { simulation.truth.name(of: $0) } }
        #expect(rest.outcome == one.ends, "\(one.name): \(rest.reason ?? "") at \(rest.decided)\n\(story())")
        #expect(writers() == one.writes, "\(one.name): \(story())")
        let trial = simulation.play()
        #expect(trial.violations.isEmpty, "\(one.name): \(trial.violations)\n\(story())")
        #expect(writers() == one.after, "\(one.name): \(story())")
    }

    @Test func `the page has a row for each`() throws {
        let page = try String(contentsOfFile: "\(SimulatedPlan.root)/Documentation/Simulator.md", encoding: .utf8)
        let missing = EmergencyCase.all.map(\.row).filter { !page.contains($0) }
        #expect(missing.isEmpty, "\(missing.joined(separator: "\n"))")
        #expect(Set(EmergencyCase.all.map(\.name)).count == EmergencyCase.all.count)
    }
}

/// Every way in which an emergency begins, with everything that an operator may accept.
@Suite struct EmergencyBeginningTests {
    private static let acceptances: [Acceptance] =
        [nil, .bytes(100), .bytes(10_000), .unknown].flatMap { loss in
            [[], ["west-db"], ["west-db", "west-pool"]].map { Acceptance(loss: loss, unfenced: $0) }
        }

    private static func worlds(_ loss: PrimaryLoss) -> [EmergencyWorld] {
        var worlds: [EmergencyWorld] = []
        for hostIsLost in [false, true] {
            for unreceived in [0, 3] {
                for missing in [[:], [1: 2], [2: 2]] as [[Int: Int]] {
                    for pooler in [nil] + EmergencyWorld.PoolerLoss.allCases.map(Optional.init) {
                        var world = EmergencyWorld(
                            loss, unreceived: unreceived, missing: missing, poolers: pooler.map { [0: $0] } ?? [:])
                        world.hostIsLost = hostIsLost && loss != .alive
                        worlds.append(world)
                    }
                }
            }
        }
        return worlds
    }

    /// The checkers hold the run's end against what the world wants, and the end of everything against the truth (I7, R9).
    @Test(arguments: PrimaryLoss.allCases)
    func `it ends as the world wants, and asks nothing of the lost site`(loss: PrimaryLoss) throws {
        var plan = try SimulatedPlan.plan(EmergencyCase.playbook)
        var outcomes: [String: Int] = [:]
        for topology in [SimulatedTopology.threeNodes, SimulatedTopology.twoNodes] {
            plan.move(to: topology)
            for world in Self.worlds(loss) {
                for acceptance in Self.acceptances {
                    plan.acceptance = acceptance
                    var simulation = Simulation(plan, catalogue: SimulatedPlan.catalogue, world: world)
                    let trial = simulation.play()
                    #expect(trial.violations.isEmpty, "\(world) \(acceptance): \(trial.violations)")
                    outcomes[trial.outcome ?? "", default: 0] += 1
                }
            }
        }
        #expect(outcomes["refused", default: 0] > 0)
        if loss != .alive { #expect(outcomes["completed", default: 0] > 0, "\(outcomes)") }
    }

    /// A checker that says yes to everything would pass as well: each is shown a world that breaks its promise.
    @Test func `a promotion that loses more than was accepted is seen`() throws {
        var plan = try SimulatedPlan.plan(EmergencyCase.playbook)
        plan.acceptance = Acceptance(loss: .bytes(96))
        for group in plan.groups.indices { plan.groups[group].steps.removeAll { $0.kind == .gate("postgres.loss") } }
        var simulation = Simulation(
            plan, catalogue: SimulatedPlan.catalogue, world: EmergencyWorld(.killed, unreceived: 3))
        #expect(simulation.play().violations.map(\.invariant) == ["I3"])
    }

    @Test func `a promotion without evidence is seen`() throws {
        var plan = try SimulatedPlan.plan(EmergencyCase.playbook)
        plan.acceptance = Acceptance(loss: .unknown, unfenced: ["west-db"])
        var simulation = Simulation(plan, catalogue: SimulatedPlan.catalogue, world: EmergencyWorld(.isolated))
        // The checkers are told that nobody answers for it.
        simulation.playUntilPromotion()
        var honest = plan
        honest.acceptance = Acceptance(loss: .unknown)
        simulation.runs[0] = SimulatedRun(honest, SimulatedJournal())
        #expect(simulation.truth.writers.contains(0))
        simulation.judgeWriters()
        simulation.judgeEvidence(simulation.processes[0].machine, "promote.postgres.promote")
        #expect(Set(simulation.watch.violations.map(\.invariant)) == ["I1", "R7"])
    }
}

extension Simulation {
    fileprivate mutating func playUntilPromotion() {
        while truth.promotions.isEmpty, step() {}
    }
}

@Suite struct EmergencySwarmTests {
    @Test func `no seed of an emergency breaks a promise`() throws {
        let swarm = Swarm(try SimulatedPlan.plan(EmergencyCase.playbook), catalogue: SimulatedPlan.catalogue)
        var outcomes: Set<String> = []
        for seed in UInt64(1)...2_000 {
            var simulation = swarm.simulation(seed: seed)
            let trial = simulation.play()
            for violation in trial.violations {
                Issue.record("seed \(seed): \(violation.invariant): \(violation.what)")
            }
            if let outcome = trial.outcome { outcomes.insert(outcome) }
        }
        #expect(
            outcomes.isSuperset(of: [
                "completed", "completed-with-obligations", "refused", "rolled-back", "interrupted",
            ]))
    }

    @Test func `one seed in three is an emergency, and the others keep their stories`() throws {
        let planned = try SimulatedPlan.shipped()
        let both = Swarm(
            planned, emergency: try SimulatedPlan.plan(EmergencyCase.playbook), catalogue: SimulatedPlan.catalogue)
        let one = Swarm(planned, catalogue: SimulatedPlan.catalogue)
        var emergencies = 0
        for seed in UInt64(1)...300 {
            var drawn = both.simulation(seed: seed)
            if drawn.emergency != nil {
                emergencies += 1
                continue
            }
            var alone = one.simulation(seed: seed)
            #expect(drawn.play().journal == alone.play().journal)
        }
        #expect((60...140).contains(emergencies))
    }
}

/// Faults of Baton that emergencies in the simulator showed.
@Suite struct EmergencyRegressionTests {
    /// `pgbouncer.hasten` was a group of its own behind the repoint, so the dead pooler's repoint held the clients of the other
    /// one for its whole deadline (R11).
    @Test func `a pooler that is led to new thaws although another one is dead`() throws {
        var plan = try SimulatedPlan.plan(EmergencyCase.playbook)
        plan.acceptance = Acceptance(loss: .unknown)
        var simulation = Simulation(plan, catalogue: SimulatedPlan.catalogue)
        simulation.plan(PlannedFault(fault: .poolerDies(0), moment: .phase(.repoint)))
        simulation.playToRest()
        #expect(simulation.watch.violations.isEmpty, "\(simulation.watch.violations)")
        let thawed = simulation.rest.machine?.items[ItemID("thaw.pgbouncer.resume", on: .pooler("east-pool"))]
        let promoted = try #require(simulation.truth.promotions.first?.at)
        #expect(try #require(thawed?.endedAt) - promoted < .seconds(1))
    }

    /// Whoever took a run over sent `pgbouncer.hasten` together with the repoint that was to be done again, and its RELOAD ended
    /// what was set; and a pooler that could not be led to new was hastened all the same (R12).
    @Test func `a pooler is hastened only once it leads to new`() throws {
        var plan = try SimulatedPlan.plan(EmergencyCase.playbook)
        plan.acceptance = Acceptance(loss: .unknown)
        var simulation = Simulation(plan, catalogue: SimulatedPlan.catalogue)
        simulation.plan(PlannedFault(fault: .poolerDies(0), moment: .phase(.repoint)))
        let trial = simulation.play()
        #expect(trial.violations.isEmpty, "\(trial.violations)")
        let west = trial.journal.flatMap(\.announced).filter { $0.on == .pooler("west-pool") }.map(\.action)
        let hastened = try #require(west.firstIndex(of: Hasten.id))
        #expect(west[hastened - 1] == Repoint.id, "\(west)")
        #expect(west.count { $0 == Hasten.id } == 1, "\(west)")
    }

    /// Nothing in an emergency asked for new itself, so whoever took the run over ordered the promotion again without seeing
    /// whether new had been promoted (R5).
    @Test func `a promotion is not ordered again while nobody sees new`() throws {
        var plan = try SimulatedPlan.plan(EmergencyCase.playbook)
        plan.acceptance = Acceptance(loss: .unknown)
        var simulation = Simulation(plan, catalogue: SimulatedPlan.catalogue)
        let promotion = try #require(plan.steps.first { $0.phase == .promote }?.id)
        simulation.distort(StepDistortion(step: promotion, target: nil, distortion: .timesOutWith))
        let late = FaultMoment.at(Simulation.start + .seconds(2))
        simulation.plan(PlannedFault(fault: .nodeUnreachable(1, .both), moment: late))
        simulation.plan(PlannedFault(fault: .batonDies, moment: .at(Simulation.start + .seconds(3))))
        simulation.playToRest()
        #expect(simulation.watch.violations.isEmpty, "\(simulation.watch.violations)")
        #expect(simulation.rest.outcome == .halted && simulation.rest.guardTookOver)
        #expect(simulation.rest.journal.flatMap(\.announced).count { $0.action == Promote.id } == 1)
        let trial = simulation.play()
        #expect(trial.violations.isEmpty, "\(trial.violations)")
        #expect(simulation.truth.writers == [1])
    }

    /// The playbook reserved no slot, and `postgres.follow` failed in every emergency with a third node.
    @Test func `the standbys that are left follow new`() throws {
        var plan = try SimulatedPlan.plan(EmergencyCase.playbook)
        plan.acceptance = Acceptance(loss: .unknown)
        var simulation = Simulation(plan, catalogue: SimulatedPlan.catalogue)
        simulation.playToRest()
        #expect(simulation.truth.nodes[2].isStreaming && simulation.truth.nodes[2].upstream == 1)
        #expect(simulation.truth.nodes[1].slots == 1 << 2, "and none is kept for the lost one")
    }
}

@Suite struct EmergencyProofTests {
    @Test func `the shipped playbook keeps its promises whatever one thing goes wrong`() throws {
        let plan = try SimulatedPlan.plan(EmergencyCase.playbook)
        let prover = Prover(plan, catalogue: SimulatedPlan.catalogue, depth: 1)
        let proof = prover.prove()
        let isProved = proof.isProved
        #expect(isProved, "\(proof.counterexamples.map { "\($0.invariant): \($0.what), \($0.faults)" })")
        #expect(proof.runs > 1_000)
        #expect(prover.assumptions.contains { $0.contains("A loss of unknown size is accepted") })
        #expect(prover.assumptions.contains { $0.contains("killed, hung, isolated") })
    }

    @Test func `where Baton has no access to a host the assumptions say who is taken to be off`() throws {
        var plan = try SimulatedPlan.plan(EmergencyCase.playbook)
        for node in plan.topology.nodes.indices where plan.topology.nodes[node].site == "west" {
            plan.topology.nodes[node].access = .none
        }
        let prover = Prover(plan, catalogue: SimulatedPlan.catalogue, depth: 0)
        #expect(prover.prove().isProved)
        #expect(prover.assumptions.contains { $0.contains("is off: west-db") })
    }

    private static let unsafe = "\(SimulatedPlan.root)/Tests/BatonSimulatorTests/Unsafe/Emergencies"

    private static let corpus: [(file: String, blame: Int)] = {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: unsafe)) ?? []
        return files.filter { $0.hasSuffix(".yaml") }.sorted().map { file in
            let text = (try? String(contentsOfFile: "\(unsafe)/\(file)", encoding: .utf8)) ?? ""
            let comment = text.split(separator: "\n").first { $0.hasPrefix("# Blame: line ") }
            let number = comment?.dropFirst("# Blame: line ".count).prefix { $0.isNumber }
            return (file, number.flatMap { Int($0) } ?? 0)
        }
    }()

    @Test func `the corpus of unsafe emergency playbooks is there`() {
        #expect(Self.corpus.count >= 6)
        #expect(Self.corpus.allSatisfy { $0.blame > 0 })
    }

    @Test(arguments: corpus)
    func `an emergency playbook that is unsafe is refused, with the line`(file: String, blame: Int) throws {
        let plan = try SimulatedPlan.plan("\(Self.unsafe)/\(file)")
        let proof = Prover(plan, catalogue: SimulatedPlan.catalogue, depth: 1).prove(until: { $0.line == blame })
        let found = proof.counterexamples.first { $0.line == blame }
        #expect(found != nil, "\(proof.counterexamples.map { "line \($0.line ?? 0) \($0.invariant): \($0.what)" })")
        #expect(found?.timeline.isEmpty == false)
    }
}
