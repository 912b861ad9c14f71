/// An action and its arguments, aimed at one target: data that can be printed, journaled and compared.
package struct Call: Hashable, Codable, Sendable {
    package var action: ActionID
    package var on: Target
    package var arguments: Arguments

    package init(_ action: ActionID, on target: Target, _ arguments: Arguments = Arguments()) {
        self.action = action
        self.on = target
        self.arguments = arguments
    }
}

/// How an action is undone before the point of no return.
package enum Undo: Hashable, Codable, Sendable {
    /// By this call, which settles itself like any other.
    case call(Call)
    /// Nothing to undo: the action leaves nothing that must be taken back.
    case nothing
    /// Not at all: announcing the action is the run's point of no return.
    case irreversible(why: String)
}

/// Whether an action has happened, judged by observation alone.
package enum Settlement: Hashable, Codable, Sendable {
    case done
    /// Proved not to have happened; may be tried again.
    case notDone(String)
    /// Something else happened; nobody but an operator may go on from here.
    case diverged(String)
    case unknown(String)
}

/// What must not outlive the run once an action began: the fact, and the condition that discharges it.
package struct ObligationTerms: Hashable, Codable, Sendable {
    /// What is owed, as one sentence: "pool's clients wait; they must be released".
    package var owed: String
    /// The observed facts, any one of which discharges it.
    package var discharged: [Change]
    /// What discharges it if the run does not: also the call that the operator is shown.
    package var release: Call

    package init(owed: String, discharged: [Change], release: Call) {
        self.owed = owed
        self.discharged = discharged
        self.release = release
    }
}

/// A gate that an action wants judged in preflight whether or not the playbook lists it, so that no author can forget it.
package struct ImpliedGate: Hashable, Sendable {
    package var gate: GateID
    package var on: [Role]
    /// The modes in which it is wanted: what asks a lost site has no place in an emergency (I7).
    package var modes: [Mode]

    package init(_ gate: GateID, on roles: [Role], in modes: [Mode] = Mode.allCases) {
        self.gate = gate
        self.on = roles
        self.modes = modes
    }
}

/// An action that makes another one short, done before it: without it the other may take long while clients wait.
package struct EasedBy: Hashable, Sendable {
    package var action: ActionID
    package var on: Role

    package init(_ action: ActionID, on role: Role) {
        self.action = action
        self.on = role
    }
}

/// The definition of one thing that Baton can do: pure, and the only place that knows its conditions, its effects, how to
/// tell whether it happened and how to undo it. Drivers perform it.
package protocol Action: Sendable {
    associatedtype Parameters: ParameterSet

    static var id: ActionID { get }
    /// One sentence for help and the reference page.
    static var summary: String { get }
    static var kind: TargetKind { get }
    /// The modes that it is made for.
    static var modes: [Mode] { get }
    /// Deadline when the playbook names none.
    static var defaultDeadline: TimeSpan { get }
    /// A shorter deadline ends the action while it works as it should: its measured time, with room for a busy machine.
    /// Zero: there is none.
    static var leastDeadline: TimeSpan { get }
    /// Whether it works on the target's host (its processes and files), not only through a connection to the server.
    static var needsHost: Bool { get }
    /// Whether the topology's own fence of a node does instead where Baton does not control the host.
    static var acceptsFence: Bool { get }
    /// What should have been done before any client waits for this action.
    static var easedBy: [EasedBy] { get }
    /// Gates that preflight judges because a plan contains this action.
    static var gates: [ImpliedGate] { get }
    /// What must hold before the action is announced.
    static func requires(_ parameters: Parameters, on target: Target, in scope: Scope, mode: Mode) -> [Condition]
    /// Its effects, in the order in which they happen. A crash leaves any prefix of them.
    static func changes(_ parameters: Parameters, on target: Target, in scope: Scope) -> [Change]
    /// Everything that it would make of a world that is known before: its changes, and what of its witnesses follows from
    /// what they are now.
    static func foresees(_ parameters: Parameters, on target: Target, in scope: Scope, from world: World) -> [Change]
    /// Facts beyond the changes that are observed right before the announcement and again after, to settle by comparison.
    static func witnesses(_ parameters: Parameters, on target: Target, in scope: Scope) -> [FactKey]
    /// Whether it happened, from observed facts. `before` is what was known when the action was announced.
    static func settle(
        _ parameters: Parameters, on target: Target, in scope: Scope, before: World, now: World
    ) -> Settlement
    static func undo(_ parameters: Parameters, on target: Target, in scope: Scope) -> Undo
    static func obligations(_ parameters: Parameters, on target: Target, in scope: Scope) -> [ObligationTerms]
    /// What is to be done from the promotion on when the target does not stay as the action left it; nil: nothing.
    static func standingOrder(on target: Target, in scope: Scope) -> StandingOrder?
    /// The exact commands to do it without Baton.
    static func byHand(_ parameters: Parameters, on target: Target, in scope: Scope) -> [ByHandCommand]
    /// What can go wrong with it, for whoever does it by hand.
    static func troubles(_ parameters: Parameters, on target: Target, in scope: Scope) -> [Trouble]
}

extension Action {
    package static var modes: [Mode] { Mode.allCases }
    package static var leastDeadline: TimeSpan { .zero }
    package static var needsHost: Bool { false }
    package static var acceptsFence: Bool { false }
    package static var easedBy: [EasedBy] { [] }
    package static var gates: [ImpliedGate] { [] }
    package static func requires(
        _ parameters: Parameters, on target: Target, in scope: Scope, mode: Mode
    ) -> [Condition] { [] }
    package static func foresees(
        _ parameters: Parameters, on target: Target, in scope: Scope, from world: World
    ) -> [Change] { changes(parameters, on: target, in: scope) }
    package static func witnesses(_ parameters: Parameters, on target: Target, in scope: Scope) -> [FactKey] { [] }
    package static func obligations(_ parameters: Parameters, on target: Target, in scope: Scope) -> [ObligationTerms] {
        []
    }
    package static func standingOrder(on target: Target, in scope: Scope) -> StandingOrder? { nil }
    package static func troubles(_ parameters: Parameters, on target: Target, in scope: Scope) -> [Trouble] { [] }

    /// Done when every stated effect is observed, not done when none is or only a first part of them, unknown when one
    /// cannot be seen. Actions whose effects can go a third way judge for themselves.
    package static func settle(
        _ parameters: Parameters, on target: Target, in scope: Scope, before: World, now: World
    ) -> Settlement {
        for change in changes(parameters, on: target, in: scope) {
            switch now[change.key] {
            case .unknown(let why): return .unknown("\(change.key) is not known: \(why)")
            case .known(let value, _) where value != change.value:
                return .notDone("\(change.key) is \(value), not \(change.value)")
            case .known: continue
            }
        }
        return .done
    }
}
