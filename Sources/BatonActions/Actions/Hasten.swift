package import BatonCore

/// Lets the pooler try new at once. A server login that failed, as every one did while the primary was lost, starts
/// `server_login_retry`: clients would wait up to 15 s (its default) for a server that has long been there (R12).
package enum Hasten: Action {
    package static let id: ActionID = "pgbouncer.hasten"
    package static let summary = "Let the pooler try new at once, although its last server logins failed."
    package static let kind = TargetKind.pooler
    package static let modes = [Mode.emergency]
    package static let defaultDeadline = TimeSpan.seconds(5)
    package static let gates = [ImpliedGate("pgbouncer.ready", on: [.poolers])]

    package static func requires(
        _ parameters: NoParameters, on target: Target, in scope: Scope, mode: Mode
    ) -> [Condition] {
        [
            Condition(
                FactKey(target, .leadsTo), is: .name(scope.binding.new),
                why: "Leading the pooler to new ends what was set for a while, so that comes first.")
        ]
    }

    package static func changes(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [Change] {
        [Change(FactKey(target, .eagerLogins), .flag(true))]
    }

    package static func witnesses(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [FactKey] {
        [FactKey(target, .paused)]
    }

    /// Done as well where the clients go on already: there is nothing to hasten any more.
    package static func settle(
        _ parameters: NoParameters, on target: Target, in scope: Scope, before: World, now: World
    ) -> Settlement {
        if now.value(FactKey(target, .eagerLogins)) == .flag(true) { return .done }
        switch now.value(FactKey(target, .paused)) {
        case .flag(false)?: return .done
        case nil: return .unknown("nobody tells whether clients of \(target) wait")
        default: return .notDone("\(target) waits before it tries a server again")
        }
    }

    package static func undo(_ parameters: NoParameters, on target: Target, in scope: Scope) -> Undo {
        .call(Call(Settle.id, on: target))
    }

    package static func obligations(
        _ parameters: NoParameters, on target: Target, in scope: Scope
    ) -> [ObligationTerms] {
        [
            ObligationTerms(
                owed: "server_login_retry of \(target) is next to nothing until it reads its file again",
                discharged: [Change(FactKey(target, .eagerLogins), .flag(false))],
                release: Call(Settle.id, on: target))
        ]
    }

    package static func byHand(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [ByHandCommand] {
        [console(target, in: scope, "SET server_login_retry = '0.001'", expect: "SET")]
    }
}

/// Has the pooler read its file again, which ends what was set for a while.
package enum Settle: Action {
    package static let id: ActionID = "pgbouncer.settle"
    package static let summary = "Have the pooler read its file again, so that its own server_login_retry holds."
    package static let kind = TargetKind.pooler
    package static let modes = [Mode.emergency]
    package static let defaultDeadline = TimeSpan.seconds(10)

    package static func changes(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [Change] {
        [Change(FactKey(target, .eagerLogins), .flag(false))]
    }

    package static func undo(_ parameters: NoParameters, on target: Target, in scope: Scope) -> Undo { .nothing }

    package static func byHand(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [ByHandCommand] {
        [console(target, in: scope, "RELOAD", expect: "RELOAD")]
    }
}
