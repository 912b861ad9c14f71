package import BatonActions
package import BatonCore
package import BatonEngine

/// On the node's host where that answers; otherwise by the topology's own fence of the node.
package struct FencePerformer: Performer {
    package typealias Performs = Fence
    let workbench: Workbench

    /// The time between two looks at a node that goes down.
    private static let pollInterval = TimeSpan.milliseconds(200)

    package func perform(
        _ parameters: NoParameters, on target: Target, in scope: Scope, permit: Permit, deadline: Deadline
    ) async -> PerformOutcome {
        let (host, fence) = (workbench.databaseHost(target), workbench.hosts.fence(target.name))
        guard let host else {
            guard let fence else { return .failed("Baton does not control the host of \(target)") }
            return await use(fence, instead: nil, permit: permit, deadline: deadline)
        }
        let patience = fence == nil ? deadline : Patience.host(deadline, besideFence: true)
        let outcome = await onHost(host, permit: permit, deadline: patience)
        switch outcome {
        case .succeeded, .barred: return outcome
        case .failed(let why), .unknown(let why):
            guard let fence else { return outcome }
            return await use(fence, instead: why, permit: permit, deadline: deadline)
        }
    }

    /// `standby.signal` first, so that a supervisor that restarts the server at once starts a standby; then SIGKILL to every
    /// process of the data directory, the postmaster first, until none is left (R10).
    private func onHost(_ host: any DatabaseHost, permit: Permit, deadline: Deadline) async -> PerformOutcome {
        do throws(HostError) {
            try await host.setStandbySignal(true, permit: permit, deadline: deadline)
        } catch {
            return error.outcome
        }
        do throws(HostError) {
            switch try await host.serverProcess(deadline: deadline) {
            case .none: return .succeeded("no process of its data directory was left, standby.signal is in place")
            case .running, .orphans:
                try await host.stop(.kill, permit: permit, deadline: deadline)
                try await host.waitUntilStopped(deadline: deadline)
                return .succeeded("every process of its data directory was ended, standby.signal is in place")
            }
        } catch {
            return .unknown(error.description)
        }
    }

    /// What the fence says of its own success counts for nothing; its proof is asked for until it is there.
    private func use(
        _ fence: any Fencing, instead problem: String?, permit: Permit, deadline: Deadline
    ) async -> PerformOutcome {
        let because = problem.map { " (its host: \($0))" } ?? ""
        var trouble: HostError?
        do throws(HostError) {
            try await fence.act(permit: permit, deadline: deadline)
        } catch {
            trouble = error
        }
        while true {
            switch await fence.verify(deadline: deadline) {
            case .proved(let evidence): return .succeeded(evidence + because)
            case .notProved(let why):
                // Another look helps only where something may have been set going.
                if case .refused(let text)? = trouble { return .failed("\(text); \(why)\(because)") }
                let isLate = SystemClock.now() + Self.pollInterval >= deadline
                if isLate || Task.isCancelled {
                    let said = trouble.map { "\($0); " } ?? ""
                    return .unknown("\(said)\(why)\(because)")
                }
                try? await SystemClock.sleep(Self.pollInterval)
            }
        }
    }
}
