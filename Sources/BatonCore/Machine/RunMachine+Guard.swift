/// Whether somebody would release the clients if this run's process died.
package enum GuardState: Hashable, Sendable {
    case none
    case asked
    /// With the guard's words for the record.
    case armed(String)
    case lost(String)
}

/// What the guard is told to watch for beside the death of its owner.
package enum OwnerWatch: Hashable, Sendable {
    /// Nobody waits, so a slow owner does no harm.
    case death
    /// An owner that lives past this moment has overrun the freeze budget.
    case until(Instant)
    /// The owner undoes or goes forward while clients wait: it must keep saying that it is alive.
    case silence
}

/// The span in which clients waited.
package struct FrozenSpan: Hashable, Sendable {
    package var began: Instant
    /// Nil while they wait still.
    package var ended: Instant?
}

/// The freeze, and who ends it if this process cannot.
extension RunMachine {
    /// How long the guard may take to start and to open its sessions.
    static let armingDeadline = TimeSpan.seconds(10)
    /// What an owner is granted past the end of every deadline before the promotion: the engine's grace for an answer, and
    /// as much again to decide; of a short reserve never more than half, for the undo needs the rest.
    private var ownerLimit: Instant? {
        let half = TimeSpan(nanoseconds: plan.limits.undoReserve.nanoseconds / 2)
        return freezeEnd.map { $0 + min(.seconds(1), half) }
    }

    /// The moment by which everything before the promotion must have ended, once clients are frozen.
    var freezeEnd: Instant? {
        guard let freezeBegan else { return nil }
        return freezeBegan + plan.limits.freeze - plan.limits.undoReserve
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

    /// What the guard watches for in this state.
    package var ownerWatch: OwnerWatch {
        guard isFrozen else { return .death }
        switch state {
        case .advancing: return ownerLimit.map { .until($0) } ?? .death
        case .holding(let hold) where !hold.isCommitted: return ownerLimit.map { .until($0) } ?? .death
        case .holding, .committed, .undoing, .reconciling: return .silence
        case .planned, .surveying, .checking, .halted, .finished: return .death
        }
    }

    /// Asks for a guard where the plan lets clients wait.
    mutating func askForGuard(at now: Instant) {
        guard plan.freezes else { return }
        guardState = .asked
        output.requests.append(.armGuard(deadline: now + Self.armingDeadline))
    }

    /// What stands between a group and the freeze that follows it.
    enum BeforeFreeze {
        case goOn, wait
        case refuse(String)
    }

    func mayFreeze(after group: Int) -> BeforeFreeze {
        let next = group + 1
        guard freezeBegan == nil, next < plan.groups.count, plan.groups[next].phase == .freeze, plan.freezes else {
            return .goOn
        }
        switch guardState {
        case .armed: return .goOn
        case .none, .asked: return .wait
        case .lost(let why): return .refuse("nobody would release the clients if this process died: \(why)")
        }
    }

    mutating func guardArmed(_ words: String, at now: Instant) -> Transition {
        switch state {
        case .advancing, .committed, .undoing, .holding:
            guard guardState == .asked else { return .ignored("a guard is armed or lost already") }
            guardState = .armed(words)
            let before = state.kind
            advanceIfIdle(at: now)
            let holds = state.kind == .holding && before != .holding
            return Transition(.moved(holds ? .holdBegan : .guardArmed), note: words)
        case .halted, .finished, .reconciling: return .ignored("no guard is waited for")
        case .planned, .surveying, .checking: return .illegal("no guard is asked for before preflight has passed")
        }
    }

    mutating func guardLost(_ why: String, at now: Instant) -> Transition {
        switch state {
        case .advancing, .committed, .undoing:
            guardState = .lost(why)
            advanceIfIdle(at: now)
            return Transition(.moved(.guardLost), note: why)
        case .holding(let hold):
            guardState = .lost(why)
            if freezeBegan == nil, !hold.isCommitted, hold.phase <= .freeze {
                stopReason = ("nobody would release the clients if this process died: \(why)", false)
                leaveHold(hold, at: now)
            }
            return Transition(.moved(.guardLost), note: why)
        case .halted, .finished, .reconciling: return .ignored("no guard is needed any more")
        case .planned, .surveying, .checking: return .illegal("no guard is asked for before preflight has passed")
        }
    }
}
