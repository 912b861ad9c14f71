package import BatonActions
package import BatonCore
package import BatonEngine

/// Answers with the newest write that the run's own canary had acknowledged on a route.
package struct CanaryWriteObserver: Observer {
    private let canary: any Canary
    private let sessions: ClusterSessions

    package init(canary: any Canary, sessions: ClusterSessions) {
        self.canary = canary
        self.sessions = sessions
    }

    package func observe(
        _ question: CanaryWriteProbe, in scope: Scope, deadline: Deadline
    ) async throws(ObservationError) -> CanaryWriteProbe.Answer {
        var answer = CanaryWriteProbe.Answer(
            route: question.route, expected: question.expected, expectedSystemIdentifier: nil, acknowledgement: nil)
        let fresh = SystemClock.now() - freshness(on: question.route, in: scope.topology)
        guard let write = await canary.newestWrite(on: question.route, since: fresh) else {
            return answer
        }
        do throws(PostgresError) {
            let row = try await sessions.node(question.expected, deadline: deadline).query(
                "SELECT system_identifier FROM pg_catalog.pg_control_system()", deadline: deadline)
            answer.expectedSystemIdentifier = try row.single().unsigned("system_identifier")
        } catch {
            throw ObservationError("\(question.expected): \(error)")
        }
        answer.acknowledgement = .init(
            node: node(of: write, in: scope.topology), systemIdentifier: write.systemIdentifier,
            inRecovery: write.wasInRecovery, at: write.acknowledgedAt)
        return answer
    }

    /// How old an acknowledgement may be that tells of now. The gate asks again until its deadline, so a slow route's next
    /// one is seen in time; one from before new stopped to answer is not taken for an answer.
    private func freshness(on route: String, in topology: Topology) -> TimeSpan {
        let every = topology.route(route)?.canary?.every ?? .zero
        return .milliseconds(250) + every
    }

    /// The node that has the address at which the write was taken; by its port alone where the topology gives a name
    /// instead of an address and only one node has the port.
    private func node(of write: AcknowledgedWrite, in topology: Topology) -> String? {
        let samePort = topology.nodes.filter { $0.port == write.port }
        return (samePort.first { $0.host == write.address } ?? (samePort.count == 1 ? samePort.first : nil))?.name
    }
}
