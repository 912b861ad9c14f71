package import BatonCore

/// Asks how far a node's archiver is behind.
package struct PostgresArchiverProbe: Probe {
    package struct Answer: Hashable, Codable, Sendable {
        package var node: String
        /// `archive_mode`: `off`, `on` or `always`.
        package var mode: String
        /// Files that wait for the archiver (`.ready`); nil when they could not be counted.
        package var ready: Int64?
        /// Whether the last attempt failed; nil when it could not be read.
        package var failing: Bool?

        package init(node: String, mode: String, ready: Int64?, failing: Bool?) {
            self.node = node
            self.mode = mode
            self.ready = ready
            self.failing = failing
        }
    }

    package static let id = "postgres.archiver"
    package var node: String

    package init(node: String) { self.node = node }
}

/// Old's archiver is not behind and not failing: a stop waits until it has archived what is ready, inside the write pause.
package enum PostgresArchiver: Gate {
    package struct Limit: ParameterSet {
        package static let declarations = [
            ParameterDeclaration("warn", .count, default: .count(16), "Waiting files above which it warns."),
            ParameterDeclaration("block", .count, default: .count(128), "Waiting files above which it blocks."),
        ]
        package let warn: Int64
        package let block: Int64
        package init(_ arguments: Arguments) {
            warn = arguments.count("warn")
            block = arguments.count("block")
        }
    }

    package static let id: GateID = "postgres.archiver"
    package static let summary = "Old's archiver keeps up, so that it cannot hold up the stop."
    package static let source = "PostgreSQL: pg_stat_archiver, pg_ls_archive_statusdir(); repmgr's archive-ready check."
    package static let kind = TargetKind.node

    package static func question(_ limit: Limit, on target: Target, in scope: Scope) -> PostgresArchiverProbe {
        PostgresArchiverProbe(node: target.name)
    }

    package static func judge(_ answer: PostgresArchiverProbe.Answer, _ limit: Limit) -> Verdict {
        guard answer.mode != "off" else {
            return .pass("\(answer.node) does not archive", observed: .text("archive_mode = off"))
        }
        guard let failing = answer.failing, let ready = answer.ready else {
            return .unknown(
                "the archiver of \(answer.node) could not be read",
                remedy: "On the primary: GRANT pg_monitor TO the role that Baton connects as")
        }
        let look = "On \(answer.node): SELECT last_failed_wal, last_failed_time FROM pg_stat_archiver; "
        guard !failing else {
            return .block(
                "the archiver of \(answer.node) fails, \(ready) file(s) wait",
                remedy: look + "and its log name the error; repair archive_command, then SELECT pg_reload_conf();",
                observed: .count(ready), limit: .count(limit.block))
        }
        guard ready <= limit.block else {
            return .block(
                "\(ready) files of \(answer.node) wait to be archived",
                remedy: "Wait until SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready'; is lower",
                observed: .count(ready), limit: .count(limit.block))
        }
        guard ready <= limit.warn else {
            return .warn(
                "\(ready) files of \(answer.node) wait to be archived; the stop waits for them",
                remedy: "Wait until SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready'; is lower",
                observed: .count(ready), limit: .count(limit.warn))
        }
        return .pass(
            "\(ready) file(s) of \(answer.node) wait to be archived", observed: .count(ready),
            limit: .count(limit.warn))
    }

    package static func byHand(_ limit: Limit, on target: Target, in scope: Scope) -> ByHandCheck {
        ByHandCheck(
            [
                psql(target, in: scope, "SHOW archive_mode", expect: "off, or the next answer counts"),
                psql(
                    target, in: scope, GateQuestion.archiver,
                    expect:
                        "ready is at most \(limit.warn) (with more the stop takes longer, above \(limit.block) do not "
                        + "begin), failing is f"),
            ],
            otherwise:
                "The log of \(target) names the error; repair archive_command, then SELECT pg_reload_conf(); and wait "
                + "until fewer files are ready.")
    }

    package static let passing = PostgresArchiverProbe.Answer(node: "west-db", mode: "on", ready: 1, failing: false)
    package static let refusing = PostgresArchiverProbe.Answer(node: "west-db", mode: "on", ready: 1, failing: true)
}
