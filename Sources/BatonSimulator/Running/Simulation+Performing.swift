import BatonCore

/// Effects: proved before they are sent, carried out one operation after the other, and cut off with their process.
extension Simulation {
    mutating func advance(_ performance: Performance) {
        let id = performance.process
        guard processes[id].isAlive else { return }
        guard processes[id].stoppedSince == nil else {
            processes[id].held.append(.perform(performance))
            return
        }
        var work = performance
        if let answer = work.answer { return report(work, answer) }
        if work.stage == 0, work.looks == 0 {
            if let why = refusesLease(work) { return report(work, .barred(why)) }
            if begin(&work) { return }
        }
        guard truth.now < work.deadline, work.stage != .max else {
            return report(work, .unknown("no answer before the deadline"))
        }
        if processes[id].cancelled.contains(work.item), work.looks > 0 {
            return report(work, .unknown("cancelled while it waited"))
        }
        guard let performer = SimulatedPerformers.byID[work.call.action] else {
            return report(work, .failed("nobody performs \(work.call.action)"))
        }
        watch.effectIsComing(work, processes[id].run, at: truth.now)
        switch performer.advance(&work, &truth) {
        case .again(let span):
            let at = min(truth.now + span, work.stage == .max ? work.deadline : truth.now + span)
            agenda.add(.perform(work), at: at)
        case .done(let outcome): finish(work, outcome)
        }
    }

    /// What a fault makes of a step as it begins; true when the step is dealt with.
    private mutating func begin(_ work: inout Performance) -> Bool {
        work.distortion = takeDistortion(work.item)
        switch work.distortion {
        case .failsBefore, .flaps:
            report(work, .failed("refused, as a fault has it"))
            return true
        case .timesOutWithout:
            work.stage = .max
            agenda.add(.perform(work), at: work.deadline)
            return true
        case .late where work.call.action != runs[0].promotion:
            // Only a promotion outlives the session that asked for it.
            work.stage = .max
            agenda.add(.perform(work), at: work.deadline)
            return true
        case .late:
            // The process waits in vain; the order arrives when nobody waits for it any more.
            let call = work.call
            let moment = work.deadline + .milliseconds(300)
            agenda.add(.strike(.lateOrder(call)), at: moment)
            work.stage = .max
            agenda.add(.perform(work), at: work.deadline)
            return true
        case .slow:
            work.distortion = nil
            let left = work.deadline - truth.now
            agenda.add(.perform(work), at: truth.now + TimeSpan(nanoseconds: left.nanoseconds / 2))
            return true
        case .failsAfter, .timesOutWith, nil: return false
        }
    }

    private mutating func finish(_ work: Performance, _ outcome: PerformOutcome) {
        switch work.distortion {
        case .failsAfter: report(work, .unknown("the connection was lost before the answer"))
        case .timesOutWith:
            var silent = work
            silent.answer = .unknown("no answer before the deadline")
            agenda.add(.perform(silent), at: max(truth.now, work.deadline))
        case .failsBefore, .flaps, .timesOutWithout, .late, .slow, nil: report(work, outcome)
        }
    }

    private mutating func report(_ work: Performance, _ outcome: PerformOutcome) {
        processes[work.process].cancelled.remove(work.item)
        deliver(.reported(work.item, attempt: work.attempt, outcome), to: work.process)
    }

    /// Why the lease is not proved to be held; nil when it is. As `ClusterLease.prove` answers.
    private mutating func refusesLease(_ work: Performance) -> String? {
        let id = work.process
        guard let candidate = truth.node(named: work.scope.binding.new) else { return nil }
        let sight = Sight(truth: truth, scope: work.scope)
        let reach = sight.reach(candidate)
        let holder = truth.nodes[candidate].lockHolder
        if reach == .answers, holder == id { return nil }
        let why = "the lease on \(work.scope.binding.new) was lost"
        guard work.item.isUndo else { return why }
        guard reach == .answers else { return nil }
        // Locked again, where nobody else can have had it.
        guard holder == nil || processes[holder ?? id].isAlive == false, truth.nodes[candidate].inRecovery,
            !processes[id].sleptLong
        else { return why }
        truth.nodes[candidate].lockHolder = id
        return nil
    }
}
