package import BatonCore

/// Brings the data directory of a stopped node onto new's history: nothing where its log ends within it, else `pg_rewind`,
/// else a new copy by `pg_basebackup`. Which of them is decided by what is seen when it begins, and said in its report.
///
/// The new directory is made beside the old one and takes its place when it is whole, so that a directory that is half
/// written stands where no server is ever started. The old one is kept under another name, unless a person gave it up.
package enum Realign: Action {
    package static let id: ActionID = "postgres.realign"
    package static let summary =
        "Bring the data directory of old onto new's history: as it is, by pg_rewind, or by a new copy."
    package static let kind = TargetKind.node
    package static let modes = [Mode.rejoin]
    /// A copy of a large cluster takes hours.
    package static let defaultDeadline = TimeSpan.seconds(86_400)
    package static let needsHost = true
    package static let gates = [ImpliedGate("postgres.privileges", on: [.new], in: [.rejoin])]

    package static func requires(
        _ parameters: RejoinChoice, on target: Target, in scope: Scope, mode: Mode
    ) -> [Condition] {
        [
            Condition(
                FactKey(scope.new, .writable), is: .flag(true), freshly: true,
                why: "A node comes back to the primary, and to nobody else."),
            Condition(
                FactKey(target, .running), is: .flag(false), freshly: true, orUnknown: true,
                why: "The data directory of a server that runs must not be touched."),
        ]
    }

    package static func changes(_ parameters: RejoinChoice, on target: Target, in scope: Scope) -> [Change] {
        [Change(FactKey(target, .aligned), .flag(true))]
    }

    /// Where what diverged is kept, for the record.
    package static func witnesses(_ parameters: RejoinChoice, on target: Target, in scope: Scope) -> [FactKey] {
        [FactKey(target, .keptData)]
    }

    package static func undo(_ parameters: RejoinChoice, on target: Target, in scope: Scope) -> Undo {
        .irreversible(why: "The node follows new from here on; what it wrote alone is kept aside at most.")
    }

    package static func byHand(_ parameters: RejoinChoice, on target: Target, in scope: Scope) -> [ByHandCommand] {
        guard let new = scope.topology.node(scope.binding.new),
            let directory = scope.topology.node(target.name)?.dataDirectory
        else { return [] }
        let (data, kept) = (directory.path, directory.path + ".kept")
        let source = "host=\(new.host) port=\(new.port) user=\(new.user) dbname=\(new.database)"
        return [
            onHost(of: target, "cp -a -T \(data) \(kept)", expect: "what it wrote is kept", output: ""),
            onHost(of: target, "rm -f \(data)/standby.signal", expect: "pg_rewind recovers it first", output: ""),
            onHost(
                of: target,
                "\(directory.binDirectory)/pg_rewind -D \(data) --source-server=\(source)",
                expect: "Done!, or no rewind required"),
            onHost(of: target, "cp -a \(kept)/*.conf \(data)/", expect: "its own settings again", output: ""),
            onHost(of: target, "touch \(data)/standby.signal", expect: "", output: ""),
        ]
    }

    package static func troubles(_ parameters: RejoinChoice, on target: Target, in scope: Scope) -> [Trouble] {
        [
            Trouble(
                "pg_rewind ends in the middle.",
                remedy: "Never start the directory that it was at work on. Build it anew by pg_basebackup."),
            Trouble(
                "pg_rewind says that no rewind is required, although \(target) has log of its own.",
                remedy: "Make a CHECKPOINT on \(scope.new), and try again."),
        ]
    }
}

/// Ends the replication connection of the node once, and sees it come back: what streamed once may have been an accident.
package enum Reconnect: Action {
    package static let id: ActionID = "postgres.reconnect"
    package static let summary = "See old stream from new, end the connection, and see it stream again."
    package static let kind = TargetKind.node
    package static let modes = [Mode.rejoin]
    package static let defaultDeadline = TimeSpan.seconds(60)

    /// Not that it follows: a walreceiver begins on the timeline that the node was on and starts again on new's, and between
    /// the two nothing streams. The performer waits for it.
    package static func requires(
        _ parameters: NoParameters, on target: Target, in scope: Scope, mode: Mode
    ) -> [Condition] {
        [
            Condition(
                FactKey(target, .inRecovery), is: .flag(true), freshly: true,
                why: "Only a standby can be seen to follow twice.")
        ]
    }

    package static func changes(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [Change] {
        [Change(FactKey(target, .follows), .name(scope.binding.new))]
    }

    package static func undo(_ parameters: NoParameters, on target: Target, in scope: Scope) -> Undo { .nothing }

    package static func byHand(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [ByHandCommand] {
        guard let node = scope.topology.node(target.name) else { return [] }
        return [
            psql(
                scope.new, in: scope,
                "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = '\(node.slotName)'",
                expect: "t"),
            psql(
                scope.new, in: scope,
                "SELECT active FROM pg_replication_slots WHERE slot_name = '\(node.slotName)'",
                expect: "t, after a few seconds"),
        ]
    }
}
