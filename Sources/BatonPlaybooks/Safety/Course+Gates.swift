import BatonCore

/// Gates that cannot say no when it matters: because of where they stand, or because of their limits.
extension Course {
    // MARK: Where they stand

    var gatePlaceFindings: [SafetyFinding] {
        moves.compactMap { move -> SafetyFinding? in
            guard let gate = gate(of: move), move.step.phase > .preflight, move.step.phase < .verify,
                isFrozen(worldBeforeGroup(of: move))
            else { return nil }
            if gate.kind == .route { return waitsForClients(move) }
            if let promotion = pointOfNoReturn, move.index > promotion.index { return holdsClients(move) }
            // What speaks of the run's own work can be asked at no other time; and in an emergency no client could write before.
            let isAboutTheRun =
                plan.mode == .emergency || !move.changes.isEmpty
                || gate.foresee(move.step.arguments, move.target, scope, move.before) != nil
            return isAboutTheRun ? nil : askedTooLate(move)
        }
    }

    private func waitsForClients(_ move: Move) -> SafetyFinding? {
        guard let route = plan.topology.route(move.target.name), isPaused(.pooler(route.through), in: move.before)
        else { return nil }
        return .error(
            .canaryWhileFrozen, at: place(of: move),
            "\(name(move)) goes the clients' way, and \(route.through) holds all who come that way: it can never pass "
                + "here.",
            way: way(before: move.index, touching: [.paused]) + [
                "\(name(move)) writes through \(route.through), and its write waits with the others.",
                "It refuses at its deadline, and the run stops with the clients frozen.",
            ], remedy: "Move it to `verify`, behind the thaw.")
    }

    private func holdsClients(_ move: Move) -> SafetyFinding {
        .error(
            .gateHoldsClients, at: place(of: move),
            "\(name(move)) is judged between the promotion and the thaw, where there is no way back: all that a refusal can "
                + "do is halt the run while clients wait.",
            way: way(before: move.index) + [
                "\(name(move)) refuses.", "The run halts, and the clients wait for a person.",
            ], remedy: "Move it to `preflight`, where it can refuse in time, or to `verify`.")
    }

    private func askedTooLate(_ move: Move) -> SafetyFinding? {
        let isAskedBefore = moves.contains { other in
            other.step.kind == move.step.kind && other.target == move.target
                && other.step.arguments == move.step.arguments && !isFrozen(other.before)
        }
        if isAskedBefore { return nil }
        return .warning(
            .askedTooLate, at: place(of: move),
            "\(name(move)) is asked with this limit only when clients wait already, and nothing that the run did has "
                + "changed its answer.",
            way: way(before: move.index, touching: [.paused]) + [
                "\(name(move)) refuses, as it would have before.", "The run goes back: clients waited for nothing.",
            ], remedy: "Ask it in `preflight` as well, with the same limit.")
    }

    // MARK: Their limits

    /// How many times its default a limit may be before it counts as none.
    private static let generousSpan: Int64 = 4
    private static let generousCount: Int64 = 16
    private static let generousBytes: Int64 = 64

    var limitFindings: [SafetyFinding] {
        var seen: Set<StepID> = []
        return moves.filter { seen.insert($0.step.id).inserted && $0.step.line != nil }.flatMap { move in
            guard let gate = gate(of: move) else { return [SafetyFinding]() }
            return gate.declarations.compactMap { declaration in
                move.step.arguments[declaration.name].flatMap { limitFinding(move, gate, declaration, $0) }
            }
        }
    }

    private func limitFinding(
        _ move: Move, _ gate: GateDefinition, _ limit: ParameterDeclaration, _ value: ArgumentValue
    ) -> SafetyFinding? {
        let freeze = plan.limits.freeze
        switch (value, limit.defaultValue) {
        case (.span(let span), _) where limit.name == "budget":
            return span < freeze ? budgetBelowFreeze(move, span) : nil
        case (.span(let span), .span(let usual)):
            let most = max(freeze, TimeSpan(nanoseconds: usual.nanoseconds * Self.generousSpan))
            guard span > most else { return nil }
            return .error(
                .limitOutlastsFreeze, at: place(of: move),
                "The limit `\(limit.name)` of \(name(move)) is \(span), and the freeze lasts \(freeze) at most: what it lets "
                    + "pass, the freeze does not survive.",
                way: [
                    "\(name(move)) passes with \(span).", "Clients wait, and the run waits for the same thing.",
                    "The freeze budget of \(freeze) ends, and the run goes back for nothing.",
                ], remedy: "Write at most `\(limit.name): \(freeze.inYAML)`; the default is \(usual.inYAML).")
        case (.bytes(let bytes), .bytes(let usual)) where bytes.bytes / Self.generousBytes > usual.bytes:
            return saysNothing(move, limit.name, bytes.description, usual.description)
        case (.count(let count), .count(let usual)) where count / Self.generousCount > usual:
            return saysNothing(move, limit.name, "\(count)", "\(usual)")
        case (.flag(true), .flag(false)) where gate.refusal(move.step.arguments).allows:
            return .error(
                .lossAcceptedForEver, at: place(of: move),
                "`\(limit.name): true` accepts once, for every run to come and whatever is lost then, what \(name(move)) "
                    + "is there to refuse.",
                way: [
                    "Months after this was written, something new is there to lose.",
                    "\(name(move)) sees it and lets the run go on.", "The run ends as completed, and it is lost.",
                ], remedy: "Remove `\(limit.name)`, and end by hand before a run what may be lost.")
        case (.span, _), (.bytes, _), (.count, _), (.flag, _), (.text, _): return nil
        }
    }

    private func budgetBelowFreeze(_ move: Move, _ span: TimeSpan) -> SafetyFinding {
        .error(
            .budgetBelowFreeze, at: place(of: move),
            "\(name(move)) asks for \(span), but the freeze may last \(plan.limits.freeze): a pooler that gives up in "
                + "between passes.",
            way: [
                "\(name(move)) passes: the pooler lets its clients wait for more than \(span).",
                "The freeze takes longer than that.", "The pooler ends its clients' wait with errors.",
            ],
            remedy: "Remove `budget`; the gate then takes the playbook's `limits: freeze`.")
    }

    private func saysNothing(_ move: Move, _ limit: String, _ value: String, _ usual: String) -> SafetyFinding {
        .error(
            .limitSaysNothing, at: place(of: move),
            "The limit `\(limit)` of \(name(move)) is \(value), so wide that the gate never refuses.",
            way: [
                "\(name(move)) passes, with up to \(value) still to be done.",
                "Clients wait, and the run waits until all of it is done.",
                "The freeze budget of \(plan.limits.freeze) ends, and the run goes back for nothing.",
            ], remedy: "Write what can be done within the freeze; the default is \(usual).")
    }
}
