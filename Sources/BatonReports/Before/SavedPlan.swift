package import BatonCore

/// A plan as it was looked at and agreed to, with the world that it was made for: a `plan-file/v1` file. A run that is given
/// one goes on only while all of it is still so.
package struct SavedPlan: Codable, Hashable, Sendable {
    package static let format = "plan-file/v1"

    package struct Node: Codable, Hashable, Sendable {
        package var name: String
        /// `primary`, `standby`, `down` or `unknown`.
        package var role: String
        /// The node that it streams from.
        @OrNull package var follows: String?
        /// Decimal digits: the number is larger than JSON's readers keep exact.
        @OrNull package var systemIdentifier: String?
        @OrNull package var timeline: UInt64?
        /// The server's version, `15.18`.
        @OrNull package var version: String?
    }

    package struct Pooler: Codable, Hashable, Sendable {
        package var name: String
        @OrNull package var leadsTo: String?
        @OrNull package var paused: Bool?
    }

    /// Everything that the plan rests on. What did not answer is null, and counts as moved when it answers later.
    package struct Basis: Codable, Hashable, Sendable {
        package var playbook: ReportedFile
        package var topology: ReportedFile
        /// SHA-256 of the resolved plan: what this Baton makes of the two files.
        package var planSHA256: String
        package var to: String
        /// The nodes that hand over and take over; null while no single primary and standby answer.
        @OrNull package var fromNode: String?
        @OrNull package var toNode: String?
        /// The nodes that may become new, best first.
        package var candidates: [String]
        package var nodes: [Node]
        package var poolers: [Pooler]
    }

    /// Something that is not as it was when the plan was saved.
    package struct Moved: Hashable, Sendable {
        package var item: String
        package var was: String
        package var now: String
    }

    package var format: String
    /// SHA-256 of basis and plan as JSON with sorted keys, in lower-case hexadecimal.
    package var fingerprint: String
    package var savedAt: WallTime
    package var savedBy: String
    package var basis: Basis
    /// What will change, for whoever reads the file.
    package var plan: PlanReport

    /// - Parameter sha256: the digest of bytes in lower-case hexadecimal. Throws only what encoding throws.
    package init(
        basis: Basis, plan: PlanReport, at savedAt: WallTime, by savedBy: String, sha256: ([UInt8]) -> String
    ) throws {
        format = Self.format
        fingerprint = sha256(try Covered(basis: basis, plan: plan).bytes)
        self.savedAt = savedAt
        self.savedBy = savedBy
        self.basis = basis
        self.plan = plan
    }

    /// Whether the fingerprint is that of the content: nobody has edited what was agreed to.
    package func isWhole(sha256: ([UInt8]) -> String) throws -> Bool {
        sha256(try Covered(basis: basis, plan: plan).bytes) == fingerprint
    }

    /// What the fingerprint is taken of: what is compared, and what is read.
    private struct Covered: Encodable {
        let basis: Basis
        let plan: PlanReport

        var bytes: [UInt8] {
            get throws { Array(try ReportJSON.text(self).utf8) }
        }
    }

    /// What a run's record says of the plan that it followed.
    package var reference: FollowedPlan {
        FollowedPlan(fingerprint: fingerprint, savedAt: savedAt, savedBy: savedBy)
    }
}

extension SavedPlan.Basis {
    /// - Parameters:
    ///   - planSHA256: of the plan as `plan.json` of a run has it.
    ///   - identities: system identifier and version of each node that told.
    package init(
        plan: Plan, planSHA256: String, binding: Binding?, world: World,
        identities: [String: (systemIdentifier: SystemIdentifier?, version: Int?)]
    ) {
        let shape = PlanReport.Shape(
            of: world, in: Scope(topology: plan.topology, binding: binding ?? plan.assumedBinding))
        self.init(
            playbook: plan.playbook, topology: plan.topologyFile, planSHA256: planSHA256, to: plan.toSite,
            fromNode: binding?.old, toNode: binding?.new, candidates: plan.candidates,
            nodes: shape.nodes.map { node in
                var timeline: UInt64?
                if case .number(let number)? = world.value(FactKey(.node(node.name), .timeline)) { timeline = number }
                let identity = identities[node.name]
                return SavedPlan.Node(
                    name: node.name, role: node.role, follows: node.follows,
                    systemIdentifier: identity?.systemIdentifier.map { "\($0)" }, timeline: timeline,
                    version: identity?.version.map { "\($0 / 10_000).\($0 % 10_000)" })
            },
            poolers: plan.topology.poolers.map { pooler in
                func value(_ aspect: Aspect) -> FactValue? { world.value(FactKey(.pooler(pooler.name), aspect)) }
                return SavedPlan.Pooler(
                    name: pooler.name, leadsTo: value(.leadsTo).map(\.description),
                    paused: value(.paused).map { $0 == .flag(true) })
            })
    }

    /// What is not as it was, of the files alone: before any server is asked.
    package func movedFiles(to now: SavedPlan.Basis) -> [SavedPlan.Moved] {
        var moved = Moves()
        moved.compare("playbook \(playbook.name)", playbook.sha256.prefix(12), now.playbook.sha256.prefix(12))
        moved.compare("topology \(topology.name)", topology.sha256.prefix(12), now.topology.sha256.prefix(12))
        moved.compare("target site", to, now.to)
        moved.compare("candidates", candidates.joined(separator: ", "), now.candidates.joined(separator: ", "))
        // Where these are the same and the plan is not, it is Baton that makes something else of them.
        if moved.found.isEmpty {
            moved.compare(
                "what Baton makes of the files and of what is accepted", planSHA256.prefix(12),
                now.planSHA256.prefix(12))
        }
        return moved.found
    }

    /// What is not as it was, item by item.
    package func moved(to now: SavedPlan.Basis) -> [SavedPlan.Moved] {
        var moved = Moves(found: movedFiles(to: now))
        moved.compare("old", fromNode, now.fromNode)
        moved.compare("new", toNode, now.toNode)
        for (name, was, other) in Self.pairs(nodes, now.nodes, by: \.name) {
            moved.compare("node \(name), role", was?.role, other?.role)
            moved.compare("node \(name), follows", was?.follows, other?.follows)
            moved.compare("node \(name), system identifier", was?.systemIdentifier, other?.systemIdentifier)
            moved.compare("node \(name), timeline", was?.timeline, other?.timeline)
            moved.compare("node \(name), version", was?.version, other?.version)
        }
        for (name, was, other) in Self.pairs(poolers, now.poolers, by: \.name) {
            moved.compare("pooler \(name), leads to", was?.leadsTo, other?.leadsTo)
            moved.compare(
                "pooler \(name), paused", was?.paused.map(FactValue.flag), other?.paused.map(FactValue.flag))
        }
        return moved.found
    }

    /// Those of one name side by side, the earlier ones first.
    private static func pairs<Element>(
        _ was: [Element], _ now: [Element], by name: (Element) -> String
    ) -> [(name: String, was: Element?, now: Element?)] {
        let names = was.map(name) + now.map(name).filter { other in !was.contains { name($0) == other } }
        return names.map { each in
            (name: each, was: was.first { name($0) == each }, now: now.first { name($0) == each })
        }
    }

    /// Collects what differs.
    private struct Moves {
        var found: [SavedPlan.Moved] = []

        mutating func compare(
            _ item: String, _ was: (some CustomStringConvertible)?, _ now: (some CustomStringConvertible)?
        ) {
            let (was, now) = (was?.description, now?.description)
            guard was != now else { return }
            found.append(SavedPlan.Moved(item: item, was: was ?? "not known", now: now ?? "not known"))
        }
    }
}
