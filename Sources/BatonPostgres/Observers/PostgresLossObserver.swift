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
        if let old { await addRemains(of: old, identity, to: &answer, deadline: deadline) }
        if let remembered = view.remembered, remembered.node == question.old {
            answer.synchronous = answer.synchronous ?? remembered.synchronous
            answer.logicalSlots = answer.logicalSlots ?? remembered.logicalSlots
        }
        return answer
    }

    // MARK: What is left of old

    /// Its files are believed only where they are those of this very cluster.
    private func addRemains(
        of old: Node, _ identity: SystemIdentity, to answer: inout PostgresLossProbe.Answer, deadline: Deadline
    ) async {
        guard let host = view.hosts.database(old.name), let reach = answer.survivors.first?.reach(answer.survivors)
        else { return }
        let limit = min(deadline, SystemClock.deadline(in: Self.reading))
        guard let process = try? await host.serverProcess(deadline: limit),
            let control = try? await host.controlFile(deadline: limit),
            control.systemIdentifier == identity.systemIdentifier
        else { return }
        if control.state == .shutDown, process == .none { answer.shutdownCheckpoint = control.checkpoint }
        let remains = await host.remains(
            beyond: reach.received, replayed: reach.replayed, on: identity.timeline, deadline: limit)
        if let end = remains.logEnd, control.checkpointTimeline <= identity.timeline {
            answer.onDisk = LossCard.OnDisk(
                end: end, bytes: end > reach.received ? end.rawValue - reach.received.rawValue : 0,
                commits: remains.commits, isFinal: process == .none)
        }
        let source = "read on the disk of \(old.name)"
        answer.synchronous = remains.synchronousStandbyNames.map {
            LossCard.Told($0.isEmpty ? [] : [$0], source: source)
        }
        answer.logicalSlots = remains.logicalSlots.map { LossCard.Told($0, source: source) }
    }
}
