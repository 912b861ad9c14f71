package import BatonCore

/// One thing that a proof lets go wrong at one point of a run.
package enum Choice: Hashable, Sendable {
    /// The run begins in a world that is ill.
    case defect(WorldDefect)
    /// What becomes of the order that was just announced, or of the question that was just asked.
    case step(ItemID, StepFault)
    case fault(Fault)
    /// The process dies before the next line of its record is written.
    case diesBeforeNextLine
    /// Baton and its guard die at the same moment.
    case bothDie
    /// A server that dies and is started again after so long.
    case restarts(node: Int, after: TimeSpan)
    case poolerRestarts(pooler: Int, after: TimeSpan)
    /// Something that hangs and goes on.
    case hangs(node: Int, for: TimeSpan)
    case poolerHangs(pooler: Int, for: TimeSpan)
    /// Baton is stopped for so long.
    case sleeps(TimeSpan)
    /// A server is started as it is, where no other node hears it, while Baton is stopped for so long.
    case returnsUnseen(node: Int, TimeSpan)
    /// Nobody hears each other for so long.
    case partition(Fault, TimeSpan)

    /// How a step's performance goes wrong.
    package enum StepFault: String, Hashable, Sendable, CaseIterable {
        /// Refused each time, and nothing happens.
        case failsBefore = "fails"
        /// Happens, and the connection is lost before the answer.
        case failsAfter = "happens, and its answer is lost"
        case timesOutWithout = "never happens, and nothing answers"
        case timesOutWith = "happens, and nothing answers"
        case slow = "takes half of its deadline"
        /// Refused once.
        case flaps = "is refused once"
        /// A promotion that happens when nobody waits for it any more.
        case late = "happens when nobody waits for it any more"
    }
}

extension Simulation {
    /// Lets it happen, now.
    mutating func apply(_ choice: Choice) {
        planned.append(words(for: choice))
        switch choice {
        case .defect(let defect):
            var same = SeededRandom(seed: 0)
            spoil(defect, &same)
        case .step(let item, let fault):
            let (distortion, times) = fault.distortion
            distortions.append(
                StepDistortion(
                    step: item.step, target: item.target, isUndo: item.isUndo, distortion: distortion, times: times))
        case .fault(let fault): strike(fault)
        case .diesBeforeNextLine:
            watch.strikes(at: truth.now) { $0.baton = true }
            runs[0].journal.deadlyLine = runs[0].journal.entries.count + 1
        case .bothDie:
            strike(.guardDies)
            strike(.batonDies)
        case .restarts(let node, let span):
            strike(.nodeDies(node))
            agenda.add(.strike(.nodeReturns(node)), at: truth.now + span)
        case .poolerRestarts(let pooler, let span):
            strike(.poolerDies(pooler))
            agenda.add(.strike(.poolerReturns(pooler)), at: truth.now + span)
        case .hangs(let node, let span):
            strike(.nodeHangs(node))
            agenda.add(.strike(.nodeGoesOn(node)), at: truth.now + span)
        case .poolerHangs(let pooler, let span):
            strike(.poolerHangs(pooler))
            agenda.add(.strike(.poolerGoesOn(pooler)), at: truth.now + span)
        case .sleeps(let span):
            strike(.batonStops)
            agenda.add(.strike(.batonGoesOn), at: truth.now + span)
        case .returnsUnseen(let node, let span):
            for other in truth.nodes.indices where other != node { strike(.nodesApart(node, other)) }
            strike(.nodeReturns(node))
            strike(.batonStops)
            agenda.add(.strike(.batonGoesOn), at: truth.now + span)
        case .partition(let fault, let span):
            strike(fault)
            agenda.add(.strike(.networkHeals), at: truth.now + span)
        }
    }

    /// What goes wrong, for people.
    func words(for choice: Choice) -> String {
        func node(_ index: Int) -> String { truth.name(of: index) }
        func pooler(_ index: Int) -> String { truth.topology.poolers[index].name }
        switch choice {
        case .defect(let defect): return "from the start, \(defect.words)"
        case .step(let item, let fault): return "\(item) \(fault.rawValue)"
        case .fault(let fault): return words(for: fault)
        case .diesBeforeNextLine: return "Baton dies before line \(runs[0].journal.entries.count + 1) of its record"
        case .bothDie: return "Baton and its guard die after line \(runs[0].journal.entries.count)"
        case .restarts(let index, let span): return "\(node(index)) dies and is started again after \(span)"
        case .poolerRestarts(let index, let span): return "\(pooler(index)) dies and is started again after \(span)"
        case .hangs(let index, let span): return "\(node(index)) hangs for \(span)"
        case .poolerHangs(let index, let span): return "\(pooler(index)) hangs for \(span)"
        case .sleeps(let span): return "Baton is stopped for \(span)"
        case .returnsUnseen(let index, let span):
            return "somebody starts \(node(index)) as it is, where no node hears it, while Baton is stopped for \(span)"
        case .partition(let fault, let span): return "\(words(for: fault)), for \(span)"
        }
    }
}

extension Simulation {
    /// A fault as part of a sentence.
    func words(for fault: Fault) -> String {
        func node(_ index: Int) -> String { truth.name(of: index) }
        func pooler(_ index: Int) -> String { truth.topology.poolers[index].name }
        let line = runs[0].journal.entries.count
        switch fault {
        case .nodeDies(let index): return "\(node(index)) dies"
        case .nodeReturns(let index): return "somebody starts \(node(index)) as it is"
        case .nodeForced(let index): return "somebody removes standby.signal of \(node(index)) and starts it"
        case .nodeHangs(let index): return "\(node(index)) hangs"
        case .commitsHang(let index): return "commits on \(node(index)) wait for standbys that are not there"
        case .nodeGoesOn(let index): return "\(node(index)) goes on"
        case .poolerDies(let index): return "\(pooler(index)) dies"
        case .poolerReturns(let index): return "\(pooler(index)) is started"
        case .poolerHangs(let index): return "\(pooler(index)) hangs"
        case .poolerGoesOn(let index): return "\(pooler(index)) goes on"
        case .nodeUnreachable(let index, let direction): return direction.words(node(index))
        case .poolerUnreachable(let index, let direction): return direction.words(pooler(index))
        case .nodesApart(let one, let other): return "\(node(one)) and \(node(other)) do not hear each other"
        case .networkHeals: return "the network heals"
        case .batonDies: return "Baton dies after line \(line) of its record"
        case .batonStops: return "Baton is stopped"
        case .batonGoesOn: return "Baton goes on"
        case .guardDies: return "the guard dies"
        case .hostCrashes: return "Baton's machine goes down after line \(line) of the record"
        case .operatorInterrupts: return "the operator interrupts"
        case .secondBaton: return "a second Baton begins the same run"
        case .diskFills: return "the disk of Baton's record is full"
        case .diskHasRoom: return "the disk has room again"
        case .wallClockJumps(let seconds): return "the wall clock jumps by \(seconds) s"
        case .lateOrder(let call): return "\(call.action) reaches \(call.on) late"
        case .disturbance(let disturbance): return disturbance.what
        case .later(let span, let fault): return "\(words(for: fault)), \(span) later"
        }
    }
}

extension Fault.Direction {
    fileprivate func words(_ name: String) -> String {
        switch self {
        case .there: "what Baton sends to \(name) is lost"
        case .back: "what \(name) answers is lost"
        case .both: "Baton and \(name) do not hear each other"
        }
    }
}

extension Choice.StepFault {
    fileprivate var distortion: (Performance.Distortion, times: Int) {
        switch self {
        case .failsBefore: (.failsBefore, 1_000)
        case .failsAfter: (.failsAfter, 1)
        case .timesOutWithout: (.timesOutWithout, 1)
        case .timesOutWith: (.timesOutWith, 1)
        case .slow: (.slow, 1)
        case .flaps: (.flaps, 1)
        case .late: (.late, 1)
        }
    }
}

/// What a proof tries at a point of a run.
struct Choices {
    let plan: Plan
    private let old: Int
    private let new: Int

    init(_ plan: Plan) {
        self.plan = plan
        let binding = plan.assumedBinding
        old = plan.topology.nodes.firstIndex { $0.name == binding.old } ?? 0
        new = plan.topology.nodes.firstIndex { $0.name == binding.new } ?? 0
    }

    /// Worlds that a run may begin in.
    var worlds: [Choice] {
        let defects = WorldDefect.allCases.filter { plan.mode == .planned || !$0.concernsOld }.map { Choice.defect($0) }
        guard plan.mode == .emergency else { return defects }
        let name = plan.topology.nodes[new].name
        return defects + [
            .fault(.disturbance(.fullDisk(new, name))), .fault(.disturbance(.promotesInPlace(new, name))),
        ]
    }

    /// Everything that may go wrong right after a record was written.
    func first(_ simulation: Simulation) -> [Choice] {
        var choices = steps(simulation)
        choices += [
            .fault(.batonDies), .diesBeforeNextLine, .bothDie, .fault(.guardDies), .fault(.hostCrashes),
            .sleeps(.seconds(2)), .sleeps(.seconds(40)), .fault(.operatorInterrupts), .fault(.secondBaton),
            .fault(.diskFills), .fault(.nodeReturns(old)), .fault(.nodeForced(old)),
            .fault(.commitsHang(new)),
        ]
        if plan.mode == .emergency { choices.append(.returnsUnseen(node: old, .seconds(2))) }
        // An emergency's old is dead, or hangs already: nothing more can happen to it before somebody starts it.
        let isGone = simulation.emergency != nil && !simulation.truth.nodes[old].isUp
        let isStill = isGone || simulation.emergency != nil && simulation.truth.nodes[old].isHung
        if !isStill {
            choices += [.partition(.nodesApart(old, new), .seconds(20)), .hangs(node: old, for: .seconds(90))]
        }
        for node in Set([old, new]).sorted() {
            if node != old || !isGone {
                choices += [.fault(.nodeDies(node)), .restarts(node: node, after: .seconds(3))]
            }
            if node != old || !isStill { choices.append(.hangs(node: node, for: .seconds(8))) }
            choices += Fault.Direction.allCases.map { .partition(.nodeUnreachable(node, $0), .seconds(20)) }
        }
        for pooler in plan.topology.poolers.indices.prefix(1) {
            choices += [
                .fault(.poolerDies(pooler)), .poolerRestarts(pooler: pooler, after: .seconds(2)),
                .poolerHangs(pooler: pooler, for: .seconds(8)), .poolerHangs(pooler: pooler, for: .seconds(90)),
            ]
            choices += Fault.Direction.allCases.map { .partition(.poolerUnreachable(pooler, $0), .seconds(20)) }
        }
        return choices
    }

    /// What may go wrong in addition, once something has gone wrong.
    func second(_ simulation: Simulation, _ pairs: Prover.Pairs) -> [Choice] {
        switch pairs {
        case .withBatonsDeath: return [.fault(.batonDies), .bothDie]
        case .many: break
        }
        return [
            .fault(.batonDies), .bothDie, .fault(.nodeDies(new)), .fault(.nodeReturns(old)),
            .fault(.operatorInterrupts), .fault(.secondBaton),
        ]
            + steps(simulation).filter { choice in
                guard case .step(_, let fault) = choice else { return false }
                return fault == .failsBefore || fault == .timesOutWith || fault == .timesOutWithout
            }
    }

    /// What may go wrong beside a world that is ill.
    func besides(_ simulation: Simulation, _ pairs: Prover.Pairs) -> [Choice] {
        second(simulation, pairs)
            + steps(simulation).filter { choice in
                guard case .step(_, let fault) = choice else { return false }
                return fault == .timesOutWithout || fault == .slow
            }
    }

    private func steps(_ simulation: Simulation) -> [Choice] {
        simulation.justAsked.flatMap { item, isPromotion, isGate -> [Choice] in
            let faults: [Choice.StepFault]
            if isGate {
                faults = [.failsBefore, .timesOutWithout, .flaps]
            } else if isPromotion {
                faults = Choice.StepFault.allCases
            } else {
                faults = Choice.StepFault.allCases.filter { $0 != .late }
            }
            return faults.map { .step(item, $0) }
        }
    }
}
