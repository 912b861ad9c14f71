package import BatonCore

/// Holds the clients of a pooler: each finishes its transaction, then waits and sees no error.
package enum Pause: Action {
    package static let id: ActionID = "pgbouncer.pause"
    package static let summary = "Hold the pooler's clients; they wait and see no error."
    package static let kind = TargetKind.pooler
    package static let defaultDeadline = TimeSpan.seconds(5)
    package static let gates = [
        ImpliedGate("pgbouncer.ready", on: [.poolers]), ImpliedGate("pgbouncer.freeze-budget", on: [.poolers]),
        ImpliedGate("canary.ready", on: [.routes], in: [.planned]),
    ]

    package static func changes(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [Change] {
        [Change(FactKey(target, .paused), .flag(true))]
    }

    package static func undo(_ parameters: NoParameters, on target: Target, in scope: Scope) -> Undo {
        .call(Call(Release.id, on: target))
    }

    package static func obligations(
        _ parameters: NoParameters, on target: Target, in scope: Scope
    ) -> [ObligationTerms] {
        [
            ObligationTerms(
                owed: "clients of \(target) wait until it is resumed",
                discharged: [Change(FactKey(target, .paused), .flag(false))],
                release: Call(Release.id, on: target))
        ]
    }

    package static func byHand(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [ByHandCommand] {
        databases(of: target, in: scope).map { console(target, in: scope, "PAUSE \"\($0)\"", expect: "PAUSE") }
    }

    static func databases(of target: Target, in scope: Scope) -> [String] {
        scope.topology.pooler(target.name)?.databases ?? []
    }
}

/// Ends every session of a pooler's clients and servers and holds whoever comes anew (R10): in an emergency a transaction is
/// waited for in vain, because its server is gone.
package enum Kill: Action {
    package static let id: ActionID = "pgbouncer.kill"
    package static let summary = "End the sessions of the pooler's clients and hold new ones."
    package static let kind = TargetKind.pooler
    package static let modes = [Mode.emergency]
    package static let defaultDeadline = TimeSpan.seconds(5)
    package static let gates = [
        ImpliedGate("pgbouncer.ready", on: [.poolers]), ImpliedGate("pgbouncer.freeze-budget", on: [.poolers]),
    ]

    package static func changes(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [Change] {
        Pause.changes(parameters, on: target, in: scope)
    }

    package static func undo(_ parameters: NoParameters, on target: Target, in scope: Scope) -> Undo {
        Pause.undo(parameters, on: target, in: scope)
    }

    package static func obligations(
        _ parameters: NoParameters, on target: Target, in scope: Scope
    ) -> [ObligationTerms] {
        Pause.obligations(parameters, on: target, in: scope)
    }

    package static func byHand(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [ByHandCommand] {
        Pause.databases(of: target, in: scope).map { console(target, in: scope, "KILL \"\($0)\"", expect: "KILL") }
    }
}

/// Lets the clients go on, towards new.
package enum Resume: Action {
    package static let id: ActionID = "pgbouncer.resume"
    package static let summary = "Let the pooler's clients go on, now towards new."
    package static let kind = TargetKind.pooler
    package static let defaultDeadline = TimeSpan.seconds(30)

    package static func requires(
        _ parameters: NoParameters, on target: Target, in scope: Scope, mode: Mode
    ) -> [Condition] {
        [
            Condition(
                FactKey(target, .leadsTo), is: .name(scope.binding.new),
                why: "Clients that go on must reach new, not the stopped old."),
            Condition(
                FactKey(scope.new, .writable), is: .flag(true), why: "Clients that go on must find a node that writes."),
        ]
    }

    package static func changes(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [Change] {
        [Change(FactKey(target, .paused), .flag(false))]
    }

    package static func undo(_ parameters: NoParameters, on target: Target, in scope: Scope) -> Undo { .nothing }

    package static func byHand(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [ByHandCommand] {
        Pause.databases(of: target, in: scope).map { console(target, in: scope, "RESUME \"\($0)\"", expect: "RESUME") }
    }
}

/// Takes a pause back: the clients go on towards old, which writes again. The undo of `pgbouncer.pause`.
package enum Release: Action {
    package static let id: ActionID = "pgbouncer.release"
    package static let summary = "Take a pause back; the clients go on towards old."
    package static let kind = TargetKind.pooler
    package static let defaultDeadline = TimeSpan.seconds(10)

    package static func changes(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [Change] {
        Resume.changes(parameters, on: target, in: scope)
    }

    package static func undo(_ parameters: NoParameters, on target: Target, in scope: Scope) -> Undo { .nothing }

    package static func byHand(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [ByHandCommand] {
        Resume.byHand(parameters, on: target, in: scope)
    }
}
