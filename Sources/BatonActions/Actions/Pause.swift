package import BatonCore

/// Holds the clients of a pooler: each finishes its transaction, then waits and sees no error.
package enum Pause: Action {
    package static let id: ActionID = "pgbouncer.pause"
    package static let summary = "Hold the pooler's clients; they wait and see no error."
    package static let kind = TargetKind.pooler
    package static let defaultDeadline = TimeSpan.seconds(5)
    /// It takes up to 10 ms under load, and as long as the open transactions.
    package static let leastDeadline = TimeSpan.milliseconds(100)
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
        databases(of: target, in: scope).map {
            console(
                target, in: scope, "PAUSE \(consoleName($0))", expect: "PAUSE, as soon as every transaction has ended")
        }
    }

    package static func troubles(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [Trouble] {
        [
            Trouble(
                "PAUSE does not come back.",
                remedy:
                    "A transaction is still open: SHOW SERVERS on another console shows it. Wait for it, or take the "
                    + "pause back there with RESUME; the waiting PAUSE then never returns, which is no harm."),
            Trouble(
                "Clients get errors while they wait.",
                remedy: "They wait for longer than query_wait_timeout of \(target) allows. Take the pause back."),
        ]
    }

    /// An entry's name in the console's quotes.
    static func consoleName(_ name: String) -> String { "\"" + doubled(name, "\"") + "\"" }

    static func databases(of target: Target, in scope: Scope) -> [String] {
        scope.topology.pooler(target.name)?.databases ?? []
    }
}

/// Holds a pooler's clients, and ends every session that waits for a lost server (R10): in an emergency a transaction is
/// waited for in vain, because its server is gone. Where no session is left at one, nothing is ended.
package enum Kill: Action {
    package static let id: ActionID = "pgbouncer.kill"
    package static let summary =
        "Hold the pooler's clients, and end the sessions that wait for a lost server."
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
        Pause.databases(of: target, in: scope).map {
            console(target, in: scope, "KILL \(Pause.consoleName($0))", expect: "KILL")
        }
    }

    package static func troubles(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [Trouble] {
        [
            Trouble(
                "The pooler is gone.",
                remedy:
                    "KILL may end it (a fault of PgBouncer). Start it again, and have it hold its clients with PAUSE.")
        ]
    }
}

/// Lets the clients go on, towards new.
package enum Resume: Action {
    package static let id: ActionID = "pgbouncer.resume"
    package static let summary = "Let the pooler's clients go on, now towards new."
    package static let kind = TargetKind.pooler
    package static let defaultDeadline = TimeSpan.seconds(30)
    /// It is tried again every 100 ms; less leaves no second try.
    package static let leastDeadline = TimeSpan.milliseconds(500)

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
        Pause.databases(of: target, in: scope).map {
            console(target, in: scope, "RESUME \(Pause.consoleName($0))", expect: "RESUME")
        }
    }

    package static func troubles(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [Trouble] {
        [
            Trouble("It says that the database is not paused.", remedy: "Somebody was faster; nothing is left to do."),
            Trouble(
                "Clients still wait.",
                remedy: "The pooler cannot log in at \(scope.new): look at SHOW SERVERS on its console and at its log."),
        ]
    }
}

/// Takes a pause back: the clients go on towards old, which writes again. The undo of `pgbouncer.pause`.
package enum Release: Action {
    package static let id: ActionID = "pgbouncer.release"
    package static let summary = "Take a pause back; the clients go on towards old."
    package static let kind = TargetKind.pooler
    package static let defaultDeadline = TimeSpan.seconds(10)
    package static let leastDeadline = TimeSpan.milliseconds(500)

    package static func changes(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [Change] {
        Resume.changes(parameters, on: target, in: scope)
    }

    package static func undo(_ parameters: NoParameters, on target: Target, in scope: Scope) -> Undo { .nothing }

    package static func byHand(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [ByHandCommand] {
        Resume.byHand(parameters, on: target, in: scope)
    }
}
