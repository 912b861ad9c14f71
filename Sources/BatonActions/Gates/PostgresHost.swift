package import BatonCore

/// Asks a node's host and its server for the same things, to see that Baton controls the right data directory.
package struct PostgresHostProbe: Probe {
    package struct Answer: Hashable, Codable, Sendable {
        package var node: String
        package var access: HostAccess
        /// Where the topology says that the data directory is.
        package var dataDirectory: String?
        /// The server's own `data_directory`.
        package var serverDataDirectory: String?
        /// Of the directory's `pg_control`; nil when the host could not read it.
        package var fileIdentifier: SystemIdentifier?
        /// Of the server that answers at the node's address.
        package var serverIdentifier: SystemIdentifier?
        /// Whether `pg_control` says that the directory belongs to a running standby (true) or primary (false).
        package var fileInRecovery: Bool?
        package var serverInRecovery: Bool?
        /// Whether the host sees the server's process.
        package var running: Bool?
        /// The host's own words when it could not answer.
        package var problem: String?

        package init(
            node: String, access: HostAccess, dataDirectory: String?, serverDataDirectory: String?,
            fileIdentifier: SystemIdentifier?, serverIdentifier: SystemIdentifier?, fileInRecovery: Bool?,
            serverInRecovery: Bool?, running: Bool?, problem: String?
        ) {
            self.node = node
            self.access = access
            self.dataDirectory = dataDirectory
            self.serverDataDirectory = serverDataDirectory
            self.fileIdentifier = fileIdentifier
            self.serverIdentifier = serverIdentifier
            self.fileInRecovery = fileInRecovery
            self.serverInRecovery = serverInRecovery
            self.running = running
            self.problem = problem
        }
    }

    package static let id = "postgres.host"
    package var node: String

    package init(node: String) { self.node = node }
}

/// Baton controls the host of the node: it reads the data directory of the very server that answers. Without it a planned
/// run can neither stop old nor read the shutdown checkpoint that proves zero loss. Primary and standby share the system
/// identifier, so the state of `pg_control` is compared too: it tells the directories of the two apart.
package enum PostgresHost: Gate {
    package static let id: GateID = "postgres.host"
    package static let summary = "Baton reads the data directory of the server that answers, and sees its process."
    package static let source = "PostgreSQL: pg_control_system(), pg_controldata; Baton rules R3 and R4."
    package static let kind = TargetKind.node

    package static func question(_ limit: NoParameters, on target: Target, in scope: Scope) -> PostgresHostProbe {
        PostgresHostProbe(node: target.name)
    }

    package static func judge(_ answer: PostgresHostProbe.Answer, _ limit: NoParameters) -> Verdict {
        let node = answer.node
        guard answer.access != .none, let directory = answer.dataDirectory else {
            return .block(
                "Baton has no access to the host of \(node): it could neither stop it nor read its pg_control",
                remedy: "Give \(node) a control in the topology: "
                    + "control: { local: { data-directory: …, bin-directory: … } }",
                observed: .text("access: none"))
        }
        if let problem = answer.problem {
            return .block(
                "the host of \(node) does not answer: \(problem)",
                remedy: "Run Baton as root or as the owner of \(directory), and check: pg_controldata -D \(directory)",
                observed: .text(problem))
        }
        guard let file = answer.fileIdentifier, let server = answer.serverIdentifier,
            let serverInRecovery = answer.serverInRecovery, let running = answer.running
        else { return .unknown("the host and the server of \(node) did not both answer") }
        let wrong =
            "Correct host, port or data-directory of \(node) in the topology; on \(node): SHOW data_directory;"
        guard file == server else {
            return .block(
                "\(directory) is of cluster \(file), the server of \(node) of \(server)", remedy: wrong,
                observed: .text("\(file)"), limit: .text("\(server)"))
        }
        guard running else {
            return .block(
                "a server answers for \(node), but no process of \(directory) runs", remedy: wrong,
                observed: .text("no process"))
        }
        guard let fileInRecovery = answer.fileInRecovery else {
            return .unknown(
                "pg_control of \(node) is of a server that is starting or stopping",
                remedy: "Try again when pg_controldata -D \(directory) says in production or in archive recovery")
        }
        guard fileInRecovery == serverInRecovery else {
            return .block(
                "\(directory) is of a \(fileInRecovery ? "standby" : "primary"), but \(node) answers as a "
                    + (serverInRecovery ? "standby" : "primary"),
                remedy: wrong, observed: .text(fileInRecovery ? "in archive recovery" : "in production"))
        }
        if let serverDirectory = answer.serverDataDirectory, serverDirectory != directory {
            return .warn(
                "\(node) says that its data directory is \(serverDirectory), the topology says \(directory)",
                remedy: "Write the server's own path into the topology, unless one is a symbolic link to the other: "
                    + "realpath \(serverDirectory) \(directory)",
                observed: .text(serverDirectory), limit: .text(directory))
        }
        return .pass("Baton controls \(directory) of \(node), cluster \(file)", observed: .text(directory))
    }

    package static func byHand(_ limit: NoParameters, on target: Target, in scope: Scope) -> ByHandCheck {
        let isOld = target.name == scope.binding.old
        let running = program("pg_ctl", of: target, in: scope, " status", expect: "server is running")
        return ByHandCheck(
            [running].compactMap(\.self)
                + controlData(
                    "Database cluster state", of: target, in: scope,
                    expect: "the directory of a running \(isOld ? "primary" : "standby")",
                    output: isOld ? "in production" : "in archive recovery")
                + controlData(
                    "Database system identifier", of: target, in: scope,
                    expect: "the number that the next command prints")
                + [
                    psql(
                        target, in: scope, "SELECT system_identifier FROM pg_control_system()",
                        expect: "the number that the command before printed")
                ],
            otherwise:
                "Without the host nobody can stop \(target) or read what it wrote last. Find the server's directory: "
                + "SHOW data_directory; on \(target), and correct the topology.")
    }

    package static let passing = PostgresHostProbe.Answer(
        node: "west-db", access: .local, dataDirectory: "/srv/pg/west", serverDataDirectory: "/srv/pg/west",
        fileIdentifier: 7_300_000_000_000_000_001, serverIdentifier: 7_300_000_000_000_000_001, fileInRecovery: false,
        serverInRecovery: false, running: true, problem: nil)
    package static let refusing = PostgresHostProbe.Answer(
        node: "west-db", access: .local, dataDirectory: "/srv/pg/west", serverDataDirectory: "/srv/pg/west",
        fileIdentifier: 7_300_000_000_000_000_001, serverIdentifier: 7_300_000_000_000_000_001, fileInRecovery: true,
        serverInRecovery: false, running: true, problem: nil)
}
