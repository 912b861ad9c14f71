package import BatonCore

/// Asks both ends of the candidate's replication connection.
package struct PostgresStreamingProbe: Probe {
    /// What the standby says of its walreceiver (`pg_stat_wal_receiver`).
    package struct Receiver: Hashable, Codable, Sendable {
        package var status: String
        package var senderHost: String?
        package var senderPort: Int?
        /// How long ago the last message arrived, by the standby's own clock.
        package var silence: TimeSpan?

        package init(status: String, senderHost: String?, senderPort: Int?, silence: TimeSpan?) {
            self.status = status
            self.senderHost = senderHost
            self.senderPort = senderPort
            self.silence = silence
        }
    }

    /// What the old primary says of the standby's walsender (`pg_stat_replication`).
    package struct Sender: Hashable, Codable, Sendable {
        package var pid: Int
        package var applicationName: String
        package var state: String

        package init(pid: Int, applicationName: String, state: String) {
            self.pid = pid
            self.applicationName = applicationName
            self.state = state
        }
    }

    package struct Answer: Hashable, Codable, Sendable {
        package var standby: String
        package var upstream: String
        package var upstreamHost: String
        package var upstreamPort: Int
        /// The standby's walreceiver; nil when it has none.
        package var receiver: Receiver?
        /// The walsender of this standby on old; nil when old has none for it.
        package var sender: Sender?

        package init(
            standby: String, upstream: String, upstreamHost: String, upstreamPort: Int, receiver: Receiver?,
            sender: Sender?
        ) {
            self.standby = standby
            self.upstream = upstream
            self.upstreamHost = upstreamHost
            self.upstreamPort = upstreamPort
            self.receiver = receiver
            self.sender = sender
        }
    }

    package static let id = "postgres.streaming"
    package var standby: String
    package var upstream: String

    package init(standby: String, upstream: String) {
        self.standby = standby
        self.upstream = upstream
    }
}

/// The candidate receives old's log from old itself, now. A dead walreceiver looks like a lag of zero (its received and
/// replayed positions agree), so both ends of the connection are asked instead of the positions.
package enum PostgresStreaming: Gate {
    package struct Limit: ParameterSet {
        package static let declarations = [
            ParameterDeclaration(
                "silence", .span, default: .span(.seconds(40)),
                "How long ago the last message from old may have arrived. An idle standby asks for one after half of its "
                    + "wal_receiver_timeout, 30 s by default.")
        ]
        package let silence: TimeSpan
        package init(_ arguments: Arguments) { silence = arguments.span("silence") }
    }

    package static let id: GateID = "postgres.streaming"
    package static let summary = "The candidate streams directly from old; old says so too."
    package static let source = "PostgreSQL: pg_stat_wal_receiver, pg_stat_replication; Baton rule R4."
    package static let kind = TargetKind.node

    package static func question(_ limit: Limit, on target: Target, in scope: Scope) -> PostgresStreamingProbe {
        PostgresStreamingProbe(standby: target.name, upstream: scope.binding.old)
    }

    package static func judge(_ answer: PostgresStreamingProbe.Answer, _ limit: Limit) -> Verdict {
        let (standby, upstream) = (answer.standby, answer.upstream)
        guard let receiver = answer.receiver else {
            return .block(
                "\(standby) has no walreceiver: it receives nothing from \(upstream)",
                remedy:
                    "Look for the reason in the log of \(standby), check SHOW primary_conninfo; there, and start it "
                    + "again with SELECT pg_reload_conf();",
                observed: .text("no walreceiver"))
        }
        guard receiver.status == "streaming" else {
            return .block(
                "the walreceiver of \(standby) is \(receiver.status), not streaming",
                remedy: "Wait until SELECT status FROM pg_stat_wal_receiver; on \(standby) says streaming",
                observed: .text(receiver.status))
        }
        guard let host = receiver.senderHost, let port = receiver.senderPort else {
            return .unknown(
                "\(standby) does not tell whom it streams from",
                remedy: "On the primary: GRANT pg_monitor TO the role that Baton connects as")
        }
        guard host == answer.upstreamHost, port == answer.upstreamPort else {
            return .block(
                "\(standby) streams from \(host):\(port), not from \(upstream) at "
                    + "\(answer.upstreamHost):\(answer.upstreamPort)",
                remedy: "On \(standby): ALTER SYSTEM SET primary_conninfo = 'host=\(answer.upstreamHost) "
                    + "port=\(answer.upstreamPort) …'; SELECT pg_reload_conf();",
                observed: .text("\(host):\(port)"))
        }
        guard let silence = receiver.silence else {
            return .unknown("\(standby) does not tell when it last heard from \(upstream)")
        }
        guard silence <= limit.silence else {
            return .block(
                "\(standby) last heard from \(upstream) \(silence) ago",
                remedy: "Check the network between the two; on \(standby): SELECT pg_terminate_backend(pid) "
                    + "FROM pg_stat_wal_receiver; makes it connect again",
                observed: .span(silence), limit: .span(limit.silence))
        }
        guard let sender = answer.sender else {
            return .block(
                "\(upstream) has no walsender for \(standby), although \(standby) believes that it streams",
                remedy: "On \(upstream): SELECT pid, application_name, client_addr, state FROM pg_stat_replication; "
                    + "then look for the reason in its log",
                observed: .text("no walsender"))
        }
        guard sender.state == "streaming" else {
            return .block(
                "the walsender of \(upstream) for \(standby) (pid \(sender.pid)) is in \(sender.state), not streaming",
                remedy: "Wait until SELECT state FROM pg_stat_replication WHERE pid = \(sender.pid); on \(upstream) "
                    + "says streaming",
                observed: .text(sender.state))
        }
        return .pass(
            "\(standby) streams from \(upstream) (walsender \(sender.pid)), last message \(silence) ago",
            observed: .span(silence), limit: .span(limit.silence))
    }

    package static func byHand(_ limit: Limit, on target: Target, in scope: Scope) -> ByHandCheck {
        let otherwise =
            "Look for the reason in the logs of both; SHOW primary_conninfo; on \(target) must lead to \(scope.old). "
            + "SELECT pg_terminate_backend(pid) FROM pg_stat_wal_receiver; makes it connect again."
        guard let old = scope.topology.node(scope.binding.old) else { return ByHandCheck([], otherwise: otherwise) }
        return ByHandCheck(
            [
                psql(
                    target, in: scope,
                    "SELECT status, sender_host, sender_port, clock_timestamp() - last_msg_receipt_time AS silence "
                        + "FROM pg_stat_wal_receiver",
                    expect: "streaming, from \(old.host) and \(old.port), silence at most \(limit.silence)"),
                psql(
                    scope.old, in: scope,
                    "SELECT pid, application_name, client_addr, state FROM pg_stat_replication",
                    expect: "a line for \(target), streaming"),
            ], otherwise: otherwise)
    }

    package static let passing = PostgresStreamingProbe.Answer(
        standby: "east-db", upstream: "west-db", upstreamHost: "10.0.0.1", upstreamPort: 5432,
        receiver: .init(status: "streaming", senderHost: "10.0.0.1", senderPort: 5432, silence: .milliseconds(120)),
        sender: .init(pid: 4711, applicationName: "east-db", state: "streaming"))
    package static let refusing = PostgresStreamingProbe.Answer(
        standby: "east-db", upstream: "west-db", upstreamHost: "10.0.0.1", upstreamPort: 5432, receiver: nil,
        sender: .init(pid: 4711, applicationName: "east-db", state: "streaming"))
}
