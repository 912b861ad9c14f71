import BatonCore

/// A small catalogue of its own, so that these tests fail for the renderers' faults and no action's.
enum Toy {
    static let catalogue = Catalogue(
        actions: [
            ActionDefinition(Pause.self), ActionDefinition(Resume.self), ActionDefinition(Stop.self),
            ActionDefinition(Start.self), ActionDefinition(Promote.self), ActionDefinition(Repoint.self),
        ],
        gates: [GateDefinition(Ready.self), GateDefinition(Proof.self)])

    enum Pause: Action {
        static let id: ActionID = "toy.pause"
        static let summary = "Clients of a pooler wait."
        static let kind = TargetKind.pooler
        static let defaultDeadline = TimeSpan.seconds(5)
        static func requires(_: NoParameters, on: Target, in: Scope, mode: Mode) -> [Condition] { [] }
        static func changes(_: NoParameters, on target: Target, in: Scope) -> [Change] {
            [Change(FactKey(target, .paused), .flag(true))]
        }
        static func undo(_: NoParameters, on target: Target, in: Scope) -> Undo {
            .call(Call(Resume.id, on: target))
        }
        static func obligations(_: NoParameters, on target: Target, in: Scope) -> [ObligationTerms] {
            [
                ObligationTerms(
                    owed: "\(target)'s clients wait; they must be released",
                    discharged: [Change(FactKey(target, .paused), .flag(false))], release: Call(Resume.id, on: target))
            ]
        }
        static func byHand(_: NoParameters, on target: Target, in: Scope) -> [ByHandCommand] {
            [ByHandCommand(at: target.name, ["psql", "-c", "PAUSE app;"], expect: "PAUSE")]
        }
    }

    enum Resume: Action {
        static let id: ActionID = "toy.resume"
        static let summary = "Clients of a pooler go on."
        static let kind = TargetKind.pooler
        static let defaultDeadline = TimeSpan.seconds(5)
        static func requires(_: NoParameters, on: Target, in: Scope, mode: Mode) -> [Condition] { [] }
        static func changes(_: NoParameters, on target: Target, in: Scope) -> [Change] {
            [Change(FactKey(target, .paused), .flag(false))]
        }
        static func undo(_: NoParameters, on: Target, in: Scope) -> Undo { .nothing }
        static func byHand(_: NoParameters, on target: Target, in: Scope) -> [ByHandCommand] {
            [ByHandCommand(at: target.name, ["psql", "-c", "RESUME app;"], expect: "RESUME")]
        }
    }

    enum Stop: Action {
        static let id: ActionID = "toy.stop"
        static let summary = "A node's server ends."
        static let kind = TargetKind.node
        static let defaultDeadline = TimeSpan.seconds(30)
        static let gates = [ImpliedGate(Ready.id, on: [.old])]
        static func requires(_: NoParameters, on: Target, in: Scope, mode: Mode) -> [Condition] { [] }
        static func standingOrder(on target: Target, in scope: Scope) -> StandingOrder? {
            StandingOrder(
                when: [[Change(FactKey(target, .writable), .flag(true))]],
                owed: ObligationTerms(
                    owed: "\(target) has written on its own",
                    discharged: [Change(FactKey(target, .follows), .name(scope.binding.new))],
                    release: Call(id, on: target)))
        }
        static func changes(_: NoParameters, on target: Target, in: Scope) -> [Change] {
            [Change(FactKey(target, .writable), .flag(false)), Change(FactKey(target, .running), .flag(false))]
        }
        static func undo(_: NoParameters, on target: Target, in: Scope) -> Undo { .call(Call(Start.id, on: target)) }
        static func byHand(_: NoParameters, on target: Target, in: Scope) -> [ByHandCommand] { [] }
    }

    enum Start: Action {
        static let id: ActionID = "toy.start"
        static let summary = "A node's server begins."
        static let kind = TargetKind.node
        static let defaultDeadline = TimeSpan.seconds(30)
        static func requires(_: NoParameters, on: Target, in: Scope, mode: Mode) -> [Condition] { [] }
        static func changes(_: NoParameters, on target: Target, in: Scope) -> [Change] {
            [Change(FactKey(target, .running), .flag(true)), Change(FactKey(target, .writable), .flag(true))]
        }
        static func undo(_: NoParameters, on: Target, in: Scope) -> Undo { .nothing }
        static func byHand(_: NoParameters, on target: Target, in: Scope) -> [ByHandCommand] { [] }
    }

    enum Promote: Action {
        static let id: ActionID = "toy.promote"
        static let summary = "A standby becomes the primary."
        static let kind = TargetKind.node
        static let defaultDeadline = TimeSpan.seconds(10)
        static func requires(_: NoParameters, on: Target, in scope: Scope, mode: Mode) -> [Condition] {
            [
                Condition(
                    FactKey(scope.old, .writable), is: .flag(false), freshly: true, why: "Two primaries must not be.")
            ]
        }
        static func changes(_: NoParameters, on target: Target, in: Scope) -> [Change] {
            [Change(FactKey(target, .inRecovery), .flag(false)), Change(FactKey(target, .writable), .flag(true))]
        }
        static func undo(_: NoParameters, on: Target, in: Scope) -> Undo {
            .irreversible(why: "a promotion begins a new timeline")
        }
        static func byHand(_: NoParameters, on target: Target, in: Scope) -> [ByHandCommand] {
            [ByHandCommand(at: target.name, ["psql", "-c", "SELECT pg_promote(true, 10);"], expect: "t")]
        }
    }

    enum Repoint: Action {
        static let id: ActionID = "toy.repoint"
        static let summary = "A pooler leads to the new primary."
        static let kind = TargetKind.pooler
        static let defaultDeadline = TimeSpan.milliseconds(150)
        static func requires(_: NoParameters, on: Target, in: Scope, mode: Mode) -> [Condition] { [] }
        static func changes(_: NoParameters, on target: Target, in scope: Scope) -> [Change] {
            [Change(FactKey(target, .leadsTo), .name(scope.binding.new))]
        }
        static func undo(_: NoParameters, on: Target, in: Scope) -> Undo { .nothing }
        static func byHand(_: NoParameters, on target: Target, in scope: Scope) -> [ByHandCommand] {
            [ByHandCommand(at: target.name, ["edit", "pgbouncer.ini", "host=\(scope.binding.new)"], expect: "")]
        }
    }

    struct Question: Probe {
        static let id = "toy"
        typealias Answer = Bool
    }

    enum Ready: Gate {
        static let id: GateID = "toy.ready"
        static let summary = "The node is ready."
        static let source = "the toy's manual, page 1"
        static let kind = TargetKind.node
        static func question(_: NoParameters, on: Target, in: Scope) -> Question { Question() }
        static func judge(_ answer: Bool, _: NoParameters) -> Verdict {
            answer ? .pass("ready") : .block("not ready", remedy: "make it ready")
        }
        static let passing = true
        static let refusing = false
    }

    /// Has the name of the real gate, by which the report knows the proof of zero loss.
    enum Proof: Gate {
        static let id: GateID = "postgres.replayed-shutdown-checkpoint"
        static let summary = "New has all that old had."
        static let source = "R4"
        static let kind = TargetKind.node
        static func question(_: NoParameters, on: Target, in: Scope) -> Question { Question() }
        static func judge(_ answer: Bool, _: NoParameters) -> Verdict {
            answer ? .pass("replayed the shutdown checkpoint") : .block("still replaying", remedy: "wait")
        }
        static func establishes(on target: Target, in: Scope) -> [Change] {
            [Change(FactKey(target, .complete), .flag(true))]
        }
        static let passing = true
        static let refusing = false
    }
}
