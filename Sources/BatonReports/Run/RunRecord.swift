package import BatonCore

/// How a run stands, in the words of reports and JSON.
package enum ReportedOutcome: String, Hashable, Codable, Sendable, CaseIterable {
    case completed
    case completedWithObligations = "completed-with-obligations"
    case refused
    case rolledBack = "rolled-back"
    case alreadyThere = "already-there"
    case interrupted
    /// An operator must decide.
    case halted
    /// The journal has no end: the run is at work, or its process is gone.
    case unfinished
}

/// One run as its journal tells it, and what every report derives from that. Pure: the same journal gives the same
/// answers.
package struct RunRecord: Sendable {
    package let header: RunHeader
    /// The machine after all entries.
    package let machine: RunMachine
    package let entries: [JournalEntry]
    /// Nil while the run has not ended.
    package let closing: RunClosing?

    package init(header: RunHeader, machine: RunMachine, entries: [JournalEntry], closing: RunClosing?) {
        self.header = header
        self.machine = machine
        self.entries = entries
        self.closing = closing
    }

    package var outcome: ReportedOutcome {
        switch machine.state {
        case .finished(let outcome): ReportedOutcome(rawValue: outcome.word) ?? .unfinished
        case .halted: .halted
        case .planned, .surveying, .checking, .advancing, .holding, .committed, .undoing, .reconciling:
            closing.flatMap { ReportedOutcome(rawValue: $0.outcome) } ?? .unfinished
        }
    }

    /// Why it ended so; nil where the outcome says all.
    package var reason: String? {
        switch machine.state {
        case .finished(.refused(let why)), .finished(.rolledBack(let why)), .finished(.alreadyThere(let why)),
            .finished(.interrupted(let why)):
            why
        case .halted(let halt): halt.reason
        case .undoing(let why): why
        case .finished(.completedWithObligations(let left)): left.joined(separator: "; ")
        case .holding(let hold): "holding before \(hold.phase.rawValue)"
        case .reconciling(let takeover): "\(takeover.by) looks what holds: \(takeover.why)"
        case .planned, .surveying, .checking, .advancing, .committed, .finished(.completed): nil
        }
    }

    /// A monotonic moment on the wall clock, by the header's pair of clocks.
    package func wall(_ instant: Instant) -> WallTime {
        WallTime(
            microsecondsSince1970: header.startedAt.microsecondsSince1970 + offset(instant).nanoseconds / 1_000)
    }

    /// Since the command was accepted.
    package func offset(_ instant: Instant) -> TimeSpan { instant - header.startedInstant }

    /// The last recorded moment.
    var lastInstant: Instant { entries.last?.instant ?? header.startedInstant }

    /// From acceptance to the last record.
    package var duration: TimeSpan { offset(lastInstant) }

    /// When the run came into the state it is in.
    var since: Instant {
        let kind = machine.state.kind
        let first = entries.lastIndex { $0.state != kind }.map { $0 + 1 } ?? 0
        return first < entries.count ? entries[first].instant : header.startedInstant
    }

    /// Every step on every target that began, in order; undo work is not a step of its own.
    var steps: [StepMachine] { machine.order.compactMap { machine.items[$0] }.filter { !$0.id.isUndo } }

    var undoing: [StepMachine] { machine.order.compactMap { machine.items[$0] }.filter(\.id.isUndo) }

    /// Steps of the plan that never began, but for those that nothing of this topology is a target of.
    var notBegun: [PlanStep] {
        let begun = Set(steps.map(\.step.id))
        return machine.plan.steps.filter {
            !begun.contains($0.id) && !machine.scope.targets(of: $0.on).isEmpty
        }
    }

    /// Where the run stands in the order of phases; nil before preflight and after the end.
    package var phase: Phase? { machine.currentPhase }

    /// Who is who by a promotion that this run saw done; nil where it has none.
    package var promotion: Binding? {
        let isDone = machine.order.contains { id in
            guard let item = machine.items[id], let call = item.call, !id.isUndo, item.succeeded else { return false }
            return machine.catalogue.action(call.action)?.isPointOfNoReturn(call, in: machine.scope) == true
        }
        return isDone ? machine.binding : nil
    }

    /// Whether a promotion was announced that was not led back.
    package var mayHavePromoted: Bool {
        if case .finished(.rolledBack) = machine.state { return false }
        return machine.order.contains { id in
            guard let item = machine.items[id], let call = item.call, !id.isUndo, item.announcedAt != nil else {
                return false
            }
            return machine.catalogue.action(call.action)?.isPointOfNoReturn(call, in: machine.scope) == true
        }
    }

    /// When the promotion was announced.
    var pointOfNoReturn: Instant? { entries.first { $0.state == .committed }?.instant }

    /// What must still be taken back or done.
    var openObligations: [Obligation] { machine.openObligations }

    /// Whether somebody must bring the run to an end before another one begins: it changed something, and nothing says
    /// that all of it is settled.
    package var isLeftBehind: Bool {
        switch machine.state {
        case .planned, .surveying, .checking, .finished: false
        case .advancing, .holding, .committed, .undoing, .reconciling, .halted:
            machine.order.contains { machine.items[$0]?.announcedAt != nil }
        }
    }

    /// Where it stands, in a few words: `halted in repoint since 2026-…`.
    package var standing: String {
        "\(machine.state.kind.rawValue)\(phase.map { " in \($0.rawValue)" } ?? "") since \(wall(since))"
    }

    /// Decisions that went against what was observed, or without it. What an operator called done and was then seen to be
    /// so is none (R17).
    var overrides: [Decision] {
        machine.decisions.filter { decision in
            switch decision.choice {
            case .retry, .returnToOld: return false
            case .skip: return true
            case .done:
                if case .adopted = machine.items[decision.item]?.outcome { return false }
                return true
            }
        }
    }

    /// Whether something is owed that is not as before for clients: a freeze that nobody saw end. What `prepare` left
    /// behind, on a node that is gone, holds no client.
    package var owesMoreThanPreparations: Bool {
        openObligations.contains { machine.items[$0.item]?.step.phase != .prepare }
    }

    /// The command that discharges an obligation: as typed by hand, or the action's name where it has no command.
    func release(_ obligation: Obligation) -> String {
        let commands = machine.byHand(obligation.terms.release)
        if commands.isEmpty { return "\(obligation.terms.release.action) on \(obligation.terms.release.on)" }
        return ByHandRenderer.line(commands)
    }

    /// Whether it was proved that new holds every byte that old ever acknowledged (R4): the gate itself passed, or the
    /// fact was observed. An operator's word is no proof.
    var isProvedComplete: Bool {
        let gate = StepKind.gate(Self.proof)
        if steps.contains(where: { $0.step.kind == gate && $0.rule == .gatePassed }) { return true }
        guard case .known(.flag(true), .observed) = machine.world[FactKey(machine.scope.new, .complete)] else {
            return false
        }
        return true
    }

    /// What the run may have lost, as it was judged last.
    var lossCard: LossCard? { steps.reversed().lazy.compactMap { $0.verdict?.lossCard }.first }

    /// The nodes that an emergency has left behind; none while it has promoted nobody.
    package var nodesToRejoin: [String] { isPromoted ? machine.lostNodes : [] }

    /// The nodes that it saw as standbys last.
    package var standbys: Set<String> {
        Set(
            machine.plan.topology.nodes.map(\.name).filter {
                machine.world.value(FactKey(.node($0), .inRecovery)) == .flag(true)
            })
    }

    static let proof: GateID = "postgres.replayed-shutdown-checkpoint"

    /// Whether a promotion was observed to have happened.
    package var isPromoted: Bool {
        steps.contains {
            guard $0.step.phase == .promote, $0.call != nil, $0.succeeded else { return false }
            return $0.rule == .stepDone
        }
    }

    /// Bytes that the run lost: 0 only with the proof, null wherever nobody knows.
    var lostBytes: Int64? {
        if let lost = machine.measurements?.lostBytes, lost != 0 { return lost }
        return isPromoted && isProvedComplete ? 0 : nil
    }
}

/// Who hands over to whom, by site and by node.
struct Passage: Hashable {
    var from: String?
    var to: String
    var fromNode: String?
    var toNode: String?

    /// While the slots are not bound the nodes are nobody's to name; the site is, when there is only one other.
    init(plan: Plan, binding: Binding?) {
        to = plan.toSite
        if let binding {
            fromNode = binding.old
            toNode = binding.new
            from = plan.topology.node(binding.old)?.site
            // A rejoin leads wherever the primary is found.
            if plan.mode == .rejoin { to = plan.topology.node(binding.new)?.site ?? to }
        } else {
            let others = Set(plan.topology.nodes.map(\.site)).subtracting([plan.toSite])
            from = others.count == 1 ? others.first : nil
        }
    }

    init(_ machine: RunMachine) {
        self.init(plan: machine.plan, binding: machine.isBound ? machine.binding : nil)
        if case .finished(.alreadyThere) = machine.state {
            // The primary stays where it is.
            from = machine.plan.toSite
            fromNode =
                machine.plan.topology.nodes.first {
                    machine.world.value(FactKey(.node($0.name), .writable)) == .flag(true)
                }?.name
            toNode = fromNode
        }
    }

    /// `west (west-db) -> east (east-db)`.
    var text: String {
        func end(_ site: String?, _ node: String?) -> String {
            (site ?? "?") + (node.map { " (\($0))" } ?? "")
        }
        return "\(end(from, fromNode)) -> \(end(to, toNode))"
    }
}
