import BatonCore

/// What is promised in an emergency, judged on the hidden truth. The checkers of a planned run apply as well, but for those
/// that `Documentation/Simulator.md` names: where old's part in them is that of a lost node, they ask here.
extension Simulation {
    /// What the operator of the first run accepted; nil in a planned run.
    var acceptance: Acceptance? { emergency == nil ? nil : runs[0].plan.acceptance ?? Acceptance() }

    /// Whether somebody took it upon themselves that a node is off.
    func isAccepted(_ node: Int) -> Bool { acceptance?.unfenced.contains(truth.name(of: node)) ?? false }

    private func isAccepted(pooler: Int) -> Bool {
        acceptance?.unfenced.contains(truth.topology.poolers[pooler].name) ?? false
    }

    // MARK: I1

    /// I1: one writer. Where an operator answers for a node, it may write, and no client may reach both.
    mutating func judgeWriters() {
        let writers = truth.writers
        guard writers.count > 1, !watch.harm.forcedWriter else { return }
        let strangers = writers.filter { !isAccepted($0) }
        if strangers.count > 1 {
            return watch.report(
                "I1",
                "\(strangers.map { truth.name(of: $0) }.joined(separator: " and ")) accept writes at the same time",
                at: truth.now, step: currentStep)
        }
        // A pooler that lost its pause by a fault leads where its file leads, whatever was accepted.
        guard watch.harm.poolers == 0 else { return }
        let reached = Set(truth.poolers.compactMap { served($0) })
        guard reached.count > 1 else { return }
        watch.report(
            "I1",
            "clients reach \(reached.sorted().map { truth.name(of: $0) }.joined(separator: " and ")), and both write",
            at: truth.now, step: currentStep)
    }

    /// The node that takes the writes of a pooler's clients; nil: none.
    private func served(_ pooler: SimulatedPooler) -> Int? {
        guard pooler.isUp, !pooler.isHung, pooler.pause == .none, !isAccepted(pooler: pooler.index),
            truth.network.connects(.clients, .pooler(pooler.index)), let target = pooler.loadedTarget,
            truth.network.connects(.pooler(pooler.index), .node(target)), truth.nodes[target].acceptsWrites,
            !truth.nodes[target].isHung
        else { return nil }
        return target
    }

    // MARK: I3

    /// I3: nothing that a client holds an acknowledgement for is lost, but for what was accepted; and what is lost is named.
    mutating func judgeLoss(of promotion: Truth.Promotion) {
        guard promotion.missing > 0 else { return }
        let node = truth.name(of: promotion.node)
        guard let acceptance else {
            return watch.report(
                "I3", "\(node) was promoted without a write that a client holds an acknowledgement for",
                at: promotion.at, step: currentStep)
        }
        // Nobody knows what a node writes that was said to be off.
        guard let emergency, !isAccepted(emergency.primary) else { return }
        guard acceptance.loss?.covers(promotion.missing) == true else {
            let accepted = acceptance.loss.map { "\($0.words) accepted" } ?? "nothing accepted"
            return watch.report(
                "I3",
                "\(node) was promoted without \(promotion.missing) bytes of acknowledged log, and with \(accepted)",
                at: promotion.at, step: currentStep)
        }
        let judged = processes.last { $0.run == 0 }?.machine.items.inOrder
            .last { $0.step.kind == .gate("postgres.loss") && $0.verdict != nil }
        if judged?.verdict?.decision == .pass, !watch.harm.forcedWriter {
            watch.report(
                "I3", "the loss card says that nothing is lost, and \(promotion.missing) acknowledged bytes are",
                at: promotion.at, step: judged?.id.step)
        }
    }

    // MARK: R7, R10

    /// R7, R10: silence is no evidence. Every node that the run counts as lost, and the one that was, is seen by its host, or
    /// seen in recovery, or somebody answers for it.
    mutating func judgeEvidence(_ machine: RunMachine, _ step: StepID) {
        guard let emergency else { return }
        let binding = machine.binding
        let counted = ([binding.old] + binding.lost).compactMap { truth.node(named: $0) }
        for node in Set(counted + [emergency.primary]).sorted()
        where !isAccepted(node) && truth.name(of: node) != binding.new {
            let server = truth.nodes[node]
            let isSeen =
                server.isUp && server.inRecovery && !server.isHung && truth.network.connects(.baton, .node(node))
            let hasHost = truth.topology.nodes[node].access != .none && truth.network.connects(.baton, .host(node))
            if !isSeen, !hasHost {
                watch.report(
                    "R7", "the promotion is ordered, and nobody hears from \(truth.name(of: node)) or its host",
                    at: truth.now, step: step)
            }
        }
    }

    // MARK: The way back

    /// What a run that went back says of a node that it fenced: who starts it again.
    mutating func judgeFencedNodes(_ machine: RunMachine) {
        guard !watch.harm.hurtsServers, !watch.harm.forcedWriter else { return }
        for item in machine.items.inOrder where item.step.phase == .fence && item.announcedAt != nil && !item.id.isUndo
        {
            // A standby had its mark before.
            guard let node = truth.node(named: item.id.target.name), node == emergency?.primary,
                truth.nodes[node].process == .none, truth.nodes[node].hasStandbySignal,
                !machine.openObligations.contains(where: { $0.item == item.id })
            else { continue }
            watch.report(
                "I4", "the run says rolled back, and not that \(truth.name(of: node)) is stopped and marked",
                at: truth.now, step: item.id.step)
        }
    }

    // MARK: I7

    /// Where nothing but the disaster itself goes wrong, the run ends as that wants it to, and soon, whatever of the lost
    /// site never answers (I7); and it is refused where that is what must be (R9, R10, R20).
    mutating func judgeEmergency(_ machine: RunMachine) {
        guard emergency != nil, machine.plan.holdBefore == nil else { return }
        let wanted = foreseenEnd()
        let (found, reason) = Self.end(of: machine.state)
        if found != wanted {
            let isServing = wanted != .refused
            watch.report(
                isServing ? "I7" : "R9",
                "nothing but the disaster itself goes wrong, and the run ends as \(found.rawValue) and not as "
                    + "\(wanted.rawValue): \(reason ?? "")", at: truth.now, step: culprit(of: 0) ?? currentStep)
        } else if let failed = machine.items.inOrder.first(where: { !$0.id.isUndo && !$0.succeeded }),
            found == .completedWithObligations
        {
            watch.report(
                "I7",
                "nothing but the disaster itself goes wrong, and \(failed.id) fails: \(failed.outcome?.text ?? "")",
                at: truth.now, step: failed.id.step)
        } else if let promotion = truth.promotions.first, promotion.at - Self.start > Self.longestCalmEmergency {
            watch.report(
                "I7", "new was promoted only after \(promotion.at - Self.start)", at: truth.now, step: currentStep)
        }
    }

    /// Twice the survey's and a gate's silence, which is what a lost site can cost; nothing else waits for it.
    private static let longestCalmEmergency = TimeSpan.seconds(12)

    /// How the run must end while nothing but the disaster goes wrong: derived from how the world began, not from Baton.
    func foreseenEnd() -> Expectation {
        guard let emergency, let acceptance else { return .completed }
        let (world, plan) = (emergency.world, runs[0].plan)
        guard world.loss != .alive else { return .refused }
        let survivors = truth.nodes.indices.filter { !emergency.lost.contains($0) }
        guard survivors.contains(where: { plan.candidates.contains(truth.name(of: $0)) }) else {
            return .refused
        }
        let lostPoolers = truth.poolers.indices.filter { world.poolers[$0] != nil }
        if !lostPoolers.isEmpty, lostPoolers.count == truth.poolers.count { return .refused }
        func hasHost(_ node: Int) -> Bool { !world.hostIsLost && truth.topology.nodes[node].access != .none }
        let open = emergency.lost.filter { isAccepted($0) }
        if !open.isEmpty, lostPoolers.contains(where: { !isAccepted(pooler: $0) }) { return .refused }
        if emergency.lost.contains(where: { !isAccepted($0) && !hasHost($0) }) { return .refused }
        // Its host can fence it, so that nobody's word is needed.
        if open.contains(where: hasHost) { return .refused }
        // New fetches what another survivor has more.
        let known = knownLoss(missing: survivors.map { world.missing[$0] ?? 0 }.min() ?? 0, hasHost)
        if known != .none, acceptance.loss?.covers(known.bytes) != true { return .refused }
        return lostPoolers.isEmpty ? .completed : .completedWithObligations
    }

    /// Whether new is of another cluster, and the only directory that would tell is that of a node that is said to be off.
    var isForeignUnseen: Bool {
        guard let emergency, watch.harm.defects.contains(.foreignCluster) else { return false }
        return isAccepted(emergency.primary)
    }

    /// Whether a node is said to be off, and its host answers and shows otherwise, or that a start would make it a primary.
    var isDoubtedByItsHost: Bool {
        emergency?.lost.contains { isAccepted($0) && truth.network.connects(.baton, .host($0)) } ?? false
    }

    private enum KnownLoss: Hashable {
        case none
        case some(UInt64)
        case unknown

        var bytes: UInt64? { if case .some(let bytes) = self { bytes } else { nil } }
    }

    /// What can be known of the loss before the promotion.
    private func knownLoss(missing: Int, _ hasHost: (Int) -> Bool) -> KnownLoss {
        guard let emergency else { return .none }
        let (world, plan) = (emergency.world, runs[0].plan)
        // The run counts the first lost node elsewhere as the primary.
        let old = emergency.lost.sorted().first { truth.topology.nodes[$0].site != plan.toSite } ?? emergency.primary
        guard world.loss == .stopped, old == emergency.primary, hasHost(old) else { return .unknown }
        let commits = UInt64(world.unreceived * truth.clients.count + missing)
        return commits == 0 ? .none : .some(commits * Truth.commit)
    }
}
