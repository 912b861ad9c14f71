package import BatonCore

/// Proves that a node which does not answer can write no more: marks its data directory, so that nobody's restart makes it a
/// primary (R3), and ends every process of it, for backends outlive a postmaster and can still commit (R10). Waits for no
/// client and writes no checkpoint. Where its host is not controlled or does not answer, and the topology has a fence of its
/// own for the node, that one is used instead, and only its own proof counts.
///
/// It is not taken back by itself: whether the node was the primary or a standby nobody could ask, and starting the wrong one
/// as a primary is what a fence exists to prevent.
package enum Fence: Action {
    package static let id: ActionID = "postgres.fence"
    package static let summary =
        "Make sure that a node that is lost writes no more: on its host, or by the topology's own fence."
    package static let kind = TargetKind.node
    package static let modes = [Mode.emergency, .rejoin]
    package static let defaultDeadline = TimeSpan.seconds(10)
    package static let needsHost = true
    package static let acceptsFence = true
    package static let gates = [ImpliedGate("postgres.fenceable", on: [.old], in: [.emergency])]

    package static func changes(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [Change] {
        // What a fence of the topology's own leaves in the data directory nobody can see.
        guard scope.topology.node(target.name)?.fence == nil else {
            return [Change(FactKey(target, .writable), .flag(false))] + ofItsOwn(target, true, in: scope)
        }
        return [
            Change(FactKey(target, .standbySignal), .flag(true)),
            Change(FactKey(target, .writable), .flag(false)),
            Change(FactKey(target, .running), .flag(false)),
        ]
    }

    /// For a node with a fence of its own: what a promotion in an emergency asks of it, however it came about.
    static func ofItsOwn(_ target: Target, _ isFenced: Bool, in scope: Scope) -> [Change] {
        scope.topology.node(target.name)?.fence == nil ? [] : [Change(FactKey(target, .fenced), .flag(isFenced))]
    }

    package static func undo(_ parameters: NoParameters, on target: Target, in scope: Scope) -> Undo { .nothing }

    package static func obligations(
        _ parameters: NoParameters, on target: Target, in scope: Scope
    ) -> [ObligationTerms] {
        if scope.isRejoin {
            return [
                ObligationTerms(
                    owed: "\(target) is stopped and marked until it follows \(scope.new)",
                    discharged: [Change(FactKey(target, .follows), .name(scope.binding.new))],
                    release: Call(Rejoin.id, on: target))
            ]
        }
        return [
            ObligationTerms(
                owed:
                    "\(target) is fenced; nobody is primary until it is started again, or new is promoted",
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
        let ownFence = scope.topology.node(target.name)?.fence
        let byFence = ownFence.map { [fenceCommand($0.act, at: target, expect: "\(target) is switched off")] } ?? []
        guard scope.topology.node(target.name)?.access != HostAccess.none || ownFence == nil else { return byFence }
        return [
            onHost(of: target, "touch \(file("standby.signal", of: target, in: scope))", expect: "", output: "")
        ] + [stop].compactMap(\.self) + byFence
    }

    package static func troubles(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [Trouble] {
        guard scope.topology.node(target.name)?.fence != nil else { return [] }
        return [
            Trouble(
                "Its host does not answer.",
                remedy: "Use its own fence alone. It leaves no mark: before the machine is switched on again, put "
                    + "standby.signal into the data directory, or keep the machine off."),
            Trouble(
                "The fence's proof does not say that \(target) is off.",
                remedy: "Do not promote. Somebody has to go there, or to whoever runs the machine."),
        ]
    }
}
