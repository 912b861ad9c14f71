package import BatonActions
package import BatonCore
package import BatonEngine

/// What every survivor has of the log, and what is left of old. Old's server is not asked.
package struct PostgresLossObserver: Observer {
    let view: ClusterView

    /// How long the files of the lost server may be read: what they tell makes the loss smaller or better known, and service
    /// waits for it.
    private static let reading = TimeSpan.seconds(1)

    package func observe(
        _ question: PostgresLossProbe, in scope: Scope, deadline: Deadline
    ) async throws(ObservationError) -> PostgresLossProbe.Answer {
        let new = try view.node(question.new, in: scope)
        let old = scope.topology.node(question.old)
        let (found, identity) = try await Survivors(view: view).positions(
            of: new, after: old, in: scope, deadline: deadline)
        var answer = PostgresLossProbe.Answer(
            old: question.old, new: new.name, survivors: found, shutdownCheckpoint: nil,
            accepted: question.accepted)
        let lost = [question.old] + scope.binding.lost
        guard let candidate = found.first else { return answer }
        answer.take(
            await disks(of: lost, in: scope, beyond: candidate.reach(found), identity, deadline: deadline),
            timeline: identity.timeline)
        if let remembered = view.remembered, remembered.node == answer.old {
            answer.synchronous = answer.synchronous ?? remembered.synchronous
            answer.logicalSlots = answer.logicalSlots ?? remembered.logicalSlots
        }
        return answer
    }

    // MARK: What is left of the lost

    /// The files of a lost node, believed only where they are those of this very cluster; nil where nobody can read them.
    private func disk(
        of name: String, in scope: Scope, beyond new: LossCard.Survivor, _ identity: SystemIdentity, deadline: Deadline
    ) async -> LostDisk? {
        guard let node = scope.topology.node(name), let host = view.hosts.database(node.name),
            let process = try? await host.serverProcess(deadline: deadline),
            let control = try? await host.controlFile(deadline: deadline),
            let history = try? await host.newestHistoryFile(deadline: deadline) ?? control.checkpointTimeline,
            control.systemIdentifier == identity.systemIdentifier
        else { return nil }
        return LostDisk(
            node: name, isStopped: process == .none, state: control.state, checkpoint: control.checkpoint,
            timeline: max(control.checkpointTimeline, history),
            remains: await host.remains(
                beyond: new.received, replayed: new.replayed, on: identity.timeline, deadline: deadline))
    }

    private func disks(
        of names: [String], in scope: Scope, beyond new: LossCard.Survivor, _ identity: SystemIdentity,
        deadline: Deadline
    ) async -> [LostDisk?] {
        let limit = min(deadline, SystemClock.deadline(in: Self.reading))
        return await withTaskGroup(of: (Int, LostDisk?).self) { group in
            for (index, name) in names.enumerated() {
                group.addTask { (index, await disk(of: name, in: scope, beyond: new, identity, deadline: limit)) }
            }
            return await group.reduce(into: [(Int, LostDisk?)]()) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }
}
