import BatonCore

/// What may be wrong with the world before a run begins: each is what one gate exists for.
package enum WorldDefect: String, CaseIterable, Sendable {
    case standbyLags, applyDelay, replayPaused, recoveryTarget, standbyNotStreaming, lowSettings, synchronousNames
    case foreignCluster, logicalSlot, preparedTransaction, openTransaction, archiverStuck, deadReceiver
    case lacksPrivileges, otherVersion, slowStart, diesPromoting, slowCheckpoint
    case sessionMode, shortQueryWait, notAdministrator, wildcard, leadsElsewhere, brokenReload

    /// Whether preflight can know it, so that no client need wait for a run that cannot succeed. A transaction may end in
    /// time, and what a start, a promotion or a reload will do is seen when it is done.
    var isKnowable: Bool {
        switch self {
        case .openTransaction, .slowStart, .diesPromoting, .slowCheckpoint, .brokenReload: false
        case .standbyLags, .applyDelay, .replayPaused, .recoveryTarget, .standbyNotStreaming, .lowSettings,
            .synchronousNames, .foreignCluster, .logicalSlot, .preparedTransaction, .archiverStuck, .deadReceiver,
            .lacksPrivileges, .otherVersion, .sessionMode, .shortQueryWait, .notAdministrator, .wildcard,
            .leadsElsewhere:
            true
        }
    }
}

extension WorldDefect {
    /// The gate that knows it.
    var gate: GateID? {
        switch self {
        case .standbyLags: "postgres.replay-lag"
        case .applyDelay: "postgres.apply-delay"
        case .replayPaused: "postgres.replay-paused"
        case .recoveryTarget: "postgres.recovery-target"
        case .standbyNotStreaming: "postgres.streaming"
        case .lowSettings: "postgres.settings-parity"
        case .synchronousNames: "postgres.synchronous"
        case .foreignCluster: "postgres.identity"
        case .logicalSlot: "postgres.logical-slots"
        case .preparedTransaction, .openTransaction: "postgres.transactions"
        case .archiverStuck: "postgres.archiver"
        case .deadReceiver: "postgres.walsenders"
        case .lacksPrivileges: "postgres.privileges"
        case .otherVersion: "postgres.version"
        case .sessionMode, .notAdministrator, .wildcard, .leadsElsewhere: "pgbouncer.ready"
        case .shortQueryWait: "pgbouncer.freeze-budget"
        case .slowStart, .diesPromoting, .slowCheckpoint, .brokenReload: nil
        }
    }

    /// In a sentence.
    var words: String {
        switch self {
        case .standbyLags: "new replays what it received many seconds later"
        case .applyDelay: "new has a recovery_min_apply_delay"
        case .replayPaused: "replay on new is paused"
        case .recoveryTarget: "new has a recovery target"
        case .standbyNotStreaming: "new does not stream"
        case .lowSettings: "new has a lower max_connections than old"
        case .synchronousNames: "synchronous_standby_names of new names standbys that will not be there"
        case .foreignCluster: "new belongs to another cluster"
        case .logicalSlot: "old has a logical slot"
        case .preparedTransaction: "old holds a prepared transaction"
        case .openTransaction: "a client's transaction on old stays open"
        case .archiverStuck: "thousands of files wait for old's archiver"
        case .deadReceiver: "a receiver of old's log has been silent for an hour"
        case .lacksPrivileges: "Baton's role may not promote new"
        case .otherVersion: "new runs another major version"
        case .slowStart: "servers start slowly"
        case .diesPromoting: "new dies in the middle of its promotion"
        case .slowCheckpoint: "a checkpoint takes half a minute and more"
        case .sessionMode: "a pooler pools by session"
        case .shortQueryWait: "a pooler's query_wait_timeout is 8 s"
        case .notAdministrator: "Baton is no administrator of a pooler"
        case .wildcard: "a pooler has a * entry"
        case .leadsElsewhere: "a pooler leads to new already"
        case .brokenReload: "a pooler's RELOAD changes nothing"
        }
    }
}

extension Simulation {
    /// Begins in a world that is ill.
    mutating func spoil(_ defect: WorldDefect, _ random: inout SeededRandom) {
        truth.spoil(defect, runs[0].plan, &random)
        watch.strikes(at: truth.now) { $0.defects.insert(defect) }
    }
}

extension Truth {
    /// Makes the world such, on the node or pooler where it would hurt the plan.
    mutating func spoil(_ defect: WorldDefect, _ plan: Plan, _ random: inout SeededRandom) {
        let old = nodes.firstIndex { !$0.inRecovery } ?? 0
        let new = plan.candidates.first.flatMap { node(named: $0) } ?? 0
        let pooler = random.below(max(1, poolers.count))
        switch defect {
        case .standbyLags: nodes[new].defects.replayDelay = .milliseconds(Int64(1 + random.below(40_000)))
        case .applyDelay:
            nodes[new].defects.applyDelay = .seconds(Int64(1 + random.below(60)))
            nodes[new].defects.replayDelay = nodes[new].defects.applyDelay
        case .replayPaused: nodes[new].defects.replayPaused = true
        case .recoveryTarget: nodes[new].defects.recoveryTarget = true
        case .standbyNotStreaming:
            nodes[new].defects.receiverDead = true
            disconnect(new)
        case .lowSettings: nodes[new].defects.lowSettings = true
        case .synchronousNames: nodes[new].defects.synchronousNames = true
        case .foreignCluster:
            nodes[new].systemIdentifier += 1
            disconnect(new)
        case .logicalSlot: nodes[old].defects.logicalSlot = true
        case .preparedTransaction: nodes[old].defects.preparedTransaction = true
        case .openTransaction: nodes[old].defects.openUntil = now + .milliseconds(Int64(100 + random.below(20_000)))
        case .archiverStuck: nodes[old].defects.archiverStuck = true
        case .deadReceiver: nodes[old].defects.deadReceiver = true
        case .lacksPrivileges: nodes[new].defects.lacksPrivileges = true
        case .otherVersion: nodes[new].defects.otherVersion = true
        case .slowStart: nodes[random.below(nodes.count)].defects.slowStart = .milliseconds(Int64(random.below(4_000)))
        case .diesPromoting: nodes[new].defects.diesPromoting = true
        case .slowCheckpoint:
            let span = TimeSpan.milliseconds(Int64(30_000 + random.below(60_000)))
            nodes[old].defects.checkpointTime = span
            nodes[new].defects.checkpointTime = span
        case .sessionMode, .shortQueryWait, .notAdministrator, .wildcard, .leadsElsewhere, .brokenReload:
            guard poolers.indices.contains(pooler) else { return }
            spoil(pooler: pooler, defect, other: new)
        }
    }

    private mutating func spoil(pooler: Int, _ defect: WorldDefect, other: Int) {
        switch defect {
        case .sessionMode: poolers[pooler].defects.sessionMode = true
        case .shortQueryWait: poolers[pooler].defects.queryWaitTimeout = .seconds(8)
        case .notAdministrator: poolers[pooler].defects.notAdministrator = true
        case .wildcard: poolers[pooler].defects.wildcard = true
        case .leadsElsewhere:
            poolers[pooler].fileTarget = other
            poolers[pooler].loadedTarget = other
        case .brokenReload: poolers[pooler].defects.brokenReload = true
        default: return
        }
    }
}
