package import BatonCore

/// A playbook played on an assumed world: each action's conditions are judged, its changes believed, its obligations kept
/// open until a fact discharges them. It knows definitions only through the catalogue, and judges facts, not names. Nothing
/// is asked of any server.
package struct AssumedRun: Sendable {
    /// Where in the playbook something was noticed.
    package struct Place: Hashable, Sendable {
        package var phase: Phase
        package var step: PlaybookStep
    }

    /// How a fact that a step needs could come to hold.
    package enum Source: Hashable, Sendable {
        /// A step of this playbook brings it about, but later.
        case laterStep(Place)
        /// No step does; this one of the catalogue would, on this target.
        case missing(StepKind, Target)
        /// Nothing in the catalogue brings it about.
        case none
    }

    /// What an unmet condition is about; each is its own kind of complaint.
    package enum Concern: Hashable, Sendable {
        /// An irreversible action while old may still write.
        case fence
        /// An irreversible action without the proof that new has everything.
        case proof
        /// It needs the promotion, which has not happened.
        case promotionMissing
        /// It needed the time before the promotion.
        case promotionHappened
        case other
    }

    package enum Finding: Hashable, Sendable {
        case unmet(Place, Call, Condition, Concern, Source)
        /// An irreversible action before `promote`, where every failure must be undone.
        case irreversibleTooEarly(Place, why: String)
        /// After `promote` new does not accept writes. The place is a later step that would make it.
        case newNeverWrites(Place?)
        /// Proves that new is complete before old is shut down, and so proves nothing.
        case proofTooEarly(Place)
        /// A gate that the facts make refuse.
        case gateRefuses(Place, reason: String)
        /// After `thaw` the clients of the target still wait.
        case stillPaused(Place, Target)
        case openObligation(Place, ObligationTerms)
        case nothingVerifies
    }

    /// One action on one target, as it was believed to happen.
    package struct Effect: Hashable, Sendable {
        package var place: Place
        package var call: Call
        package var changes: [Change]
    }

    package private(set) var world: World
    package private(set) var findings: [Finding] = []
    package private(set) var effects: [Effect] = []

    private let catalogue: Catalogue
    private let scope: Scope
    private let mode: Mode
    private let places: [Place]
    private var beforePromotion: World?
    private var obligations: [(place: Place, terms: ObligationTerms)] = []
    private var pausedBy: [Target: Place] = [:]

    /// Plays the playbook, by default on the pair that stands for every topology.
    package init(
        of playbook: Playbook, catalogue: Catalogue, scope: Scope = AssumedPair.scope, from world: World? = nil
    ) {
        self.catalogue = catalogue
        // An emergency has lost old, and what is done for whoever is left is not done for it.
        var scope = scope
        if playbook.mode == .emergency { scope.acceptance = scope.acceptance ?? Acceptance() }
        self.scope = scope
        mode = playbook.mode
        self.world = world ?? AssumedPair.world(scope)
        places = playbook.phases.flatMap { phase in
            phase.groups.flatMap(\.steps).map { Place(phase: phase.phase, step: $0) }
        }
        play(playbook)
    }

    private mutating func play(_ playbook: Playbook) {
        for phase in Phase.allCases {
            for part in playbook.phases where part.phase == phase {
                for group in part.groups {
                    play(group.steps.filter { $0.modes?.contains(mode) ?? true }, in: phase)
                }
            }
            if phase == .promote { checkPromotion() }
            if phase == .thaw { checkThaw() }
        }
        let verifies = places.contains {
            $0.phase == .verify && $0.step.kind.isGate && $0.step.modes?.contains(mode) ?? true
        }
        if !verifies { findings.append(.nothingVerifies) }
        for (place, terms) in obligations where !terms.discharged.contains(where: holds) {
            let isReportedFreeze = terms.discharged.contains {
                $0.key.aspect == .paused
                    && findings.contains(.stillPaused(pausedBy[$0.key.target] ?? place, $0.key.target))
            }
            if !isReportedFreeze { findings.append(.openObligation(place, terms)) }
        }
    }

    /// The steps of a group see the world before any of them: they run at the same time.
    private mutating func play(_ steps: [PlaybookStep], in phase: Phase) {
        let before = world
        for step in steps {
            let place = Place(phase: phase, step: step)
            for target in scope.targets(of: step.on) {
                switch step.kind {
                case .act(let id):
                    guard let action = catalogue.action(id), action.kind == target.kind else { continue }
                    perform(action, Call(id, on: target, step.arguments), at: place, before)
                case .gate(let id):
                    guard let gate = catalogue.gate(id), gate.kind == target.kind else { continue }
                    ask(gate, on: target, at: place, before)
                }
            }
        }
    }

    // MARK: Steps

    private mutating func perform(_ action: ActionDefinition, _ call: Call, at place: Place, _ before: World) {
        let undo = action.undo(call, scope)
        var isIrreversible = false
        if case .irreversible(let why) = undo {
            isIrreversible = true
            if place.phase < .promote { findings.append(.irreversibleTooEarly(place, why: why)) }
        }
        for condition in action.requires(call, scope, mode) where before.judge(condition) != .holds {
            let source = source(of: Change(condition.key, condition.value), after: place)
            let concern = concern(of: condition, isIrreversible: isIrreversible, source)
            findings.append(.unmet(place, call, condition, concern, source))
        }
        for terms in action.obligations(call, scope) { obligations.append((place, terms)) }
        if isIrreversible, beforePromotion == nil { beforePromotion = before }
        let changes = action.changes(call, scope)
        for change in changes { believe(change, at: place) }
        effects.append(Effect(place: place, call: call, changes: changes))
    }

    private mutating func ask(_ gate: GateDefinition, on target: Target, at place: Place, _ before: World) {
        if let answer = gate.foresee(place.step.arguments, target, scope, before) {
            let verdict = gate.judge(answer, place.step.arguments)
            if verdict.decision == .block { findings.append(.gateRefuses(place, reason: verdict.reason)) }
        }
        for change in gate.establishes(target, scope) {
            // "Complete" speaks of old's shutdown checkpoint. Where old is never shut down, the missing fence is the finding.
            let shutdown = Change(FactKey(scope.old, .cleanShutdown), .flag(true))
            if change.key.aspect == .complete, mode == .planned, before.value(shutdown.key) != shutdown.value,
                case .laterStep = source(of: shutdown, after: place)
            {
                findings.append(.proofTooEarly(place))
            }
            believe(change, at: place)
        }
    }

    private mutating func believe(_ change: Change, at place: Place) {
        world.learn(change, basis: .assumed)
        if change.key.aspect == .paused, change.value == .flag(true) { pausedBy[change.key.target] = place }
    }

    // MARK: Ends of phases

    private mutating func checkPromotion() {
        let writes = Change(FactKey(scope.new, .writable), .flag(true))
        guard !holds(writes) else { return }
        let later = places.first { $0.phase > .promote && brings(writes, $0.step) }
        findings.append(.newNeverWrites(later))
    }

    private mutating func checkThaw() {
        for pooler in scope.topology.poolers {
            let target = Target.pooler(pooler.name)
            guard holds(Change(FactKey(target, .paused), .flag(true))), let place = pausedBy[target] else { continue }
            findings.append(.stillPaused(place, target))
        }
    }

    private func holds(_ change: Change) -> Bool { world.value(change.key) == change.value }

    // MARK: Where a fact would come from

    private func concern(of condition: Condition, isIrreversible: Bool, _ source: Source) -> Concern {
        let fenceAspects: [Aspect] = [
            .running, .writable, .cleanShutdown, .standbySignal, .fenced, .inRecovery,
        ]
        if isIrreversible, condition.key.target == scope.old, fenceAspects.contains(condition.key.aspect) {
            return .fence
        }
        if isIrreversible, condition.key.aspect == .complete { return .proof }
        if let beforePromotion, beforePromotion.judge(condition) == .holds { return .promotionHappened }
        if condition.key == FactKey(scope.new, .writable), condition.value == .flag(true) { return .promotionMissing }
        return .other
    }

    private func source(of change: Change, after place: Place) -> Source {
        let rest = places.drop { $0 != place }.dropFirst()
        if let later = rest.first(where: { brings(change, $0.step) }) { return .laterStep(later) }
        let actions = catalogue.actions.filter { action in
            action.modes.contains(mode)
                && targets(of: action.kind).contains { brings(change, action, $0) }
        }
        // What only undoes another action is the last thing to recommend.
        let undoing = Set(
            catalogue.actions.flatMap { action in targets(of: action.kind).compactMap { undo(action, on: $0) } })
        if let action = actions.first(where: { !undoing.contains($0.id) }) ?? actions.first,
            let target = targets(of: action.kind).first(where: { brings(change, action, $0) })
        {
            return .missing(.act(action.id), target)
        }
        for gate in catalogue.gates {
            if let target = targets(of: gate.kind).first(where: { gate.establishes($0, scope).contains(change) }) {
                return .missing(.gate(gate.id), target)
            }
        }
        return .none
    }

    private func undo(_ action: ActionDefinition, on target: Target) -> ActionID? {
        guard case .call(let call) = action.undo(Call(action.id, on: target), scope) else { return nil }
        return call.action
    }

    private func brings(_ change: Change, _ action: ActionDefinition, _ target: Target) -> Bool {
        action.changes(Call(action.id, on: target), scope).contains(change)
    }

    private func brings(_ change: Change, _ step: PlaybookStep) -> Bool {
        guard step.modes?.contains(mode) ?? true else { return false }
        return scope.targets(of: step.on).contains { target in
            switch step.kind {
            case .act(let id):
                guard let action = catalogue.action(id), action.kind == target.kind else { return false }
                return action.changes(Call(id, on: target, step.arguments), scope).contains(change)
            case .gate(let id):
                guard let gate = catalogue.gate(id), gate.kind == target.kind else { return false }
                return gate.establishes(target, scope).contains(change)
            }
        }
    }

    private func targets(of kind: TargetKind) -> [Target] {
        Role.allCases.filter { $0.kind == kind && $0 != .all }.flatMap { scope.targets(of: $0) }
    }
}
