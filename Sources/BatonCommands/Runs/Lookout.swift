import BatonActions
import BatonCore
import BatonEngine
import BatonJournal
import BatonPlaybooks
import BatonPostgres
import BatonReports

/// What `baton watch` does at each look: ask every node, ask the records who is right, and fence or tell.
final class Lookout {
    private let topology: LoadedTopology
    private let options: GlobalOptions
    /// The command that looks once, for people.
    private let line: String
    private let sessions: ClusterSessions
    private let notifier: any Notifier
    private var promotion: RunRecord?
    private var stamp: [String]?
    /// Why the last try to fence came to nothing, and when the next one may be.
    private var failure: (why: String, until: Instant)?
    /// What people were told of last, so that they are told once.
    private var told: String?

    /// How long one server may take; the next look comes soon.
    private static let patience = TimeSpan.seconds(1)
    /// Time between two tries to fence that come to nothing: each leaves a run directory.
    private static let retryInterval = TimeSpan.seconds(30)
    private static let noticeDeadline = TimeSpan.seconds(5)

    init(topology: LoadedTopology, options: GlobalOptions, line: String) {
        self.topology = topology
        self.options = options
        self.line = line
        sessions = Wiring.sessions(topology.topology, name: "baton/watch", readOnly: true)
        notifier = Wiring.notifier(topology.topology)
    }

    private var store: RunStore { RunStore(state: options.state) }

    func end() async {
        await sessions.closeAll()
        await notifier.drain(deadline: SystemClock.deadline(in: Self.noticeDeadline))
    }

    func look() async throws -> WatchReport {
        let nodes = await LiveCluster.nodes(of: topology.topology, sessions, within: Self.patience)
        let writers = nodes.filter { $0.role == .primary }.map(\.name)
        readRecords()
        guard let promotion, let binding = promotion.promotion else {
            guard writers.count > 1 else { return quiet(nodes) }
            return tell(
                splitBrain(nodes, "\(Self.list(writers)) accept writes, and no run's record says which is right"))
        }
        let armed = promotion.machine.armedOrders.filter { $0.target.name != binding.new }
        let returned = armed.filter { writers.contains($0.target.name) }
        guard !returned.isEmpty else {
            guard writers.count > 1 else { return quiet(nodes) }
            return tell(
                splitBrain(
                    nodes,
                    "\(Self.list(writers)) accept writes; run \(promotion.header.run) promoted \(binding.new) and "
                        + "fenced none of the others"))
        }
        let names = Self.list(returned.map(\.target.name))
        if writers.count == 1, nodes.contains(where: { $0.name == binding.new && $0.role == .standby }) {
            return quiet(nodes)
        }
        guard writers.contains(binding.new) else {
            return tell(
                splitBrain(
                    nodes,
                    "\(names) accepts writes, and \(binding.new), which run \(promotion.header.run) promoted, "
                        + "does not answer as the primary: nobody is fenced by guess"))
        }
        guard returned.allSatisfy({ neverFollowed($0.target.name, promotion, binding, nodes) }) else {
            return tell(
                splitBrain(
                    nodes,
                    "\(names) accepts writes beside \(binding.new) on a timeline that is not older than the one "
                        + "that run \(promotion.header.run) began: somebody promoted it since, and nobody is fenced by guess"
                ))
        }
        let hosts = Wiring.hosts(sessions)
        let fenceable = returned.filter { hosts.database($0.target.name) != nil }
        guard fenceable.count == returned.count else {
            return tell(
                splitBrain(nodes, "\(names) accepts writes beside \(binding.new), and Baton has no access to its host"))
        }
        if let failure, SystemClock.now() < failure.until { return tell(splitBrain(nodes, failure.why)) }
        return await fence(fenceable, promotion, binding, nodes)
    }

    /// Whether a returned node is on a timeline from before the promotion, so that it cannot have followed the promoted node
    /// and been made the primary again by somebody whose record lies elsewhere.
    private func neverFollowed(
        _ name: String, _ promotion: RunRecord, _ binding: Binding, _ nodes: [ClusterStatus.NodeStatus]
    ) -> Bool {
        guard let own = nodes.first(where: { $0.name == name })?.timeline,
            case .number(let begun)? = promotion.machine.world.value(FactKey(.node(binding.new), .timeline))
        else { return false }
        return UInt64(own) < begun
    }

    /// The newest promotion, read again only when the records have changed.
    private func readRecords() {
        let stamp = store.stamp()
        guard stamp != self.stamp else { return }
        self.stamp = stamp
        promotion = store.lastPromotion(on: topology.topology.name)
    }

    // MARK: Fencing

    private func fence(
        _ returned: [RunMachine.ArmedOrder], _ promotion: RunRecord, _ binding: Binding,
        _ nodes: [ClusterStatus.NodeStatus]
    ) async -> WatchReport {
        let names = Self.list(returned.map(\.target.name))
        do {
            let order = StandingOrderRun(promotion: promotion, topology: topology, options: options)
            let record = try await order.drive(returned, new: binding.new)
            let splitBrain = RunReport(record).splitBrain
            let isFenced = !splitBrain.isEmpty && splitBrain.allSatisfy { $0.fencedAt != nil }
            guard isFenced else {
                return failed(nodes, "\(names) could not be fenced again: \(record.reason ?? record.outcome.rawValue)")
            }
            failure = nil
            return report(
                nodes, .fenced, "\(names) accepted writes beside \(binding.new) and was fenced again",
                run: record.header.run,
                splitBrain: splitBrain,
                next: ByHandRenderer.line(["baton", "report", record.header.run.rawValue] + place))
        } catch let problem as CommandProblem {
            return failed(
                nodes, "\(names) accepts writes beside \(binding.new); it could not be fenced: \(problem.text)")
        } catch {
            return failed(nodes, "\(names) accepts writes beside \(binding.new); it could not be fenced: \(error)")
        }
    }

    private func failed(_ nodes: [ClusterStatus.NodeStatus], _ why: String) -> WatchReport {
        failure = (why, SystemClock.deadline(in: Self.retryInterval))
        return tell(splitBrain(nodes, why))
    }

    private var place: [String] {
        options.stateOption == RunReportText.defaultState ? [] : ["--state", options.stateOption]
    }

    // MARK: Telling

    private func quiet(_ nodes: [ClusterStatus.NodeStatus]) -> WatchReport {
        told = nil
        let writers = nodes.filter { $0.role == .primary }.map(\.name)
        let who = writers.first.map { "\($0) accepts writes and no other node" } ?? "no node accepts writes"
        let armed = (promotion?.machine.armedOrders ?? []).map(\.target.name)
        return report(
            nodes, .quiet, armed.isEmpty ? who : "\(who); \(Self.list(armed)) would be fenced again if it came back")
    }

    /// Shows how each of the writers that nobody called right is ended.
    private func splitBrain(_ nodes: [ClusterStatus.NodeStatus], _ reason: String) -> WatchReport {
        let writers = nodes.filter { $0.role == .primary }.map(\.name)
        let right = promotion?.promotion?.new
        let commands = writers.filter { $0 != right }.flatMap { name -> [ByHandCommand] in
            let scope = Scope(
                topology: topology.topology, binding: Binding(old: name, new: right ?? ""), acceptance: Acceptance())
            return Catalogue.standard.actions.filter { $0.standingOrder(.node(name), scope) != nil }.flatMap {
                $0.byHand(Call($0.id, on: .node(name)), scope)
            }
        }
        return report(nodes, .splitBrain, reason, next: line, byHand: commands.map(WatchReport.Command.init))
    }

    private func report(
        _ nodes: [ClusterStatus.NodeStatus], _ verdict: WatchReport.Verdict, _ reason: String, run: RunID? = nil,
        splitBrain: [ReportedSplitBrain] = [], next: String? = nil, byHand: [WatchReport.Command] = []
    ) -> WatchReport {
        WatchReport(
            topology: topology.topology.name, at: SystemClock.wallNow(), verdict: verdict, reason: reason, nodes: nodes,
            by: promotion?.header.run, right: promotion?.promotion?.new,
            fenced: (promotion?.machine.armedOrders ?? []).map(\.target.name), run: run, splitBrain: splitBrain,
            next: next, byHand: byHand)
    }

    /// Tells whom the topology names, once for each finding. A run of the standing order tells for itself.
    private func tell(_ report: WatchReport) -> WatchReport {
        guard told != report.reason else { return report }
        told = report.reason
        notifier.send(
            Notice(
                moment: .halt, run: report.by ?? "none", playbook: "watch", topology: report.topology,
                toSite: promotion?.header.toSite ?? "", state: .halted, outcome: nil,
                text: "split brain on \(report.topology): \(report.reason)."))
        return report
    }

    private static func list(_ names: [String]) -> String { names.joined(separator: " and ") }
}
