package import BatonCore

/// Proves that a node which does not answer can write no more: marks its data directory, so that nobody's restart makes it a
/// primary (R3), and ends every process of it, for backends outlive a postmaster and can still commit (R10). Waits for no
/// client and writes no checkpoint.
///
/// It is not taken back by itself: whether the node was the primary or a standby nobody could ask, and starting the wrong one
/// as a primary is what a fence exists to prevent.
package enum Fence: Action {
    package static let id: ActionID = "postgres.fence"
    package static let summary =
        "End every process of a node that is lost and mark it, so that no restart makes it a writer."
    package static let kind = TargetKind.node
    package static let modes = [Mode.emergency]
    package static let defaultDeadline = TimeSpan.seconds(10)
    package static let needsHost = true
    package static let gates = [ImpliedGate("postgres.fenceable", on: [.old])]

    package static func changes(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [Change] {
        [
            Change(FactKey(target, .standbySignal), .flag(true)),
            Change(FactKey(target, .writable), .flag(false)),
            Change(FactKey(target, .running), .flag(false)),
        ]
    }

    package static func undo(_ parameters: NoParameters, on target: Target, in scope: Scope) -> Undo { .nothing }

    package static func obligations(
        _ parameters: NoParameters, on target: Target, in scope: Scope
    ) -> [ObligationTerms] {
        [
            ObligationTerms(
                owed:
                    "\(target) is stopped and marked; nobody is primary until it is started again, or new is promoted",
                discharged: [
                    Change(FactKey(scope.new, .writable), .flag(true)),
                    Change(FactKey(target, .running), .flag(true)),
                ],
                release: Call(StartPrimary.id, on: target))
        ]
    }

    /// What is fenced stays fenced: whoever starts it as a primary again makes a second one. A server that runs without the
    /// mark is or becomes one, also where Baton does not reach its port and only its host tells.
    package static func standingOrder(on target: Target, in scope: Scope) -> StandingOrder? {
        StandingOrder(
            when: [
                [Change(FactKey(target, .writable), .flag(true))],
                [
                    Change(FactKey(target, .running), .flag(true)),
                    Change(FactKey(target, .standbySignal), .flag(false)),
                ],
            ],
            owed: ObligationTerms(
                owed:
                    "\(target) came back as a primary after \(scope.binding.new) was promoted: save what is worth it, then "
                    + "make \(target) a standby of \(scope.binding.new)",
                discharged: [Change(FactKey(target, .follows), .name(scope.binding.new))],
                release: Call(Rejoin.id, on: target)))
    }

    package static func byHand(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [ByHandCommand] {
        let stop = program(
            "pg_ctl", of: target, in: scope, " -m immediate -w stop || true",
            expect: "server stopped, or that no server is running")
        return [
            onHost(of: target, "touch \(file("standby.signal", of: target, in: scope))", expect: "", output: "")
        ] + [stop].compactMap(\.self)
    }
}
