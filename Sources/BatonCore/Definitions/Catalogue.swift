/// An action with its generics erased: closures made once from the conforming type. An object, because it is handed around
/// for every event and is never changed.
package final class ActionDefinition: Sendable {
    package let id: ActionID
    package let summary: String
    package let kind: TargetKind
    package let modes: [Mode]
    package let defaultDeadline: TimeSpan
    package let leastDeadline: TimeSpan
    package let needsHost: Bool
    package let acceptsFence: Bool
    package let easedBy: [EasedBy]
    package let gates: [ImpliedGate]
    package let declarations: [ParameterDeclaration]
    package let requires: @Sendable (Call, Scope, Mode) -> [Condition]
    package let changes: @Sendable (Call, Scope) -> [Change]
    package let foresees: @Sendable (Call, Scope, World) -> [Change]
    package let witnesses: @Sendable (Call, Scope) -> [FactKey]
    package let settle: @Sendable (Call, Scope, _ before: World, _ now: World) -> Settlement
    package let undo: @Sendable (Call, Scope) -> Undo
    package let obligations: @Sendable (Call, Scope) -> [ObligationTerms]
    package let standingOrder: @Sendable (Target, Scope) -> StandingOrder?
    package let byHand: @Sendable (Call, Scope) -> [ByHandCommand]
    package let troubles: @Sendable (Call, Scope) -> [Trouble]

    package init<A: Action>(_ action: A.Type) {
        id = A.id
        summary = A.summary
        kind = A.kind
        modes = A.modes
        defaultDeadline = A.defaultDeadline
        leastDeadline = A.leastDeadline
        needsHost = A.needsHost
        acceptsFence = A.acceptsFence
        easedBy = A.easedBy
        gates = A.gates
        let declarations = A.Parameters.declarations
        self.declarations = declarations
        let parameters = { @Sendable (call: Call) in A.Parameters(call.arguments.completed(by: declarations)) }
        requires = { A.requires(parameters($0), on: $0.on, in: $1, mode: $2) }
        changes = { A.changes(parameters($0), on: $0.on, in: $1) }
        foresees = { A.foresees(parameters($0), on: $0.on, in: $1, from: $2) }
        witnesses = { A.witnesses(parameters($0), on: $0.on, in: $1) }
        settle = { A.settle(parameters($0), on: $0.on, in: $1, before: $2, now: $3) }
        undo = { A.undo(parameters($0), on: $0.on, in: $1) }
        obligations = { A.obligations(parameters($0), on: $0.on, in: $1) }
        standingOrder = { A.standingOrder(on: $0, in: $1) }
        byHand = { A.byHand(parameters($0), on: $0.on, in: $1) }
        troubles = { A.troubles(parameters($0), on: $0.on, in: $1) }
    }

    #if DEBUG || BATON_REMOVALS
        /// A copy that a test has taken conditions or its settlement from.
        package init(
            _ original: ActionDefinition, requires: (@Sendable (Call, Scope, Mode) -> [Condition])? = nil,
            settle: (@Sendable (Call, Scope, World, World) -> Settlement)? = nil
        ) {
            id = original.id
            summary = original.summary
            kind = original.kind
            modes = original.modes
            defaultDeadline = original.defaultDeadline
            leastDeadline = original.leastDeadline
            needsHost = original.needsHost
            acceptsFence = original.acceptsFence
            easedBy = original.easedBy
            gates = original.gates
            declarations = original.declarations
            self.requires = requires ?? original.requires
            changes = original.changes
            foresees = original.foresees
            witnesses = original.witnesses
            self.settle = settle ?? original.settle
            undo = original.undo
            obligations = original.obligations
            standingOrder = original.standingOrder
            byHand = original.byHand
            troubles = original.troubles
        }
    #endif

    /// Whether announcing the call is the run's point of no return.
    package func isPointOfNoReturn(_ call: Call, in scope: Scope) -> Bool {
        if case .irreversible = undo(call, scope) { return true }
        return false
    }
}

/// A gate with its generics erased.
package final class GateDefinition: Sendable {
    package let id: GateID
    package let summary: String
    package let source: String
    package let kind: TargetKind
    package let declarations: [ParameterDeclaration]
    package let probeID: String
    /// The question for a target.
    package let question: @Sendable (Arguments, Target, Scope) -> any Probe
    /// Judges an answer of the question's type; an answer of another type is `unknown`.
    package let judge: @Sendable (any Sendable, Arguments) -> Verdict
    /// The answer that a world gives, or nil where it cannot be known before.
    package let foresee: @Sendable (Arguments, Target, Scope, World) -> (any Sendable)?
    package let establishes: @Sendable (Target, Scope) -> [Change]
    package let byHand: @Sendable (Arguments, Target, Scope) -> ByHandCheck
    /// The verdicts on the gate's own two sample answers: one that passes, one that must refuse.
    package let samples: @Sendable () -> (passing: Verdict, refusing: Verdict)
    /// The verdict on the sample that must be refused, under limits of the playbook's own.
    package let refusal: @Sendable (Arguments) -> Verdict

    package init<G: Gate>(_ gate: G.Type) {
        id = G.id
        summary = G.summary
        source = G.source
        kind = G.kind
        probeID = G.Question.id
        let declarations = G.Limit.declarations
        self.declarations = declarations
        let limit = { @Sendable (arguments: Arguments) in G.Limit(arguments.completed(by: declarations)) }
        question = { G.question(limit($0), on: $1, in: $2) }
        judge = { answer, arguments in
            guard let answer = answer as? G.Question.Answer else {
                return .unknown("internal: the observer of \(G.Question.id) answered \(type(of: answer))")
            }
            return G.judge(answer, limit(arguments))
        }
        foresee = { G.question(limit($0), on: $1, in: $2).answer(in: $3) }
        establishes = { G.establishes(on: $0, in: $1) }
        byHand = { G.byHand(limit($0), on: $1, in: $2) }
        refusal = { G.judge(G.refusing, limit($0)) }
        samples = { (G.judge(G.passing, limit(Arguments())), G.judge(G.refusing, limit(Arguments()))) }
    }

    #if DEBUG || BATON_REMOVALS
        /// A copy that judges in another way.
        package init(_ original: GateDefinition, judge: @escaping @Sendable (any Sendable, Arguments) -> Verdict) {
            id = original.id
            summary = original.summary
            source = original.source
            kind = original.kind
            declarations = original.declarations
            probeID = original.probeID
            question = original.question
            self.judge = judge
            foresee = original.foresee
            establishes = original.establishes
            byHand = original.byHand
            samples = original.samples
            refusal = original.refusal
        }
    #endif
}

/// Every action and gate that Baton knows, by id. Made once from two lists; nothing else lists them.
package struct Catalogue: Sendable {
    package let actions: [ActionDefinition]
    package let gates: [GateDefinition]
    /// How a person sees, without Baton, that facts have these values.
    package let look: @Sendable ([Change], Scope) -> [ByHandCommand]
    private let actionsByID: [ActionID: ActionDefinition]
    private let gatesByID: [GateID: GateDefinition]

    package init(
        actions: [ActionDefinition], gates: [GateDefinition],
        look: @escaping @Sendable ([Change], Scope) -> [ByHandCommand] = { _, _ in [] }
    ) {
        self.look = look
        self.actions = actions.sorted { $0.id < $1.id }
        self.gates = gates.sorted { $0.id < $1.id }
        actionsByID = Dictionary(self.actions.map { ($0.id, $0) }) { first, _ in first }
        gatesByID = Dictionary(self.gates.map { ($0.id, $0) }) { first, _ in first }
    }

    package func action(_ id: ActionID) -> ActionDefinition? { actionsByID[id] }
    package func gate(_ id: GateID) -> GateDefinition? { gatesByID[id] }
}
