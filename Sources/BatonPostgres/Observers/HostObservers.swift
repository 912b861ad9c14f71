package import BatonActions
package import BatonCore
package import BatonEngine

/// A node's host and its server, asked for the same things.
package struct PostgresHostObserver: Observer {
    let view: ClusterView

    package func observe(
        _ question: PostgresHostProbe, in scope: Scope, deadline: Deadline
    ) async throws(ObservationError) -> PostgresHostProbe.Answer {
        let node = try view.node(question.node, in: scope)
        var answer = PostgresHostProbe.Answer(
            node: node.name, access: node.access, dataDirectory: node.dataDirectory?.path, serverDataDirectory: nil,
            fileIdentifier: nil, serverIdentifier: nil, fileInRecovery: nil, serverInRecovery: nil, running: nil,
            problem: nil)
        guard let host = view.hosts.database(node.name) else {
            answer.access = .none
            return answer
        }
        let rows = try await view.rows(
            """
            SELECT system_identifier, pg_is_in_recovery() AS in_recovery, \
            (SELECT setting FROM pg_settings WHERE name = 'data_directory') AS directory FROM pg_control_system()
            """, of: node, deadline: deadline)
        try view.read(node) { () throws(PostgresError) in
            let row = try rows.single()
            answer.serverIdentifier = try row.unsigned("system_identifier")
            answer.serverInRecovery = try row.bool("in_recovery")
            answer.serverDataDirectory = try row.optionalText("directory")
        }
        do throws(HostError) {
            let control = try await host.controlFile(deadline: deadline)
            answer.fileIdentifier = control.systemIdentifier
            answer.fileInRecovery =
                switch control.state {
                case .inProduction: false
                case .inArchiveRecovery: true
                case .startingUp, .shutDown, .shutDownInRecovery, .shuttingDown, .inCrashRecovery: nil
                }
            if case .running = try await host.serverProcess(deadline: deadline) {
                answer.running = true
            } else {
                answer.running = false
            }
        } catch {
            answer.problem = error.description
        }
        return answer
    }
}

/// The two halves of the proof of zero loss.
package struct PostgresReplayedShutdownCheckpointObserver: Observer {
    let view: ClusterView

    package func observe(
        _ question: PostgresReplayedShutdownCheckpointProbe, in scope: Scope, deadline: Deadline
    ) async throws(ObservationError) -> PostgresReplayedShutdownCheckpointProbe.Answer {
        let old = try view.node(question.old, in: scope)
        let new = try view.node(question.new, in: scope)
        async let asked = view.control(of: old, deadline: deadline)
        async let identified = view.identity(of: new, deadline: deadline)
        async let replay = view.answer("SELECT pg_last_wal_replay_lsn() AS lsn", of: new, deadline: deadline)
        let (control, identity, rows) = (await asked, await identified, await replay)
        let (file, who, replayed) = (try control.get(), try identity.get(), try rows.get())
        return .init(
            old: old.name, new: new.name, oldSystemIdentifier: file.systemIdentifier,
            shutDown: file.state == .shutDown, checkpoint: file.checkpoint,
            checkpointTimeline: file.checkpointTimeline, newSystemIdentifier: who.systemIdentifier,
            newTimeline: who.timeline,
            replayed: try view.read(new) { () throws(PostgresError) in try replayed.single().optionalLSN("lsn") })
    }
}

/// Whether a node could accept a write. The host is asked as well: a server that does not answer may still write.
package struct PostgresSingleWriterObserver: Observer {
    let view: ClusterView

    /// How long a lost server may take to say what it is: that it answers at all is the evidence.
    private static let evidence = TimeSpan.seconds(1)

    package func observe(
        _ question: PostgresSingleWriterProbe, in scope: Scope, deadline: Deadline
    ) async throws(ObservationError) -> PostgresSingleWriterProbe.Answer {
        let node = try view.node(question.node, in: scope)
        var answer = PostgresSingleWriterProbe.Answer(
            node: node.name, new: question.new, inRecovery: nil, noProcess: nil, standbySignal: nil,
            isAccepted: question.isAccepted)
        var problems: [String] = []
        let fence = scope.isLost(node.name) ? view.hosts.fence(node.name) : nil
        async let proof = fence?.verify(deadline: deadline)
        if let host = view.hosts.database(node.name) {
            do throws(HostError) {
                let patience = Patience.host(deadline, besideFence: fence != nil)
                answer.noProcess = try await host.serverProcess(deadline: patience) == .none
                answer.standbySignal = try await host.hasStandbySignal(deadline: patience)
            } catch {
                problems.append("its host: \(error)")
            }
        } else {
            problems.append("Baton has no access to its host")
        }
        // With no process there is nobody to ask; a listener at that address would be another server.
        if answer.noProcess != true {
            let limit =
                scope.isLost(node.name) ? min(deadline, SystemClock.deadline(in: Self.evidence)) : deadline
            let answered = await Errand.$asksTheLost.withValue(true) {
                await view.answer("SELECT pg_is_in_recovery() AS in_recovery", of: node, deadline: limit)
            }
            do throws(ObservationError) {
                let rows = try answered.get()
                answer.inRecovery = try view.read(node) { () throws(PostgresError) in
                    try rows.single().bool("in_recovery")
                }
            } catch {
                problems.append(error.message)
            }
        }
        switch await proof {
        case .proved(let evidence)?: answer.fence = evidence
        case .notProved(let why)?: problems.append(why)
        case nil: break
        }
        answer.problem = problems.isEmpty ? nil : problems.joined(separator: "; ")
        return answer
    }
}
