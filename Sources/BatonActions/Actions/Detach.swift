package import BatonCore

/// Has a standby take no more log from a node that is lost: while one still receives, the survivors' positions change under
/// the comparison, and one of them could end beyond the node that is promoted. Where nothing is received any more and the
/// lost nodes are fenced, there is nothing to change.
package enum Detach: Action {
    package static let id: ActionID = "postgres.detach"
    package static let summary = "Have a standby take no more log from a node that is lost."
    package static let kind = TargetKind.node
    package static let modes = [Mode.emergency]
    package static let defaultDeadline = TimeSpan.seconds(10)

    package static func requires(
        _ parameters: NoParameters, on target: Target, in scope: Scope, mode: Mode
    ) -> [Condition] {
        [
            Condition(
                FactKey(target, .inRecovery), is: .flag(true), why: "Only a standby takes log from another node.")
        ]
    }

    package static func changes(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [Change] {
        [Change(FactKey(target, .detached), .flag(true))]
    }

    package static func undo(_ parameters: NoParameters, on target: Target, in scope: Scope) -> Undo {
        .call(Call(Reattach.id, on: target))
    }

    package static func obligations(
        _ parameters: NoParameters, on target: Target, in scope: Scope
    ) -> [ObligationTerms] { owed(target, in: scope) }

    /// Ends when the node is no standby any more, or streams again from whoever is primary.
    static func owed(_ target: Target, in scope: Scope) -> [ObligationTerms] {
        [
            ObligationTerms(
                owed: "\(target) streams from nobody until it is led to a primary or is one",
                discharged: [
                    Change(FactKey(target, .overlaid), .flag(false)),
                    Change(FactKey(target, .follows), .name(scope.binding.new)),
                    Change(FactKey(target, .writable), .flag(true)),
                ],
                release: Call(Reattach.id, on: target))
        ]
    }

    package static func byHand(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [ByHandCommand] {
        let settings = file("postgresql.auto.conf", of: target, in: scope)
        let keep = file("postgresql.auto.conf.before", of: target, in: scope)
        let reload = program("pg_ctl", of: target, in: scope, " reload", expect: "server signaled")
        return [
            onHost(
                of: target,
                "test -e \(keep) || cp -p \(settings) \(keep); printf '%s\\n' \("primary_conninfo = ''") >> \(settings)",
                expect: "the settings are kept beside, and lead \(target) to nobody", output: "")
        ] + [reload].compactMap(\.self) + receives(target, in: scope)
    }

    static func receives(_ target: Target, in scope: Scope) -> [ByHandCommand] {
        [
            psql(
                target, in: scope, "SELECT count(*) FROM pg_stat_wal_receiver", expect: "\(target) receives nothing",
                output: "0")
        ]
    }

    package static func troubles(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [Trouble] {
        [
            Trouble(
                "Its walreceiver does not end.",
                remedy: "It waits for a server that hangs. On \(target), as a superuser: "
                    + "SELECT pg_terminate_backend(pid) FROM pg_stat_wal_receiver;")
        ]
    }
}

/// Puts back where a standby streams from.
package enum Reattach: Action {
    package static let id: ActionID = "postgres.reattach"
    package static let summary = "Put back where a standby streams from."
    package static let kind = TargetKind.node
    package static let modes = [Mode.emergency]
    package static let defaultDeadline = TimeSpan.seconds(10)

    package static func changes(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [Change] {
        [Change(FactKey(target, .overlaid), .flag(false))]
    }

    package static func undo(_ parameters: NoParameters, on target: Target, in scope: Scope) -> Undo { .nothing }

    package static func byHand(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [ByHandCommand] {
        let settings = file("postgresql.auto.conf", of: target, in: scope)
        let keep = file("postgresql.auto.conf.before", of: target, in: scope)
        let reload = program("pg_ctl", of: target, in: scope, " reload", expect: "server signaled")
        return [
            onHost(
                of: target, "test ! -e \(keep) || mv \(keep) \(settings)",
                expect: "the settings of before are in force again", output: "")
        ] + [reload].compactMap(\.self)
    }
}

/// Fetches for new what another standby has received and new has not, so that no commit is lost that anybody still has (R5).
package enum FastForward: Action {
    package static let id: ActionID = "postgres.fast-forward"
    package static let summary = "Let new stream from a standby that has received more, until it has as much."
    package static let kind = TargetKind.node
    package static let modes = [Mode.emergency]
    package static let defaultDeadline = TimeSpan.seconds(30)

    package static func requires(
        _ parameters: NoParameters, on target: Target, in scope: Scope, mode: Mode
    ) -> [Condition] {
        ([target] + scope.others.map { .node($0.name) }).map { standby in
            Condition(
                FactKey(standby, .detached), is: .flag(true),
                why: "Positions are compared when nobody receives from a lost node any more.")
        }
    }

    package static func changes(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [Change] {
        [Change(FactKey(target, .mostAdvanced), .flag(true))]
    }

    /// What was fetched is the cluster's own log and stays; where new streams from is put back.
    package static func undo(_ parameters: NoParameters, on target: Target, in scope: Scope) -> Undo {
        .call(Call(Reattach.id, on: target))
    }

    package static func obligations(
        _ parameters: NoParameters, on target: Target, in scope: Scope
    ) -> [ObligationTerms] { Detach.owed(target, in: scope) }

    package static func byHand(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [ByHandCommand] {
        let received = "SELECT GREATEST(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())"
        return ([target] + scope.others.map { .node($0.name) }).map {
            psql(
                $0, in: scope, received,
                expect: $0 == target
                    ? "how far \(target) is" : "nothing further on than \(target), or no answer")
        }
    }

    package static func troubles(_ parameters: NoParameters, on target: Target, in scope: Scope) -> [Trouble] {
        [
            Trouble(
                "Another standby is further on.",
                remedy: "Lead \(target) to it: primary_conninfo with its host and port in postgresql.auto.conf, pg_ctl "
                    + "reload, and wait until both show the same position. Or promote at its site."),
            Trouble(
                "The other standby does not have the log any more that \(target) lacks.",
                remedy: "The log of \(target) says so (requested WAL segment … has already been removed). Promote at "
                    + "the other standby's site."),
        ]
    }
}
