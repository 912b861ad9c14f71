package import BatonCore
import BatonEngine
import Synchronization

/// What a command does without: the one place at which a call to a lost server or pooler is refused (I7). It is refused at once,
/// before a name is resolved or a connection is tried, unless the task asks on an errand that may (`Errand`).
package final class LostTargets: Reach {
    private let lost = Mutex<Set<Target>>([])
    /// The targets of a site that is assumed to be lost with its machines: their hosts are not asked either, and no errand may.
    package let assumed: Set<Target>
    private let assumption: String

    /// - Parameter site: the site that is assumed to be down; nil for none.
    package init(assuming site: String? = nil, in topology: Topology? = nil) {
        assumption = site ?? ""
        guard let site, let topology else {
            assumed = []
            return
        }
        assumed = Set(
            topology.nodes.filter { $0.site == site }.map { .node($0.name) }
                + topology.poolers.filter { $0.site == site }.map { .pooler($0.name) })
    }

    package func leaveOut(_ lost: Set<Target>) { self.lost.withLock { $0 = lost } }

    /// Throws where the target is not to be asked.
    func require(_ target: Target) throws(PostgresError) {
        if assumed.contains(target) {
            throw PostgresError(.invalidRequest, "\(assumption) is assumed to be down, so \(target) is not asked")
        }
        if !Errand.asksTheLost, lost.withLock({ $0.contains(target) }) {
            throw PostgresError(.invalidRequest, "\(target) is lost, so it is not asked")
        }
    }

    /// Why the host of a target is not asked; nil when it is: the fence's evidence is there.
    func refusal(ofHost target: Target) -> HostError? {
        guard assumed.contains(target) else { return nil }
        return .refused("\(assumption) is assumed to be down, so the host of \(target) does not answer")
    }
}

/// The host of a site that is assumed to be lost: whatever is asked, it gives no answer.
struct LostHost: DatabaseHost, FileHost {
    let error: HostError

    func controlFile(deadline: Deadline) async throws(HostError) -> ControlFile { throw error }
    func serverProcess(deadline: Deadline) async throws(HostError) -> ServerProcess { throw error }
    func hasStandbySignal(deadline: Deadline) async throws(HostError) -> Bool { throw error }
    func newestHistoryFile(deadline: Deadline) async throws(HostError) -> TimelineID? { throw error }
    func stop(_ mode: StopMode, permit: Permit, deadline: Deadline) async throws(HostError) { throw error }
    func waitUntilStopped(deadline: Deadline) async throws(HostError) { throw error }
    func start(permit: Permit, deadline: Deadline) async throws(HostError) { throw error }
    func setStandbySignal(_ present: Bool, permit: Permit, deadline: Deadline) async throws(HostError) { throw error }
    func setAutoConfiguration(
        _ settings: [(name: String, value: String?)], permit: Permit, deadline: Deadline
    ) async throws(HostError) { throw error }
    func overlayAutoConfiguration(
        _ settings: [(name: String, value: String)], permit: Permit, deadline: Deadline
    ) async throws(HostError) { throw error }
    func restoreAutoConfiguration(permit: Permit, deadline: Deadline) async throws(HostError) { throw error }
    func hasOverlay(deadline: Deadline) async throws(HostError) -> Bool { throw error }
    func writePasswordFile(
        host: String, port: Int, user: String, password: Secret, permit: Permit, deadline: Deadline
    ) async throws(HostError) -> String { throw error }
    func read(_ path: String, deadline: Deadline) async throws(HostError) -> String { throw error }
    func replace(
        _ path: String, with text: String, permit: Permit, deadline: Deadline
    ) async throws(HostError) { throw error }
}
