import BatonCore

extension ScenarioFaults {
    /// What may be wrong with a pooler, and what may happen to it.
    static let pooler: [ScenarioFault] = [
        ScenarioFault("pooler.dies", on: .pooler, "Its process ends; its clients' connections end with it.") {
            [.poolerDies($0.index)]
        },
        ScenarioFault(
            "pooler.restarts", on: .pooler, with: .init(.span), "It dies, and is started again after so long."
        ) { [.poolerDies($0.index), .later($0.span, .poolerReturns($0.index))] },
        ScenarioFault(
            "pooler.hangs", on: .pooler, with: .init(.span, default: .span(.zero)),
            "It takes connections and answers nothing, for so long; 0s: until it is repaired."
        ) { [.poolerHangs($0.index)] + $0.afterwards(.poolerGoesOn($0.index)) },
        .pooler("pooler.session-mode", "Its pool_mode is session.", "pools by session") { pooler, _ in
            pooler.defects.sessionMode = true
        },
        .pooler(
            "pooler.short-timeout", with: .init(.span), isInitial: true, "Its query_wait_timeout is so short.",
            "gives up waiting"
        ) { $0.defects.queryWaitTimeout = $1.span },
        .pooler("pooler.not-admin", "Baton's user is no administrator of it.", "does not obey Baton") { pooler, _ in
            pooler.defects.notAdministrator = true
        },
        .pooler("pooler.wildcard", "It has a `*` entry, which no PAUSE reaches.", "has a * entry") { pooler, _ in
            pooler.defects.wildcard = true
        },
        .pooler(
            "pooler.leads-elsewhere", isInitial: true, "Its entries lead to a host that is not old.", "leads elsewhere"
        ) {
            pooler, aim in
            let other = aim.plan.topology.nodes.firstIndex { $0.name == aim.plan.assumedBinding.new }
            pooler.fileTarget = other
            pooler.loadedTarget = other
        },
        .pooler(
            "pooler.broken-reload", "Its RELOAD reports success and keeps the old entries.", "does not reload"
        ) { pooler, _ in pooler.defects.brokenReload = true },
        ScenarioFault("pooler.unreachable", on: .pooler, "Baton's packets to it vanish; clients reach it.") {
            [.poolerUnreachable($0.index, .both)]
        },
    ]
}
