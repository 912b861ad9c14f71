import BatonActions
import BatonCore
import BatonEngine
import BatonJournal
import BatonPostgres
import BatonReports

/// The world that a plan is made for, as the servers tell it now. Read only, as a preflight is.
struct PlanLook {
    private let machine: RunMachine
    let world: World
    /// What a saved plan of this moment rests on.
    let basis: SavedPlan.Basis

    /// How long the servers may take to say who they are.
    private static let patience = TimeSpan.seconds(5)

    /// Asks every server.
    static func take(_ plan: Plan) async throws -> PlanLook {
        let sessions = Wiring.sessions(plan.topology, name: "baton/plan", readOnly: true)
        let observers = Wiring.observers(sessions)
        let (machine, world) = await PreflightEngine(catalogue: .standard, observers: observers).observe(plan)
        let identities = await identities(machine.scope, observers)
        await sessions.closeAll()
        return PlanLook(
            machine: machine, world: world,
            basis: SavedPlan.Basis(
                plan: plan, planSHA256: try sha256(plan), binding: machine.isBound ? machine.binding : nil,
                world: world, identities: identities))
    }

    /// Who hands over to whom. Throws when that is nobody, or when nobody knows.
    func binding() throws -> Binding {
        guard !machine.isBound else { return machine.binding }
        if case .finished(.alreadyThere(let proof)) = machine.state {
            throw CommandProblem(.error, "\(proof); there is nothing to plan")
        }
        throw CommandProblem(
            .error, "no single primary and standby answered, so nobody knows who would hand over to whom",
            remedy: "look at the nodes with baton status -t, then try again")
    }

    /// What the files alone tell of a saved plan.
    static func offline(_ plan: Plan) throws -> SavedPlan.Basis {
        SavedPlan.Basis(
            plan: plan, planSHA256: try sha256(plan), binding: nil, world: World(), identities: [:])
    }

    /// Where a run is to wait is the command line's to say, and no part of what was planned.
    private static func sha256(_ plan: Plan) throws -> String {
        var plan = plan
        plan.holdBefore = nil
        return Digest.sha256(Array(try ReportJSON.text(plan).utf8))
    }

    private static func identities(
        _ scope: Scope, _ observers: Observers
    ) async -> [String: (systemIdentifier: SystemIdentifier?, version: Int?)] {
        let deadline = SystemClock.deadline(in: patience)
        return await withTaskGroup(of: (String, SystemIdentifier?, Int?).self) { group in
            for node in scope.topology.nodes {
                group.addTask {
                    let identity =
                        try? await observers.ask(
                            PostgresIdentityProbe(node: node.name, old: node.name), in: scope, deadline: deadline)
                        as? PostgresIdentityProbe.Answer
                    let version =
                        try? await observers.ask(
                            PostgresVersionProbe(new: node.name, old: node.name), in: scope, deadline: deadline)
                        as? PostgresVersionProbe.Answer
                    return (node.name, identity?.systemIdentifier, version?.newVersion)
                }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = (systemIdentifier: $1.1, version: $1.2) }
        }
    }
}
