package import BatonCore

/// How a person sees, without Baton, that facts have the values that a step gives them or needs.
package enum ByHandLook {
    /// The commands for these facts, in their order, each once. A server that is to be down is not asked; its directory is.
    package static func commands(_ facts: [Change], in scope: Scope) -> [ByHandCommand] {
        let ended = [FactValue.flag(false): Aspect.running, .flag(true): .cleanShutdown]
        let down = Set(facts.filter { ended[$0.value] == $0.key.aspect }.map(\.key.target))
        var found: [ByHandCommand] = []
        for fact in facts {
            if down.contains(fact.key.target), [.writable, .inRecovery].contains(fact.key.aspect) { continue }
            for command in look(fact, in: scope) where !found.contains(command) { found.append(command) }
        }
        return found
    }

    private static func look(_ fact: Change, in scope: Scope) -> [ByHandCommand] {
        let target = fact.key.target
        let isTrue = fact.value == .flag(true)
        switch fact.key.aspect {
        case .running: return running(target, isTrue, in: scope)
        case .writable: return isTrue ? recovery(target, false, in: scope) : cannotWrite(target, in: scope)
        case .inRecovery: return recovery(target, isTrue, in: scope)
        case .cleanShutdown:
            return controlData(
                "Database cluster state", of: target, in: scope,
                expect: "\(target) has written its shutdown checkpoint", output: "shut down")
        case .standbySignal: return standbySignal(target, isTrue, in: scope)
        case .fenced: return fenced(target, in: scope)
        case .timeline: return timeline(target, fact.value, in: scope)
        case .follows: return follows(target, fact.value, in: scope)
        case .cluster:
            return controlData(
                "Database system identifier", of: target, in: scope, expect: "\(target) is of cluster \(fact.value)")
        case .received, .mostAdvanced:
            return FastForward.byHand(NoParameters(Arguments()), on: target, in: scope)
        case .detached: return Detach.receives(target, in: scope)
        case .overlaid: return overlay(target, isTrue, in: scope)
        case .complete:
            return PostgresReplayedShutdownCheckpoint.byHand(
                NoParameters(Arguments()), on: target, in: scope
            ).commands
        case .slot: return slot(fact.key, isTrue, in: scope)
        case .paused, .leadsTo: return [databases(fact, in: scope)]
        case .aligned:
            return PostgresRejoinable.byHand(RejoinChoice(Arguments()), on: target, in: scope).commands
        case .keptData:
            let kept = "\(scope.topology.node(target.name)?.dataDirectory?.path ?? "DATA-DIRECTORY").baton-kept-"
            return [
                onHost(
                    of: target, "ls -d \(kept)* || true",
                    expect: "the directories that were set aside, each with a note of what had diverged")
            ]
        case .eagerLogins:
            return [
                console(
                    target, in: scope, "SHOW CONFIG",
                    expect: "server_login_retry is \(isTrue ? "0.001" : "what the pooler's file says")")
            ]
        }
    }

    private static func running(_ target: Target, _ isTrue: Bool, in scope: Scope) -> [ByHandCommand] {
        // `pg_ctl status` ends with 3 where nothing runs, which is no error here.
        let command =
            isTrue
            ? program("pg_ctl", of: target, in: scope, " status", expect: "server is running")
            : program(
                "pg_ctl", of: target, in: scope, " status || true", expect: "\(target) is down",
                output: "pg_ctl: no server running")
        return [command].compactMap(\.self)
    }

    static func recovery(_ target: Target, _ isTrue: Bool, in scope: Scope) -> [ByHandCommand] {
        [
            psql(
                target, in: scope, "SELECT pg_is_in_recovery()",
                expect: isTrue ? "\(target) is a standby" : "\(target) is the primary and accepts writes",
                output: isTrue ? "t" : "f")
        ]
    }

    /// By its control file, which tells also of a server that is down.
    private static func cannotWrite(_ target: Target, in scope: Scope) -> [ByHandCommand] {
        let looks = controlData(
            "Database cluster state", of: target, in: scope,
            expect: "shut down, or in archive recovery; with “in production” it may write")
        if looks.isEmpty, let fence = scope.topology.node(target.name)?.fence {
            return [fenceCommand(fence.verify, at: target, expect: "\(target) is off")]
        }
        return looks.isEmpty ? recovery(target, true, in: scope) : looks
    }

    /// By the fence's own proof where there is one; otherwise no process and the mark.
    private static func fenced(_ target: Target, in scope: Scope) -> [ByHandCommand] {
        if let fence = scope.topology.node(target.name)?.fence {
            return [fenceCommand(fence.verify, at: target, expect: "\(target) is off")]
        }
        return running(target, false, in: scope) + standbySignal(target, true, in: scope)
    }

    private static func standbySignal(_ target: Target, _ isTrue: Bool, in scope: Scope) -> [ByHandCommand] {
        let path = file("standby.signal", of: target, in: scope)
        return [
            isTrue
                ? onHost(
                    of: target, "test -e \(path) && echo marked", expect: "no start makes \(target) a primary",
                    output: "marked")
                : onHost(of: target, "test ! -e \(path) && echo free", expect: "the mark is gone", output: "free")
        ]
    }

    /// The live one: what a query of the control file tells is stale after a promotion (R6).
    private static func timeline(_ target: Target, _ value: FactValue, in scope: Scope) -> [ByHandCommand] {
        guard let node = scope.topology.node(target.name) else { return [] }
        return [
            ByHandCommand(
                at: "any host that reaches \(node.name)",
                "\(session(node, "psql -X")) -d replication=true -c 'IDENTIFY_SYSTEM'", expect: "timeline \(value)")
        ]
    }

    private static func overlay(_ target: Target, _ isTrue: Bool, in scope: Scope) -> [ByHandCommand] {
        let settings = file("postgresql.auto.conf", of: target, in: scope)
        return [
            onHost(
                of: target, "grep -c '^#baton keeps' \(settings) || true",
                expect: isTrue ? "how many settings were put aside" : "no setting is put aside",
                output: isTrue ? nil : "0")
        ]
    }

    private static func follows(_ target: Target, _ value: FactValue, in scope: Scope) -> [ByHandCommand] {
        guard case .name(let name) = value, let upstream = scope.topology.node(name) else { return [] }
        return [
            psql(
                target, in: scope, "SELECT status, sender_host, sender_port FROM pg_stat_wal_receiver",
                expect: "\(target) streams from \(name)", output: "streaming|\(upstream.host)|\(upstream.port)")
        ]
    }

    private static func slot(_ key: FactKey, _ isTrue: Bool, in scope: Scope) -> [ByHandCommand] {
        guard let follower = scope.topology.node(key.detail) else { return [] }
        let slots = "SELECT count(*) FROM pg_replication_slots WHERE slot_name = \(sqlLiteral(follower.slotName))"
        return [
            isTrue
                ? psql(
                    key.target, in: scope,
                    slots + " AND restart_lsn IS NOT NULL AND wal_status IS DISTINCT FROM 'lost'",
                    expect: "\(key.target) keeps log for \(follower.name)", output: "1")
                : psql(
                    key.target, in: scope, slots, expect: "\(key.target) keeps no log for \(follower.name)", output: "0"
                )
        ]
    }

    /// One look for everything that a pooler's entries show.
    private static func databases(_ fact: Change, in scope: Scope) -> ByHandCommand {
        let pooler = scope.topology.pooler(fact.key.target.name)
        let entries = pooler?.databases.joined(separator: ", ") ?? ""
        var expect = "\(entries): paused is \(fact.value == .flag(true) ? 1 : 0)"
        if case .name(let name) = fact.value, let node = scope.topology.node(name) {
            expect = "\(entries): host is \(node.host) and port is \(node.port)"
        }
        return console(fact.key.target, in: scope, "SHOW DATABASES", expect: expect)
    }
}
