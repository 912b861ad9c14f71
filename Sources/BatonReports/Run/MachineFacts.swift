package import BatonCore

/// The span in which clients waited.
package struct FrozenSpan: Hashable, Sendable {
    package var began: Instant
    /// Nil while they wait still.
    package var ended: Instant?
}

extension RunMachine {
    /// Where the run stands in the order of phases; nil before preflight and after the end.
    package var currentPhase: Phase? {
        switch state {
        case .planned, .surveying, .finished: nil
        case .checking(let group), .advancing(let group), .committed(let group):
            plan.groups.indices.contains(group) ? plan.groups[group].phase : nil
        case .halted(let halt): plan.groups.indices.contains(halt.group) ? plan.groups[halt.group].phase : nil
        case .undoing: order.last { $0.isUndo }.flatMap { items[$0]?.step.phase }
        }
    }

    /// From the first freezing step's announcement to the observation that discharged the last freeze; nil when nothing
    /// was frozen.
    package var frozen: FrozenSpan? {
        guard let began = freezeBegan else { return nil }
        let freezes = obligations.filter { items[$0.item]?.step.phase == .freeze && !$0.item.isUndo }
        if freezes.contains(where: \.isOpen) { return FrozenSpan(began: began) }
        if let last = freezes.compactMap(\.dischargedAt).max() { return FrozenSpan(began: began, ended: last) }
        // A freeze that owes nothing ends with the thaw, or with its own undo.
        let releases = items.values.filter {
            $0.isSettled && ($0.step.phase == .thaw || $0.step.phase == .freeze && $0.id.isUndo)
        }
        return FrozenSpan(began: began, ended: releases.compactMap(\.endedAt).max())
    }

    /// Whether clients wait now.
    package var isFrozen: Bool { frozen.map { $0.ended == nil } ?? false }

    /// What a person types to do the call without Baton.
    package func byHand(_ call: Call) -> [ByHandCommand] { catalogue.action(call.action)?.byHand(call, scope) ?? [] }

    /// Steps at work, in the order in which they began.
    package var atWork: [StepMachine] { order.compactMap { items[$0] }.filter { !$0.isSettled } }

    /// Steps that an operator or a resume must settle: what a halted run waits for, or what was at work when the record
    /// ends.
    package var open: [StepMachine] {
        switch state {
        case .halted(let halt): halt.open.compactMap { items[$0] }
        case .planned, .surveying, .checking, .advancing, .committed, .undoing: atWork
        case .finished: []
        }
    }

    /// Whether what is left is done forward, towards new: the promotion was announced.
    var goesForward: Bool {
        switch state {
        case .committed: true
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
