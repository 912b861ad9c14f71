package import BatonCore

/// Asks the host of a node that does not answer for its data directory and the processes of it.
package struct PostgresFenceableProbe: Probe {
    package struct Answer: Hashable, Codable, Sendable {
        package var node: String
        package var access: HostAccess
        package var dataDirectory: String?
        /// Of the directory's `pg_control`; nil when the host could not read it.
        package var fileIdentifier: SystemIdentifier?
        /// Of the node that is to be promoted.
        package var clusterIdentifier: SystemIdentifier?
        /// What the host sees of its processes, in words; nil when it could not look.
        package var processes: String?
        /// The host's own words when it could not answer.
        package var problem: String?

        package init(
            node: String, access: HostAccess, dataDirectory: String?, fileIdentifier: SystemIdentifier?,
            clusterIdentifier: SystemIdentifier?, processes: String?, problem: String?
        ) {
            self.node = node
            self.access = access
            self.dataDirectory = dataDirectory
            self.fileIdentifier = fileIdentifier
            self.clusterIdentifier = clusterIdentifier
            self.processes = processes
            self.problem = problem
        }
    }

    package static let id = "postgres.fenceable"
    package var node: String
    package var new: String

    package init(node: String, new: String) {
        self.node = node
        self.new = new
    }
}

/// The host of a lost node answers and has the data directory of this very cluster, so that it can be proved that no process
/// of it is left. That a node does not answer is no evidence: it may write still, for whoever reaches it.
package enum PostgresFenceable: Gate {
    package static let id: GateID = "postgres.fenceable"
    package static let summary = "The host of a lost node can prove that it writes no more."
    package static let source =
        "Patroni: two sites cannot tell a dead primary from one they do not reach; Baton rules R7, R10."
    package static let kind = TargetKind.node

    package static func question(_ limit: NoParameters, on target: Target, in scope: Scope) -> PostgresFenceableProbe {
        PostgresFenceableProbe(node: target.name, new: scope.binding.new)
    }

    package static func judge(_ answer: PostgresFenceableProbe.Answer, _ limit: NoParameters) -> Verdict {
        let node = answer.node
        let override = "make sure by other means that \(node) is off, and give --accept-unfenced \(node)"
        guard answer.access != .none, let directory = answer.dataDirectory else {
            return .block(
                "Baton has no access to the host of \(node), so nothing proves that it writes no more",
                remedy: "Give \(node) a control in the topology; or \(override)", observed: .text("access: none"))
        }
        if let problem = answer.problem {
            return .block(
                "the host of \(node) does not answer, so nothing proves that it writes no more: \(problem)",
                remedy: "Restore access to the host; or \(override)", observed: .text(problem))
        }
        guard let file = answer.fileIdentifier, let cluster = answer.clusterIdentifier,
            let processes = answer.processes
        else { return .unknown("nobody tells what \(directory) of \(node) is", remedy: "Restore access to the host") }
        guard file == cluster else {
            return .block(
                "\(directory) is of cluster \(file), not of \(cluster): ending its processes would prove nothing",
                remedy: "Correct the data-directory of \(node) in the topology", observed: .text("\(file)"),
                limit: .text("\(cluster)"))
        }
        return .pass("\(directory) of \(node) can be fenced: \(processes)", observed: .text(processes))
    }

    package static func byHand(_ limit: NoParameters, on target: Target, in scope: Scope) -> ByHandCheck {
        ByHandCheck(
            controlData(
                "Database system identifier", of: target, in: scope, expect: "the number that the next command prints")
                + [
                    psql(
                        scope.new, in: scope, "SELECT system_identifier FROM pg_control_system()",
                        expect: "the number that the command before printed")
                ],
            otherwise:
                "Nothing proves that \(target) writes no more. Do not promote before somebody has made sure that it is off: "
                + "its power, its network, its disk.")
    }

    package static let passing = PostgresFenceableProbe.Answer(
        node: "west-db", access: .local, dataDirectory: "/srv/pg/west", fileIdentifier: 7_300_000_000_000_000_001,
        clusterIdentifier: 7_300_000_000_000_000_001, processes: "no process of it is left", problem: nil)
    package static let refusing = PostgresFenceableProbe.Answer(
        node: "west-db", access: .local, dataDirectory: "/srv/pg/west", fileIdentifier: 7_300_000_000_000_000_002,
        clusterIdentifier: 7_300_000_000_000_000_001, processes: "no process of it is left", problem: nil)
}
