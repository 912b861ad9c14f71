package import BatonCore

/// Something that goes wrong in the world, or that somebody does at a bad moment.
package indirect enum Fault: Hashable, Sendable {
    case nodeDies(Int)
    /// Somebody, a supervisor perhaps, starts a server that is down.
    case nodeReturns(Int)
    /// Somebody removes its marker and starts it, whatever the record says.
    case nodeForced(Int)
    case nodeHangs(Int)
    case nodeGoesOn(Int)
    case poolerDies(Int)
    case poolerReturns(Int)
    case poolerHangs(Int)
    case poolerGoesOn(Int)
    /// Baton's packets to a server and its host vanish, or the answers, or both.
    case nodeUnreachable(Int, Direction)
    case poolerUnreachable(Int, Direction)
    /// Two nodes do not hear each other.
    case nodesApart(Int, Int)
    case networkHeals
    /// From now on its commits wait for standbys that are not there.
    case commitsHang(Int)
    /// The process at work dies, is stopped, goes on.
    case batonDies
    case batonStops
    case batonGoesOn
    case guardDies
    /// The whole machine that Baton runs on: what was not flushed to the journal is lost.
    case hostCrashes
    case operatorInterrupts
    /// Another Baton with a state directory of its own begins the same run.
    case secondBaton
    case diskFills
    case diskHasRoom
    /// The wall clock jumps by so many seconds.
    case wallClockJumps(Int)
    /// A promotion that was given up reaches the server after all.
    case lateOrder(Call)
    /// Whatever has no case of its own.
    case disturbance(Disturbance)
    /// Strikes so much later.
    case later(TimeSpan, Fault)

    package enum Direction: Hashable, Sendable, CaseIterable {
        case there, back, both
    }

    /// Notes whom it hurts.
    func hurt(_ harm: inout Harm) {
        switch self {
        case .nodeDies(let node), .nodeReturns(let node), .nodeHangs(let node), .nodeGoesOn(let node):
            harm.nodes |= 1 << UInt64(node)
        case .nodeForced: harm.forcedWriter = true
        case .commitsHang(let node): harm.nodes |= 1 << UInt64(node)
        case .poolerDies(let pooler), .poolerReturns(let pooler), .poolerHangs(let pooler), .poolerGoesOn(let pooler):
            harm.poolers |= 1 << UInt64(pooler)
        case .nodeUnreachable(let node, _):
            harm.nodes |= 1 << UInt64(node)
            harm.network = true
        case .poolerUnreachable(let pooler, _):
            harm.poolers |= 1 << UInt64(pooler)
            harm.network = true
        case .nodesApart, .lateOrder: harm.network = true
        case .batonDies, .batonStops: harm.baton = true
        case .guardDies: harm.guardian = true
        case .hostCrashes:
            harm.baton = true
            harm.guardian = true
        case .diskFills: harm.disk = true
        case .operatorInterrupts: harm.interrupt = true
        case .disturbance(let disturbance): disturbance.hurt(&harm)
        // What strikes later is counted then.
        case .batonGoesOn, .secondBaton, .wallClockJumps, .networkHeals, .diskHasRoom, .later: break
        }
    }
}

/// When a fault strikes.
package enum FaultMoment: Hashable, Sendable {
    case at(Instant)
    /// Right after that line of the first run's journal, counted from 1.
    case line(Int)
    /// The process dies before that line can be written.
    case beforeLine(Int)
    case phase(Phase)
    /// The step was announced and not yet sent.
    case before(StepID)
    /// The step is settled.
    case after(StepID)
}

package struct PlannedFault: Hashable, Sendable {
    package var fault: Fault
    package var moment: FaultMoment

    package init(fault: Fault, moment: FaultMoment) {
        self.fault = fault
        self.moment = moment
    }
}

/// What becomes of one step's performance, the first time or a later one.
struct StepDistortion: Hashable, Sendable {
    var step: StepID
    var target: Target?
    var isUndo = false
    var distortion: Performance.Distortion
    /// How often.
    var times = 1
}
