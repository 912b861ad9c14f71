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
        work.command("KILL", &truth) { $0.killSessions($1) }
    }
}

enum SimulatedHasten: SimulatedPerformer {
    typealias Performs = Hasten

    static func advance(_ work: inout Performance, _ truth: inout Truth) -> Progress {
        work.command("SET", &truth) { $0.hasten($1) }
    }
}

enum SimulatedSettle: SimulatedPerformer {
    typealias Performs = Settle

    static func advance(_ work: inout Performance, _ truth: inout Truth) -> Progress {
        work.command("RELOAD", &truth) { $0.reloadPooler($1) }
    }
}

enum SimulatedResume: SimulatedPerformer {
    typealias Performs = Resume

    static func advance(_ work: inout Performance, _ truth: inout Truth) -> Progress {
        work.command("RESUME", &truth) { $0.resume($1) }
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
    /// One command on the console, which answers at once.
    fileprivate mutating func command(
        _ name: String, _ truth: inout Truth, _ effect: (inout Truth, Int) -> Void
    ) -> Progress {
        let pooler = poolerIndex(truth)
        guard stage == 0 else { return .done(.succeeded(name)) }
        return order(pooler, &truth) { effect(&$0, pooler) }
    }

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
