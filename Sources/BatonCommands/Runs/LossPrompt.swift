import BatonCore
import BatonEngine
import BatonPostgres
import BatonReports
import Glibc

/// Shows a person at a terminal what a promotion may lose before they are asked. Where they named no loss on the command line,
/// typing the topology's name below the card accepts that very loss. `-y` never does: it shows no card.
struct LossPrompt {
    let confirmation: ConfirmationOptions
    let state: String
    /// Whether a saved plan is followed: what is accepted stands in it, and nothing is added here.
    let followsPlan: Bool

    func require(_ change: String, of plan: inout Plan) async throws {
        let name = plan.topology.name
        guard let card = await look(plan) else { return try confirmation.require(name, to: change) }
        Output.raw(Output.text(LossCardText.document(card), for: STDERR_FILENO), to: STDERR_FILENO)
        let accepted = plan.acceptance ?? Acceptance()
        guard accepted.loss == nil, !card.isNothing, !followsPlan else {
            return try confirmation.require(name, to: change)
        }
        try confirmation.require(name, to: "\(change), and accepts that \(card.amount) is lost")
        plan.acceptance = Acceptance(
            typedBy: Person.name, at: SystemClock.wallNow(), below: card, unfenced: accepted.unfenced)
    }

    /// The card as things are now; nil while nobody knows who would be promoted, or when there is nothing to do. The run says
    /// why.
    private func look(_ plan: Plan) async -> LossCard? {
        Output.message("looking what a promotion may lose ...")
        let sessions = Wiring.sessions(plan.topology, name: "baton/preflight", readOnly: true)
        let engine = PreflightEngine(
            catalogue: .standard, observers: Wiring.observers(sessions, state: state), reach: sessions.lost)
        let machine = await engine.run(plan)
        await sessions.closeAll()
        guard machine.isBound else { return nil }
        return machine.order.lazy.compactMap { machine.items[$0]?.verdict?.lossCard }.first
    }
}
