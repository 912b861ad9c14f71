package import BatonCore

/// Reserves a physical replication slot on new for every node that will follow it, before anything is frozen, so that new
/// keeps the log they need from the moment of its promotion (R14).
package enum CreateSlots: Action {
    package static let id: ActionID = "postgres.slots"
    package static let summary = "Reserve replication slots on new for the nodes that will follow it."
    package static let kind = TargetKind.node
    package static let defaultDeadline = TimeSpan.seconds(10)
    package static let gates = [
        ImpliedGate("postgres.privileges", on: [.old, .new], in: [.planned]),
        ImpliedGate("postgres.privileges", on: [.new], in: [.emergency, .rejoin]),
    ]

    package static func changes(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [Change] {
        followers(of: target, in: scope).map { Change(FactKey(target, .slot, detail: $0.name), .flag(true)) }
    }

    package static func undo(_ parameters: NoParameters, on target: Target, in scope: Scope) -> Undo {
        .call(Call(DropSlots.id, on: target))
    }

    package static func obligations(
        _ parameters: NoParameters, on target: Target, in scope: Scope
    ) -> [ObligationTerms] {
        followers(of: target, in: scope).map { node in
            ObligationTerms(
                owed: "slot \(node.slotName) on \(target) keeps log until \(node.name) follows \(target)",
                discharged: [
                    Change(FactKey(.node(node.name), .follows), .name(target.name)),
                    Change(FactKey(target, .slot, detail: node.name), .flag(false)),
                ],
                release: Call(DropSlots.id, on: target))
        }
    }

    package static func byHand(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [ByHandCommand] {
        followers(of: target, in: scope).map { node in
            psql(
                target, in: scope,
                "SELECT pg_create_physical_replication_slot('\(node.slotName)', true) WHERE NOT EXISTS "
                    + "(SELECT FROM pg_replication_slots WHERE slot_name = '\(node.slotName)')",
                expect: "one line, or none where the slot is there already")
        }
    }

    package static func troubles(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [Trouble] {
        [
            Trouble(
                "All replication slots are in use.",
                remedy: "Drop one that nobody needs, or raise max_replication_slots of \(target) and restart it."),
            Trouble(
                "The switchover does not take place.",
                remedy: "Drop the slots again: an unused one keeps log until the disk is full."),
        ]
    }

    /// Every node but the target itself, and but for those that an emergency has lost; in a rejoin, old alone.
    static func followers(of target: Target, in scope: Scope) -> [Node] { scope.followers(of: target) }
}

/// Drops the slots that `postgres.slots` reserved and nobody uses. An unused slot keeps log until the disk is full.
package enum DropSlots: Action {
    package static let id: ActionID = "postgres.drop-slots"
    package static let summary = "Drop the unused replication slots that were reserved for followers."
    package static let kind = TargetKind.node
    package static let defaultDeadline = TimeSpan.seconds(10)

    package static func changes(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [Change] {
        CreateSlots.followers(of: target, in: scope).map {
            Change(FactKey(target, .slot, detail: $0.name), .flag(false))
        }
    }

    package static func undo(_ parameters: NoParameters, on target: Target, in scope: Scope) -> Undo { .nothing }

    package static func byHand(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [ByHandCommand] {
        CreateSlots.followers(of: target, in: scope).map { drop($0, on: target, in: scope) }
    }

    /// Drops the slot of a node where it is there and nobody uses it.
    static func drop(_ node: Node, on target: Target, in scope: Scope) -> ByHandCommand {
        psql(
            target, in: scope,
            "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots "
                + "WHERE slot_type = 'physical' AND NOT active AND slot_name = '\(node.slotName)'",
            expect: "one line for the slot that \(node.name) does not use any more, or none where it is gone")
    }
}
