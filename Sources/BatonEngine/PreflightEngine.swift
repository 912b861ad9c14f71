package import BatonCore

/// Judges the gates of preflight for real and changes nothing: it is given observers only, and there is no way from them
/// to a permit. It drives the same machine as a real run and stops where the first change would be made.
package struct PreflightEngine: Sendable {
    private let questions: Questions
    private let reach: (any Reach)?

    /// - Parameter reach: told what a run would do without, once that is known.
    package init(catalogue: Catalogue, observers: Observers, reach: (any Reach)? = nil) {
        questions = Questions(catalogue: catalogue, observers: observers)
        self.reach = reach
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
            reach?.leaveOut(machine.lostTargets)
            for request in transition.requests { look(request, machine.scope, mailbox) }
        }
        return machine
    }

    /// How long one look at every server may take.
    private static let surveyDeadline = TimeSpan.seconds(5)

    /// What the rest of the plan would do to the world as it is now: the facts are observed, gates that say now what they
    /// will say then are asked, and the plan is played on what came back. Nil while nobody knows who is old and who is new.
    package func foresee(_ machine: RunMachine) async -> Foresight? {
        guard machine.isBound else { return nil }
        let (plan, scope) = (machine.plan, machine.scope)
        async let world = observe(plan, scope)
        async let answers = answers(plan, scope)
        return Foresight(
            plan, in: scope, from: await world, catalogue: questions.catalogue, answers: await answers)
    }

    /// Who is old and new, and every fact that the plan reads, without a question to any gate. Where the machine did not
    /// bind the slots, its state may say why, and the facts are those of the pair that the topology suggests.
    package func observe(_ plan: Plan) async -> (machine: RunMachine, world: World) {
        var machine = RunMachine(plan: plan, catalogue: questions.catalogue)
        for case .survey(let keys, let deadline) in machine.handle(.started, at: SystemClock.now()).requests {
            let observed = await questions.survey(keys, in: machine.scope, deadline: deadline)
            _ = machine.handle(.surveyed(observed), at: SystemClock.now())
        }
        return (machine, await observe(plan, machine.scope))
    }

    private func observe(_ plan: Plan, _ scope: Scope) async -> World {
        let keys = Foresight.facts(of: plan, in: scope, catalogue: questions.catalogue)
        let observed = await questions.survey(
            keys, in: scope, deadline: SystemClock.deadline(in: Self.surveyDeadline))
        var world = World()
        let now = SystemClock.now()
        for observation in observed { world.learn(observation, at: now) }
        return world
    }

    private func answers(_ plan: Plan, _ scope: Scope) async -> [ItemID: Verdict] {
        await withTaskGroup(of: (ItemID, Verdict).self) { group in
            for (item, gate, arguments) in Foresight.questions(of: plan, in: scope, catalogue: questions.catalogue) {
                let deadline = SystemClock.deadline(in: plan.step(item.step)?.deadline ?? Self.surveyDeadline)
                group.addTask {
                    (item, await questions.judge(gate, arguments, on: item.target, in: scope, deadline: deadline))
                }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
    }

    private func look(_ request: Request, _ scope: Scope, _ mailbox: Mailbox) {
        switch request {
        case .survey(let keys, let deadline):
            Task { mailbox.post(.surveyed(await questions.survey(keys, in: scope, deadline: deadline))) }
        case .ask(let item, let attempt, let gate, let arguments, let notBefore, let deadline):
            _ = mailbox.ask(item, attempt, gate, arguments, scope, notBefore, deadline, questions)
        case .perform, .observe, .cancel, .armGuard, .wake, .keepWatch, .measureDivergence, .startCanary, .stopCanary,
            .rest:
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
