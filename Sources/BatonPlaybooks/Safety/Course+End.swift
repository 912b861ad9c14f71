import BatonCore

/// What is proved at the end, and what is left behind.
extension Course {
    var verifyFindings: [SafetyFinding] {
        let gates = moves.filter { $0.step.phase == .verify && $0.call == nil }
        guard let first = gates.first, pointOfNoReturn != nil else { return [] }
        return [unprovedWrites(gates, first), unseenWriter(gates, first)].compactMap(\.self)
    }

    private func unprovedWrites(_ gates: [Move], _ first: Move) -> SafetyFinding? {
        guard !plan.topology.routes.isEmpty, !gates.contains(where: { $0.target.kind == .route }) else { return nil }
        return .error(
            .writesUnproved, at: place(of: first),
            "No gate of `verify` goes the clients' way: a new primary whose commits hang, or a pooler that cannot log in "
                + "there, counts as success.",
            way: way(before: first.index) + [
                "Commits on \(scope.new) hang, and clients get no answer.",
                "\(name(first)) passes, and the run ends as completed.",
            ], remedy: remedy(addingGateOf: .route, on: .routes))
    }

    /// Another node writes: would anything in `verify` refuse?
    private func unseenWriter(_ gates: [Move], _ first: Move) -> SafetyFinding? {
        let world = world(after: .thaw)
        let unseen = nodes.first { node in
            guard node != scope.new else { return false }
            var rival = world
            for (aspect, value) in [(Aspect.running, true), (.inRecovery, false), (.writable, true)] {
                rival.learn(Change(FactKey(node, aspect), .flag(value)), basis: .assumed)
            }
            return !gates.contains { move in
                guard let gate = gate(of: move),
                    let answer = gate.foresee(move.step.arguments, move.target, scope, rival)
                else { return false }
                return !gate.judge(answer, move.step.arguments).allows
            }
        }
        guard let unseen else { return nil }
        return .error(
            .secondWriterUnseen, at: place(of: first),
            "No gate of `verify` asks whether \(unseen) writes too: a server that somebody started as a primary in the "
                + "middle of the run is not seen.",
            way: way(before: first.index, touching: [.writable]) + [
                "Somebody, or its service manager, starts \(unseen) as a primary: two nodes accept writes.",
                "Every gate of `verify` passes, and the run ends as completed.",
            ], remedy: remedy(addingGateThatSees: unseen, from: world))
    }

    private func remedy(addingGateOf kind: TargetKind, on role: Role) -> String {
        let gate = catalogue.gates.first { $0.kind == kind && !impliedGates.contains($0.id) }
        return "Add `gate: \(gate?.id.rawValue ?? "…")` on `\(role.rawValue)` to `verify`."
    }

    /// Gates that preflight judges anyway say nothing at the end.
    private var impliedGates: Set<GateID> { Set(catalogue.actions.flatMap(\.gates).map(\.gate)) }

    private func remedy(addingGateThatSees node: Target, from world: World) -> String {
        let gate = catalogue.gates.first { $0.foresee(Arguments(), node, scope, world) != nil }
        return "Add `gate: \(gate?.id.rawValue ?? "…")` on `all` to `verify`."
    }

    // MARK: What is left behind

    var endFindings: [SafetyFinding] {
        [withoutSlots, noStandby].compactMap(\.self) + standbysLeftBehind + settledTooEarly
    }

    /// What an action owes, and only one that is over could have seen to.
    private var settledTooEarly: [SafetyFinding] {
        acts.flatMap { move -> [SafetyFinding] in
            guard let call = move.call, let action = catalogue.action(call.action) else { return [] }
            return action.obligations(call, scope).compactMap { terms in
                if terms.discharged.contains(where: { end.value($0.key) == $0.value }) { return nil }
                let keys = Set(terms.discharged.map(\.key))
                let settling = acts.filter { sees(keys, $0) }
                guard let last = settling.last, last.group < move.group else { return nil }
                return .warning(
                    .settledTooEarly, at: place(of: move),
                    "\(name(move)) leaves something owed, and \(name(last)), which could see to it, is over by then: "
                        + "\(clause(terms.owed)).",
                    way: tell([last]) + tell([move]) + ["The run ends with work left: \(clause(terms.owed))."],
                    remedy: "Put \(name(move)) in front of \(name(last)), or both into one `together`.")
            }
        }
    }

    /// Whether the facts are among what the action looks at, beside what it changes.
    func sees(_ keys: Set<FactKey>, _ move: Move) -> Bool {
        guard let call = move.call, let action = catalogue.action(call.action) else { return false }
        return !keys.isDisjoint(with: action.witnesses(call, scope))
    }

    private var withoutSlots: SafetyFinding? {
        for move in acts {
            for change in move.changes where change.key.aspect == .follows {
                guard case .name(let upstream) = change.value,
                    move.before.value(FactKey(.node(upstream), .slot, detail: change.key.target.name)) != .flag(true)
                else { continue }
                let follower = change.key.target
                return .error(
                    .followsWithoutSlot, at: place(of: move),
                    "\(name(move)) makes \(follower) follow \(upstream), and \(upstream) keeps no log for it: no step "
                        + "reserved a slot.",
                    way: way(before: move.index, touching: [.writable]) + [
                        "\(upstream) drops log that \(follower) has not received.",
                        "\(name(move)): \(follower) asks for a slot that is not there and never streams.",
                        "\(upstream) has no standby; its loss would lose every write since.",
                    ], remedy: "Add the step that reserves slots on `new` to `prepare`.")
            }
        }
        return nil
    }

    private var noStandby: SafetyFinding? {
        guard isPlanned, let promotion = pointOfNoReturn,
            !nodes.contains(where: { end.value(FactKey($0, .follows)) == .name(scope.binding.new) })
        else { return nil }
        return .warning(
            .noStandbyLeft, at: place(of: promotion),
            "At the end no node follows \(scope.new): the role has moved, and the way back is gone.",
            way: way(before: .max, touching: [.writable, .running]) + [
                "The run ends as completed; \(scope.new) stands alone.", "Its loss loses every write since the run.",
            ], remedy: "Add steps to `finish` that bring the other nodes back as standbys of new.")
    }

    /// Standbys that still ask a node that is no primary any more.
    private var standbysLeftBehind: [SafetyFinding] {
        guard let promotion = pointOfNoReturn else { return [] }
        let left = nodes.filter { node in
            guard node != scope.new, node != scope.old, case .name(let upstream)? = end.value(FactKey(node, .follows))
            else { return false }
            return !writes(.node(upstream), in: end)
        }
        guard let first = left.first else { return [] }
        let names = left.map(\.name).joined(separator: ", ")
        return [
            .error(
                .standbyLeftBehind, at: place(of: promotion),
                "After \(name(promotion)) no step leads \(names) to \(scope.new): it goes on asking \(scope.old) for log.",
                way: way(before: .max, touching: [.writable]) + [
                    "\(first) goes on following \(scope.old), which writes no more log of its own.",
                    "The run ends, and \(first) falls behind for ever.",
                ], remedy: "Add a step on `others` to `finish` that leads them to new.")
        ]
    }
}
