import BatonCore

/// Deadlines and budgets that cannot be kept, or that bound nothing.
extension Course {
    /// Baton's fastest handover on a quiet machine took 50 ms from freeze to thaw (measured); none can be shorter.
    private static let fastestHandover = TimeSpan.milliseconds(50)
    /// An awaited gate is asked again while 50 ms are left; less leaves room for one look.
    private static let leastAwait = TimeSpan.milliseconds(250)
    /// What recovery may take where the playbook says nothing.
    private static let usualRecovery = TimeSpan.seconds(60)

    // MARK: Budgets

    var budgetFindings: [SafetyFinding] {
        guard isPlanned, plan.freezes else { return [] }
        return [budgetTooShort, reserveTooShort, budgetTooLong].compactMap(\.self)
    }

    private func least(_ move: Move) -> TimeSpan { action(of: move)?.leastDeadline ?? .zero }

    /// The groups run one after another, the steps of one at the same time.
    private func sum(_ moves: [Move], _ time: (Move) -> TimeSpan) -> TimeSpan {
        Set(moves.map(\.group)).reduce(.zero) { total, group in
            total + (moves.filter { $0.group == group }.map(time).max() ?? .zero)
        }
    }

    private var frozenActs: [Move] { acts.filter { $0.step.phase >= .freeze && $0.step.phase < .promote } }

    private var budgetTooShort: SafetyFinding? {
        let needed = sum(frozenActs, least)
        let left = plan.limits.freeze - plan.limits.undoReserve
        guard left < needed else { return nil }
        return .error(
            .freezeTooShort, at: .key("limits"),
            "The freeze (\(plan.limits.freeze)) less its undo reserve (\(plan.limits.undoReserve)) leaves \(left) up to the "
                + "promotion, and \(list(frozenActs)) need up to \(needed) when all is well.",
            way: theFreeze + [
                "\(left) later the budget is spent but for its reserve.", "The run goes back, as every run will.",
            ], remedy: "Write at least `freeze: \((needed + plan.limits.undoReserve).inYAML)`.")
    }

    private var reserveTooShort: SafetyFinding? {
        let undone = frozenActs.filter { if case .call = $0.undo { true } else { false } }
        let needed = sum(undone) { move in
            guard case .call(let call) = move.undo else { return .zero }
            return catalogue.action(call.action)?.leastDeadline ?? .zero
        }
        guard plan.limits.undoReserve < needed else { return nil }
        let back = WayBack(of: frozenActs, to: world(after: .catchUp), in: self)
        return .error(
            .undoReserveTooShort, at: .key("limits"),
            "The undo reserve is \(plan.limits.undoReserve), and the way back of this playbook takes up to \(needed) when "
                + "all is well: clients wait for longer than the freeze of \(plan.limits.freeze).",
            way: theFreeze + [
                "A later step hangs until \(plan.limits.undoReserve) before the end of the freeze."
            ] + tell(back) + ["The freeze of \(plan.limits.freeze) is over before that, and the clients still wait."],
            remedy: "Write at least `undo-reserve: \(needed.inYAML)`; the default is 10s.")
    }

    private var budgetTooLong: SafetyFinding? {
        guard let recovery = plan.objectives.recoveryTime, plan.limits.freeze > recovery else { return nil }
        return .warning(
            .freezeTooLong, at: .key("limits"),
            "The freeze may last \(plan.limits.freeze), and all of the recovery shall take \(recovery): a run that hangs "
                + "misses the objective long before it goes back.",
            way: theFreeze + [
                "A step hangs.", "After \(recovery) the objective is missed, and clients wait on.",
                "After \(plan.limits.freeze) the run goes back.",
            ], remedy: "Write a `freeze` below \(recovery.inYAML).")
    }

    private func list(_ moves: [Move]) -> String {
        var names: [String] = []
        for move in moves where !names.contains(name(move)) { names.append(name(move)) }
        return names.joined(separator: ", ")
    }

    // MARK: Deadlines

    var deadlineFindings: [SafetyFinding] {
        var seen: Set<StepID> = []
        return moves.filter { seen.insert($0.step.id).inserted && $0.step.line != nil }.compactMap { move in
            shortDeadline(move) ?? longDeadline(move)
        }
    }

    private func shortDeadline(_ move: Move) -> SafetyFinding? {
        let deadline = move.step.deadline
        if move.call == nil {
            guard move.step.isAwaited, deadline < Self.leastAwait else { return nil }
            let isAfter = move.step.phase > .promote
            return .error(
                .judgedOnce, at: place(of: move),
                "\(name(move)) is awaited, and a deadline of \(deadline) leaves room for one look: what needs a moment "
                    + "longer counts as a refusal.",
                way: [
                    "\(name(move)) looks once, a moment too early.",
                    isAfter
                        ? "The run halts behind a promotion that went well."
                        : "The run goes back: clients waited for nothing.",
                ], remedy: "Write `deadline: 10s`.")
        }
        let least = least(move)
        guard deadline < least else { return nil }
        if move.isPointOfNoReturn {
            return .error(
                .promotionUnseen, at: place(of: move),
                "\(name(move)) has \(deadline), and a promotion that goes well may take up to \(least): its end is not "
                    + "seen, and there is no way back.",
                way: way(before: move.index) + [
                    "\(name(move)): the deadline of \(deadline) ends before the promotion does.",
                    "Nobody knows whether \(move.target) is the primary; the run halts.",
                    "The clients wait for a person.",
                ], remedy: "Write at least `deadline: \(least.inYAML)`.")
        }
        if move.step.phase > .promote, isFrozen(move.before) {
            return .error(
                .thawNotRetried, at: place(of: move),
                "\(name(move)) has \(deadline), which leaves no second try: one lost answer, and the run halts while "
                    + "clients wait.",
                way: way(before: move.index) + [
                    "\(name(move)) on \(move.target) fails once.", "The run halts, and the clients wait for a person.",
                ], remedy: "Write at least `deadline: \(least.inYAML)`; it is tried again until then.")
        }
        guard move.step.phase < .promote else { return nil }
        return .error(
            .neverInTime, at: place(of: move),
            "\(name(move)) has \(deadline), and it takes up to \(least) when all is well: runs go back for nothing.",
            way: way(before: move.index, touching: [.paused]) + [
                "\(name(move)): the deadline of \(deadline) ends in the middle of it.", "The run goes back.",
            ], remedy: "Write at least `deadline: \(least.inYAML)`.")
    }

    private func longDeadline(_ move: Move) -> SafetyFinding? {
        guard plan.freezes else { return nil }
        // From the repoint on a step is tried until its deadline, however often.
        let tries = move.step.phase < .promote ? Int64(1 + move.step.retries) : 1
        let longest = TimeSpan(nanoseconds: move.step.deadline.nanoseconds * tries)
        let inWords = tries == 1 ? "\(longest)" : "\(tries) times \(move.step.deadline)"
        if isPlanned, move.step.phase >= .freeze, move.step.phase < .promote {
            guard longest > plan.limits.freeze, move.step.deadline != action(of: move)?.defaultDeadline else {
                return nil
            }
            return .warning(
                .deadlineBeyondFreeze, at: place(of: move),
                "\(name(move)) may take \(inWords), and the whole freeze is \(plan.limits.freeze): the deadline that is "
                    + "written here is never in force, and who reads it expects another run.",
                way: [
                    "\(name(move)) hangs.",
                    "\(plan.limits.freeze - plan.limits.undoReserve) after the freeze began the run goes back; \(inWords) "
                        + "was the plan.",
                ], remedy: "Write a deadline below \(plan.limits.freeze.inYAML), or raise `limits: freeze`.")
        }
        guard let action = action(of: move), move.step.phase >= .promote, isFrozen(move.before) else { return nil }
        let most = max(plan.objectives.recoveryTime ?? Self.usualRecovery, action.defaultDeadline)
        guard longest > most else { return nil }
        return .error(
            .recoveryOutlasted, at: place(of: move),
            "\(name(move)) may take \(inWords) while clients wait, and nobody is told before that: no freeze budget bounds "
                + "what comes after the promotion.",
            way: way(before: move.index) + [
                "\(name(move)) on \(move.target) hangs.", "The clients wait for \(longest) before the run halts.",
            ], remedy: "Write at most `deadline: \(most.inYAML)`.")
    }

    // MARK: Objectives

    var objectiveFindings: [SafetyFinding] {
        guard let pause = plan.objectives.writePause else { return [] }
        if let recovery = plan.objectives.recoveryTime, pause >= recovery {
            return [
                .warning(
                    .objectiveSaysNothing, at: .key("objectives"),
                    "The write pause (\(pause)) is a part of the recovery time (\(recovery)): a run that keeps the second "
                        + "objective cannot miss the first.",
                    way: [
                        "A drill pauses writes for nearly \(recovery).",
                        "The report says that the write pause was met.",
                    ],
                    remedy: "Write a `write-pause` that your clients bear, below \(recovery.inYAML).")
            ]
        }
        guard plan.freezes, pause < Self.fastestHandover else { return [] }
        return [
            .warning(
                .objectiveOutOfReach, at: .key("objectives"),
                "A write pause of \(pause) is below what the fastest handover takes (\(Self.fastestHandover), measured on a "
                    + "quiet machine): every drill misses it, and a real miss goes unnoticed.",
                way: [
                    "A drill goes as well as it can.",
                    "The report says that an objective was missed, as it always does.",
                ],
                remedy: "Write what your clients bear, such as `write-pause: 2s`.")
        ]
    }
}

extension TimeSpan {
    /// As a playbook writes it, in the largest unit that keeps it whole.
    var inYAML: String {
        nanoseconds % 1_000_000_000 == 0 ? "\(nanoseconds / 1_000_000_000)s" : "\(nanoseconds / 1_000_000)ms"
    }
}
