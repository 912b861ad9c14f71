@testable import BatonCore

/// A small set of actions and gates of the tests' own: every shape that the machine treats differently, once.
enum TestCatalogue {
    static let catalogue = Catalogue(
        actions: [
            ActionDefinition(Checkpoint.self), ActionDefinition(Slot.self), ActionDefinition(DropSlot.self),
            ActionDefinition(Pause.self), ActionDefinition(Release.self), ActionDefinition(Stop.self),
            ActionDefinition(Start.self), ActionDefinition(Promote.self), ActionDefinition(Repoint.self),
            ActionDefinition(Resume.self), ActionDefinition(Rejoin.self), ActionDefinition(Hold.self),
        ],
        gates: [GateDefinition(Healthy.self), GateDefinition(Replayed.self), GateDefinition(Budget.self)])

    /// Has no effect that could be observed.
    enum Checkpoint: Action {
        static let id: ActionID = "test.checkpoint"
        static let summary = "Writes a checkpoint."
        static let kind = TargetKind.node
        static let defaultDeadline = TimeSpan.seconds(10)
        static func changes(_: NoParameters, on target: Target, in scope: Scope) -> [Change] { [] }
        static func undo(_: NoParameters, on target: Target, in scope: Scope) -> Undo { .nothing }
        static func byHand(_: NoParameters, on target: Target, in scope: Scope) -> [ByHandCommand] { [] }
    }

    enum Slot: Action {
        static let id: ActionID = "test.slot"
        static let summary = "Makes a slot for old."
        static let kind = TargetKind.node
        static let defaultDeadline = TimeSpan.seconds(10)
        static func changes(_: NoParameters, on target: Target, in scope: Scope) -> [Change] {
            [Change(FactKey(target, .slot, detail: scope.binding.old), .flag(true))]
        }
        static func undo(_: NoParameters, on target: Target, in scope: Scope) -> Undo {
            .call(Call(DropSlot.id, on: target))
        }
        static func byHand(_: NoParameters, on target: Target, in scope: Scope) -> [ByHandCommand] { [] }
    }

    enum DropSlot: Action {
        static let id: ActionID = "test.drop-slot"
        static let summary = "Drops the slot for old."
        static let kind = TargetKind.node
        static let defaultDeadline = TimeSpan.seconds(2)
        static func changes(_: NoParameters, on target: Target, in scope: Scope) -> [Change] {
            [Change(FactKey(target, .slot, detail: scope.binding.old), .flag(false))]
        }
        static func undo(_: NoParameters, on target: Target, in scope: Scope) -> Undo { .nothing }
        static func byHand(_: NoParameters, on target: Target, in scope: Scope) -> [ByHandCommand] { [] }
    }

    enum Pause: Action {
        static let id: ActionID = "test.pause"
        static let summary = "Holds clients."
        static let kind = TargetKind.pooler
        static let defaultDeadline = TimeSpan.seconds(5)
        static let gates = [ImpliedGate("test.budget", on: [.poolers]), ImpliedGate("test.healthy", on: [.new])]
        static func changes(_: NoParameters, on target: Target, in scope: Scope) -> [Change] {
            [Change(FactKey(target, .paused), .flag(true))]
        }
        static func undo(_: NoParameters, on target: Target, in scope: Scope) -> Undo {
            .call(Call(Release.id, on: target))
        }
        static func obligations(_: NoParameters, on target: Target, in scope: Scope) -> [ObligationTerms] {
            [
                ObligationTerms(
                    owed: "clients of \(target) wait", discharged: [Change(FactKey(target, .paused), .flag(false))],
                    release: Call(Release.id, on: target))
            ]
        }
        static func byHand(_: NoParameters, on target: Target, in scope: Scope) -> [ByHandCommand] { [] }
    }

    /// A pause that wants fresh proof, so that it is announced later than it began.
    enum Hold: Action {
        static let id: ActionID = "test.hold"
        static let summary = "Holds clients that reach old."
        static let kind = TargetKind.pooler
        static let defaultDeadline = TimeSpan.seconds(60)
        static func requires(_: NoParameters, on target: Target, in scope: Scope, mode: Mode) -> [Condition] {
            [Condition(FactKey(target, .leadsTo), is: .name(scope.binding.old), freshly: true, why: "Clients of old.")]
        }
        static func changes(_: NoParameters, on target: Target, in scope: Scope) -> [Change] {
            [Change(FactKey(target, .paused), .flag(true))]
        }
        static func undo(_: NoParameters, on target: Target, in scope: Scope) -> Undo {
            .call(Call(Release.id, on: target))
        }
        static func byHand(_: NoParameters, on target: Target, in scope: Scope) -> [ByHandCommand] { [] }
    }

    enum Release: Action {
        static let id: ActionID = "test.release"
        static let summary = "Takes a pause back."
        static let kind = TargetKind.pooler
        static let defaultDeadline = TimeSpan.seconds(2)
        static func changes(_: NoParameters, on target: Target, in scope: Scope) -> [Change] {
            [Change(FactKey(target, .paused), .flag(false))]
        }
        static func undo(_: NoParameters, on target: Target, in scope: Scope) -> Undo { .nothing }
        static func byHand(_: NoParameters, on target: Target, in scope: Scope) -> [ByHandCommand] { [] }
    }

    enum Stop: Action {
        static let id: ActionID = "test.stop"
        static let summary = "Stops old."
        static let kind = TargetKind.node
        static let defaultDeadline = TimeSpan.seconds(60)
        static func standingOrder(on target: Target, in scope: Scope) -> StandingOrder? {
            StandingOrder(
                when: [
                    [Change(FactKey(target, .writable), .flag(true))],
                    [
                        Change(FactKey(target, .running), .flag(true)),
                        Change(FactKey(target, .standbySignal), .flag(false)),
                    ],
                ],
                owed: ObligationTerms(
                    owed: "\(target) has written on its own",
                    discharged: [Change(FactKey(target, .follows), .name(scope.binding.new))],
                    release: Call(Rejoin.id, on: target)))
        }
        static func changes(_: NoParameters, on target: Target, in scope: Scope) -> [Change] {
            [Change(FactKey(target, .writable), .flag(false)), Change(FactKey(target, .running), .flag(false))]
        }
        static func undo(_: NoParameters, on target: Target, in scope: Scope) -> Undo {
            .call(Call(Start.id, on: target))
        }
        static func byHand(_: NoParameters, on target: Target, in scope: Scope) -> [ByHandCommand] { [] }
    }

    enum Start: Action {
        static let id: ActionID = "test.start"
        static let summary = "Starts old as the primary."
        static let kind = TargetKind.node
        static let defaultDeadline = TimeSpan.seconds(2)
        static func changes(_: NoParameters, on target: Target, in scope: Scope) -> [Change] {
            [Change(FactKey(target, .running), .flag(true)), Change(FactKey(target, .writable), .flag(true))]
        }
        static func undo(_: NoParameters, on target: Target, in scope: Scope) -> Undo { .nothing }
        static func byHand(_: NoParameters, on target: Target, in scope: Scope) -> [ByHandCommand] { [] }
    }

    /// Cannot be undone; wants fresh proof that old cannot write.
    enum Promote: Action {
        static let id: ActionID = "test.promote"
        static let summary = "Promotes new."
        static let kind = TargetKind.node
        static let defaultDeadline = TimeSpan.seconds(20)
        static func requires(_: NoParameters, on target: Target, in scope: Scope, mode: Mode) -> [Condition] {
            [
                Condition(FactKey(scope.old, .writable), is: .flag(false), freshly: true, why: "One writer."),
                Condition(FactKey(target, .complete), is: .flag(true), why: "Nothing is lost."),
            ]
        }
        static func changes(_: NoParameters, on target: Target, in scope: Scope) -> [Change] {
            [Change(FactKey(target, .inRecovery), .flag(false)), Change(FactKey(target, .writable), .flag(true))]
        }
        static func foresees(_: NoParameters, on target: Target, in scope: Scope, from world: World) -> [Change] {
            let timeline = FactKey(target, .timeline)
            guard case .number(let number)? = world.value(timeline) else {
                return changes(NoParameters(Arguments()), on: target, in: scope)
            }
            return changes(NoParameters(Arguments()), on: target, in: scope) + [Change(timeline, .number(number + 1))]
        }
        static func witnesses(_: NoParameters, on target: Target, in scope: Scope) -> [FactKey] {
            [FactKey(target, .timeline)]
        }
        static func settle(
            _: NoParameters, on target: Target, in scope: Scope, before: World, now: World
        ) -> Settlement {
            let timeline = FactKey(target, .timeline)
            guard let recovery = now.value(FactKey(target, .inRecovery)) else { return .unknown("not seen") }
            if recovery == .flag(true) { return .notDone("still in recovery") }
            guard case .number(let earlier)? = before.value(timeline), case .number(let later)? = now.value(timeline)
            else { return .unknown("no timeline") }
            return later == earlier + 1 ? .done : .diverged("on timeline \(later)")
        }
        static func undo(_: NoParameters, on target: Target, in scope: Scope) -> Undo {
            .irreversible(why: "A history of its own.")
        }
        static func byHand(_: NoParameters, on target: Target, in scope: Scope) -> [ByHandCommand] { [] }
    }

    enum Repoint: Action {
        static let id: ActionID = "test.repoint"
        static let summary = "Leads a pooler to new."
        static let kind = TargetKind.pooler
        static let defaultDeadline = TimeSpan.seconds(2)
        static func requires(_: NoParameters, on target: Target, in scope: Scope, mode: Mode) -> [Condition] {
            [Condition(FactKey(scope.new, .writable), is: .flag(true), why: "New writes.")]
        }
        static func changes(_: NoParameters, on target: Target, in scope: Scope) -> [Change] {
            [Change(FactKey(target, .leadsTo), .name(scope.binding.new))]
        }
        static func undo(_: NoParameters, on target: Target, in scope: Scope) -> Undo { .nothing }
        static func byHand(_: NoParameters, on target: Target, in scope: Scope) -> [ByHandCommand] { [] }
    }

    enum Resume: Action {
        static let id: ActionID = "test.resume"
        static let summary = "Lets clients go on."
        static let kind = TargetKind.pooler
        static let defaultDeadline = TimeSpan.seconds(2)
        static func requires(_: NoParameters, on target: Target, in scope: Scope, mode: Mode) -> [Condition] {
            [
                Condition(
                    FactKey(target, .leadsTo), is: .name(scope.binding.new), freshly: true, why: "Clients reach new.")
            ]
        }
        static func changes(_: NoParameters, on target: Target, in scope: Scope) -> [Change] {
            [Change(FactKey(target, .paused), .flag(false))]
        }
        static func undo(_: NoParameters, on target: Target, in scope: Scope) -> Undo { .nothing }
        static func byHand(_: NoParameters, on target: Target, in scope: Scope) -> [ByHandCommand] { [] }
    }

    enum Rejoin: Action {
        static let id: ActionID = "test.rejoin"
        static let summary = "Starts old as a standby."
        static let kind = TargetKind.node
        static let defaultDeadline = TimeSpan.seconds(2)
        static func requires(_: NoParameters, on target: Target, in scope: Scope, mode: Mode) -> [Condition] {
            [Condition(FactKey(scope.new, .writable), is: .flag(true), why: "Somebody to follow.")]
        }
        static func changes(_: NoParameters, on target: Target, in scope: Scope) -> [Change] {
            [Change(FactKey(target, .running), .flag(true)), Change(FactKey(target, .inRecovery), .flag(true))]
        }
        static func undo(_: NoParameters, on target: Target, in scope: Scope) -> Undo { .nothing }
        static func byHand(_: NoParameters, on target: Target, in scope: Scope) -> [ByHandCommand] { [] }
    }

    struct Ask: Probe {
        static let id = "test.ask"
        var target: Target
        typealias Answer = Bool
    }

    struct BudgetLimit: ParameterSet {
        static let declarations = [ParameterDeclaration("budget", .span, default: .span(.seconds(1)), "The budget.")]
        var budget: TimeSpan
        init(_ arguments: Arguments) { budget = arguments.span("budget") }
    }

    enum Healthy: Gate {
        static let id: GateID = "test.healthy"
        static let summary = "The target is well."
        static let source = "The tests."
        static let kind = TargetKind.node
        static func question(_: NoParameters, on target: Target, in scope: Scope) -> Ask { Ask(target: target) }
        static func judge(_ answer: Bool, _: NoParameters) -> Verdict {
            answer ? .pass("well") : .block("ill", remedy: "heal it")
        }
        static let passing = true
        static let refusing = false
    }

    /// Establishes that new has everything.
    enum Replayed: Gate {
        static let id: GateID = "test.replayed"
        static let summary = "New has all of old's log."
        static let source = "The tests."
        static let kind = TargetKind.node
        static func question(_: NoParameters, on target: Target, in scope: Scope) -> Ask { Ask(target: target) }
        static func judge(_ answer: Bool, _: NoParameters) -> Verdict {
            answer ? .pass("replayed") : .block("behind", remedy: "wait")
        }
        static func establishes(on target: Target, in scope: Scope) -> [Change] {
            [Change(FactKey(target, .complete), .flag(true))]
        }
        static let passing = true
        static let refusing = false
    }

    enum Budget: Gate {
        static let id: GateID = "test.budget"
        static let summary = "The pooler waits long enough."
        static let source = "The tests."
        static let kind = TargetKind.pooler
        static func question(_: BudgetLimit, on target: Target, in scope: Scope) -> Ask { Ask(target: target) }
        static func judge(_ answer: Bool, _: BudgetLimit) -> Verdict {
            answer ? .pass("long enough") : .block("too short", remedy: "raise it")
        }
        static let passing = true
        static let refusing = false
    }
}
