import BatonActions
import BatonCore

enum FenceableObserver: SimulatedObserver {
    static func look(_ question: PostgresFenceableProbe, _ sight: Sight) -> Seen<PostgresFenceableProbe.Answer> {
        guard let index = sight.index(question.node), let new = sight.index(question.new) else {
            return .problem("no node \(question.node)")
        }
        if sight.reach(new) == .silent { return .silence }
        let (known, node) = (sight.truth.topology.nodes[index], sight.truth.nodes[index])
        let reaches = sight.reachesHost(index)
        return .answer(
            .init(
                node: question.node, access: known.access, dataDirectory: known.dataDirectory?.path,
                fileIdentifier: reaches ? node.systemIdentifier : nil,
                clusterIdentifier: sight.reach(new) == .answers ? sight.truth.nodes[new].systemIdentifier : nil,
                processes: reaches ? node.process == .none ? "no process of it is left" : "its postmaster runs" : nil,
                problem: known.access == .none || reaches ? nil : "no route to host",
                fence: known.fence.map { .init(proof: "\($0.verify)", problem: nil) }))
    }
}

enum LossObserver: SimulatedObserver {
    static func look(_ question: PostgresLossProbe, _ sight: Sight) -> Seen<PostgresLossProbe.Answer> {
        guard let new = sight.index(question.new) else { return .problem("no node \(question.new)") }
        switch sight.reach(new) {
        case .answers: break
        case .refuses(let why): return .problem(why)
        case .silent: return .silence
        }
        let identifier = sight.truth.nodes[new].systemIdentifier
        let survivors = sight.truth.nodes.indices.filter { index in
            let node = sight.truth.nodes[index]
            return sight.reach(index) == .answers && node.inRecovery && node.systemIdentifier == identifier
        }
        let old = sight.index(question.old)
        let end = old.flatMap { index in
            let node = sight.truth.nodes[index]
            return sight.reachesHost(index) && node.control == .shutDown ? LSN(rawValue: node.checkpoint) : nil
        }
        return .answer(
            .init(
                old: question.old, new: question.new,
                survivors: survivors.map { index in
                    let node = sight.truth.nodes[index]
                    return .init(
                        node: sight.truth.name(of: index), timeline: TimelineID(node.log.current.number),
                        received: LSN(rawValue: max(node.log.end, node.replayed)),
                        replayed: LSN(rawValue: node.replayed),
                        lastCommitAge: nil)
                }, shutdownCheckpoint: end, accepted: question.accepted))
    }
}

enum ReplayedObserver: SimulatedObserver {
    static func look(_ question: PostgresReplayedProbe, _ sight: Sight) -> Seen<PostgresReplayedProbe.Answer> {
        ask(question.node, sight) { node in
            .init(
                node: question.node, received: LSN(rawValue: node.log.end), replayed: LSN(rawValue: node.replayed),
                waitsForLog: node.replayed >= node.log.end, pause: node.defects.replayPaused ? "paused" : "not paused")
        }
    }
}
