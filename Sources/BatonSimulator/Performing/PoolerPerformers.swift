import BatonActions
import BatonCore

enum SimulatedPause: SimulatedPerformer {
    typealias Performs = Pause

    static func advance(_ work: inout Performance, _ truth: inout Truth) -> Progress {
        let pooler = work.poolerIndex(truth)
        guard work.stage > 0 else {
            return work.order(pooler, &truth) { $0.pause(pooler) }
        }
        // PAUSE returns once it is in force.
        guard case .answered = work.toPooler(pooler, truth) else { return .done(.unknown("the console was lost")) }
        switch truth.poolers[pooler].pause {
        case .paused: return .done(.succeeded("PAUSE"))
        case .waiting: return work.lookAgain()
        case .none: return .done(.unknown("the pause was ended by somebody"))
        }
    }
}

enum SimulatedKill: SimulatedPerformer {
    typealias Performs = Kill

    static func advance(_ work: inout Performance, _ truth: inout Truth) -> Progress {
        let pooler = work.poolerIndex(truth)
        guard work.stage == 0 else { return .done(.succeeded("KILL")) }
        return work.order(pooler, &truth) { $0.killSessions(pooler) }
    }
}

enum SimulatedHasten: SimulatedPerformer {
    typealias Performs = Hasten

    static func advance(_ work: inout Performance, _ truth: inout Truth) -> Progress {
        let pooler = work.poolerIndex(truth)
        guard work.stage == 0 else { return .done(.succeeded("SET")) }
        return work.order(pooler, &truth) { $0.hasten(pooler) }
    }
}

enum SimulatedSettle: SimulatedPerformer {
    typealias Performs = Settle

    static func advance(_ work: inout Performance, _ truth: inout Truth) -> Progress {
        let pooler = work.poolerIndex(truth)
        guard work.stage == 0 else { return .done(.succeeded("RELOAD")) }
        return work.order(pooler, &truth) { $0.reloadPooler(pooler) }
    }
}

enum SimulatedResume: SimulatedPerformer {
    typealias Performs = Resume

    static func advance(_ work: inout Performance, _ truth: inout Truth) -> Progress {
        let pooler = work.poolerIndex(truth)
        guard work.stage == 0 else { return .done(.succeeded("RESUME")) }
        return work.order(pooler, &truth) { $0.resume(pooler) }
    }
}

enum SimulatedRelease: SimulatedPerformer {
    typealias Performs = Release

    static func advance(_ work: inout Performance, _ truth: inout Truth) -> Progress {
        SimulatedResume.advance(&work, &truth)
    }
}

/// The file, then the reload.
enum SimulatedRepoint: SimulatedPerformer {
    typealias Performs = Repoint

    static func advance(_ work: inout Performance, _ truth: inout Truth) -> Progress {
        let (pooler, new) = (work.poolerIndex(truth), work.newIndex(truth))
        switch work.stage {
        case 0:
            // The file lies on the pooler's host, which outlives its process.
            let isReached = truth.network.connects(.baton, .pooler(pooler))
            return work.order(isReached ? .answered : .lost, &truth) { $0.writePoolerFile(pooler, target: new) }
        case 1: return work.order(pooler, &truth) { $0.reloadPooler(pooler) }
        default: return .done(.succeeded("RELOAD"))
        }
    }
}

extension Performance {
    /// An order on the console; one that reaches a stopped pooler lies in its socket until it goes on.
    fileprivate mutating func order(
        _ pooler: Int, _ truth: inout Truth, _ effect: (inout Truth) -> Void
    ) -> Progress {
        if truth.poolers[pooler].isHung, truth.network.delivers(from: .baton, to: .pooler(pooler)) {
            effect(&truth)
            return waitForEver(truth)
        }
        return order(toPooler(pooler, truth), &truth, effect)
    }
}
