package import BatonCore

extension Notice {
    /// Finds the moments of a run that people are told of: fed with every transition, it gives each occurrence once.
    package struct Moments: Sendable {
        private let run: RunID
        private var hasStarted: Bool
        private var hasFrozen: Bool
        private var hasPromoted: Bool
        private var hasEnded: Bool
        private var halt: Halt?

        /// - Parameter machine: as it stands before the first transition. What a resumed run passed before is not told
        ///   again; what its halt waits for was told too.
        package init(_ machine: RunMachine, run: RunID) {
            self.run = run
            hasStarted = machine.state != .planned
            hasFrozen = machine.freezeBegan != nil
            hasPromoted = machine.hasAnnouncedPromotion
            halt = machine.state.halt
            hasEnded = machine.state.kind == .finished
        }

        /// The notices that are due after a transition, in the order in which the run passed their moments; mostly none.
        package mutating func notices(after transition: Transition, _ machine: RunMachine) -> [Notice] {
            guard case .moved = transition.disposition else { return [] }
            var notices: [Notice] = []
            if !hasStarted {
                hasStarted = true
                notices.append(notice(.start, machine, "a run to \(machine.plan.toSite) began"))
            }
            if !hasFrozen, machine.freezeBegan != nil {
                hasFrozen = true
                notices.append(
                    notice(.freeze, machine, "clients wait from now on, while \(machine.binding.old) hands over"))
            }
            if !hasPromoted, machine.state.kind == .committed {
                hasPromoted = true
                notices.append(
                    notice(
                        .promote, machine, "\(machine.binding.new) is being promoted; from here it only goes forward"))
            }
            if let now = machine.state.halt, !now.waits(forSameAs: halt) {
                notices.append(
                    notice(.halt, machine, outcome: "halted", "halted, an operator must decide: \(now.reason)"))
            }
            halt = machine.state.halt
            if !hasEnded, case .finished(let outcome) = machine.state {
                hasEnded = true
                notices.append(notice(.end, machine, outcome: outcome.word, outcome.sentence(machine)))
            }
            return notices
        }

        private func notice(
            _ moment: Moment, _ machine: RunMachine, outcome: String? = nil, _ what: String
        ) -> Notice {
            let plan = machine.plan
            return Notice(
                moment: moment, run: run, playbook: plan.playbook.name, topology: plan.topology.name,
                toSite: plan.toSite, state: machine.state.kind, outcome: outcome,
                text: "\(plan.playbook.name) on \(plan.topology.name): \(what)\(what.hasSuffix(".") ? "" : ".")")
        }
    }
}

extension RunMachine {
    /// Whether the promotion was ever announced, also when an operator led the run back since.
    fileprivate var hasAnnouncedPromotion: Bool {
        items.values.contains { item in
            guard let call = item.call, item.announcedAt != nil, !item.id.isUndo else { return false }
            return catalogue.action(call.action)?.isPointOfNoReturn(call, in: scope) == true
        }
    }
}

extension RunState {
    fileprivate var halt: Halt? {
        if case .halted(let halt) = self { return halt }
        return nil
    }
}

extension Halt {
    /// Whether nothing new waits for the operator: an answer to one of several open steps leaves the run halted.
    fileprivate func waits(forSameAs before: Halt?) -> Bool {
        guard let before else { return false }
        return before.reason == reason && before.group == group && Set(open).isSubset(of: before.open)
    }
}

extension RunOutcome {
    /// How it ended, for somebody who reads nothing else.
    fileprivate func sentence(_ machine: RunMachine) -> String {
        switch self {
        case .completed: "completed, \(machine.binding.new) is primary"
        case .completedWithObligations(let owed):
            "completed, \(machine.binding.new) is primary; still owed: \(owed.joined(separator: "; "))"
        case .refused(let why): "refused, nothing was changed: \(why)"
        case .rolledBack(let why): "rolled back, everything is as before: \(why)"
        case .alreadyThere(let proof): "nothing to do, \(proof)"
        case .interrupted(let why): "interrupted, nothing was changed: \(why)"
        }
    }
}
