import BatonCore

/// One way to lose data, time or service that the fold of a plan found.
struct SafetyFinding: Hashable, Sendable {
    /// What in the files is to blame.
    enum Place: Hashable, Sendable {
        /// A step of the playbook, by its line.
        case line(Int)
        /// A key of the playbook at the margin: `limits`, `objectives`, a phase.
        case key(String)
        /// A thing of the topology, by name.
        case thing(String)
        /// A key of the topology at the margin.
        case topologyKey(String)
    }

    var severity: Complaint.Severity
    var code: ComplaintCode
    var place: Place
    var message: String
    var remedy: String
    /// The shortest way to the bad end, one sentence for each thing that happens on it.
    var way: [String]

    static func error(
        _ code: ComplaintCode, at place: Place, _ message: String, way: [String], remedy: String
    ) -> SafetyFinding {
        SafetyFinding(severity: .error, code: code, place: place, message: message, remedy: remedy, way: way)
    }

    static func warning(
        _ code: ComplaintCode, at place: Place, _ message: String, way: [String], remedy: String
    ) -> SafetyFinding {
        SafetyFinding(severity: .warning, code: code, place: place, message: message, remedy: remedy, way: way)
    }
}

// MARK: The words of findings

extension Course {
    /// The step's line; for a gate that an action wants, that of the action.
    func place(of step: PlanStep) -> SafetyFinding.Place {
        if let line = step.line { return .line(line) }
        let wanting = plan.steps.first { other in step.impliedBy.map { other.kind == .act($0) } ?? false }
        return wanting?.line.map(SafetyFinding.Place.line) ?? .key(step.phase.rawValue)
    }

    func place(of move: Move) -> SafetyFinding.Place { place(of: move.step) }

    /// "`do: postgres.stop`".
    func name(_ step: PlanStep) -> String { "`\(step.kind.isGate ? "gate" : "do"): \(step.kind.name)`" }
    func name(_ move: Move) -> String { name(move.step) }

    /// The actions before a move that touched these facts, told one step a sentence.
    func way(before index: Int, touching aspects: Set<Aspect> = [.writable, .paused, .leadsTo]) -> [String] {
        tell(
            acts.filter { move in
                move.index < index && move.changes.contains { aspects.contains($0.key.aspect) && isNews($0, move) }
            })
    }

    /// How clients come to wait.
    var theFreeze: [String] { Array(way(before: .max, touching: [.paused]).prefix(1)) }

    /// Each step once, whatever the number of its targets.
    func tell(_ moves: [Move]) -> [String] {
        var sentences: [String] = []
        var told: Set<StepID> = []
        for move in moves where told.insert(move.step.id).inserted {
            let all = moves.filter { $0.step.id == move.step.id }
            let effects = all.flatMap { move in move.changes.filter { isNews($0, move) }.compactMap(effect) }
            let names = all.map(\.target.name).joined(separator: ", ")
            sentences.append("\(name(move)) on \(names)" + (effects.isEmpty ? "" : ": \(list(effects))") + ".")
        }
        return sentences
    }

    private func isNews(_ change: Change, _ move: Move) -> Bool { move.before.value(change.key) != change.value }

    /// Sentences in one: "a, b and c".
    private func list(_ effects: [String]) -> String {
        guard let last = effects.last, effects.count > 1 else { return effects.first ?? "" }
        return effects.dropLast().joined(separator: ", ") + " and " + last
    }

    /// What a change means to somebody who watches; nil where another change of the same action says it better.
    func effect(_ change: Change) -> String? {
        let name = change.key.target.name
        switch (change.key.aspect, change.value) {
        case (.writable, .flag(true)): return "\(name) accepts writes"
        case (.writable, _): return "\(name) accepts no writes"
        case (.paused, .flag(true)): return "the clients of \(name) wait"
        case (.paused, _): return "the clients of \(name) go on"
        case (.leadsTo, let node): return "\(name) leads to \(node)"
        case (.follows, let node): return "\(name) follows \(node)"
        case (.slot, .flag(true)): return "\(name) keeps log for \(change.key.detail)"
        case (.slot, _): return "\(name) keeps no log for \(change.key.detail)"
        case (.running, .flag(true)): return "\(name) runs"
        case (.running, _), (.inRecovery, _), (.cleanShutdown, _), (.standbySignal, _), (.fenced, _), (.timeline, _),
            (.complete, _), (.eagerLogins, _), (.cluster, _), (.received, _), (.detached, _), (.overlaid, _),
            (.mostAdvanced, _), (.aligned, _), (.keptData, _):
            return nil
        }
    }

    /// What the calls of a way back do, one sentence each.
    func tell(_ way: WayBack) -> [String] {
        way.steps.map { step in
            let undo = "the undo of \(name(step.undone)) is `\(step.call.action)` on \(step.call.on)"
            if let broken = step.broken { return "It goes back: \(undo), and it is refused: \(clause(broken.why))." }
            let changes = catalogue.action(step.call.action)?.changes(step.call, scope) ?? []
            let effects = changes.filter { step.before.value($0.key) != $0.value }.compactMap(effect)
            return "It goes back: \(undo)" + (effects.isEmpty ? "" : ": \(list(effects))") + "."
        }
    }
}
