package import BatonCore

/// Asks for everybody who receives a node's log.
package struct PostgresWalSendersProbe: Probe {
    /// One walsender that has begun: a standby, `pg_receivewal`, a logical subscriber or a base backup.
    package struct WalSender: Hashable, Codable, Sendable {
        package var pid: Int
        package var applicationName: String
        package var state: String
        /// How old the receiver's last reply is: the node's clock minus the time that the receiver wrote on it, so it
        /// is negative when the receiver's clock is ahead. Nil when it never replied.
        package var replyAge: TimeSpan?

        package init(pid: Int, applicationName: String, state: String, replyAge: TimeSpan?) {
            self.pid = pid
            self.applicationName = applicationName
            self.state = state
            self.replyAge = replyAge
        }
    }

    package struct Answer: Hashable, Codable, Sendable {
        package var node: String
        package var senders: [WalSender]
        /// `wal_sender_shutdown_timeout` in milliseconds; nil on servers before PostgreSQL 19, which always wait.
        package var shutdownTimeoutMilliseconds: Int64?

        package init(node: String, senders: [WalSender], shutdownTimeoutMilliseconds: Int64?) {
            self.node = node
            self.senders = senders
            self.shutdownTimeoutMilliseconds = shutdownTimeoutMilliseconds
        }
    }

    package static let id = "postgres.walsenders"
    package var node: String

    package init(node: String) { self.node = node }
}

/// Everybody who receives old's log answers: a fast stop waits for each of them, for ever (R13). And the server does wait:
/// PostgreSQL 19 can be told not to, which takes the ground from the proof.
package enum PostgresWalSenders: Gate {
    package struct Limit: ParameterSet {
        package static let declarations = [
            ParameterDeclaration(
                "reply", .span, default: .span(.seconds(15)),
                "Age of a receiver's last reply. A quiet receiver replies each wal_receiver_status_interval, 10 s by "
                    + "default.")
        ]
        package let reply: TimeSpan
        package init(_ arguments: Arguments) { reply = arguments.span("reply") }
    }

    package static let id: GateID = "postgres.walsenders"
    package static let summary = "Every receiver of old's log answers, so that none holds up the stop."
    package static let source = "PostgreSQL: pg_stat_replication, wal_sender_shutdown_timeout; Baton rule R13."
    package static let kind = TargetKind.node

    package static func question(_ limit: Limit, on target: Target, in scope: Scope) -> PostgresWalSendersProbe {
        PostgresWalSendersProbe(node: target.name)
    }

    package static func judge(_ answer: PostgresWalSendersProbe.Answer, _ limit: Limit) -> Verdict {
        if let timeout = answer.shutdownTimeoutMilliseconds, timeout != -1 {
            return .block(
                "\(answer.node) stops without waiting for its standbys: wal_sender_shutdown_timeout = \(timeout) ms",
                remedy:
                    "On \(answer.node): ALTER SYSTEM SET wal_sender_shutdown_timeout = -1; SELECT pg_reload_conf();",
                observed: .text("\(timeout) ms"), limit: .text("-1"))
        }
        for sender in answer.senders {
            let name = "walsender \(sender.pid) of \(answer.node) for \(sender.applicationName)"
            let end = "On \(answer.node): SELECT pg_terminate_backend(\(sender.pid));"
            if sender.state == "backup" {
                return .block(
                    "\(name) sends a base backup, which the stop would break",
                    remedy: "Wait for the backup (SELECT * FROM pg_stat_progress_basebackup;) or end it. \(end)",
                    observed: .text(sender.state))
            }
            guard let age = sender.replyAge else {
                return .block(
                    "\(name) (\(sender.state)) has never had a reply",
                    remedy: "Repair the receiver, or end it. \(end)", observed: .text("no reply"),
                    limit: .span(limit.reply))
            }
            guard age <= limit.reply else {
                return .block(
                    "\(name) (\(sender.state)) last had a reply \(age) ago",
                    remedy: "Repair the receiver, or end it. \(end)",
                    observed: .span(age), limit: .span(limit.reply))
            }
            guard age >= .zero - limit.reply else {
                return .block(
                    "\(name): the receiver's clock is \(age) off, so its replies cannot be dated",
                    remedy: "Set the clocks of both hosts (timedatectl status)", observed: .span(age),
                    limit: .span(limit.reply))
            }
        }
        let oldest = answer.senders.compactMap(\.replyAge).max()
        return .pass(
            answer.senders.isEmpty
                ? "nobody receives the log of \(answer.node)"
                : "\(answer.senders.count) receiver(s) of \(answer.node)'s log answer"
                    + (oldest.map { ", the last reply \($0) ago" } ?? ""),
            observed: oldest.map(Quantity.span), limit: .span(limit.reply))
    }

    package static func byHand(_ limit: Limit, on target: Target, in scope: Scope) -> ByHandCheck {
        ByHandCheck(
            [
                psql(
                    target, in: scope,
                    "SELECT pid, application_name, state, clock_timestamp() - reply_time AS reply_age "
                        + "FROM pg_stat_replication",
                    expect: "no reply_age above \(limit.reply), and no state backup: a stop waits for every receiver"),
                psql(
                    target, in: scope, GateQuestion.shutdownTimeout,
                    expect: "no line, or -1: the stop waits for the standbys"),
            ],
            otherwise: "Repair the receiver, or end it: SELECT pg_terminate_backend(pid); on \(target).")
    }

    package static let passing = PostgresWalSendersProbe.Answer(
        node: "west-db",
        senders: [.init(pid: 4711, applicationName: "east-db", state: "streaming", replyAge: .seconds(2))],
        shutdownTimeoutMilliseconds: nil)
    package static let refusing = PostgresWalSendersProbe.Answer(
        node: "west-db",
        senders: [.init(pid: 4711, applicationName: "east-db", state: "streaming", replyAge: .seconds(120))],
        shutdownTimeoutMilliseconds: nil)
}
