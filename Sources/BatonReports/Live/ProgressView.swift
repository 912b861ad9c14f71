package import BatonCore

/// A run's progress for people, as a model: fed with what the loop did, it gives lines. Where there is no terminal only
/// `advance` is printed, one line for each step that ended; on a terminal `live` is redrawn below those lines.
package struct ProgressView: Sendable {
    private let startedAt: Instant
    private var shown: Set<ItemID>
    private var shownState: RunState.Kind
    /// The last known replication lag of new; nil while nobody has measured it.
    package var replicationLag: ByteCount?

    /// - Parameter machine: the machine before the first event that is shown. What a resumed run did before is not shown
    ///   again.
    package init(_ machine: RunMachine, startedAt: Instant) {
        self.startedAt = startedAt
        shown = Set(machine.order.filter { machine.items[$0]?.isSettled ?? false })
        shownState = machine.state.kind
    }

    /// The lines for what ended since the last call. `note` is the transition's.
    package mutating func advance(_ machine: RunMachine, note: String, at now: Instant) -> [StyledLine] {
        var lines: [StyledLine] = []
        for id in machine.order {
            guard let item = machine.items[id] else { continue }
            if !item.isSettled {
                // An operator's retry makes an ended step begin again.
                shown.remove(id)
            } else if shown.insert(id).inserted {
                lines.append(line(for: item, at: now))
            }
        }
        if machine.state.kind != shownState {
            shownState = machine.state.kind
            lines += announcement(machine, note: note, at: now)
        }
        return lines
    }

    private func stamp(_ instant: Instant) -> Span {
        let text = (instant - startedAt).description
        return Span(DisplayText.padding(text, to: 11) + "+" + text + "  ", .faint)
    }

    private func line(for item: StepMachine, at now: Instant) -> StyledLine {
        let (mark, tone): (String, Tone) =
            switch item.outcome {
            case .done, .adopted: ("✓", .good)
            case .skipped, .undone: ("·", .warning)
            case .failed, .unknown, nil: ("✗", .bad)
            }
        let ended = item.endedAt ?? now
        let phase = item.step.phase.rawValue
        let takes = (ended - item.startedAt).description
        let tries = item.attempt > 1 ? ", attempt \(item.attempt)" : ""
        let undo = item.id.isUndo ? "undo of " : ""
        let head = [
            stamp(ended), Span(phase + DisplayText.padding(phase, to: 9) + "  "), Span(mark, tone),
            Span(" \(undo)\(item.step.kind.name) on \(item.id.target) · \(takes)\(tries)"),
        ]
        let outcome = item.outcome
        let text = outcome.map { $0.word == "done" ? $0.text : "\($0.word): \($0.text)" } ?? ""
        guard !text.isEmpty else { return StyledLine(head) }
        let left = TextDocument.width - StyledLine(head).width - 3
        // A reason is shown whole; evidence is cut, the journal has it.
        let isBad = tone == .bad
        return StyledLine(
            head + [
                Span(
                    " · " + (isBad ? text : DisplayText.truncated(DisplayText.sanitized(text), width: max(left, 8))),
                    isBad ? .bad : .faint)
            ])
    }

    private func announcement(_ machine: RunMachine, note: String, at now: Instant) -> [StyledLine] {
        func said(_ text: String, _ tone: Tone) -> [StyledLine] { [StyledLine([stamp(now), Span(text, tone)])] }
        switch machine.state {
        case .planned, .advancing: return []
        case .surveying: return said("looking who is primary", .normal)
        case .checking: return said(note, .normal)
        case .committed: return said("point of no return: from here only forward", .strong)
        case .undoing(let why): return said("taking everything back: \(why)", .warning)
        case .holding(let hold):
            let limit = hold.until.map { ", at most \($0 - now) while clients wait" } ?? ""
            return said("holding before \(hold.phase.rawValue)\(limit)", .strong)
        case .reconciling(let takeover):
            return said("\(takeover.by) goes on (\(takeover.why)): looking what holds", .strong)
        case .halted(let halt): return said("halted: \(halt.reason)", .bad)
        case .finished(let outcome):
            switch outcome {
            case .completed, .alreadyThere: return said(outcome.word, .good)
            case .completedWithObligations: return said(outcome.word, .warning)
            case .refused(let why), .rolledBack(let why), .interrupted(let why):
                return said("\(outcome.word): \(why)", .bad)
            }
        }
    }

    /// What is going on at the moment: the phase, each step against its deadline, how long clients have been frozen.
    package func live(_ machine: RunMachine, at now: Instant) -> [StyledLine] {
        var first = [Span("+\(now - startedAt)  ", .faint)]
        if let phase = machine.currentPhase {
            first.append(Span(machine.state.kind == .undoing ? "undoing " : ""))
            first.append(Span(phase.rawValue, .strong))
            first.append(Span(" (\(phase.index + 1) of \(Phase.allCases.count))", .faint))
        } else {
            first.append(Span(machine.state.kind.rawValue, .strong))
        }
        var lines = [StyledLine(first)]
        if let frozen = machine.frozen, frozen.ended == nil {
            let spent = now - frozen.began
            let budget = machine.plan.limits.freeze
            lines.append(
                StyledLine(
                    "  clients frozen for \(spent) of at most \(budget)",
                    spent + machine.plan.limits.undoReserve < budget ? .warning : .bad))
        }
        if let replicationLag { lines.append(StyledLine("  replication lag \(replicationLag)")) }
        for item in machine.atWork {
            let allowed = item.deadline - item.startedAt
            lines.append(
                StyledLine([
                    Span("  " + DisplayText.truncated(DisplayText.sanitized("\(item.id)"), width: 50)),
                    Span(" \(item.state.word)", .faint),
                    Span(" · \(now - item.startedAt) of \(allowed)", now < item.deadline ? .normal : .bad),
                ]))
        }
        return lines
    }
}
