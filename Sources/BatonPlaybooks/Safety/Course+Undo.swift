import BatonCore

/// The promotion as the point of no return, and the way back from every point before it.
extension Course {
    /// New must not become the primary by a step that a run may take back.
    var promotionFindings: [SafetyFinding] {
        var findings: [SafetyFinding] = []
        for move in acts where move.step.phase == .promote && !move.isPointOfNoReturn {
            guard move.target == scope.new, move.brings(.writable, .flag(true)), !writes(scope.new, in: move.before)
            else { continue }
            let back = acts.last { other in
                guard other.index < move.index, case .call(let call) = other.undo else { return false }
                return catalogue.action(call.action)?.changes(call, scope).contains {
                    $0.key.aspect == .writable && $0.value == .flag(true)
                } ?? false
            }
            findings.append(
                .error(
                    .promotionNotFinal, at: place(of: move),
                    "\(name(move)) makes \(scope.new) accept writes, and for the run all of it can still be taken back: "
                        + "no proof is asked, and there is no point of no return.",
                    way: way(before: move.index, touching: [.writable]) + [
                        "\(name(move)): \(scope.new) accepts writes.", "A later step fails, and the run goes back.",
                        back.map { "The undo of \(name($0)) starts \($0.target) again: two nodes accept writes." }
                            ?? "Two nodes accept writes.",
                    ], remedy: "Use the action that promotes, which asks for the fence and the proof."))
        }
        let promotions = acts.filter(\.isPointOfNoReturn)
        if let first = promotions.first {
            if let second = promotions.dropFirst().first(where: { $0.target == first.target }) {
                findings.append(
                    .error(
                        .promotesTwice, at: place(of: second),
                        "\(name(second)) promotes \(second.target) a second time; a node that is the primary already "
                            + "makes no new timeline, so the step can only fail, behind the point of no return.",
                        way: way(before: second.index, touching: [.writable]) + [
                            "\(name(second)) asks again and sees no new timeline.",
                            "The run halts, and the clients wait for a person.",
                        ], remedy: "Remove one of the two steps."))
            }
            if first.step.retries > 0 {
                findings.append(
                    .warning(
                        .retriesPromotion, at: place(of: first),
                        "\(name(first)) is tried again by itself, up to \(first.step.retries) more times: a promotion "
                            + "that seemed to do nothing may be under way still.",
                        way: [
                            "\(name(first)) is asked for, and the answer is late.",
                            "\(first.target) is still in recovery when it is looked at, so it counts as not done.",
                            "A second promotion is asked for while the first one happens.",
                        ], remedy: "Remove `retry`: Baton observes, and the operator decides."))
            }
        }
        return findings
    }

    var undoFindings: [SafetyFinding] {
        let refused = undoRefused
        // What stops the way back half-way leaves more behind than it says.
        let places = Set(refused.map(\.place))
        return releasedTooSoon + refused + leftovers.filter { !places.contains($0.place) }
    }

    /// On the way back clients go on while their node does not write yet. In an emergency it did not before either.
    private var releasedTooSoon: [SafetyFinding] {
        guard plan.mode == .planned else { return [] }
        return waysBack.compactMap { way -> SafetyFinding? in
            for step in way.steps where step.broken == nil {
                guard isPaused(step.call.on, in: step.before), !isPaused(step.call.on, in: step.after),
                    let upstream = upstream(of: step.call.on, in: step.after), !writes(upstream, in: step.after)
                else { continue }
                return .error(
                    .undoReleasesTooSoon, at: place(of: step.undone),
                    "When the run goes back, the undo of \(name(step.undone)) lets the clients of \(step.call.on) go on "
                        + "before \(upstream) accepts writes again.",
                    way: tell(way.done.filter { !$0.changes.isEmpty && $0.step.phase >= .freeze }) + [
                        "The next step fails."
                    ] + tell(way).prefix { !$0.contains(name(step.undone)) } + [
                        "It goes back: the undo of \(name(step.undone)) is `\(step.call.action)`: the clients of "
                            + "\(step.call.on) go on and meet \(upstream), which accepts no writes."
                    ],
                    remedy: "What is done first is taken back last: put \(name(step.undone)) in front of the step that "
                        + "stops \(upstream), once.")
            }
            return nil
        }
    }

    private var undoRefused: [SafetyFinding] {
        waysBack.compactMap { way -> SafetyFinding? in
            guard let step = way.steps.last, let broken = step.broken else { return nil }
            let cause = way.done.last { $0.changes.contains { $0.key == broken.key && $0.value != broken.value } }
            let frozen = isFrozen(way.end)
            return .error(
                .undoCannotRun, at: place(of: cause ?? step.undone),
                "After \(name(cause ?? step.undone)) the run cannot go back: the undo of \(name(step.undone)) is refused, "
                    + "because \(clause(broken.why))" + (frozen ? ", and clients stay frozen." : "."),
                way: tell(way.done.filter { !$0.changes.isEmpty && $0.step.phase >= .freeze }) + [
                    "The next step fails."
                ] + tell(way) + [frozen ? "The run halts, and the clients wait." : "The run halts."],
                remedy: cause.map { "Move \(name($0)) behind the promotion, or remove it." }
                    ?? "Remove the step, or what stands in the way of its undo.")
        }
    }

    /// Whether the step leaves its change as an obligation, and takes nothing back.
    private func isOwed(_ move: Move) -> Bool {
        guard let call = move.call, let action = catalogue.action(call.action) else { return false }
        return action.undo(call, scope) == .nothing && !action.obligations(call, scope).isEmpty
    }

    /// What is not as it was before, though the run says that everything is. What a step owes is named by the run itself.
    private var leftovers: [SafetyFinding] {
        let watched: Set<Aspect> = [
            .running, .writable, .inRecovery, .standbySignal, .follows, .slot, .paused, .leadsTo,
        ]
        return waysBack.compactMap { way -> SafetyFinding? in
            guard way.steps.allSatisfy({ $0.broken == nil }) else { return nil }
            let changed = way.end.sorted.map(\.key).first { key in
                watched.contains(key.aspect) && way.end.value(key) != beginning.value(key)
            }
            guard let changed, let cause = way.done.last(where: { $0.changes.contains { $0.key == changed } }),
                !isOwed(cause),
                let value = way.end.value(changed)
            else { return nil }
            let what = effect(Change(changed, value)) ?? "\(changed) is \(value)"
            return .error(
                .undoLeavesChange, at: place(of: cause),
                "\(name(cause)) has no undo: after a rollback, which says that everything is as before, \(what).",
                way: tell([cause]) + ["A later step fails, and the run goes back."] + tell(way) + [
                    "The run ends as rolled back, and \(what)."
                ], remedy: "Move it behind the promotion, or remove it.")
        }
    }
}
