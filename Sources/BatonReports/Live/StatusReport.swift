package import BatonCore

/// What the nodes and poolers answer right now: the live part of `baton status -t TOPOLOGY`.
package struct ClusterStatus: Codable, Hashable, Sendable {
    package enum NodeRole: String, Codable, Hashable, Sendable, CaseIterable {
        case primary, standby, down, unknown
    }

    package struct NodeStatus: Codable, Hashable, Sendable {
        package var name: String
        package var site: String
        package var role: NodeRole
        @OrNull package var timeline: TimelineID?
        @OrNull package var replayLagBytes: Int64?
        /// How old the answer is.
        @OrNull package var ageMs: Double?
        /// Why the role is `unknown` or `down`.
        @OrNull package var detail: String?

        package init(
            name: String, site: String, role: NodeRole, timeline: TimelineID? = nil, replayLagBytes: Int64? = nil,
            age: TimeSpan? = nil, detail: String? = nil
        ) {
            self.name = name
            self.site = site
            self.role = role
            self.timeline = timeline
            self.replayLagBytes = replayLagBytes
            self.ageMs = age?.reportedMilliseconds
            self.detail = detail
        }
    }

    package struct PoolerStatus: Codable, Hashable, Sendable {
        package var name: String
        package var site: String
        /// Null when it did not answer.
        @OrNull package var paused: Bool?
        @OrNull package var leadsTo: String?

        package init(name: String, site: String, paused: Bool?, leadsTo: String?) {
            self.name = name
            self.site = site
            self.paused = paused
            self.leadsTo = leadsTo
        }
    }

    package var topology: String
    package var nodes: [NodeStatus]
    package var poolers: [PoolerStatus]
    /// Nodes that accept writes now, in the topology's order. More than one is a split brain.
    package var writers: [String]
    /// The command that judges a split brain; null where there is none.
    @OrNull package var judge: String?
    /// The commands that bring back what is no part of the cluster any more, to be typed as they stand.
    package var next: [String]

    /// - Parameters:
    ///   - file: the topology's path as the person gave it.
    ///   - judging: the command that judges a split brain.
    package init(
        topology: String, nodes: [NodeStatus], poolers: [PoolerStatus], file: String = "TOPOLOGY",
        judging: String? = nil
    ) {
        self.topology = topology
        self.nodes = nodes
        self.poolers = poolers
        writers = nodes.filter { $0.role == .primary }.map(\.name)
        judge = writers.count > 1 ? judging : nil
        next = Self.lost(nodes).map { ByHandRenderer.line(["baton", "rejoin", $0, "-t", file]) }
    }

    /// Where one node leads: those that do not run, and those on an older timeline than it is, standbys and second primaries
    /// alike. Of what does not answer nobody knows.
    private static func lost(_ nodes: [NodeStatus]) -> [String] {
        let primaries = nodes.filter { $0.role == .primary }
        guard let leader = primaries.max(by: { ($0.timeline ?? 0) < ($1.timeline ?? 0) }),
            let timeline = leader.timeline,
            primaries.filter({ $0.timeline == nil || $0.timeline == timeline }).count == 1
        else { return [] }
        return nodes.filter { $0.role == .down || $0.timeline.map { $0 < timeline } == true }.map(\.name)
    }
}

/// Where runs stand and what to do next, as JSON: `status/v1`.
package struct StatusReport: Codable, Hashable, Sendable {
    package static let format = "status/v1"

    package struct Command: Codable, Hashable, Sendable {
        package var place: String
        package var command: String
        package var expect: String
    }

    package struct OpenStep: Codable, Hashable, Sendable {
        package var step: StepID
        /// The node or pooler.
        package var target: String
        /// What happened to it.
        package var reason: String
    }

    package struct Run: Codable, Hashable, Sendable {
        package var run: RunID
        package var state: RunState.Kind
        @OrNull package var phase: Phase?
        /// When it came into the state.
        package var since: WallTime
        /// Whether clients wait now.
        package var frozen: Bool
        /// The steps that a halted run waits for; `baton decide` answers one of them.
        package var open: [OpenStep]
        /// The open ones.
        package var obligations: [ReportedObligation]
        /// The next command, to be typed as it stands (but for `TEXT`, the reason).
        package var next: String
        /// How to do the open steps, and discharge the obligations, without Baton.
        package var byHand: [Command]
    }

    /// A node that an emergency has left behind.
    package struct LostNode: Codable, Hashable, Sendable {
        package var node: String
        package var topology: String
        /// The emergency.
        package var run: RunID
        package var owed: String
        /// The next command.
        package var next: String
    }

    package var format: String
    package var runs: [Run]
    /// To be rejoined, as far as the records tell; one that was just seen to be a standby is not named.
    package var lostNodes: [LostNode]
    /// Null when no topology was named.
    @OrNull package var cluster: ClusterStatus?

    /// - Parameters:
    ///   - owned: runs whose process is at work (it holds the lease).
    ///   - state: the state directory as the person named it, when it is not the default.
    ///   - leftBehind: the nodes that each of these emergencies has left behind.
    package init(
        _ records: [RunRecord], owned: Set<RunID> = [], state: String? = nil, cluster: ClusterStatus? = nil,
        leftBehind: [(record: RunRecord, nodes: [String])] = []
    ) {
        format = Self.format
        lostNodes = leftBehind.flatMap { record, nodes in
            nodes.filter { node in
                cluster?.topology != record.header.topology.name
                    || cluster?.nodes.first { $0.name == node }?.role != .standby
            }.map { node in
                let obligation = ReportedObligation(rejoining: node, to: record.machine.binding.new)
                return LostNode(
                    node: node, topology: record.header.topology.name, run: record.header.run, owed: obligation.owed,
                    next: obligation.release + (state.map { " --state \($0)" } ?? ""))
            }
        }
        runs = records.map { Self.run($0, isOwned: owned.contains($0.header.run), state: state) }
        self.cluster = cluster
    }

    private static func run(_ record: RunRecord, isOwned: Bool, state: String?) -> Run {
        let machine = record.machine
        let commands = machine.callsLeft.flatMap(machine.byHand)
        return Run(
            run: record.header.run, state: machine.state.kind, phase: record.phase, since: record.wall(record.since),
            frozen: machine.isFrozen, open: machine.state.kind == .halted ? machine.open.map(OpenStep.init) : [],
            obligations: record.openObligations.map { ReportedObligation($0, of: record) },
            next: next(record, isOwned: isOwned, state: state),
            byHand: isOwned && machine.state.kind != .halted
                ? []
                : commands.map { Command(place: $0.place, command: ByHandRenderer.line($0), expect: $0.expectation) })
    }

    /// Every state has a next action (I5): to look, while a process is at work or the run has ended; else to go on.
    private static func next(_ record: RunRecord, isOwned: Bool, state: String?) -> String {
        func command(_ words: String...) -> String {
            ByHandRenderer.line(["baton"] + words + (state.map { ["--state", $0] } ?? []))
        }
        let run = record.header.run.rawValue
        switch record.machine.state {
        case .finished(.completedWithObligations): return command("resume", run)
        case .finished where record.closing != nil: return command("report", run)
        case .holding, .halted: return command("resume", run)
        // One that has ended and is not closed lost its process just before.
        case .planned, .surveying, .checking, .advancing, .committed, .undoing, .reconciling, .finished:
            return isOwned ? command("status") : command("resume", run)
        }
    }
}

extension StatusReport.OpenStep {
    init(_ item: StepMachine) {
        step = item.id.step
        target = item.id.target.name
        let undo = item.id.isUndo ? "its undo " : ""
        reason = undo + (item.outcome.map { "\($0.word): \($0.text)" } ?? "was at work")
    }
}
