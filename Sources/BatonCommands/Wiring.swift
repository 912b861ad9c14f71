import BatonActions
import BatonCore
import BatonEngine
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

    static func hosts(_ topology: Topology) -> Hosts {
        Hosts(
            databases: { name in
                guard let node = topology.node(name), node.access == .local, let directory = node.dataDirectory else {
                    return nil
                }
                return LocalDatabaseHost(directory)
            },
            files: { name in topology.pooler(name)?.access == .local ? LocalFileHost() : nil })
    }

    static func sessions(_ topology: Topology, name: String, readOnly: Bool) -> ClusterSessions {
        ClusterSessions(topology: topology, secrets: secrets(), applicationName: name, readOnly: readOnly)
    }

    /// Who is told about a run; without effect where the topology names nobody.
    static func notifier(_ topology: Topology) -> any Notifier {
        NoticeQueue(topology.notify, secrets: secrets()) { Output.message("baton: warning: \($0)") }
    }

    /// Eyes only: what a preflight and a status are given.
    static func observers(_ sessions: ClusterSessions) -> Observers {
        let (questions, facts) = Observers.postgres(sessions: sessions, hosts: hosts(sessions.topology))
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
    }

    /// - Parameter canary: names the rows that this process writes; no two processes share a name (R16).
    static func drivers(_ sessions: ClusterSessions, lease: ClusterLease, canary name: String) -> Drivers {
        let hosts = hosts(sessions.topology)
        let canary = CanaryWriter(sessions: sessions, run: RunID(name))
        let (questions, facts) = Observers.postgres(sessions: sessions, hosts: hosts)
        let workbench = Workbench(
            sessions: sessions, hosts: hosts, lease: lease, secret: secrets(),
            tell: { Output.message("baton: \($0)") })
        return Drivers(
            observers: Observers(
                questions: questions + [
                    ObserverRegistration(CanaryWriteObserver(canary: canary, sessions: sessions))
                ], facts: facts),
            performers: Performers(Performers.postgres(workbench)), canary: canary, workbench: workbench)
    }
}
