package import BatonCore

/// A performer at work: what it was told, and how far it got. What it did stays when its process dies; the rest never
/// happens.
struct Performance {
    let process: Int
    let item: ItemID
    let attempt: Int
    let call: Call
    let scope: Scope
    let deadline: Deadline
    /// The next thing to do, counted from 0.
    var stage = 0
    /// How often it looked at something that it waits for.
    var looks = 0
    /// What a fault makes of it.
    var distortion: Distortion?
    /// The answer that a distortion holds back.
    var answer: PerformOutcome?

    enum Distortion: Hashable, Sendable {
        /// Refused, and nothing was done.
        case failsBefore
        /// Done, and the connection is lost before the answer.
        case failsAfter
        /// Nothing is done and nothing comes back.
        case timesOutWithout
        /// Done, and nothing comes back.
        case timesOutWith
        /// Done when nobody waits for it any more.
        case late
        /// As slow as its deadline allows.
        case slow
        /// Refused the first time, and the second time done.
        case flaps

        /// The end of a sentence that begins with the step.
        var words: String {
            switch self {
            case .failsBefore, .flaps: "is refused"
            case .failsAfter: "happens, and its answer is lost"
            case .timesOutWithout: "never happens, and nothing answers"
            case .timesOutWith: "happens, and nothing answers"
            case .late: "is given up, and happens later"
            case .slow: "is slow"
            }
        }
    }
}

/// What a performer does next.
enum Progress {
    /// Its next stage comes after that time.
    case again(TimeSpan)
    case done(PerformOutcome)
}

/// Carries out one action upon the truth, one remote operation for each call, in the order in which the real performer
/// does them. It knows nothing of the action's own statement of its changes.
protocol SimulatedPerformer: SendableMetatype {
    associatedtype Performs: Action
    static func advance(_ work: inout Performance, _ truth: inout Truth) -> Progress
}

extension Performance {
    /// How an order reached a server.
    enum Delivery {
        case answered
        /// It arrived, and the answer was lost.
        case unanswered
        /// It never arrived, or nobody knows.
        case lost
        case refused(String)
    }

    func index(_ truth: Truth) -> Int { truth.node(named: call.on.name) ?? 0 }
    func poolerIndex(_ truth: Truth) -> Int { truth.pooler(named: call.on.name) ?? 0 }
    func newIndex(_ truth: Truth) -> Int { truth.node(named: scope.binding.new) ?? 0 }

    func toServer(_ node: Int, _ truth: Truth) -> Delivery {
        guard truth.network.delivers(from: .baton, to: .node(node)) else { return .lost }
        let isAnswered = truth.network.delivers(from: .node(node), to: .baton)
        if truth.nodes[node].isHung { return .lost }
        switch truth.nodes[node].process {
        case .none, .orphaned: return isAnswered ? .refused("\(truth.name(of: node)) refuses connections") : .lost
        case .starting: return isAnswered ? .refused("\(truth.name(of: node)) is starting up") : .lost
        case .stopping: return isAnswered ? .refused("\(truth.name(of: node)) is shutting down") : .lost
        case .running: return isAnswered ? .answered : .unanswered
        }
    }

    func toHost(_ node: Int, _ truth: Truth) -> Delivery {
        guard truth.topology.nodes[node].access != .none else { return .refused("Baton does not control its host") }
        guard truth.network.delivers(from: .baton, to: .host(node)) else { return .lost }
        return truth.network.delivers(from: .host(node), to: .baton) ? .answered : .unanswered
    }

    func toPooler(_ pooler: Int, _ truth: Truth) -> Delivery {
        guard truth.network.delivers(from: .baton, to: .pooler(pooler)), !truth.poolers[pooler].isHung else {
            return .lost
        }
        let isAnswered = truth.network.delivers(from: .pooler(pooler), to: .baton)
        guard truth.poolers[pooler].isUp else { return isAnswered ? .refused("it refuses connections") : .lost }
        if truth.poolers[pooler].defects.notAdministrator { return .refused("admin access needed") }
        return isAnswered ? .answered : .unanswered
    }

    /// Nothing will come back: the performer waits until its deadline.
    mutating func waitForEver(_ truth: Truth) -> Progress {
        stage = .max
        return .again(max(.milliseconds(1), deadline - truth.now))
    }

    /// Looks again soon, and less often the longer it waits.
    mutating func lookAgain() -> Progress {
        looks += 1
        return .again(.microseconds(500 << Int64(min(looks, 8))))
    }

    mutating func next(after span: TimeSpan = .microseconds(400)) -> Progress {
        stage += 1
        looks = 0
        return .again(span)
    }

    /// One order to a server: what it does there when it arrives, and how it ends.
    mutating func order(
        _ delivery: Delivery, _ truth: inout Truth, after: TimeSpan = .microseconds(400),
        _ effect: (inout Truth) -> Void
    ) -> Progress {
        switch delivery {
        case .answered:
            effect(&truth)
            return next(after: after)
        case .unanswered:
            effect(&truth)
            return waitForEver(truth)
        case .lost: return waitForEver(truth)
        case .refused(let why): return .done(stage == 0 ? .failed(why) : .unknown(why))
        }
    }
}

/// A performer with its generics erased.
struct AnySimulatedPerformer {
    let id: ActionID
    let advance: @Sendable (inout Performance, inout Truth) -> Progress

    init<P: SimulatedPerformer>(_ performer: P.Type) {
        id = P.Performs.id
        advance = { P.advance(&$0, &$1) }
    }
}

/// Every performer of the simulation, one line each; a test proves that each action of the catalogue has one.
package enum SimulatedPerformers {
    static let all: [AnySimulatedPerformer] = [
        AnySimulatedPerformer(SimulatedCheckpoint.self),
        AnySimulatedPerformer(SimulatedCreateSlots.self),
        AnySimulatedPerformer(SimulatedDetach.self),
        AnySimulatedPerformer(SimulatedDropSlots.self),
        AnySimulatedPerformer(SimulatedFastForward.self),
        AnySimulatedPerformer(SimulatedFence.self),
        AnySimulatedPerformer(SimulatedFollow.self),
        AnySimulatedPerformer(SimulatedHasten.self),
        AnySimulatedPerformer(SimulatedKill.self),
        AnySimulatedPerformer(SimulatedPause.self),
        AnySimulatedPerformer(SimulatedPromote.self),
        AnySimulatedPerformer(SimulatedRealign.self),
        AnySimulatedPerformer(SimulatedReattach.self),
        AnySimulatedPerformer(SimulatedReconnect.self),
        AnySimulatedPerformer(SimulatedRejoin.self),
        AnySimulatedPerformer(SimulatedRelease.self),
        AnySimulatedPerformer(SimulatedRepoint.self),
        AnySimulatedPerformer(SimulatedResume.self),
        AnySimulatedPerformer(SimulatedSettle.self),
        AnySimulatedPerformer(SimulatedStartPrimary.self),
        AnySimulatedPerformer(SimulatedStop.self),
    ]

    static let byID: [ActionID: AnySimulatedPerformer] = Dictionary(uniqueKeysWithValues: all.map { ($0.id, $0) })

    /// The actions that the simulation can carry out.
    package static var ids: [ActionID] { all.map(\.id) }
}
