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
            mode == .rejoin
                ? Condition(
                    FactKey(target, .aligned), is: .flag(true), freshly: true,
                    why: "Old may follow only where its log ends within new's history.")
                : Condition(
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
        followLines(target, in: scope) + start(target, in: scope)
            + CreateSlots.followers(of: target, in: scope).map {
                DropSlots.drop($0, on: target, in: scope)
            }
    }

    package static func troubles(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [Trouble] {
        [
            Trouble(
                "\(target) does not stream, and its log says that its history has forked.",
                remedy: "It holds log that \(scope.new) never had. Keep a copy of its directory; make a CHECKPOINT on "
                    + "\(scope.new), then pg_rewind \(target), or build it again with pg_basebackup."),
            Trouble(
                "Its log says that it cannot log in at \(scope.new).",
                remedy: "Look at the password file beside its settings, and at the replication lines of pg_hba.conf on "
                    + "\(scope.new)."),
        ]
    }

    /// Settings that lead the node to new. The last line of a setting wins, so they are added at the end; the password
    /// goes into a file of the server's owner, because settings are shown to every member of pg_monitor.
    static func followLines(_ target: Target, in scope: Scope) -> [ByHandCommand] {
        guard let new = scope.topology.node(scope.binding.new), let node = scope.topology.node(target.name) else {
            return []
        }
        let (settings, passwords) = (
            file("postgresql.auto.conf", of: target, in: scope), file("baton.pgpass", of: target, in: scope)
        )
        var conninfo = [
            ("host", new.host), ("port", "\(new.port)"), ("user", new.user), ("application_name", node.name),
            ("sslmode", new.tls.mode.rawValue),
        ]
        if let certificate = new.tls.rootCertificate { conninfo.append(("sslrootcert", certificate)) }
        if new.password != nil { conninfo.append(("passfile", passwords)) }
        let value = conninfo.map { "\($0)='\(escaped($1, by: "\\"))'" }.joined(separator: " ")
        // A setting's text doubles both; libpq's escaped ones again.
        let lines = [
            "primary_conninfo = '\(doubled(doubled(value, "\\"), "'"))'", "primary_slot_name = '\(node.slotName)'",
        ]
        var commands: [ByHandCommand] = []
        if let password = new.password {
            let fields = "\(colonEscaped(new.host)):\(new.port):*:\(colonEscaped(new.user)):"
            commands.append(
                onHost(
                    of: target,
                    "(umask 077; { printf %s \(fields); printf '%s\\n' \(secret: password) | sed 's/[\\\\:]/\\\\&/g'; } > \(passwords))",
                    expect: "the password goes into a file of the server's owner", output: ""))
        }
        commands.append(
            onHost(
                of: target, "printf '%s\\n' \(lines[0]) \(lines[1]) >> \(settings)",
                expect: "the settings that lead \(target) to \(new.name) are in place", output: ""))
        return commands
    }

    private static func colonEscaped(_ text: String) -> String {
        String(text.flatMap { $0 == ":" || $0 == "\\" ? ["\\", $0] : [$0] })
    }

    /// A value of a libpq connection string: `'` and `\` are escaped.
    private static func escaped(_ text: String, by escape: Character) -> String {
        String(text.flatMap { $0 == "'" || $0 == escape ? [escape, $0] : [$0] })
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
    /// last, this action or the rejoin of old; the drop is not waited for, because old may be gone. A lost node is not asked
    /// (I7): its slots go when it comes back as a standby.
    package static func obligations(
        _ parameters: NoParameters, on target: Target, in scope: Scope
    ) -> [ObligationTerms] {
        guard let node = scope.topology.node(target.name), !scope.isLost(scope.binding.old) else { return [] }
        return [
            ObligationTerms(
                owed: "slot \(node.slotName) on \(scope.old) keeps log that \(target) does not need any more",
                discharged: [Change(FactKey(scope.old, .slot, detail: target.name), .flag(false))],
                release: Call(DropSlots.id, on: scope.old))
        ]
    }

    package static func undo(_ parameters: NoParameters, on target: Target, in scope: Scope) -> Undo { .nothing }

    package static func byHand(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [ByHandCommand] {
        let reload = program("pg_ctl", of: target, in: scope, " reload", expect: "server signaled")
        return Rejoin.followLines(target, in: scope) + [reload].compactMap(\.self) + leave(target, in: scope)
    }

    /// Drops the slot on old, as soon as the node has left it. Old may be gone, so that is not waited for without end.
    private static func leave(_ target: Target, in scope: Scope) -> [ByHandCommand] {
        guard let node = scope.topology.node(target.name), let old = scope.topology.node(scope.binding.old),
            !scope.isLost(old.name)
        else { return [] }
        let active = "SELECT count(*) FROM pg_replication_slots WHERE active AND slot_name = '\(node.slotName)'"
        let count: ShellLine = "$(\(session(old, "psql -XAt")) -c \(active))"
        let wait: ShellLine = "for try in 1 2 3 4 5; do test \"\(count)\" = 0 && break; sleep 1; done"
        return [
            ByHandCommand(
                at: "any host that reaches \(old.name)", wait,
                expect: "\(node.name) has left \(old.name), or \(old.name) is gone", output: ""),
            DropSlots.drop(node, on: scope.old, in: scope),
        ]
    }

    package static func troubles(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [Trouble] {
        [
            Trouble(
                "\(target) does not stream from \(scope.new).",
                remedy: "Its log says why. Where it is ahead of \(scope.new), it must be rewound or built again.")
        ]
    }
}
