package import BatonCore

/// Starts old again as a standby of new. The proof before the promotion says that old's log ends where new's history
/// begins, so no rewind is needed.
package enum Rejoin: Action {
    package static let id: ActionID = "postgres.rejoin"
    package static let summary = "Start old again, as a standby of new."
    package static let kind = TargetKind.node
    package static let defaultDeadline = TimeSpan.seconds(60)
    package static let leastDeadline = TimeSpan.seconds(1)
    package static let needsHost = true

    package static func requires(
        _ parameters: NoParameters, on target: Target, in scope: Scope, mode: Mode
    ) -> [Condition] {
        [
            Condition(
                FactKey(target, .standbySignal), is: .flag(true), freshly: true,
                why: "Without standby.signal old would start as a second primary."),
            Condition(
                FactKey(scope.new, .writable), is: .flag(true), why: "Old can only follow a promoted new."),
            Condition(
                FactKey(scope.new, .complete), is: .flag(true),
                why: "Old may follow without a rewind only where new was proved to have all of its log."),
        ]
    }

    package static func changes(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [Change] {
        [
            Change(FactKey(target, .running), .flag(true)),
            Change(FactKey(target, .inRecovery), .flag(true)),
            Change(FactKey(target, .follows), .name(scope.binding.new)),
            // The one that new used while old was the primary would keep log for ever.
            Change(FactKey(target, .slot, detail: scope.binding.new), .flag(false)),
        ]
    }

    /// The slots of the others, which `postgres.follow` owes: dropped here where none of them uses its own any more.
    package static func witnesses(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [FactKey] {
        scope.others.map { FactKey(target, .slot, detail: $0.name) }
    }

    package static func undo(_ parameters: NoParameters, on target: Target, in scope: Scope) -> Undo { .nothing }

    package static func byHand(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [ByHandCommand] {
        [
            ByHandCommand(
                at: "host of \(target), as the owner of the data directory",
                ["editor", file("postgresql.auto.conf", of: target, in: scope)],
                expect: followLines(target, in: scope)),
            pgCtl(target, in: scope, ["-w", "start"], expect: "server started"),
            psql(
                target, in: scope, "SELECT status, sender_host, sender_port FROM pg_stat_wal_receiver",
                expect: "streaming"),
        ]
    }

    static func followLines(_ target: Target, in scope: Scope) -> String {
        guard let upstream = scope.topology.node(scope.binding.new), let node = scope.topology.node(target.name) else {
            return ""
        }
        return "primary_conninfo leads to host=\(upstream.host) port=\(upstream.port) user=\(upstream.user) "
            + "application_name=\(node.name); primary_slot_name = '\(node.slotName)'"
    }
}

/// Leads another standby, which runs, to new.
package enum Follow: Action {
    package static let id: ActionID = "postgres.follow"
    package static let summary = "Lead another standby to new."
    package static let kind = TargetKind.node
    package static let defaultDeadline = TimeSpan.seconds(30)
    package static let needsHost = true
    package static let gates = [ImpliedGate("postgres.host", on: [.others])]

    package static func requires(
        _ parameters: NoParameters, on target: Target, in scope: Scope, mode: Mode
    ) -> [Condition] {
        [
            Condition(
                FactKey(scope.new, .writable), is: .flag(true), why: "A standby can only follow a promoted new."),
            Condition(
                FactKey(target, .inRecovery), is: .flag(true), freshly: true,
                why: "Only a standby may be led to another primary."),
        ]
    }

    package static func changes(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [Change] {
        [Change(FactKey(target, .follows), .name(scope.binding.new))]
    }

    /// The slot that it streamed from until now would keep log on old for ever. It is dropped by whoever sees it unused
    /// last, this action or the rejoin of old; the drop is not waited for, because old may be gone.
    package static func obligations(
        _ parameters: NoParameters, on target: Target, in scope: Scope
    ) -> [ObligationTerms] {
        guard let node = scope.topology.node(target.name) else { return [] }
        return [
            ObligationTerms(
                owed: "slot \(node.slotName) on \(scope.old) keeps log that \(target) does not need any more",
                discharged: [Change(FactKey(scope.old, .slot, detail: target.name), .flag(false))],
                release: Call(DropSlots.id, on: scope.old))
        ]
    }

    package static func undo(_ parameters: NoParameters, on target: Target, in scope: Scope) -> Undo { .nothing }

    package static func byHand(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [ByHandCommand] {
        [
            ByHandCommand(
                at: "host of \(target), as the owner of the data directory",
                ["editor", file("postgresql.auto.conf", of: target, in: scope)],
                expect: Rejoin.followLines(target, in: scope)),
            pgCtl(target, in: scope, ["reload"], expect: "server signaled"),
        ]
    }
}
