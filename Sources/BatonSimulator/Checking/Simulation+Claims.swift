import BatonActions
import BatonCore

/// I6: what the record says is done, is.
extension Simulation {
    /// After an answer that may have settled a step.
    mutating func judgeClaim(_ id: ItemID, _ transition: Transition, of process: Int) {
        guard case .moved = transition.disposition, transition.isRecorded else { return }
        let machine = processes[process].machine
        guard let item = machine.items[id], item.endedAt == truth.now, case .done = item.outcome,
            item.call != nil, isCalm
        else { return }
        guard let why = id.isUndo ? denialOfUndo(id, item.step.phase) : denial(of: id, item, machine.binding) else {
            return
        }
        watch.report("I6", "the record says that \(id) is done, and \(why)", at: truth.now, step: id.step)
    }

    /// Whether what was seen a moment ago is true still.
    private var isCalm: Bool {
        guard let fault = watch.lastFault else { return true }
        return truth.now - fault > .milliseconds(10)
    }

    /// What is not as the phase wants it; nil when all is.
    private func denial(of id: ItemID, _ item: StepMachine, _ binding: Binding) -> String? {
        let phase = item.step.phase
        let new = truth.node(named: binding.new)
        if let index = truth.pooler(named: id.target.name), id.target.kind == .pooler {
            let pooler = truth.poolers[index]
            guard pooler.isUp else { return nil }
            switch phase {
            case .freeze: return pooler.pause == .paused ? nil : "its clients go on"
            case .repoint where item.call?.action != Repoint.id: return nil
            case .repoint: return pooler.loadedTarget == new ? nil : "it does not lead to \(binding.new)"
            case .thaw: return pooler.holdsClients ? "its clients wait" : nil
            case .preflight, .prepare, .fence, .catchUp, .promote, .verify, .finish: return nil
            }
        }
        guard let index = truth.node(named: id.target.name) else { return nil }
        let node = truth.nodes[index]
        switch phase {
        case .fence where emergency != nil: return truth.couldWrite(index) ? "it could write" : nil
        case .fence where id.target.name == binding.old:
            if truth.couldWrite(index) { return "it could write" }
            return node.control == .shutDown ? nil : "it has no shutdown checkpoint"
        case .promote: return node.acceptsWrites ? nil : "it does not write"
        case .prepare where item.call?.action == CreateSlots.id:
            let lost = emergency == nil ? [] : [binding.old] + binding.lost
            let others = truth.nodes.indices.filter { $0 != index && !lost.contains(truth.name(of: $0)) }
            return others.allSatisfy { node.slots & (1 << UInt64($0)) != 0 } ? nil : "a slot is missing"
        case .finish where item.call?.action == Rejoin.id || item.call?.action == Follow.id:
            return node.isUp && node.inRecovery && node.upstream == new ? nil : "it does not follow \(binding.new)"
        case .preflight, .prepare, .freeze, .fence, .catchUp, .repoint, .thaw, .verify, .finish: return nil
        }
    }

    /// The same for what was taken back.
    private func denialOfUndo(_ id: ItemID, _ phase: Phase) -> String? {
        switch phase {
        case .freeze:
            guard let index = truth.pooler(named: id.target.name), truth.poolers[index].isUp else { return nil }
            return truth.poolers[index].holdsClients ? "its clients wait" : nil
        case .fence where emergency == nil:
            guard let index = truth.node(named: id.target.name) else { return nil }
            return truth.nodes[index].acceptsWrites ? nil : "it does not write"
        case .prepare:
            guard let index = truth.node(named: id.target.name) else { return nil }
            let unused = truth.nodes[index].slots & ~truth.nodes[index].senders
            return truth.nodes[index].isUp && unused != 0 ? "it keeps a slot that nobody uses" : nil
        case .preflight, .fence, .catchUp, .promote, .repoint, .thaw, .verify, .finish: return nil
        }
    }
}
