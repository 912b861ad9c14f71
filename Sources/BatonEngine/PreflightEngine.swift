package import BatonCore

/// Judges the gates of preflight for real and changes nothing: it is given observers only, and there is no way from them
/// to a permit. It drives the same machine as a real run and stops where the first change would be made.
package struct PreflightEngine: Sendable {
    private let questions: Questions

    package init(catalogue: Catalogue, observers: Observers) {
        questions = Questions(catalogue: catalogue, observers: observers)
    }

    /// The machine after every gate has been judged: in `finished` when one refused, else where the run would go on.
    /// - Parameter onVerdict: called after each gate, for live output.
    package func run(
        _ plan: Plan, onVerdict: @Sendable (StepMachine) -> Void = { _ in }
    ) async -> RunMachine {
        var machine = RunMachine(plan: plan, catalogue: questions.catalogue)
        let mailbox = Mailbox()
        mailbox.post(.started)
        for await event in mailbox.events {
            let transition = machine.handle(event, at: SystemClock.now())
            if case .judged(let item, _, _) = event, let step = machine.items[item] { onVerdict(step) }
            switch machine.state.kind {
            case .planned, .surveying, .checking: break
            case .advancing, .holding, .committed, .undoing, .reconciling, .halted, .finished: return machine
            }
            for request in transition.requests { look(request, machine.scope, mailbox) }
        }
        return machine
    }

    private func look(_ request: Request, _ scope: Scope, _ mailbox: Mailbox) {
        switch request {
        case .survey(let keys, let deadline):
            Task { mailbox.post(.surveyed(await questions.survey(keys, in: scope, deadline: deadline))) }
        case .ask(let item, let attempt, let gate, let arguments, let notBefore, let deadline):
            _ = mailbox.ask(item, attempt, gate, arguments, scope, notBefore, deadline, questions)
        case .perform, .observe, .cancel, .armGuard, .wake, .startCanary, .stopCanary, .rest:
            // Beyond preflight, where this engine has nothing to act with.
            break
        }
    }
}

extension Mailbox {
    /// Asks a gate, with an `unknown` verdict when nothing comes back.
    func ask(
        _ item: ItemID, _ attempt: Int, _ gate: GateID, _ arguments: Arguments, _ scope: Scope, _ notBefore: Instant,
        _ deadline: Deadline, _ questions: Questions
    ) -> Task<Void, Never> {
        answer(
            notBefore: notBefore, deadline: deadline,
            otherwise: .judged(item, attempt: attempt, .unknown("no answer before the deadline"))
        ) {
            .judged(
                item, attempt: attempt,
                await questions.judge(gate, arguments, on: item.target, in: scope, deadline: deadline))
        }
    }
}
