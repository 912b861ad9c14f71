import BatonCore

extension ScenarioFaults {
    /// What may be wrong with a standby.
    static let standby: [ScenarioFault] = [
        .server("standby.lags", with: .init(.span), "Its replay is so much behind what it received.", "lags") {
            $0.nodes[$1.index].defects.replayDelay = $1.span
        },
        .server(
            "standby.delays-replay", with: .init(.span), "Its recovery_min_apply_delay is so long.", "delays replay"
        ) {
            $0.nodes[$1.index].defects.applyDelay = $1.span
            $0.nodes[$1.index].defects.replayDelay = $1.span
        },
        .server("standby.replay-paused", "Somebody paused its replay.", "has its replay paused") {
            $0.nodes[$1.index].defects.replayPaused = true
        },
        .server("standby.recovery-target", "It has a recovery target.", "has a recovery target") {
            $0.nodes[$1.index].defects.recoveryTarget = true
        },
        .server("standby.not-streaming", "Its walreceiver is gone and stays away.", "does not stream") {
            $0.nodes[$1.index].defects.receiverDead = true
            $0.disconnect($1.index)
        },
        .server("standby.low-settings", "Its max_connections is below the primary's.", "has low settings") {
            $0.nodes[$1.index].defects.lowSettings = true
        },
        .server(
            "standby.synchronous-names", "Its synchronous_standby_names names standbys that it will not have.",
            "waits for standbys that are not there"
        ) { $0.nodes[$1.index].defects.synchronousNames = true },
        .server("standby.foreign", isInitial: true, "It is a copy of another cluster.", "belongs to another cluster") {
            $0.nodes[$1.index].systemIdentifier += 1
            $0.disconnect($1.index)
        },
        .server(
            "standby.other-version", isInitial: true, "It runs another major version.", "runs another major version"
        ) {
            $0.nodes[$1.index].defects.otherVersion = true
        },
        .server(
            "standby.dies-promoting", "It dies in the middle of its promotion, once.", "will die when it is promoted"
        ) { $0.nodes[$1.index].defects.diesPromoting = true },
    ]

    /// What may be wrong with any server, and what may happen to it.
    static let node: [ScenarioFault] = [
        .server("node.logical-slot", "A subscriber has a logical slot on it.", "has a logical slot") {
            $0.nodes[$1.index].defects.logicalSlot = true
        },
        .server(
            "node.prepared-transaction", "A prepared transaction is open on it.", "has a prepared transaction"
        ) { $0.nodes[$1.index].defects.preparedTransaction = true },
        .server(
            "node.open-transaction", with: .init(.span), "A client's transaction stays open on it for so long.",
            "has an open transaction"
        ) { $0.nodes[$1.index].defects.openUntil = $0.now + $1.span },
        .server(
            "node.archiver-stuck", "Its archive command fails, so its stop does not end.", "cannot archive its log"
        ) { $0.nodes[$1.index].defects.archiverStuck = true },
        .server(
            "node.dead-receiver", "A receiver is connected to it and answers nothing, so its stop does not end.",
            "sends to a receiver that is dead"
        ) { $0.nodes[$1.index].defects.deadReceiver = true },
        .server("node.lacks-privileges", "Baton's role may not promote it.", "denies Baton the promotion") {
            $0.nodes[$1.index].defects.lacksPrivileges = true
        },
        .server(
            "node.slow-start", with: .init(.span), "Its starts and its promotion take so much longer.", "starts slowly"
        ) { $0.nodes[$1.index].defects.slowStart = $1.span },
        .server(
            "node.slow-checkpoint", with: .init(.span), "Its checkpoints take so long.", "checkpoints slowly"
        ) { $0.nodes[$1.index].defects.checkpointTime = $1.span },
        ScenarioFault("node.dies", on: .node, "All of its processes end at once (SIGKILL).") { [.nodeDies($0.index)] },
        ScenarioFault(
            "node.restarts", on: .node, with: .init(.span), "It dies, and is started again after so long."
        ) { [.nodeDies($0.index), .later($0.span, .nodeReturns($0.index))] },
        ScenarioFault(
            "node.hangs", on: .node, with: .init(.span, default: .span(.zero)),
            "It takes connections and answers nothing, for so long; 0s: until it is repaired."
        ) { [.nodeHangs($0.index)] + $0.afterwards(.nodeGoesOn($0.index)) },
        ScenarioFault("node.returns", on: .node, "Somebody starts it, where it is down.") { [.nodeReturns($0.index)] },
        ScenarioFault("node.unreachable", on: .node, "Baton's packets to it and to its host vanish.") {
            [.nodeUnreachable($0.index, .both)]
        },
        ScenarioFault("node.apart", on: .node, "It and the other nodes do not hear each other; Baton hears all.") {
            aim in
            aim.plan.topology.nodes.indices.filter { $0 != aim.index }.map { .nodesApart(aim.index, $0) }
        },
        ScenarioFault(
            "node.is-primary", on: .node, isInitial: true,
            "It is the primary, and the others follow it."
        ) {
            aim in
            [
                .disturbance(
                    Disturbance("\(aim.name) is the primary from the beginning", hurt: aim.hurt) { simulation in
                        let told = simulation.truth.chronicle
                        simulation.truth = Truth.healthy(
                            aim.plan.topology, primary: aim.index, at: simulation.truth.now)
                        simulation.truth.chronicle = told
                    })
            ]
        },
    ]
}

extension ScenarioFault.Aim {
    /// What ends the fault after its span; nothing where it lasts until everything is repaired.
    func afterwards(_ end: Fault) -> [Fault] { span > .zero ? [.later(span, end)] : [] }
}
