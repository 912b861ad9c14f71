package import BatonCore

/// Why a run could not go on. Everything after this is decided by replaying the journal.
package enum RunFailure: Error, Sendable {
    /// The journal refused a record; nothing was done after it.
    case journal(any Error, state: RunState.Kind)
    /// The operator interrupted a second time.
    case interruptedAgain(state: RunState.Kind)
}

/// The async shell around `RunLoop`: turns requests into tasks and their results into events. It decides nothing.
package struct RunEngine: Sendable {
    private let run: RunID
    private let plan: Plan
    private let questions: Questions
    private let performers: Performers
    private let canary: (any Canary)?
    private let lease: any HeldLease
    private let journal: any RunJournal

    /// A held lease and an open journal are what makes permits possible, so an engine cannot be made without them.
    package init(
        run: RunID, plan: Plan, catalogue: Catalogue, observers: Observers, performers: Performers,
        canary: (any Canary)?, lease: any HeldLease, journal: any RunJournal
    ) {
        self.run = run
        self.plan = plan
        self.questions = Questions(catalogue: catalogue, observers: observers)
        self.performers = performers
        self.canary = canary
        self.lease = lease
        self.journal = journal
    }

    /// Runs the plan until it is finished or halted, and returns the machine as it then stands.
    /// - Parameters:
    ///   - startedAt: when the command was accepted; recovery time counts from here.
    ///   - interruptions: one element for each Ctrl-C or SIGTERM, saying who.
    ///   - onTransition: called after each event, also after one that was ignored or illegal: a fault in Baton is told,
    ///     and does not leave clients frozen.
    package func execute(
        startedAt: Instant, interruptions: AsyncStream<String>,
        onTransition: @Sendable (Event, Transition, RunMachine) -> Void
    ) async throws(RunFailure) -> RunMachine {
        let mailbox = Mailbox()
        var loop = RunLoop(
            machine: RunMachine(plan: plan, catalogue: questions.catalogue), journal: journal)
        var tasks: [ItemID: Task<Void, Never>] = [:]
        var isResting = false
        var awaitsMeasurement = false
        var interrupts = 0
        let watchers = [
            Task { for await by in interruptions { mailbox.post(.interrupted(by: by)) } },
            Task { for await loss in lease.losses { mailbox.post(.leaseLost(node: loss.node, why: loss.why)) } },
        ]
        defer {
            for task in watchers { task.cancel() }
            for task in tasks.values { task.cancel() }
        }
        mailbox.post(.started)
        for await event in mailbox.events {
            if case .interrupted = event {
                interrupts += 1
                if interrupts > 1 { throw .interruptedAgain(state: loop.machine.state.kind) }
            }
            let transition: Transition
            let requests: [Request]
            do {
                (transition, requests) = try loop.handle(event, at: SystemClock.now(), wall: SystemClock.wallNow())
            } catch {
                throw .journal(error, state: loop.machine.state.kind)
            }
            if case .measured = event { awaitsMeasurement = false }
            let scope = loop.machine.scope
            for request in requests {
                switch request {
                case .survey(let keys, let deadline):
                    Task { mailbox.post(.surveyed(await questions.survey(keys, in: scope, deadline: deadline))) }
                case .ask(let item, let attempt, let gate, let arguments, let notBefore, let deadline):
                    tasks[item] = mailbox.ask(
                        item, attempt, gate, arguments, scope, notBefore, deadline, questions)
                case .perform(let item, let attempt, let call, let notBefore, let deadline):
                    tasks[item] = perform(item, attempt, call, scope, notBefore, deadline, mailbox)
                case .observe(let item, let attempt, let keys, let notBefore, let deadline):
                    tasks[item] = observe(item, attempt, keys, scope, notBefore, deadline, mailbox)
                case .cancel(let item): tasks[item]?.cancel()
                case .startCanary:
                    // Waited for: it comes before the first change, and the measurement must have begun by then.
                    await canary?.start()
                case .stopCanary:
                    guard let canary else { break }
                    awaitsMeasurement = true
                    let machine = loop.machine
                    Task {
                        let isPromoted = machine.world.value(FactKey(machine.scope.new, .writable)) == .flag(true)
                        let new = isPromoted ? plan.topology.node(machine.binding.new) : nil
                        let measured = await canary.stop(
                            startedAt: startedAt, freezeBegan: machine.freezeBegan, new: new)
                        mailbox.post(.measured(measured))
                    }
                case .rest: isResting = true
                }
            }
            onTransition(event, transition, loop.machine)
            if isResting, !awaitsMeasurement { break }
        }
        return loop.machine
    }

    private func perform(
        _ item: ItemID, _ attempt: Int, _ call: Call, _ scope: Scope, _ notBefore: Instant, _ deadline: Deadline,
        _ mailbox: Mailbox
    ) -> Task<Void, Never> {
        // The request came from a transition that the journal holds durably, so the permit may be issued.
        let permit = Permit(run: run, step: item.step)
        return mailbox.answer(
            notBefore: notBefore, deadline: deadline,
            otherwise: .reported(item, attempt: attempt, .unknown("no answer before the deadline"))
        ) {
            do throws(LeaseHeld) {
                try await lease.prove(candidate: scope.binding.new, isUndo: item.isUndo, deadline: deadline)
            } catch {
                return .reported(
                    item, attempt: attempt, .failed("the lease on \(scope.binding.new) was lost: \(error)"))
            }
            return .reported(
                item, attempt: attempt,
                await performers.perform(call, in: scope, permit: permit, deadline: deadline))
        }
    }

    private func observe(
        _ item: ItemID, _ attempt: Int, _ keys: [FactKey], _ scope: Scope, _ notBefore: Instant,
        _ deadline: Deadline, _ mailbox: Mailbox
    ) -> Task<Void, Never> {
        mailbox.answer(
            notBefore: notBefore, deadline: deadline,
            otherwise: .observed(
                item, attempt: attempt, keys.map { Observation($0, .unknown("no answer before the deadline")) })
        ) {
            .observed(item, attempt: attempt, await questions.survey(keys, in: scope, deadline: deadline))
        }
    }
}
