import BatonCore

/// What the paths of a proof begin with. A planned run begins with everybody well; an emergency in each way in which a
/// primary is lost, with what its operator must accept there.
struct ProofBeginning {
    var plan: Plan
    var world: EmergencyWorld?

    static func all(of plan: Plan) -> [ProofBeginning] {
        guard plan.mode == .emergency else { return [ProofBeginning(plan: plan, world: nil)] }
        guard isFenceable(plan) else { return [.killed, .stopped].map { beginning(plan, EmergencyWorld($0)) } }
        // The servers of an isolated site are silent. Where one way to its host is left it is fenced, else it is refused.
        var reached = EmergencyWorld(.isolated, unreceived: 2)
        reached.hostIsLost = false
        return [
            EmergencyWorld(.killed, unreceived: 2), EmergencyWorld(.hung, unreceived: 2), reached,
            EmergencyWorld(.isolated), EmergencyWorld(.stopped),
        ].map { beginning(plan, $0) }
    }

    private static func beginning(_ plan: Plan, _ world: EmergencyWorld) -> ProofBeginning {
        var plan = plan
        // What old shut down with, its host tells: then nothing is lost and nothing need be accepted.
        let isKnown = world.loss == .stopped && isFenceable(plan)
        plan.acceptance = Acceptance(loss: isKnown ? nil : .unknown, unfenced: unfenceable(plan))
        return ProofBeginning(plan: plan, world: world)
    }

    /// Nodes elsewhere whose host Baton has no access to.
    private static func unfenceable(_ plan: Plan) -> [String] {
        plan.topology.nodes.filter { $0.site != plan.toSite && $0.access == .none }.map(\.name)
    }

    private static func isFenceable(_ plan: Plan) -> Bool { unfenceable(plan).isEmpty }

    static func assumptions(of plan: Plan) -> [String] {
        guard plan.mode == .emergency else { return [] }
        let old = plan.assumedBinding.old
        guard isFenceable(plan) else {
            return [
                "\(old) is lost: killed, or stopped cleanly. A loss of unknown size is accepted.",
                "What is accepted as unfenced is off: \(unfenceable(plan).joined(separator: ", ")). Baton has no access to "
                    + "its host.",
            ]
        }
        return [
            "\(old) is lost: killed, hung, isolated with and without a way to its host, or stopped cleanly.",
            "A loss of unknown size is accepted, but where \(old) was stopped cleanly: there none is.",
        ]
    }

    /// The first words of a counterexample: what the path began with.
    var words: [String] {
        guard let world else { return [] }
        let accepted = plan.acceptance?.loss.map { "a loss of \($0.words) size accepted" } ?? "no loss accepted"
        let host = world.loss == .isolated && !world.hostIsLost ? " but for its host" : ""
        return ["\(plan.assumedBinding.old) is \(world.loss.rawValue)\(host), with \(accepted)"]
    }
}

extension WorldDefect {
    /// Whether it is a matter of old alone, which an emergency has lost.
    var concernsOld: Bool {
        switch self {
        case .logicalSlot, .preparedTransaction, .openTransaction, .archiverStuck, .deadReceiver: true
        case .standbyLags, .applyDelay, .replayPaused, .recoveryTarget, .standbyNotStreaming, .lowSettings,
            .synchronousNames, .foreignCluster, .lacksPrivileges, .otherVersion, .slowStart, .diesPromoting,
            .slowCheckpoint, .sessionMode, .shortQueryWait, .notAdministrator, .wildcard, .leadsElsewhere,
            .brokenReload:
            false
        }
    }
}
