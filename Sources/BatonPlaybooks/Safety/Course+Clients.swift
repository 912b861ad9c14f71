import BatonCore

/// What clients meet on the way: they are held before their server stops, held only where a run counts it, and let go only
/// towards a server that writes.
extension Course {
    var freezeFindings: [SafetyFinding] { cutOff + misplacedFreeze }

    /// A node stops writing while clients reach it and do not wait. In an emergency nobody can spare them that.
    private var cutOff: [SafetyFinding] {
        guard isPlanned else { return [] }
        return acts.compactMap { move -> SafetyFinding? in
            guard move.step.phase < .promote, writes(move.target, in: move.before),
                move.changes.contains(Change(FactKey(move.target, .writable), .flag(false)))
            else { return nil }
            let first = worldBeforeGroup(of: move)
            let reached = poolers.filter { upstream(of: $0, in: move.before) == move.target }
            if let pooler = reached.first(where: { !isPaused($0, in: move.before) }) {
                return .error(
                    .clientsCutOff, at: place(of: move),
                    "\(name(move)) takes \(move.target) from clients that do not wait: each gets errors until the "
                        + "repoint, and without a freeze no budget bounds how long.",
                    way: way(before: move.index) + [
                        "Clients of \(pooler) write on \(move.target).", "\(name(move)) ends their sessions.",
                        "They get errors until \(pooler) leads to \(scope.new).",
                    ], remedy: "Add a step to `freeze` that makes the clients wait.")
            }
            guard let pooler = reached.first(where: { !isPaused($0, in: first) }),
                let pause = acts.first(where: { $0.group == move.group && $0.target == pooler })
            else { return nil }
            return .error(
                .togetherRaces, at: place(of: move),
                "\(name(move)) begins at the same time as \(name(pause)): which comes first is chance, and each may end "
                    + "what the other waits for.",
                way: [
                    "\(name(pause)) waits for the open transactions of \(pooler)'s clients.",
                    "\(name(move)) ends these transactions at the same moment.", "Their clients get errors.",
                ],
                remedy: "Take \(name(move)) out of the `together` and put it behind \(name(pause)).")
        }
    }

    /// The budget, the guard and the reserve begin with the phase `freeze`.
    private var misplacedFreeze: [SafetyFinding] {
        acts.compactMap { move -> SafetyFinding? in
            guard move.step.phase != .freeze, move.brings(.paused, .flag(true)),
                !isPaused(move.target, in: move.before)
            else { return nil }
            if isPaused(move.target, in: end) {
                return .error(
                    .frozenAtTheEnd, at: place(of: move),
                    "After \(name(move)) nothing lets the clients of \(move.target) go on: the run ends, and they wait.",
                    way: [
                        "\(name(move)): the clients of \(move.target) wait.", "The run ends.",
                        "Nobody releases them.",
                    ], remedy: "Remove the step, or add one behind it that releases them.")
            }
            return .error(
                .freezeOutsideFreeze, at: place(of: move),
                "\(name(move)) makes clients wait in `\(move.step.phase.rawValue)`, where the run neither arms its guard "
                    + "nor counts the freeze.",
                way: [
                    "\(name(move)): the clients of \(move.target) wait; no budget runs.",
                    "Baton dies, or a later step takes its time.", "Nobody releases them.",
                ], remedy: "Move it to `freeze`.")
        }
    }

    // MARK: Letting them go

    var thawFindings: [SafetyFinding] {
        let early = acts.compactMap { move -> (pooler: Target, finding: SafetyFinding)? in
            guard move.brings(.paused, .flag(false)), isPaused(move.target, in: move.before),
                let upstream = upstream(of: move.target, in: move.after), !writes(upstream, in: move.after)
            else { return nil }
            return (
                move.target,
                .error(
                    .thawTowardsOld, at: place(of: move),
                    "\(name(move)) lets the clients of \(move.target) go on towards \(upstream), which accepts no "
                        + "writes: the route is empty.",
                    way: way(before: move.index) + [
                        "\(name(move)): the clients of \(move.target) go on.",
                        "They meet \(upstream), which accepts no writes.",
                    ], remedy: "Lead \(move.target) to \(scope.new) in `repoint`, and release it only then.")
            )
        }
        let said = Set(early.map(\.pooler))
        return early.map(\.finding) + routesLeftBehind.filter { !said.contains($0.pooler) }.map(\.finding)
    }

    private var routesLeftBehind: [(pooler: Target, finding: SafetyFinding)] {
        guard let promotion = pointOfNoReturn else { return [] }
        let world = world(after: .thaw)
        return poolers.compactMap { pooler in
            guard !isPaused(pooler, in: world), let upstream = upstream(of: pooler, in: world),
                !writes(upstream, in: world)
            else { return nil }
            return (
                pooler,
                .error(
                    .routeLeftBehind, at: place(of: promotion),
                    "After \(name(promotion)) no step leads \(pooler) to \(scope.new): its clients stay with "
                        + "\(upstream), which accepts no writes.",
                    way: way(before: promotion.index + 1) + [
                        "No step leads \(pooler) to \(scope.new).", "Its clients meet \(upstream) for ever.",
                    ], remedy: "Add a step to `repoint` that leads the poolers to new.")
            )
        }
    }
}
