/// What an emergency does without, for whoever reads its record.
extension RunMachine {
    /// A gate that is not asked because of what is lost.
    package struct SkippedGate: Hashable, Sendable {
        package var gate: GateID
        package var target: Target
        /// A part of a sentence: `it needs west-db, which is lost`.
        package var why: String
    }

    /// The nodes that this run found lost and has done without. They are to be rejoined, unless one was seen to follow
    /// since.
    package var lostNodes: [String] {
        guard plan.mode == .emergency, isBound else { return [] }
        return ([binding.old] + binding.lost).filter {
            world.value(FactKey(.node($0), .inRecovery)) != .flag(true)
        }
    }

    /// Empty while nobody knows what is lost.
    package var skippedGates: [SkippedGate] {
        guard plan.mode == .emergency, isBound else { return [] }
        return (skippedByMode + skippedPoolers + skippedFences).reduce(into: []) { found, one in
            if !found.contains(where: { $0.gate == one.gate && $0.target == one.target }) { found.append(one) }
        }
    }

    /// What an action wants asked in a planned run only.
    private var skippedByMode: [SkippedGate] {
        let asked = plan.steps.filter(\.kind.isGate)
        return plan.steps.flatMap { step -> [SkippedGate] in
            guard case .act(let id) = step.kind, let action = catalogue.action(id) else { return [] }
            return action.gates.filter { !$0.modes.contains(plan.mode) }.flatMap { implied in
                implied.on.flatMap { role in role == .old ? fencedAndAccepted : scope.targets(of: role) }
                    .filter { target in
                        !asked.contains {
                            $0.kind == .gate(implied.gate) && scope.targets(of: $0.on).contains(target)
                        }
                    }
                    .map { SkippedGate(gate: implied.gate, target: $0, why: why($0)) }
            }
        }
    }

    /// What is asked of each pooler or along each route, but not of those that do not answer.
    private var skippedPoolers: [SkippedGate] {
        plan.steps.flatMap { step -> [SkippedGate] in
            guard case .gate(let gate) = step.kind else { return [] }
            return step.on.flatMap { role -> [SkippedGate] in
                switch role {
                case .poolers:
                    return binding.lostPoolers.map {
                        SkippedGate(gate: gate, target: .pooler($0), why: "it does not answer")
                    }
                case .routes:
                    return plan.topology.routes.filter { binding.lostPoolers.contains($0.through) }.map {
                        SkippedGate(
                            gate: gate, target: .route($0.name),
                            why: "it leads through \($0.through), which does not answer")
                    }
                case .old, .new, .others, .all, .proxies, .names: return []
                }
            }
        }
    }

    /// What is asked of each lost node, but not of those that a person took upon themselves.
    private var skippedFences: [SkippedGate] {
        let accepted = fencedAndAccepted.filter { !scope.fenced.contains($0) }
        return plan.steps.flatMap { step -> [SkippedGate] in
            guard case .gate(let gate) = step.kind, step.on.contains(.old) else { return [] }
            return accepted.map {
                SkippedGate(gate: gate, target: $0, why: "that it is off was accepted: nothing proves it")
            }
        }
    }

    private var fencedAndAccepted: [Target] { ([binding.old] + binding.lost).map { .node($0) } }

    private func why(_ target: Target) -> String {
        fencedAndAccepted.contains(target)
            ? "it needs \(target), which is lost" : "it is about a hand-over, and \(binding.old) is lost"
    }
}
