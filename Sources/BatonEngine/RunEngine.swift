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
    private let guardian: (any Guardian)?
    private let clock: RunClock
    private let reach: (any Reach)?

    /// A held lease and an open journal are what makes permits possible, so an engine cannot be made without them.
    ///
    /// - Parameters:
    ///   - guardian: nil for the guard itself, which only undoes or goes forward.
    ///   - clock: the run's, which goes on where the record ends.
    ///   - reach: told what the run does without, before anything else is asked.
    package init(
        run: RunID, plan: Plan, catalogue: Catalogue, observers: Observers, performers: Performers,
        canary: (any Canary)?, lease: any HeldLease, journal: any RunJournal, guardian: (any Guardian)?,
        clock: RunClock = .own, reach: (any Reach)? = nil
    ) {
        self.run = run
        self.plan = plan
        self.questions = Questions(catalogue: catalogue, observers: observers)
        self.performers = performers
        self.canary = canary
        self.lease = lease
        self.journal = journal
        self.guardian = guardian
        self.clock = clock
        self.reach = reach
    }

    /// What one execution has under way.
    private struct Work {
        var tasks: [ItemID: Task<Void, Never>] = [:]
        /// The look at what is fenced; nothing waits for it.
        var watch: Task<Void, Never>?
        var isResting = false
        var awaitsMeasurement = false
        var interrupts = 0
        /// Events that wait until the look of a takeover is over.
        var opening: ArraySlice<Event>
    }

    /// Runs until the machine is finished or halted, and returns it as it then stands.
    /// - Parameters:
    ///   - machine: fresh, or as the record left it.
    ///   - opening: the events that begin: `started`, or a takeover and what follows it.
    ///   - startedAt: when the command was accepted, in run time; recovery time counts from here.
    ///   - words: what operators say meanwhile.
    ///   - onTransition: called after each event, also after one that was ignored or illegal: a fault in Baton is told,
    ///     and does not leave clients frozen.
    package func execute(
        _ machine: RunMachine, opening: [Event] = [.started], startedAt: Instant, words: AsyncStream<OperatorWord>,
        onTransition: @Sendable (Event, Transition, RunMachine) -> Void
    ) async throws(RunFailure) -> RunMachine {
        let mailbox = Mailbox()
        var loop = RunLoop(machine: machine, journal: journal)
        var work = Work(opening: opening.dropFirst())
        let vigil = Vigil(guardian, clock)
        let watchers = [
            Task { for await word in words { mailbox.post(word) } },
            Task { for await loss in lease.losses { mailbox.post(.leaseLost(node: loss.node, why: loss.why)) } },
        ]
        defer {
            for task in watchers { task.cancel() }
            for task in work.tasks.values { task.cancel() }
            work.watch?.cancel()
            vigil.end()
        }
        if let first = opening.first { mailbox.post(first) }
        for await event in mailbox.events {
            if case .interrupted = event, mailbox.hasSecondInterrupt {
                throw .interruptedAgain(state: loop.machine.state.kind)
            }
            let transition: Transition
            let requests: [Request]
            do {
                (transition, requests) = try loop.handle(event, at: clock.now(), wall: SystemClock.wallNow())
            } catch {
                throw .journal(error, state: loop.machine.state.kind)
            }
            if case .measured = event { work.awaitsMeasurement = false }
            vigil.follow(loop.machine)
            reach?.leaveOut(loop.machine.lostTargets)
            for request in requests {
                if case .startCanary = request, loop.machine.takeovers.isEmpty, loop.machine.plan.mode == .planned {
                    // Waited for: it comes before the first change, and the measurement must have begun by then. In an
                    // emergency nobody can write yet.
                    await canary?.start()
                } else {
                    carryOut(request, loop.machine, startedAt, vigil, mailbox, &work)
                }
            }
            onTransition(event, transition, loop.machine)
            if loop.machine.state.kind != .reconciling, let next = work.opening.popFirst() { mailbox.post(next) }
            let isIdle: Bool
            switch transition.disposition {
            // What an operator asked for could not be done, and nothing else is under way.
            case .ignored: isIdle = work.tasks.isEmpty && loop.machine.isAtRest
            case .moved, .illegal: isIdle = false
            }
            if work.isResting || isIdle, work.opening.isEmpty, !work.awaitsMeasurement { break }
        }
        vigil.end()
        await guardian?.dismiss()
        return loop.machine
    }

    private func carryOut(
        _ request: Request, _ machine: RunMachine, _ startedAt: Instant, _ vigil: Vigil, _ mailbox: Mailbox,
        _ work: inout Work
    ) {
        let scope = machine.scope
        switch request {
        case .survey(let keys, let deadline):
            let deadline = clock.local(deadline)
            Task { mailbox.post(.surveyed(await questions.survey(keys, in: scope, deadline: deadline))) }
        case .ask(let item, let attempt, let gate, let arguments, let notBefore, let deadline):
            work.tasks[item] = mailbox.ask(
                item, attempt, gate, arguments, scope, clock.local(notBefore), clock.local(deadline), questions)
        case .perform(let item, let attempt, let call, let notBefore, let deadline):
            work.tasks[item] = Errand.$asksTheLost.withValue(isBestEffort(item)) {
                perform(item, attempt, call, scope, clock.local(notBefore), clock.local(deadline), mailbox)
            }
        case .observe(let item, let attempt, let keys, let notBefore, let deadline):
            work.tasks[item] = Errand.$asksTheLost.withValue(isBestEffort(item)) {
                observe(item, attempt, keys, scope, clock.local(notBefore), clock.local(deadline), mailbox)
            }
        case .cancel(let item): work.tasks[item]?.cancel()
        case .armGuard(let deadline): vigil.arm(by: clock.local(deadline), mailbox)
        case .wake(let moment):
            let wait = moment - clock.now()
            Task {
                try? await SystemClock.sleep(wait)
                mailbox.post(.woken)
            }
        case .keepWatch(let round, let keys, let notBefore, let deadline):
            work.watch = keepWatch(round, keys, scope, clock.local(notBefore), clock.local(deadline), mailbox)
        case .measureDivergence(let node, let deadline):
            let deadline = clock.local(deadline)
            _ = Errand.$asksTheLost.withValue(true) {
                mailbox.answer(
                    notBefore: SystemClock.now(), deadline: deadline,
                    otherwise: .divergenceMeasured(node: node, .unknown("no answer before the deadline"))
                ) {
                    .divergenceMeasured(
                        node: node, await questions.divergence(of: node, in: scope, deadline: deadline))
                }
            }
        case .startCanary: Task { await canary?.start() }
        case .stopCanary:
            guard let canary else { break }
            work.awaitsMeasurement = true
            Task { mailbox.post(.measured(await measure(canary, machine, startedAt))) }
        case .rest: work.isResting = true
        }
    }

    /// Tasks inherit on whose behalf they ask.
    private func isBestEffort(_ item: ItemID) -> Bool { plan.step(item.step)?.isBestEffort ?? false }

    /// The canary's measurement, its moments in run time.
    private func measure(_ canary: any Canary, _ machine: RunMachine, _ startedAt: Instant) async -> Measurements {
        let isPromoted = machine.world.value(FactKey(machine.scope.new, .writable)) == .flag(true)
        let new = isPromoted ? plan.topology.node(machine.binding.new) : nil
        var measured = await canary.stop(
            startedAt: clock.local(startedAt), freezeBegan: machine.freezeBegan.map(clock.local), new: new,
            readsBack: !machine.isFrozen)
        measured.pauseBegan = measured.pauseBegan.map(clock.run)
        measured.pauseEnded = measured.pauseEnded.map(clock.run)
        return measured
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
                    item, attempt: attempt, .barred("the lease on \(scope.binding.new) was lost: \(error)"))
            }
            return .reported(
                item, attempt: attempt,
                await performers.perform(call, in: scope, permit: permit, deadline: deadline))
        }
    }

    /// The one look at nodes that an emergency has found lost, after they were fenced: best effort, with a short deadline of
    /// its own.
    private func keepWatch(
        _ round: Int, _ keys: [FactKey], _ scope: Scope, _ notBefore: Instant, _ deadline: Deadline,
        _ mailbox: Mailbox
    ) -> Task<Void, Never> {
        // The one look at what is lost that is nobody's best effort: it comes back, and then it must be seen.
        Errand.$asksTheLost.withValue(true) {
            mailbox.answer(
                notBefore: notBefore, deadline: deadline,
                otherwise: .watched(
                    round: round, keys.map { Observation($0, .unknown("no answer before the deadline")) })
            ) {
                .watched(round: round, await questions.survey(keys, in: scope, deadline: deadline))
            }
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
