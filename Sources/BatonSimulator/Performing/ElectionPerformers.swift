import BatonActions
import BatonCore

/// Waits a moment for the walreceiver to end by itself, and else leads it to nobody.
enum SimulatedDetach: SimulatedPerformer {
    typealias Performs = Detach

    static func advance(_ work: inout Performance, _ truth: inout Truth) -> Progress {
        let node = work.index(truth)
        switch work.stage {
        case 0:
            guard case .answered = work.toServer(node, truth) else {
                return work.order(work.toServer(node, truth), &truth) { _ in }
            }
            if work.scope.acceptance?.unfenced.isEmpty != false {
                let me = truth.nodes[node]
                guard me.isStreaming, let upstream = me.upstream else {
                    return .done(.succeeded("\(work.call.on) receives from nobody"))
                }
                if !work.scope.isLost(truth.name(of: upstream)) {
                    return .done(.succeeded("\(work.call.on) streams from a survivor"))
                }
            }
            return work.next(after: .milliseconds(50))
        case 1: return work.order(work.toHost(node, truth), &truth) { $0.overlay(node, upstream: nil) }
        case 2: return work.order(work.toServer(node, truth), &truth) { $0.reloadServer(node) }
        default: return .done(.succeeded("\(work.call.on) was led to nobody"))
        }
    }
}

enum SimulatedReattach: SimulatedPerformer {
    typealias Performs = Reattach

    static func advance(_ work: inout Performance, _ truth: inout Truth) -> Progress {
        let node = work.index(truth)
        switch work.stage {
        case 0: return work.order(work.toHost(node, truth), &truth) { $0.endOverlay(node) }
        case 1: return work.order(work.toServer(node, truth), &truth) { $0.reloadServer(node) }
        default: return .done(.succeeded("the settings of before are in force again"))
        }
    }
}

/// Leads new to the furthest standby, and waits until it has as much.
enum SimulatedFastForward: SimulatedPerformer {
    typealias Performs = FastForward

    static func advance(_ work: inout Performance, _ truth: inout Truth) -> Progress {
        let node = work.index(truth)
        let sight = Sight(truth: truth, scope: work.scope)
        let question = PostgresLossProbe(old: work.scope.binding.old, new: work.call.on.name, accepted: nil)
        guard case .answer(let answer) = LossObserver.look(question, sight),
            let own = answer.survivors.first(where: { $0.node == question.new })
        else { return work.waitForEver(truth) }
        guard let ahead = own.furthest(of: answer.survivors), let upstream = truth.node(named: ahead.node) else {
            return .done(.succeeded("no other standby has received more than \(own.received)"))
        }
        switch work.stage {
        case 0: return work.order(work.toHost(node, truth), &truth) { $0.overlay(node, upstream: upstream) }
        case 1: return work.order(work.toServer(node, truth), &truth) { $0.reloadServer(node) }
        default: return work.lookAgain()
        }
    }
}

extension Truth {
    /// Settings that hold until `endOverlay`; a second overlay keeps what the first one kept.
    mutating func overlay(_ node: Int, upstream: Int?) {
        let me = nodes[node]
        nodes[node].overlay = me.overlay ?? .init(upstream: me.upstreamInFile ?? me.upstream, namesSlot: me.namesSlot)
        nodes[node].upstreamInFile = upstream
        nodes[node].leadsNowhere = upstream == nil
        nodes[node].namesSlot = false
        hasChanged = true
    }

    mutating func endOverlay(_ node: Int) {
        guard let kept = nodes[node].overlay else { return }
        nodes[node].overlay = nil
        nodes[node].upstreamInFile = kept.upstream
        nodes[node].leadsNowhere = false
        nodes[node].namesSlot = kept.namesSlot
        hasChanged = true
    }
}
