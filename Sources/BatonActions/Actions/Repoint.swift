package import BatonCore

/// Leads a pooler's entries to new: the configuration file is replaced in one piece, reloaded, and the console is asked
/// what it made of it, because a reload reports success on a broken file (R12).
package enum Repoint: Action {
    package static let id: ActionID = "pgbouncer.repoint"
    package static let summary = "Lead the pooler's entries to new."
    package static let kind = TargetKind.pooler
    package static let defaultDeadline = TimeSpan.seconds(30)
    /// It is tried again every 100 ms; less leaves no second try.
    package static let leastDeadline = TimeSpan.milliseconds(500)
    package static let needsHost = true
    package static let gates = [ImpliedGate("pgbouncer.ready", on: [.poolers])]

    package static func requires(
        _ parameters: NoParameters, on target: Target, in scope: Scope, mode: Mode
    ) -> [Condition] {
        [
            Condition(
                FactKey(scope.new, .writable), is: .flag(true),
                why: "Clients are led to new only once it is proved to be the primary.")
        ]
    }

    package static func changes(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [Change] {
        [Change(FactKey(target, .leadsTo), .name(scope.binding.new))]
    }

    package static func undo(_ parameters: NoParameters, on target: Target, in scope: Scope) -> Undo { .nothing }

    package static func byHand(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [ByHandCommand] {
        guard let pooler = scope.topology.pooler(target.name), let node = scope.topology.node(scope.binding.new) else {
            return []
        }
        let entries = pooler.databases.joined(separator: ", ")
        return [
            ByHandCommand(
                at: "host of \(pooler.name)", ["editor", pooler.config],
                expect: "in [databases], \(entries): host=\(node.host) port=\(node.port)"),
            console(target, in: scope, "RELOAD", expect: "RELOAD"),
            console(target, in: scope, "SHOW DATABASES", expect: "\(entries): \(node.host), \(node.port)"),
        ]
    }
}
