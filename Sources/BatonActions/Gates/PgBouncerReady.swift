package import BatonCore

/// Asks a PgBouncer, and its configuration file, whether it can be paused and repointed.
package struct PgBouncerReadyProbe: Probe {
    /// One entry of the topology, as the console and the file show it.
    package struct Entry: Hashable, Codable, Sendable {
        package var name: String
        /// From `SHOW DATABASES`; nil when it is not there.
        package var shown: Shown?
        /// From `[databases]` of the configuration file; nil when it is not there.
        package var written: Written?

        package init(name: String, shown: Shown?, written: Written?) {
            self.name = name
            self.shown = shown
            self.written = written
        }
    }

    package struct Shown: Hashable, Codable, Sendable {
        /// nil: the Unix socket of the same host.
        package var host: String?
        package var port: Int
        /// Every pool mode in use for the entry: its own or the default, and those of its pools.
        package var poolModes: [String]
        package var paused: Bool
        package var disabled: Bool

        package init(host: String?, port: Int, poolModes: [String], paused: Bool, disabled: Bool) {
            self.host = host
            self.port = port
            self.poolModes = poolModes
            self.paused = paused
            self.disabled = disabled
        }
    }

    package struct Written: Hashable, Codable, Sendable {
        package var host: String?
        /// 5432 when the entry names none.
        package var port: Int

        package init(host: String?, port: Int) {
            self.host = host
            self.port = port
        }
    }

    package struct File: Hashable, Codable, Sendable {
        /// Whether `[databases]` has a `*` entry.
        package var hasWildcard: Bool

        package init(hasWildcard: Bool) { self.hasWildcard = hasWildcard }
    }

    package struct Answer: Hashable, Codable, Sendable {
        package var pooler: String
        package var old: String
        package var oldHost: String
        package var oldPort: Int
        /// The administrator that a run connects as.
        package var admin: String
        /// Whether that is proved: this console is the administrator's, or `admin_users` names it.
        package var adminProved: Bool
        package var config: String
        package var access: HostAccess
        /// nil when the file could not be read, or not with certainty (`%include`, two entries of one name).
        package var file: File?
        /// Why the file could not be read.
        package var fileProblem: String?
        package var entries: [Entry]

        package init(
            pooler: String, old: String, oldHost: String, oldPort: Int, admin: String, adminProved: Bool,
            config: String, access: HostAccess, file: File?, fileProblem: String?, entries: [Entry]
        ) {
            self.pooler = pooler
            self.old = old
            self.oldHost = oldHost
            self.oldPort = oldPort
            self.admin = admin
            self.adminProved = adminProved
            self.config = config
            self.access = access
            self.file = file
            self.fileProblem = fileProblem
            self.entries = entries
        }
    }

    package static let id = "pgbouncer.ready"
    package var pooler: String
    package var old: String

    package init(pooler: String, old: String) {
        self.pooler = pooler
        self.old = old
    }
}

/// The pooler can be paused and repointed: every entry leads to old, none is paused or in session mode (a pause would wait
/// for clients to leave), nothing but the named entries leads anywhere, and the file that will be changed is the one that
/// is in force.
package enum PgBouncerReady: Gate {
    package static let id: GateID = "pgbouncer.ready"
    package static let summary = "The pooler's entries lead to old and can be paused, and its file can be changed."
    package static let source = "PgBouncer: SHOW DATABASES, SHOW CONFIG, pool_mode; Baton rule R12."
    package static let kind = TargetKind.pooler

    package static func question(_ limit: NoParameters, on target: Target, in scope: Scope) -> PgBouncerReadyProbe {
        PgBouncerReadyProbe(pooler: target.name, old: scope.binding.old)
    }

    package static func judge(_ answer: PgBouncerReadyProbe.Answer, _ limit: NoParameters) -> Verdict {
        let pooler = answer.pooler
        guard answer.adminProved else {
            return .block(
                "\(answer.admin) is no administrator of \(pooler)",
                remedy: "In \(answer.config): admin_users = \(answer.admin); then RELOAD; on its console",
                observed: .text("not in admin_users"))
        }
        guard answer.access != .none else {
            return .block(
                "Baton has no access to the host of \(pooler): it could not change \(answer.config)",
                remedy: "Give \(pooler) control: local in the topology", observed: .text("access: none"))
        }
        guard let file = answer.file else {
            return .block(
                "\(answer.config) of \(pooler) cannot be used: \(answer.fileProblem ?? "the host gave no reason")",
                remedy: "Correct the file, or config of \(pooler) in the topology, or run Baton as the file's owner",
                observed: answer.fileProblem.map(Quantity.text))
        }
        guard !file.hasWildcard else {
            return .block(
                "\(answer.config) has a * entry: clients reach the cluster by names that a pause does not cover",
                remedy: "Name every database in [databases] instead of *, then RELOAD;", observed: .text("*"))
        }
        guard !answer.entries.isEmpty else {
            return .block("the topology names no database of \(pooler)", remedy: "Fill databases: of \(pooler)")
        }
        for entry in answer.entries {
            if let verdict = refuse(entry, of: answer) { return verdict }
        }
        let names = answer.entries.map(\.name).joined(separator: ", ")
        return .pass(
            "\(names) of \(pooler) lead(s) to \(answer.old) at \(answer.oldHost):\(answer.oldPort) and can be paused",
            observed: .text(answer.entries.compactMap(\.shown).flatMap(\.poolModes).first ?? ""))
    }

    private static func refuse(_ entry: PgBouncerReadyProbe.Entry, of answer: PgBouncerReadyProbe.Answer) -> Verdict? {
        let (pooler, name) = (answer.pooler, entry.name)
        guard let shown = entry.shown else {
            return .block(
                "\(pooler) has no database \(name)",
                remedy: "Add it to [databases] of \(answer.config), or correct databases: of \(pooler) in the topology",
                observed: .text("absent"))
        }
        guard shown.host == answer.oldHost, shown.port == answer.oldPort else {
            return .block(
                "\(name) of \(pooler) leads to \(place(shown.host, shown.port)), not to \(answer.old) at "
                    + "\(answer.oldHost):\(answer.oldPort)",
                remedy: "In \(answer.config): \(name) = host=\(answer.oldHost) port=\(answer.oldPort) …; then RELOAD;",
                observed: .text(place(shown.host, shown.port)), limit: .text("\(answer.oldHost):\(answer.oldPort)"))
        }
        guard !shown.paused else {
            return .block(
                "\(name) of \(pooler) is paused already",
                remedy: "On its console: RESUME \(name);", observed: .text("paused"))
        }
        guard !shown.disabled else {
            return .block(
                "\(name) of \(pooler) is disabled",
                remedy: "On its console: ENABLE \(name);", observed: .text("disabled"))
        }
        guard !shown.poolModes.isEmpty else { return .unknown("\(pooler) does not tell the pool mode of \(name)") }
        if let mode = shown.poolModes.first(where: { $0 != "transaction" && $0 != "statement" }) {
            return .block(
                "\(name) of \(pooler) is pooled by \(mode): a pause would wait until its clients leave",
                remedy: "In \(answer.config): pool_mode = transaction (for \(name)); then RELOAD;",
                observed: .text(mode), limit: .text("transaction"))
        }
        guard let written = entry.written else {
            return .block(
                "\(answer.config) has no entry \(name): it is not the file that \(pooler) runs with",
                remedy: "Correct config of \(pooler) in the topology", observed: .text("absent"))
        }
        guard written.host == shown.host, written.port == shown.port else {
            return .block(
                "\(answer.config) sends \(name) to \(place(written.host, written.port)), \(pooler) to "
                    + place(shown.host, shown.port),
                remedy: "Load the file on the console of \(pooler): RELOAD; or correct it",
                observed: .text(place(written.host, written.port)))
        }
        return nil
    }

    private static func place(_ host: String?, _ port: Int) -> String { "\(host ?? "the local socket"):\(port)" }

    package static func byHand(_ limit: NoParameters, on target: Target, in scope: Scope) -> ByHandCheck {
        guard let pooler = scope.topology.pooler(target.name), let old = scope.topology.node(scope.binding.old) else {
            return ByHandCheck([], otherwise: "")
        }
        let entries = pooler.databases.joined(separator: ", ")
        return ByHandCheck(
            [
                console(
                    target, in: scope, "SHOW DATABASES",
                    expect:
                        "\(entries): host is \(old.host), port is \(old.port), paused is 0, disabled is 0, pool_mode "
                        + "is transaction, statement or empty"),
                console(
                    target, in: scope, "SHOW CONFIG", filter: " | grep -E '^(pool_mode|admin_users)[|]'",
                    expect: "pool_mode is transaction or statement, and \(pooler.admin) is among admin_users"),
                ByHandCommand(
                    at: "host of \(pooler.name)", "sed -n '/^[[:space:]]*\\[databases]/,/^\\[[^d]/p' \(pooler.config)",
                    expect: "the same host and port for \(entries), and no line that begins with *"),
            ],
            otherwise:
                "Correct the file and RELOAD; on its console; RESUME; what is paused. A pooler that pools by session "
                + "cannot be paused without waiting for every client.")
    }

    package static let passing = example(poolMode: "transaction")
    package static let refusing = example(poolMode: "session")

    private static func example(poolMode: String) -> PgBouncerReadyProbe.Answer {
        .init(
            pooler: "pool", old: "west-db", oldHost: "10.0.0.1", oldPort: 5432, admin: "baton_admin",
            adminProved: true, config: "/etc/pgbouncer/pgbouncer.ini", access: .local,
            file: .init(hasWildcard: false), fileProblem: nil,
            entries: [
                .init(
                    name: "app",
                    shown: .init(
                        host: "10.0.0.1", port: 5432, poolModes: [poolMode], paused: false, disabled: false),
                    written: .init(host: "10.0.0.1", port: 5432))
            ])
    }
}
