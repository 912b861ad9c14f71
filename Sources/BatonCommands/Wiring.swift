import BatonActions
import BatonCore
import BatonEngine
import BatonFences
import BatonHosts
import BatonJournal
import BatonNotify
import BatonPostgres
import Glibc

/// Where ports meet drivers: the only file that knows both.
enum Wiring {
    static func secrets() -> @Sendable (SecretReference, Deadline) async throws -> Secret {
        let resolver = SecretResolver { Output.message("baton: warning: \($0)") }
        return { try await resolver.resolve($0, deadline: $1) }
    }

    static func hosts(_ sessions: ClusterSessions) -> Hosts {
        let topology = sessions.topology
        return Hosts(
            databases: { name in
                guard let node = topology.node(name), let directory = node.dataDirectory else { return nil }
                return switch node.access {
                case .local: LocalDatabaseHost(directory)
                case .ssh(let control): SSHDatabaseHost(control, directory)
                case .none: nil
                }
            },
            files: { name in topology.pooler(name)?.access == .local ? LocalFileHost() : nil },
            fences: { name in
                topology.node(name)?.fence.map { TopologyFence($0, of: name, secrets: secrets()) }
            }, lost: sessions.lost)
    }

    /// - Parameter site: one that is assumed to be lost, so that nothing of it is asked.
    static func sessions(
        _ topology: Topology, name: String, readOnly: Bool, assumingDown site: String? = nil
    ) -> ClusterSessions {
        ClusterSessions(
            topology: topology, secrets: secrets(), applicationName: name, readOnly: readOnly,
            lost: LostTargets(assuming: site, in: topology))
    }

    /// Who is told about a run; without effect where the topology names nobody.
    static func notifier(_ topology: Topology) -> any Notifier {
        NoticeQueue(topology.notify, secrets: secrets()) { Output.message("baton: warning: \($0)") }
    }

    /// Eyes only: what a preflight and a status are given.
    /// - Parameter state: the state directory, where an earlier look may have left what it saw; nil for none.
    static func observers(_ sessions: ClusterSessions, state: String? = nil) -> Observers {
        let (questions, facts) = Observers.postgres(
            sessions: sessions, hosts: hosts(sessions),
            remembered: state.flatMap { LastSeen.read(of: sessions.topology, state: $0) })
        return Observers(questions: questions, facts: facts)
    }

    /// The dead man's switch of a run that this process drives: this same program, started once more.
    static func guardian(of directory: RunDirectory) -> any Guardian {
        GuardProcess(
            name: "baton",
            arguments: ["guard", directory.run.rawValue, "--owner", "\(getpid())", "--state", directory.state],
            log: directory.path(of: "guard.log"))
    }

    /// Eyes and hands of a real run.
    struct Drivers {
        let observers: Observers
        let performers: Performers
        let canary: CanaryWriter
        let workbench: Workbench
        /// Told what the run does without.
        let reach: any Reach
    }

    /// - Parameters:
    ///   - canary: names the rows that this process writes; no two processes share a name (R16).
    ///   - state: the state directory, where an earlier look may have left what it saw.
    static func drivers(
        _ sessions: ClusterSessions, lease: ClusterLease, canary name: String, state: String
    ) -> Drivers {
        let hosts = hosts(sessions)
        let canary = CanaryWriter(sessions: sessions, run: RunID(name))
        let (questions, facts) = Observers.postgres(
            sessions: sessions, hosts: hosts, remembered: LastSeen.read(of: sessions.topology, state: state))
        let workbench = Workbench(
            sessions: sessions, hosts: hosts, lease: lease, secret: secrets(),
            tell: { Output.message("baton: \($0)") })
        return Drivers(
            observers: Observers(
                questions: questions + [
                    ObserverRegistration(CanaryWriteObserver(canary: canary, sessions: sessions))
                ], facts: facts, divergence: SplitBrainObserver(sessions: sessions, hosts: hosts)),
            performers: Performers(Performers.postgres(workbench)), canary: canary, workbench: workbench,
            reach: sessions.lost)
    }
}
