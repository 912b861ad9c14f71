package import BatonCore

/// Makes new the primary. The point of no return: the announcement alone rules out that old ever writes again in this run.
package enum Promote: Action {
    package static let id: ActionID = "postgres.promote"
    package static let summary = "Make new the primary. The point of no return."
    package static let kind = TargetKind.node
    package static let defaultDeadline = TimeSpan.seconds(60)
    /// It takes 25 ms, and 5 s where the standby sleeps its `wal_retrieve_retry_interval` (R21).
    package static let leastDeadline = TimeSpan.seconds(6)
    package static let gates = [
        ImpliedGate("postgres.identity", on: [.all], in: [.planned]),
        ImpliedGate("postgres.loss", on: [.new], in: [.emergency]),
        ImpliedGate("postgres.version", on: [.new], in: [.planned]),
        ImpliedGate("postgres.streaming", on: [.new], in: [.planned]),
        ImpliedGate("postgres.replay-lag", on: [.new], in: [.planned]),
        ImpliedGate("postgres.replay-paused", on: [.new]), ImpliedGate("postgres.apply-delay", on: [.new]),
        ImpliedGate("postgres.recovery-target", on: [.new]),
        ImpliedGate("postgres.settings-parity", on: [.new], in: [.planned]),
        ImpliedGate("postgres.synchronous", on: [.new]),
        ImpliedGate("postgres.logical-slots", on: [.old], in: [.planned]),
        ImpliedGate("postgres.privileges", on: [.old, .new], in: [.planned]),
        ImpliedGate("postgres.privileges", on: [.new], in: [.emergency]),
    ]

    package static func requires(
        _ parameters: NoParameters, on target: Target, in scope: Scope, mode: Mode
    ) -> [Condition] {
        let fenced = scope.fenced.flatMap { old in
            [
                Condition(
                    FactKey(old, .writable), is: .flag(false), freshly: true,
                    why: "Two primaries lose writes, so old must be proved unable to write."),
                Condition(
                    FactKey(old, staysDown(old, in: scope, mode: mode)), is: .flag(true), freshly: true,
                    why: "Somebody's restart of old must not make a second primary."),
            ]
        }
        guard mode == .planned else {
            // A planned run sees as much by new's own proof.
            return fenced + [
                Condition(
                    FactKey(target, .inRecovery), is: .flag(true), freshly: true,
                    why: "Only a node that is seen in recovery is told to promote itself, at the first time and again."),
                Condition(
                    FactKey(target, .mostAdvanced), is: .flag(true),
                    why: "What another standby has received and new has not would be lost."),
            ]
        }
        return fenced + [
            Condition(
                FactKey(scope.old, .cleanShutdown), is: .flag(true), freshly: true,
                why: "Without old's shutdown checkpoint nobody can prove that nothing is lost."),
            Condition(
                FactKey(target, .complete), is: .flag(true),
                why: "New must have replayed old's shutdown checkpoint and nothing beyond it."),
        ]
    }

    /// In an emergency a fence of the topology's own is evidence, too, and leaves no mark in a directory that nobody sees.
    private static func staysDown(_ old: Target, in scope: Scope, mode: Mode) -> Aspect {
        mode == .emergency && scope.topology.node(old.name)?.fence != nil ? .fenced : .standbySignal
    }

    package static func changes(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [Change] {
        [
            Change(FactKey(target, .inRecovery), .flag(false)),
            Change(FactKey(target, .writable), .flag(true)),
        ]
    }

    /// A promotion begins the next timeline.
    package static func foresees(
        _ parameters: NoParameters, on target: Target, in scope: Scope, from world: World
    ) -> [Change] {
        let timeline = FactKey(target, .timeline)
        guard case .number(let number)? = world.value(timeline) else {
            return changes(parameters, on: target, in: scope)
        }
        return changes(parameters, on: target, in: scope) + [Change(timeline, .number(number + 1))]
    }

    package static func witnesses(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [FactKey] {
        [FactKey(target, .timeline)]
    }

    /// Promoted means out of recovery and on the next timeline, with its history file (R5); the observer reports a
    /// timeline only when its history exists.
    package static func settle(
        _ parameters: NoParameters, on target: Target, in scope: Scope, before: World, now: World
    ) -> Settlement {
        let timeline = FactKey(target, .timeline)
        guard let recovery = now.value(FactKey(target, .inRecovery)) else {
            return .unknown("whether \(target) is in recovery is not known")
        }
        if recovery == .flag(true) { return .notDone("\(target) is still in recovery") }
        guard case .number(let earlier)? = before.value(timeline) else {
            return .unknown("the timeline of \(target) before the promotion is not known")
        }
        guard case .number(let later)? = now.value(timeline) else {
            return .unknown("the timeline of \(target) is not known")
        }
        guard later == earlier + 1 else {
            return .diverged("\(target) is out of recovery on timeline \(later), not \(earlier + 1)")
        }
        return now.value(FactKey(target, .writable)) == .flag(true) ? .done : .unknown("\(target) does not write yet")
    }

    package static func undo(_ parameters: NoParameters, on target: Target, in scope: Scope) -> Undo {
        .irreversible(why: "A promoted standby has a history of its own; old cannot follow it back.")
    }

    package static func byHand(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [ByHandCommand] {
        [
            psql(
                target, in: scope, "SELECT pg_promote(true, 60)", expect: "it may take some seconds", output: "t"),
            // Flushed, and held back for synchronous standbys, like any client's commit (R11, R15).
            psql(
                target, in: scope, "SELECT pg_logical_emit_message(true, 'baton', 'by hand') IS NOT NULL",
                expect: "a commit comes back at once", output: "t"),
        ]
    }

    package static func troubles(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [Trouble] {
        [
            Trouble(
                "No answer comes, or it says f.",
                remedy: "Do not promote another node and do not start \(scope.old). Ask \(target) SELECT "
                    + "pg_is_in_recovery(); until it answers. With f it is promoted."),
            Trouble(
                "It is promoted, and the commit does not come back.",
                remedy: "It waits for a synchronous standby that is not there: on \(target), ALTER SYSTEM SET "
                    + "synchronous_standby_names = ''; SELECT pg_reload_conf(); and set it again afterwards."),
            Trouble(
                "\(target) is down and was certainly not promoted.",
                remedy:
                    "It is in recovery on the old timeline and its pg_wal holds no new .history file: only then may "
                    + "\(scope.old) be started again."),
        ]
    }
}
