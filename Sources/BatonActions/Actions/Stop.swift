package import BatonCore

/// Stops old with a shutdown checkpoint that every attached standby receives, and marks its data directory so that nobody's
/// restart makes it a second writer (R3). The stop is the fence.
package enum Stop: Action {
    package static let id: ActionID = "postgres.stop"
    package static let summary = "Stop old cleanly and mark it, so that no restart makes a second writer."
    package static let kind = TargetKind.node
    package static let defaultDeadline = TimeSpan.seconds(30)
    /// A fast stop takes 18 to 40 ms with nothing to write (measured).
    package static let leastDeadline = TimeSpan.seconds(1)
    package static let needsHost = true
    package static let easedBy = [EasedBy("postgres.checkpoint", on: .old)]
    package static let gates = [
        ImpliedGate("postgres.identity", on: [.all]), ImpliedGate("postgres.host", on: [.old, .new]),
        ImpliedGate("postgres.privileges", on: [.old, .new]), ImpliedGate("postgres.archiver", on: [.old]),
        ImpliedGate("postgres.walsenders", on: [.old]), ImpliedGate("postgres.transactions", on: [.old]),
    ]

    package static func requires(
        _ parameters: NoParameters, on target: Target, in scope: Scope, mode: Mode
    ) -> [Condition] {
        guard mode == .planned else { return [] }
        return [
            Condition(
                FactKey(scope.new, .follows), is: .name(target.name), freshly: true,
                why: "Only a standby that streams from old when old stops receives its last record.")
        ]
    }

    package static func changes(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [Change] {
        [
            Change(FactKey(target, .writable), .flag(false)),
            Change(FactKey(target, .cleanShutdown), .flag(true)),
            Change(FactKey(target, .running), .flag(false)),
            Change(FactKey(target, .standbySignal), .flag(true)),
        ] + Fence.ofItsOwn(target, true, in: scope)
    }

    package static func settle(
        _ parameters: NoParameters, on target: Target, in scope: Scope, before: World, now: World
    ) -> Settlement {
        let running = now.value(FactKey(target, .running))
        let clean = now.value(FactKey(target, .cleanShutdown))
        let marked = now.value(FactKey(target, .standbySignal))
        guard let running else { return .unknown("whether \(target) runs is not known") }
        if running == .flag(true) { return .notDone("\(target) still runs") }
        if clean == .flag(false) { return .diverged("\(target) is down without a shutdown checkpoint") }
        guard clean == .flag(true), let marked else { return .unknown("pg_control of \(target) cannot be read") }
        return marked == .flag(true) ? .done : .notDone("standby.signal is not in place on \(target)")
    }

    package static func undo(_ parameters: NoParameters, on target: Target, in scope: Scope) -> Undo {
        .call(Call(StartPrimary.id, on: target))
    }

    package static func byHand(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [ByHandCommand] {
        let mark = file("standby.signal", of: target, in: scope)
        let stop = program("pg_ctl", of: target, in: scope, " -m fast -w stop", expect: "server stopped")
        return [stop].compactMap(\.self) + [
            onHost(of: target, "touch \(mark)", expect: "no start makes \(target) a primary", output: "")
        ]
    }

    package static func troubles(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [Trouble] {
        [
            Trouble(
                "The stop does not end.",
                remedy:
                    "It waits for a receiver of its log or for its archiver. End the receiver that does not answer; "
                    + "otherwise take the switchover back. A fast stop that is under way cannot be called off: see the undo."
            ),
            Trouble(
                "It is down, and its control file does not say shut down.",
                remedy: "It was killed, so there is no proof of zero loss. Do not promote: take the switchover back."),
            Trouble(
                "Something starts it again.",
                remedy: "With standby.signal in place it starts as a standby and cannot write. Find out what starts it."
            ),
        ]
    }
}

/// Makes old the primary again: the undo of `postgres.stop`. A fast shutdown that is under way cannot be cancelled, so an
/// unfinished one is ended at once and recovered from (R2).
package enum StartPrimary: Action {
    package static let id: ActionID = "postgres.start"
    package static let summary = "Make old the primary again; the undo of a stop."
    package static let kind = TargetKind.node
    package static let defaultDeadline = TimeSpan.seconds(120)
    /// A start takes about 130 ms, and the log since the last checkpoint is replayed where the stop was not finished.
    package static let leastDeadline = TimeSpan.seconds(1)
    package static let needsHost = true

    /// A new that does not answer is no reason to leave the clients waiting: this run has not promoted it.
    package static func requires(
        _ parameters: NoParameters, on target: Target, in scope: Scope, mode: Mode
    ) -> [Condition] {
        [
            Condition(
                FactKey(scope.new, .writable), is: .flag(false), orUnknown: true,
                why: "Where new is the primary by now, old would be a second one.")
        ]
    }

    package static func changes(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [Change] {
        [
            Change(FactKey(target, .standbySignal), .flag(false)),
            Change(FactKey(target, .running), .flag(true)),
            Change(FactKey(target, .inRecovery), .flag(false)),
            Change(FactKey(target, .writable), .flag(true)),
        ] + Fence.ofItsOwn(target, false, in: scope)
    }

    package static func undo(_ parameters: NoParameters, on target: Target, in scope: Scope) -> Undo { .nothing }

    package static func byHand(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [ByHandCommand] {
        guard scope.topology.node(target.name)?.dataDirectory != nil else {
            return [
                psql(
                    target, in: scope, "SELECT pg_is_in_recovery()",
                    expect: "once its machine runs again, \(target) accepts writes", output: "f")
            ]
        }
        let mark = file("standby.signal", of: target, in: scope)
        let stop = program(
            "pg_ctl", of: target, in: scope, " -m immediate -w stop || true",
            expect: "server stopped, or that no server is running")
        return [stop].compactMap(\.self) + [
            onHost(of: target, "rm -f \(mark)", expect: "\(target) may be the primary again", output: "")
        ] + start(target, in: scope)
    }
}
