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

extension Simulation {
    /// Begins in a world that is ill.
    mutating func spoil(_ defect: WorldDefect, _ random: inout SeededRandom) {
        truth.spoil(defect, runs[0].plan, &random)
        planned.append(defect.rawValue)
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
        case .slowCheckpoint: nodes[old].defects.checkpointTime = .milliseconds(Int64(random.below(60_000)))
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
