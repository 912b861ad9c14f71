package import BatonActions
package import BatonCore
package import BatonEngine

/// What the host of a lost node can prove. Its server is not asked.
package struct PostgresFenceableObserver: Observer {
    let view: ClusterView

    package func observe(
        _ question: PostgresFenceableProbe, in scope: Scope, deadline: Deadline
    ) async throws(ObservationError) -> PostgresFenceableProbe.Answer {
        let node = try view.node(question.node, in: scope)
        let new = try view.node(question.new, in: scope)
        var answer = PostgresFenceableProbe.Answer(
            node: node.name, access: node.access, dataDirectory: node.dataDirectory?.path, fileIdentifier: nil,
            clusterIdentifier: nil, processes: nil, problem: nil)
        let fence = view.hosts.fence(node.name)
        async let own = ownFence(fence, deadline: deadline)
        guard let host = view.hosts.database(node.name) else {
            answer.access = .none
            answer.fence = await own
            return answer
        }
        async let identified = view.identity(of: new, deadline: deadline)
        let patience = Patience.host(deadline, besideFence: fence != nil)
        do throws(HostError) {
            answer.fileIdentifier = try await host.controlFile(deadline: patience).systemIdentifier
            answer.processes =
                switch try await host.serverProcess(deadline: patience) {
                case .none: "no process of it is left"
                case .running(let pid): "its postmaster runs (process \(pid)) and will be killed"
                case .orphans(let pids): "\(pids.count) process(es) outlive its postmaster and will be killed"
                }
        } catch {
            answer.problem = error.description
        }
        answer.fence = await own
        answer.clusterIdentifier = try await identified.get().systemIdentifier
        return answer
    }

    private func ownFence(
        _ fence: (any Fencing)?, deadline: Deadline
    ) async -> PostgresFenceableProbe.OwnFence? {
        guard let fence else { return nil }
        do throws(HostError) {
            try await fence.check(deadline: Patience.host(deadline, besideFence: false))
            return .init(proof: fence.words, problem: nil)
        } catch {
            return .init(proof: fence.words, problem: error.description)
        }
    }
}
