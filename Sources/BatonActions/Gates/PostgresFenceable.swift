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
        /// The topology's own fence of the node; nil where there is none.
        package var fence: OwnFence?

        package init(
            node: String, access: HostAccess, dataDirectory: String?, fileIdentifier: SystemIdentifier?,
            clusterIdentifier: SystemIdentifier?, processes: String?, problem: String?, fence: OwnFence? = nil
        ) {
            self.node = node
            self.access = access
            self.dataDirectory = dataDirectory
            self.fileIdentifier = fileIdentifier
            self.clusterIdentifier = clusterIdentifier
            self.processes = processes
            self.problem = problem
            self.fence = fence
        }
    }

    /// A fence of the topology's own, and what its `check` says.
    package struct OwnFence: Hashable, Codable, Sendable {
        /// What is asked for the proof, in words.
        package var proof: String
        /// Why it cannot be used; nil where it can.
        package var problem: String?

        package init(proof: String, problem: String?) {
            self.proof = proof
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
/// of it is left; or the topology has a fence of its own for the node, which says that it can be used. That a node does not answer is no evidence: it may write still, for whoever reaches it.
package enum PostgresFenceable: Gate {
    package static let id: GateID = "postgres.fenceable"
    package static let summary = "The host of a lost node, or its own fence, can prove that it writes no more."
    package static let source =
        "Patroni: two sites cannot tell a dead primary from one they do not reach; Baton rules R7, R10."
    package static let kind = TargetKind.node

    package static func question(_ limit: NoParameters, on target: Target, in scope: Scope) -> PostgresFenceableProbe {
        PostgresFenceableProbe(node: target.name, new: scope.binding.new)
    }

    package static func judge(_ answer: PostgresFenceableProbe.Answer, _ limit: NoParameters) -> Verdict {
        let node = answer.node
        if let file = answer.fileIdentifier, let cluster = answer.clusterIdentifier, file != cluster {
            return .block(
                "\(answer.dataDirectory ?? "its data directory") is of cluster \(file), not of \(cluster): ending its "
                    + "processes would prove nothing",
                remedy: "Correct the data-directory of \(node) in the topology", observed: .text("\(file)"),
                limit: .text("\(cluster)"))
        }
        if answer.access != .none, let directory = answer.dataDirectory, answer.problem == nil {
            guard answer.fileIdentifier != nil, answer.clusterIdentifier != nil, let processes = answer.processes else {
                return .unknown("nobody tells what \(directory) of \(node) is", remedy: "Restore access to the host")
            }
            let otherwise = answer.fence.map {
                $0.problem == nil ? "; should its host not answer, its own fence will be used, by \($0.proof)" : ""
            }
            return .pass(
                "\(directory) of \(node) can be fenced on its host: \(processes)\(otherwise ?? "")",
                observed: .text(processes))
        }
        let host =
            answer.problem.map { "the host of \(node) does not answer: \($0)" }
            ?? "Baton has no access to the host of \(node)"
        guard let fence = answer.fence else { return withoutFence(answer) }
        guard let problem = fence.problem else {
            return .pass(
                "\(node) can be fenced by its own fence, and \(fence.proof) must prove that it is off; \(host)",
                observed: .text("its own fence"))
        }
        return .block(
            "nothing can prove that \(node) writes no more: its own fence cannot be used: \(problem); and \(host)",
            remedy: "Correct the fence of \(node), or restore access to its host; or \(override(node))",
            observed: .text("its own fence cannot be used"))
    }

    private static func override(_ node: String) -> String {
        "make sure by other means that \(node) is off, and give --accept-unfenced \(node)"
    }

    private static func withoutFence(_ answer: PostgresFenceableProbe.Answer) -> Verdict {
        let node = answer.node
        guard let problem = answer.problem else {
            return .block(
                "Baton has no access to the host of \(node), so nothing proves that it writes no more",
                remedy: "Give \(node) a control or a fence in the topology; or \(override(node))",
                observed: .text("access: none"))
        }
        return .block(
            "the host of \(node) does not answer, so nothing proves that it writes no more: \(problem)",
            remedy: "Restore access to the host; or \(override(node))", observed: .text("its host does not answer"))
    }

    package static func byHand(_ limit: NoParameters, on target: Target, in scope: Scope) -> ByHandCheck {
        let fence = scope.topology.node(target.name)?.fence
        let own = fence.map { [fenceCommand($0.check, at: target, expect: "its own fence can be used")] } ?? []
        let host = controlData(
            "Database system identifier", of: target, in: scope, expect: "the number that the next command prints")
        let cluster = psql(
            scope.new, in: scope, "SELECT system_identifier FROM pg_control_system()",
            expect: "the number that the command before printed")
        return ByHandCheck(
            own + host + (host.isEmpty && !own.isEmpty ? [] : [cluster]),
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
