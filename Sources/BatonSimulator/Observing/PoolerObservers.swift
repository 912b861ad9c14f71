import BatonActions
import BatonCore

extension SimulatedObserver {
    static func askPooler(
        _ name: String, _ sight: Sight, _ answer: (SimulatedPooler, Pooler) -> Seen<Question.Answer>
    ) -> Seen<Question.Answer> {
        guard let index = sight.truth.pooler(named: name) else { return .problem("no pooler \(name)") }
        switch sight.reachPooler(index) {
        case .answers: return answer(sight.truth.poolers[index], sight.truth.topology.poolers[index])
        case .refuses(let why): return .problem(why)
        case .silent: return .silence
        }
    }
}

enum PoolerReadyObserver: SimulatedObserver {
    static func look(_ question: PgBouncerReadyProbe, _ sight: Sight) -> Seen<PgBouncerReadyProbe.Answer> {
        let topology = sight.truth.topology
        return askPooler(question.pooler, sight) { pooler, known in
            guard let old = topology.node(question.old) else { return .problem("no node \(question.old)") }
            let shown = pooler.loadedTarget.map { topology.nodes[$0] }
            let written = pooler.fileTarget.map { topology.nodes[$0] }
            return .answer(
                .init(
                    pooler: question.pooler, old: question.old, oldHost: old.host, oldPort: old.port,
                    admin: known.admin, adminProved: !pooler.defects.notAdministrator, config: known.config,
                    access: known.access, file: .init(hasWildcard: pooler.defects.wildcard), fileProblem: nil,
                    entries: known.databases.map { name in
                        .init(
                            name: name,
                            shown: .init(
                                host: shown?.host ?? "elsewhere.invalid", port: shown?.port ?? 5_432,
                                poolModes: [pooler.defects.sessionMode ? "session" : "transaction"],
                                paused: pooler.pause == .paused, disabled: false),
                            written: .init(
                                host: written?.host ?? "elsewhere.invalid", port: written?.port ?? 5_432))
                    }))
        }
    }
}

enum FreezeBudgetObserver: SimulatedObserver {
    static func look(
        _ question: PgBouncerFreezeBudgetProbe, _ sight: Sight
    ) -> Seen<PgBouncerFreezeBudgetProbe.Answer> {
        askPooler(question.pooler, sight) { pooler, _ in
            .answer(
                .init(
                    pooler: question.pooler, queryWaitTimeout: pooler.defects.queryWaitTimeout,
                    clientLoginTimeout: .seconds(3_600), queryTimeout: .zero, serverLoginRetry: .seconds(1)))
        }
    }
}

enum CanaryReadyObserver: SimulatedObserver {
    static func look(_ question: CanaryReadyProbe, _ sight: Sight) -> Seen<CanaryReadyProbe.Answer> {
        let topology = sight.truth.topology
        guard let route = topology.route(question.route), let pooler = sight.truth.pooler(named: route.through) else {
            return .problem("no route \(question.route)")
        }
        switch sight.reachPooler(pooler) {
        case .answers: break
        case .refuses(let why): return .problem(why)
        case .silent: return .silence
        }
        return .answer(
            .init(
                route: route.name, database: route.database, user: route.user,
                table: route.canary.map {
                    .init(
                        name: $0.table, exists: true, mayInsert: true, maySelect: true, columns: CanaryReady.columns)
                }))
    }
}

enum CanaryWriteObserver: SimulatedObserver {
    static func look(_ question: CanaryWriteProbe, _ sight: Sight) -> Seen<CanaryWriteProbe.Answer> {
        let truth = sight.truth
        guard let index = truth.topology.routes.firstIndex(where: { $0.name == question.route }) else {
            return .problem("no route \(question.route)")
        }
        let client = truth.clients[index]
        // The canary asks for a write that was acknowledged a moment ago, not for any.
        let isFresh = client.lastAcknowledgedAt.map { truth.now - $0 < .milliseconds(260) } ?? false
        let node = isFresh && client.waitsSince == nil ? client.lastAcknowledgedBy : nil
        return .answer(
            .init(
                route: question.route, expected: question.expected,
                expectedSystemIdentifier: 7_300_000_000_000_000_001,
                acknowledgement: node.map {
                    .init(
                        node: truth.name(of: $0), systemIdentifier: truth.nodes[$0].systemIdentifier,
                        inRecovery: truth.nodes[$0].inRecovery, at: client.lastAcknowledgedAt ?? truth.now)
                }))
    }
}
