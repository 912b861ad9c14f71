package import BatonCore

extension RunMachine {
    /// Where the run stands in the order of phases; nil before preflight and after the end.
    package var currentPhase: Phase? {
        switch state {
        case .planned, .surveying, .finished: nil
        case .holding(let hold): hold.phase
        case .reconciling: order.last { items[$0]?.isSettled == false }.flatMap { items[$0]?.step.phase }
        case .checking(let group), .advancing(let group), .committed(let group):
            plan.groups.indices.contains(group) ? plan.groups[group].phase : nil
        case .halted(let halt): plan.groups.indices.contains(halt.group) ? plan.groups[halt.group].phase : nil
        case .undoing: order.last { $0.isUndo }.flatMap { items[$0]?.step.phase }
        }
    }

    /// What a person types to do the call without Baton.
    package func byHand(_ call: Call) -> [ByHandCommand] { catalogue.action(call.action)?.byHand(call, scope) ?? [] }

    /// Steps at work, in the order in which they began.
    package var atWork: [StepMachine] { order.compactMap { items[$0] }.filter { !$0.isSettled } }

    /// Steps that an operator or a resume must settle: what a halted run waits for, or what was at work when the record
    /// ends.
    package var open: [StepMachine] {
        switch state {
        case .halted(let halt): halt.open.compactMap { items[$0] }
        case .planned, .surveying, .checking, .advancing, .holding, .committed, .undoing, .reconciling: atWork
        case .finished: []
        }
    }

    /// Whether what is left is done forward, towards new: the promotion was announced.
    var goesForward: Bool {
        switch state {
        case .committed: true
        case .holding(let hold): hold.isCommitted
        case .reconciling: order.contains { items[$0]?.step.phase == .promote && items[$0]?.announcedAt != nil }
        case .halted(let halt): !halt.beforePointOfNoReturn
        case .finished(.completed), .finished(.completedWithObligations): true
        case .finished, .planned, .surveying, .checking, .advancing, .undoing: false
        }
    }

    /// What brings a run that nobody drives to a safe end: past the promotion the open steps, before it what takes the
    /// announced ones back, last first. Then whatever releases an open obligation.
    var callsLeft: [Call] {
        let announced = order.reversed().compactMap { items[$0] }.filter { $0.announcedAt != nil && !$0.id.isUndo }
        let undos = announced.compactMap { item -> Call? in
            guard case .undone? = item.outcome else {
                guard let call = item.call, let action = catalogue.action(call.action),
                    case .call(let undo) = action.undo(call, scope)
                else { return nil }
                return undo
            }
            return nil
        }
        let steps = goesForward ? open.compactMap(\.call) : undos
        var seen: Set<Call> = []
        return (steps + openObligations.map(\.terms.release)).filter { seen.insert($0).inserted }
    }
}

extension PlanStep {
    /// The role through which the step concerns the target.
    func role(of target: Target, in scope: Scope) -> String {
        let role = on.first { scope.targets(of: $0).contains(target) } ?? on.first
        return role?.rawValue ?? ""
    }
}
