package import BatonCore

/// Writes a checkpoint (on a standby: a restartpoint), so that the later stop has little left to write.
package enum Checkpoint: Action {
    package static let id: ActionID = "postgres.checkpoint"
    package static let summary = "Write a checkpoint now, so that the stop later has little to write."
    package static let kind = TargetKind.node
    package static let defaultDeadline = TimeSpan.seconds(300)
    package static let gates = [
        ImpliedGate("postgres.privileges", on: [.old, .new], in: [.planned]),
        ImpliedGate("postgres.privileges", on: [.new], in: [.emergency, .rejoin]),
    ]

    package static func changes(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [Change] { [] }

    package static func undo(_ parameters: NoParameters, on target: Target, in scope: Scope) -> Undo { .nothing }

    package static func byHand(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [ByHandCommand] {
        [psql(target, in: scope, "CHECKPOINT", expect: "it takes as long as its writes take", output: "CHECKPOINT")]
    }

    package static func troubles(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [Trouble] {
        [
            Trouble(
                "It takes minutes.",
                remedy: "Let it end before clients wait: what it has not written, the stop or the restart writes.")
        ]
    }
}
