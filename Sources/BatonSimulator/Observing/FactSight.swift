import BatonActions
import BatonCore

/// What is seen of facts: as the drivers' fact observers look at real servers, each key by itself.
extension Sight {
    /// The answers, and whether one of them takes until the deadline.
    func observe(_ keys: [FactKey]) -> (observations: [Observation], isSilent: Bool) {
        var isSilent = false
        let observations = keys.map { key -> Observation in
            let finding: Observation.Finding
            switch key.target.kind {
            case .node: finding = index(key.target.name).map { node(key, $0) } ?? .unknown("no such node")
            case .pooler:
                finding = truth.pooler(named: key.target.name).map { pooler(key, $0) } ?? .unknown("no pooler")
            case .proxy, .name, .route: finding = .unknown("nobody observes a \(key.target.kind.rawValue)")
            }
            if case .unknown(Self.noAnswer) = finding { isSilent = true }
            return Observation(key, finding)
        }
        return (observations, isSilent)
    }

    static let noAnswer = "no answer before the deadline"

    /// Whether the host shows that no process of the data directory is left.
    private func seesNoProcess(_ node: Int) -> Bool { reachesHost(node) && truth.nodes[node].process == .none }

    private func node(_ key: FactKey, _ node: Int) -> Observation.Finding {
        let server = truth.nodes[node]
        switch key.aspect {
        case .running where provesOff(node): return .value(.flag(false))
        case .writable where provesOff(node): return .value(.flag(false))
        case .fenced:
            if provesOff(node) { return .value(.flag(true)) }
            guard reachesHost(node) else { return .unknown(Self.noAnswer) }
            return .value(.flag(server.process == .none && server.hasStandbySignal))
        case .running:
            if reachesHost(node) { return .value(.flag(server.process != .none)) }
            return asked(node) { _ in .flag(true) }
        case .cleanShutdown:
            return reachesHost(node) ? .value(.flag(server.control == .shutDown)) : .unknown(Self.noAnswer)
        case .standbySignal:
            return reachesHost(node) ? .value(.flag(server.hasStandbySignal)) : .unknown(Self.noAnswer)
        case .writable:
            if seesNoProcess(node) { return .value(.flag(false)) }
            return asked(node) { .flag(!$0.inRecovery) }
        case .inRecovery:
            if seesNoProcess(node) { return .unknown("it does not run") }
            return asked(node) { .flag($0.inRecovery) }
        case .timeline: return asked(node) { .number(UInt64($0.log.current.number)) }
        case .follows:
            if seesNoProcess(node) { return .value(.nothing) }
            return asked(node) { server in
                guard server.inRecovery, server.isStreaming, let upstream = server.upstream else { return .nothing }
                return .name(truth.name(of: upstream))
            }
        case .slot:
            guard let owner = index(key.detail) else { return .unknown("no node \(key.detail)") }
            return asked(node) { .flag($0.slots & (1 << UInt64(owner)) != 0) }
        case .complete: return complete(key)
        case .cluster:
            return reachesHost(node)
                ? .value(.number(server.systemIdentifier)) : asked(node) { .number($0.systemIdentifier) }
        case .received:
            if reach(node) == .answers, !server.inRecovery { return .unknown("it is no standby") }
            return asked(node) { .number(max($0.log.end, $0.replayed)) }
        case .detached: return asked(node) { .flag(isDetached($0)) }
        case .overlaid: return .value(.flag(reachesHost(node) && server.isOverlaid))
        case .mostAdvanced: return mostAdvanced(node)
        case .paused, .leadsTo, .eagerLogins, .aligned, .keptData:
            return .unknown("nobody observes \(key.aspect.rawValue) of a node")
        }
    }

    private func asked(_ node: Int, _ value: (SimulatedNode) -> FactValue) -> Observation.Finding {
        switch reach(node) {
        case .answers: .value(value(truth.nodes[node]))
        case .refuses(let why): .unknown(why)
        case .silent: .unknown(Self.noAnswer)
        }
    }

    /// Receives from no lost node, and cannot find one: they are fenced, or it is led to nobody.
    private func isDetached(_ server: SimulatedNode) -> Bool {
        guard server.inRecovery else { return true }
        guard server.isStreaming, let upstream = server.upstream else {
            return server.upstream == nil || scope.acceptance?.unfenced.isEmpty != false
        }
        return !scope.isLost(truth.name(of: upstream))
    }

    private func mostAdvanced(_ node: Int) -> Observation.Finding {
        let question = PostgresLossProbe(old: scope.binding.old, new: truth.name(of: node), accepted: nil)
        switch LossObserver.look(question, self) {
        case .answer(let answer):
            guard let own = answer.survivors.first(where: { $0.node == question.new }) else {
                return .unknown("it does not tell what it has received")
            }
            return .value(.flag(own.furthest(of: answer.survivors) == nil))
        case .problem(let why): return .unknown(why)
        case .silence: return .unknown(Self.noAnswer)
        }
    }

    /// The gate's own question and judgement, as the real observer does it.
    private func complete(_ key: FactKey) -> Observation.Finding {
        let question = PostgresReplayedShutdownCheckpointProbe(old: scope.binding.old, new: key.target.name)
        switch ShutdownCheckpointObserver.look(question, self) {
        case .answer(let answer):
            let verdict = PostgresReplayedShutdownCheckpoint.judge(answer, NoParameters(Arguments()))
            return verdict.decision == .unknown ? .unknown(verdict.reason) : .value(.flag(verdict.allows))
        case .problem(let why): return .unknown(why)
        case .silence: return .unknown(Self.noAnswer)
        }
    }

    private func pooler(_ key: FactKey, _ pooler: Int) -> Observation.Finding {
        switch reachPooler(pooler) {
        case .answers: break
        case .refuses(let why): return .unknown(why)
        case .silent: return .unknown(Self.noAnswer)
        }
        let process = truth.poolers[pooler]
        switch key.aspect {
        case .paused:
            switch process.pause {
            case .none: return .value(.flag(false))
            case .paused: return .value(.flag(true))
            case .waiting: return .unknown("open transactions still have a server connection")
            }
        case .leadsTo: return .value(process.loadedTarget.map { .name(truth.name(of: $0)) } ?? .nothing)
        case .eagerLogins: return .value(.flag(process.isEager))
        case .running, .writable, .inRecovery, .cleanShutdown, .standbySignal, .fenced, .timeline, .follows, .complete,
            .slot, .cluster, .received, .detached, .overlaid, .mostAdvanced, .aligned, .keptData:
            return .unknown("nobody observes \(key.aspect.rawValue) of a pooler")
        }
    }
}
