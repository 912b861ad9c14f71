import BatonCore

/// The guard: it watches its owner, kills one that overran, and takes the run over.
extension Simulation {
    /// How long an owner may be silent while clients wait and no budget ends the wait.
    private static let patience = TimeSpan.seconds(5)

    mutating func arm(_ id: Int) {
        guard processes[id].kind != .guardian else {
            return agenda.add(
                .deliver(process: id, .guardLost("a guard has no guard of its own")), at: truth.now + options.latency)
        }
        processes[id].guardState = .armed
        agenda.add(.deliver(process: id, .guardArmed("guard of process \(id)")), at: truth.now + .milliseconds(20))
    }

    /// Passes on what the machine's state asks the guard to watch for.
    mutating func follow(_ id: Int) {
        guard processes[id].guardState == .armed else { return }
        let watched = processes[id].machine.ownerWatch
        guard watched != processes[id].watch else { return }
        processes[id].watch = watched
        if case .until(let limit) = watched { agenda.add(.guardLooks(owner: id), at: limit) }
    }

    mutating func guardLooks(_ owner: Int) {
        guard processes[owner].guardState == .armed, !processes[owner].endedAtRest else { return }
        if !processes[owner].isAlive { return guardTakesOver(owner, why: "its process ended without a word") }
        switch processes[owner].watch {
        case .death: return
        case .until(let limit):
            guard truth.now >= limit else { return agenda.add(.guardLooks(owner: owner), at: limit) }
        case .silence:
            guard let since = processes[owner].stoppedSince else { return }
            let limit = since + Self.patience
            guard truth.now >= limit else { return agenda.add(.guardLooks(owner: owner), at: limit) }
        }
        let lastLook = truth.now - .milliseconds(1_100)
        if processes[owner].stoppedSince == nil, !processes[owner].sleptLong,
            !processes[owner].machine.isObserving(since: lastLook)
        {
            watch.report(
                "R1", "the guard had to end \(name(of: owner)), which was well, because it overran the budget",
                at: truth.now, step: currentStep)
        }
        let silent = name(of: owner)
        truth.note(.other("the guard")) { _ in "kills \(silent), which is silent past its limit" }
        end(owner, isKilled: true)
    }

    private mutating func guardTakesOver(_ owner: Int, why: String) {
        processes[owner].guardState = .dead
        takeOver(
            processes[owner].run, .guardian, opening: [.takenOver(Takeover(.ownerLost, by: "the guard", why: why))])
    }

    /// The guard dies; an owner that lives is told.
    mutating func killGuard(of owner: Int) {
        guard processes[owner].guardState == .armed else { return }
        processes[owner].guardState = .dead
        truth.note(.other("the guard")) { _ in "has died" }
        agenda.add(.deliver(process: owner, .guardLost("it was killed")), at: truth.now + .milliseconds(1))
    }

    mutating func stop(_ id: Int) {
        guard processes[id].isAlive, processes[id].stoppedSince == nil else { return }
        truth.note(.other(name(of: id))) { _ in "is stopped (SIGSTOP)" }
        processes[id].stoppedSince = truth.now
        if processes[id].guardState == .armed {
            agenda.add(.guardLooks(owner: id), at: truth.now + Self.patience)
        }
    }

    mutating func wake(_ id: Int) {
        guard processes[id].isAlive, let since = processes[id].stoppedSince else { return }
        truth.note(.other(name(of: id))) { _ in "goes on" }
        if truth.now - since > .seconds(3) { processes[id].sleptLong = true }
        processes[id].stoppedSince = nil
        let held = processes[id].held
        processes[id].held = []
        for occurrence in held { agenda.add(occurrence, at: truth.now) }
    }
}
