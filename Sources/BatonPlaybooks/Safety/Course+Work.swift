import BatonCore

/// What clients wait for while they are held: only what hands the role over belongs there.
extension Course {
    var workFindings: [SafetyFinding] { needlessWork + repeatedWork + unpreparedWork }

    private func isFrozen(before move: Move) -> Bool {
        isFrozen(worldBeforeGroup(of: move)) && move.step.phase <= .thaw
    }

    /// Whether it holds or leads clients or brings them there sooner, or says who writes, or a later step up to the thaw rests on what it changes.
    private func handsOver(_ move: Move) -> Bool {
        if move.changes.contains(where: { [.paused, .leadsTo, .eagerLogins, .writable].contains($0.key.aspect) }) {
            return true
        }
        let keys = Set(move.changes.map(\.key))
        return move.isPointOfNoReturn
            || moves.contains { later in
                later.index > move.index && later.step.phase <= .thaw
                    && conditions(of: later).contains { keys.contains($0.key) }
            }
    }

    private var needlessWork: [SafetyFinding] {
        let promotion = pointOfNoReturn?.index ?? moves.count
        return acts.compactMap { move -> SafetyFinding? in
            guard isFrozen(before: move), !handsOver(move) else { return nil }
            let wait = move.step.deadline
            if move.index < promotion {
                return .warning(
                    .workInFreeze, at: place(of: move),
                    "\(name(move)) works while clients wait, and nothing up to the thaw needs it: a slow one uses up the "
                        + "freeze, and the run goes back.",
                    way: way(before: move.index, touching: [.paused]) + [
                        "\(name(move)) on \(move.target) takes its time, up to its deadline of \(wait).",
                        "The freeze budget of \(plan.limits.freeze) ends, and the run goes back for nothing.",
                    ], remedy: "Move it to `prepare`.")
            }
            if move.target == scope.old {
                return .error(
                    .thawWaitsForOld, at: place(of: move),
                    "\(name(move)) stands between the promotion and the thaw: clients wait for the site that is being "
                        + "left, for up to \(wait), and no freeze budget bounds that any more.",
                    way: way(before: move.index) + [
                        "\(name(move)) on \(move.target) hangs, because the host of \(move.target) is ill or gone.",
                        "The run halts at its deadline; until then, and after, the clients wait.",
                    ], remedy: "Move it to `finish`.")
            }
            return .error(
                .thawWaits, at: place(of: move),
                "\(name(move)) stands between the promotion and the thaw, and the thaw does not need it: clients wait for "
                    + "it, for up to \(wait), and no freeze budget bounds that any more.",
                way: way(before: move.index) + [
                    "\(name(move)) on \(move.target) takes its time, up to its deadline of \(wait).",
                    "The clients wait for it.",
                ], remedy: "Move it to `finish`.")
        }
    }

    /// An action whose every effect holds already does nothing, or does it to a world that has moved on.
    private var repeatedWork: [SafetyFinding] {
        acts.compactMap { move -> SafetyFinding? in
            guard !move.isPointOfNoReturn, !move.changes.isEmpty,
                move.changes.allSatisfy({ move.before.value($0.key) == $0.value }),
                let first = acts.last(where: { other in
                    other.index < move.index && !Set(other.changes).isDisjoint(with: move.changes)
                })
            else { return nil }
            return .warning(
                .runsTwice, at: place(of: move),
                "\(name(move)) on \(move.target) brings nothing about that \(name(first)) has not: it costs its time, and "
                    + "what it would undo is undone twice.",
                way: tell([first]) + ["\(name(move)) does the same again."], remedy: "Remove one of the two.")
        }
    }

    private var unpreparedWork: [SafetyFinding] {
        acts.compactMap { move -> SafetyFinding? in
            guard isFrozen(before: move), let action = action(of: move) else { return nil }
            let missing = action.easedBy.first { eased in
                !acts.contains { other in
                    other.call?.action == eased.action && scope.targets(of: eased.on).contains(other.target)
                        && !isFrozen(other.before)
                }
            }
            guard let missing else { return nil }
            return .warning(
                .unprepared, at: place(of: move),
                "\(name(move)) has all of its work to do while clients wait: nothing did \(missing.action) on "
                    + "\(missing.on.rawValue) before the freeze.",
                way: way(before: move.index, touching: [.paused]) + [
                    "\(name(move)) writes what has gathered since the last checkpoint, for minutes perhaps.",
                    "The freeze budget of \(plan.limits.freeze) ends, and the run goes back for nothing.",
                ], remedy: "Add `do: \(missing.action)` on `\(missing.on.rawValue)` to `prepare`.")
        }
    }
}
