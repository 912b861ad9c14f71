import BatonActions
import BatonCore

enum SimulatedCheckpoint: SimulatedPerformer {
    typealias Performs = Checkpoint

    static func advance(_ work: inout Performance, _ truth: inout Truth) -> Progress {
        let node = work.index(truth)
        guard work.stage > 0 else {
            return work.order(work.toServer(node, truth), &truth, after: truth.nodes[node].defects.checkpointTime) {
                _ in
            }
        }
        // The session ends with the server, and whether the checkpoint was written is nobody's to know.
        guard case .answered = work.toServer(node, truth) else { return .done(.unknown("the session ended")) }
        truth.checkpoint(node)
        return .done(.succeeded("CHECKPOINT"))
    }
}

/// One slot after the other, so that a crash leaves some of them.
enum SimulatedCreateSlots: SimulatedPerformer {
    typealias Performs = CreateSlots

    static func advance(_ work: inout Performance, _ truth: inout Truth) -> Progress {
        let node = work.index(truth)
        let others = truth.nodes.indices.filter { $0 != node && !work.scope.isLost(truth.name(of: $0)) }
        guard work.stage < others.count else { return .done(.succeeded("created \(others.count) slots")) }
        let owner = others[work.stage]
        return work.order(work.toServer(node, truth), &truth) { $0.createSlot(on: node, for: owner) }
    }
}

enum SimulatedDropSlots: SimulatedPerformer {
    typealias Performs = DropSlots

    static func advance(_ work: inout Performance, _ truth: inout Truth) -> Progress {
        let node = work.index(truth)
        guard work.stage == 0 else { return .done(.succeeded("dropped")) }
        return work.order(work.toServer(node, truth), &truth) { $0.dropUnusedSlots(on: node) }
    }
}

/// The signal, the wait, the look at pg_control, the marker.
enum SimulatedStop: SimulatedPerformer {
    typealias Performs = Stop

    static func advance(_ work: inout Performance, _ truth: inout Truth) -> Progress {
        let node = work.index(truth)
        switch work.stage {
        case 0:
            return work.order(work.toHost(node, truth), &truth) { $0.stopFast(node) }
        case 1:
            guard case .answered = work.toHost(node, truth) else { return work.waitForEver(truth) }
            guard truth.nodes[node].process == .none else { return work.lookAgain() }
            guard truth.nodes[node].control == .shutDown else {
                return .done(.unknown("\(work.call.on) is down, but pg_control does not say shut down"))
            }
            return work.next()
        case 2: return work.order(work.toHost(node, truth), &truth) { $0.setStandbySignal(true, on: node) }
        default: return .done(.succeeded("shutdown checkpoint at \(LSN(rawValue: truth.nodes[node].checkpoint))"))
        }
    }
}

/// The marker, then the end of every process, and a look that none is left.
enum SimulatedFence: SimulatedPerformer {
    typealias Performs = Fence

    static func advance(_ work: inout Performance, _ truth: inout Truth) -> Progress {
        let node = work.index(truth)
        if truth.nodes[node].isSwitchedOff {
            return .done(.succeeded("its own fence proves that \(work.call.on) is off"))
        }
        if truth.topology.nodes[node].fence != nil {
            guard case .answered = work.toHost(node, truth) else {
                // Nothing in the simulated network is in the way of a fence.
                return work.order(.answered, &truth, after: .milliseconds(50)) { $0.switchOff(node) }
            }
        }
        switch work.stage {
        case 0: return work.order(work.toHost(node, truth), &truth) { $0.setStandbySignal(true, on: node) }
        case 1: return work.order(work.toHost(node, truth), &truth, after: .milliseconds(5)) { $0.kill(node) }
        default:
            guard case .answered = work.toHost(node, truth) else { return work.waitForEver(truth) }
            guard truth.nodes[node].process == .none else { return work.lookAgain() }
            return .done(.succeeded("no process of \(work.call.on) is left, standby.signal is in place"))
        }
    }
}

/// Takes a stop back: ends what is left of it, removes the marker, starts, and waits for connections (R2).
enum SimulatedStartPrimary: SimulatedPerformer {
    typealias Performs = StartPrimary

    static func advance(_ work: inout Performance, _ truth: inout Truth) -> Progress {
        let node = work.index(truth)
        switch work.stage {
        case 0:
            if case .answered = work.toServer(node, truth), !truth.nodes[node].inRecovery {
                // It was never stopped.
                guard case .answered = work.toHost(node, truth) else { return work.waitForEver(truth) }
                truth.setStandbySignal(false, on: node)
                return .done(.succeeded("\(work.call.on) was not stopped"))
            }
            return work.order(work.toHost(node, truth), &truth, after: .milliseconds(5)) { $0.kill(node) }
        case 1: return work.order(work.toHost(node, truth), &truth) { $0.setStandbySignal(false, on: node) }
        case 2: return work.order(work.toHost(node, truth), &truth) { $0.start(node) }
        default: return work.whenUp(node, truth) { work in .done(.succeeded("\(work.call.on) is started")) }
        }
    }
}

/// On the session that holds the lease: the request, the wait, a commit.
enum SimulatedPromote: SimulatedPerformer {
    typealias Performs = Promote

    static func advance(_ work: inout Performance, _ truth: inout Truth) -> Progress {
        let node = work.index(truth)
        switch work.stage {
        case 0:
            guard truth.nodes[node].lockHolder == work.process else {
                return .done(.failed("the session that holds the lease on \(work.call.on) is gone"))
            }
            if truth.nodes[node].defects.lacksPrivileges {
                return .done(.failed("permission denied for function pg_promote"))
            }
            if truth.nodes[node].isHung, truth.network.delivers(from: .baton, to: .node(node)) {
                _ = truth.promote(node)
                return work.waitForEver(truth)
            }
            return work.order(work.toServer(node, truth), &truth, after: .milliseconds(1)) { _ = $0.promote(node) }
        case 1:
            switch work.toServer(node, truth) {
            case .answered: break
            case .refused(let why): return .done(.unknown(why))
            case .lost, .unanswered: return work.waitForEver(truth)
            }
            guard !truth.nodes[node].inRecovery else { return work.lookAgain() }
            // A commit that waits for a synchronous standby does not come back within its second (R11).
            let defects = truth.nodes[node].defects
            if defects.synchronousNames, truth.nodes[node].senders == 0 || defects.standbysElsewhere {
                return .done(.unknown("\(work.call.on) was promoted, but a commit did not come back"))
            }
            return work.order(work.toServer(node, truth), &truth) { $0.writeMarker(on: node) }
        default: return .done(.succeeded("out of recovery"))
        }
    }
}

enum SimulatedRejoin: SimulatedPerformer {
    typealias Performs = Rejoin

    static func advance(_ work: inout Performance, _ truth: inout Truth) -> Progress {
        let (node, new) = (work.index(truth), work.newIndex(truth))
        switch work.stage {
        case 0: return work.order(work.toHost(node, truth), &truth) { $0.lead(node, to: new) }
        case 1:
            return work.order(work.toHost(node, truth), &truth) { truth in
                if truth.nodes[node].process == .none { truth.start(node) }
            }
        case 2: return work.whenUp(node, truth) { $0.next() }
        case 3:
            return work.order(work.toServer(node, truth), &truth) { truth in
                truth.reloadServer(node)
                truth.dropUnusedSlots(on: node)
            }
        default: return .done(.succeeded("\(work.call.on) is started as a standby"))
        }
    }
}

enum SimulatedFollow: SimulatedPerformer {
    typealias Performs = Follow

    static func advance(_ work: inout Performance, _ truth: inout Truth) -> Progress {
        let (node, new) = (work.index(truth), work.newIndex(truth))
        switch work.stage {
        case 0: return work.order(work.toHost(node, truth), &truth) { $0.lead(node, to: new) }
        case 1: return work.order(work.toServer(node, truth), &truth) { $0.reloadServer(node) }
        case 2:
            // Whether or not old is there to be asked.
            if let old = truth.node(named: work.scope.binding.old), !work.scope.isLost(work.scope.binding.old),
                case .answered = work.toServer(old, truth)
            {
                truth.dropUnusedSlot(of: node, on: old)
            }
            return work.next()
        default: return .done(.succeeded("\(work.call.on) was told to follow \(work.scope.binding.new)"))
        }
    }
}

extension Performance {
    /// Goes on once the server that was started takes connections.
    fileprivate mutating func whenUp(
        _ node: Int, _ truth: Truth, _ goOn: (inout Performance) -> Progress
    ) -> Progress {
        guard case .answered = toHost(node, truth) else { return waitForEver(truth) }
        switch truth.nodes[node].process {
        case .running: return goOn(&self)
        case .none, .orphaned: return .done(.unknown("\(call.on) did not stay up"))
        case .starting, .stopping: return lookAgain()
        }
    }
}

extension Truth {
    /// Settings that lead a node to another one for good; what was put aside for a while is forgotten.
    fileprivate mutating func lead(_ node: Int, to upstream: Int) {
        nodes[node].upstreamInFile = upstream
        if let kept = nodes[node].overlay { nodes[node].namesSlot = kept.namesSlot }
        nodes[node].overlay = nil
        nodes[node].leadsNowhere = false
    }
}
