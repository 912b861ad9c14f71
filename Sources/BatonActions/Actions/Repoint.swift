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
        let (config, before) = (pooler.config, pooler.config + ".before")
        let script = script(leading: pooler.databases, to: node)
        let place = "host of \(pooler.name), as the owner of its configuration file"
        return [
            ByHandCommand(
                at: place, "cp -p \(config) \(before)", expect: "the file as it was is kept", output: ""),
            // Into the file that is there, so that it keeps its owner and its rights.
            ByHandCommand(
                at: place, "sed \(script) \(before) > \(config)",
                expect: "\(entries) lead(s) to \(node.host) and \(node.port)", output: ""),
            console(target, in: scope, "RELOAD", expect: "RELOAD, which it says of a broken file too"),
        ]
    }

    package static func troubles(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [Trouble] {
        [
            Trouble(
                "RELOAD is reported, and SHOW DATABASES still leads to \(scope.old).",
                remedy: "The file is broken from some line on: the pooler's log names it. Correct it and RELOAD again; "
                    + "\(target)'s clients go on waiting meanwhile."),
            Trouble(
                "The console does not answer.",
                remedy:
                    "Start the pooler again with the corrected file: it then leads to \(scope.new). Its clients lose "
                    + "their connections."),
        ]
    }

    /// For sed: takes host and port out of each entry of `[databases]`, and adds new's at its end.
    private static func script(leading databases: [String], to node: Node) -> String {
        let change =
            "s/= */= /; s/ host *= *[^ ]*//; s/ port *= *[^ ]*//; "
            + "s/$/ host=\(escaped(node.host, "\\/&")) port=\(node.port)/"
        let entries = databases.map { "/^[[:space:]]*\(escaped($0, "\\/.*[]^$"))[[:space:]]*=/{ \(change); }" }
        return "/^[[:space:]]*\\[databases]/,/^\\[[^d]/{ \(entries.joined(separator: " ")) }"
    }

    private static func escaped(_ text: String, _ special: String) -> String {
        String(text.flatMap { special.contains($0) ? ["\\", $0] : [$0] })
    }
}
