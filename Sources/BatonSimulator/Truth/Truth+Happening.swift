import BatonCore

extension Truth {
    /// Something that the servers do by themselves happens now, unless it belongs to an earlier start of them.
    mutating func happen(_ happening: Happening) {
        switch happening {
        case .received(let node, let epoch): if isCurrent(node, epoch) { receive(node) }
        case .replayed(let node, let epoch, let position): if isCurrent(node, epoch) { replay(node, upTo: position) }
        case .connects(let node, let epoch): if isCurrent(node, epoch) { connect(node) }
        case .shutdownCheckpoint(let node, let epoch): if isCurrent(node, epoch) { writeShutdownCheckpoint(node) }
        case .serverStarted(let node, let epoch): if isCurrent(node, epoch) { serverStarted(node) }
        case .promotionEnds(let node, let epoch): if isCurrent(node, epoch) { promotionEnds(node) }
        case .checkpoint(let node, let epoch): if isCurrent(node, epoch) { checkpoint(node) }
        case .senderTimesOut(let node, let receiver, let epoch):
            if isCurrent(node, epoch) { senderTimesOut(node, receiver: receiver) }
        case .receiverTimesOut(let node, let epoch): if isCurrent(node, epoch) { receiverTimesOut(node) }
        case .poolerIsQuiet(let pooler, let epoch): if poolers[pooler].epoch == epoch { poolerIsQuiet(pooler) }
        case .clientsTry: clientsTry()
        }
    }

    private func isCurrent(_ node: Int, _ epoch: Int) -> Bool { nodes[node].epoch == epoch }
}
