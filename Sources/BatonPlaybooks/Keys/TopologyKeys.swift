package import BatonCore

/// The keys of a topology. The loader, the schema and the reference pages have no other list.
package enum TopologyKeys {
    package static let root = KeyTable(
        "the topology",
        hints: [
            "servers": "nodes", "databases": "nodes", "pools": "poolers", "locations": "sites",
            "notifications": "notify",
        ],
        [
            KeyDeclaration(
                "baton", .version("topology/v1"), isRequired: true, example: "topology/v1",
                "What the file is, and in which version of the form."),
            KeyDeclaration(
                "name", .name, isRequired: true, example: "production",
                "The topology's name; a run is confirmed with it."),
            KeyDeclaration(
                "sites", .names(of: .mapping(KeyTable("a site", [])), atLeast: 1, orNothing: true), isRequired: true,
                example: "{ west: {}, east: {} }", "The places between which the primary role moves."),
            KeyDeclaration(
                "nodes", .names(of: .mapping(node), atLeast: 1, orNothing: false), isRequired: true,
                example: "{ west-db: { site: west, … } }",
                "The PostgreSQL servers of one cluster, in the order in which they are candidates."),
            KeyDeclaration(
                "poolers", .names(of: .mapping(pooler), atLeast: 0, orNothing: true), otherwise: "none",
                example: "{ pool: { site: west, … } }", "The PgBouncers that clients go through."),
            KeyDeclaration(
                "routes", .names(of: .mapping(route), atLeast: 0, orNothing: true), otherwise: "none",
                example: "{ app: { through: pool, … } }", "How classes of clients reach the service."),
            KeyDeclaration(
                "notify", .names(of: .mapping(notify), atLeast: 0, orNothing: true), otherwise: "nobody",
                example: "{ on-call: { command: [page] } }", "Whom a run tells about itself."),
        ])

    package static let node = KeyTable(
        "a node",
        [
            site("node"), host,
            KeyDeclaration("port", port, isRequired: true, example: "5432", "The server's port."),
            KeyDeclaration(
                "database", .line, isRequired: true, example: "app", "The database that Baton connects to."),
            KeyDeclaration(
                "user", .line, isRequired: true, example: "baton",
                "The role that Baton connects as, and that a standby replicates as."),
            password, tls,
            KeyDeclaration(
                "control",
                .either([
                    .word([WordDeclaration("none", "Baton may ask the server, and cannot stop it.")]),
                    .mapping(nodeControl),
                ]),
                otherwise: "`none`",
                example: "{ local: { data-directory: pg/west, bin-directory: /usr/lib/postgresql/15/bin } }",
                "How Baton stops and starts the server."),
            KeyDeclaration(
                "fence", .mapping(nodeFence), otherwise: "none",
                example: "{ command: { check: […], do: […], verify: […] } }",
                "How the node is switched off, and proved to be off, where its host is not controlled or does not "
                    + "answer."),
        ])

    package static let nodeControl = KeyTable(
        "`control`", exactlyOneOf: [["local", "ssh"]],
        [
            KeyDeclaration(
                "local", .mapping(localControl), example: "{ data-directory: …, bin-directory: … }",
                "The server runs on the machine that Baton runs on."),
            KeyDeclaration(
                "ssh", .mapping(sshControl), example: "{ host: 10.0.0.1, user: postgres, … }",
                "The server runs on another machine, which Baton reaches by OpenSSH."),
        ])

    package static let localControl = KeyTable(
        "`local` control",
        [
            KeyDeclaration(
                "data-directory", .path, isRequired: true, example: "/var/lib/postgresql/15/main",
                "The server's data directory."),
            KeyDeclaration(
                "bin-directory", .path, isRequired: true, example: "/usr/lib/postgresql/15/bin",
                "Where its `pg_ctl` and `pg_rewind` are."),
        ])

    package static let pooler = KeyTable(
        "a pooler",
        [
            site("pooler"), host,
            KeyDeclaration("port", port, isRequired: true, example: "6432", "The pooler's port."),
            KeyDeclaration(
                "admin", .line, isRequired: true, example: "baton_admin",
                "A member of PgBouncer's `admin_users`, who may pause and resume."),
            password,
            KeyDeclaration(
                "stats-user", .line, otherwise: "`admin`", example: "baton_stats",
                "A member of `stats_users`, who may only look; used by `preflight`."),
            KeyDeclaration(
                "stats-password", .secret, otherwise: "none", example: "\"file:stats.pw\"",
                "Where the password of `stats-user` is kept."),
            KeyDeclaration(
                "databases", .list(of: .database, atLeast: 1, isUnique: true), isRequired: true, example: "[app]",
                "The entries of PgBouncer's `[databases]` that lead to this cluster."),
            KeyDeclaration(
                "config", .path, isRequired: true, example: "/etc/pgbouncer/pgbouncer.ini",
                "The file that Baton edits to lead the entries elsewhere."),
            KeyDeclaration(
                "control",
                .word([
                    WordDeclaration("local", "The pooler runs on the machine that Baton runs on."),
                    WordDeclaration("none", "Baton may ask the pooler, and cannot edit its file."),
                ]),
                otherwise: "`none`", example: "local", "Whether Baton may edit `config`."),
            tls,
        ])

    package static let route = KeyTable(
        "a route",
        [
            KeyDeclaration(
                "through", .line, isRequired: true, example: "pool", "The pooler that these clients go through."),
            KeyDeclaration(
                "database", .line, isRequired: true, example: "app", "The pooler's entry that they use."),
            KeyDeclaration("user", .line, isRequired: true, example: "app", "The role that they connect as."),
            password,
            KeyDeclaration(
                "canary", .mapping(canary), otherwise: "nothing measures what these clients see",
                example: "{ table: baton_canary, every: 10ms }",
                "A client of Baton's own that writes all the time and measures the pause."),
        ])

    package static let canary = KeyTable(
        "`canary`",
        [
            KeyDeclaration(
                "table", .table, isRequired: true, example: "baton_canary", "The table that it writes to."),
            KeyDeclaration(
                "every",
                .span(
                    .milliseconds(1)...(.seconds(10)),
                    why: "faster would load the database, slower would measure nothing"),
                isRequired: true, example: "10ms", "The time between two writes."),
        ])

    package static let notify = KeyTable(
        "a notify target",
        hints: [
            "timeout": "deadline", "url": "http", "https": "http", "webhook": "http", "exec": "command",
            "run": "command", "events": "on", "moments": "on", "when": "on",
        ],
        exactlyOneOf: [["command", "http"]], onlyBeside: ["token": "http"],
        [
            KeyDeclaration(
                "command", .program, example: "[/usr/local/bin/page, --service, orders]",
                "A program and its arguments; no shell reads them."),
            KeyDeclaration(
                "http", .either([.url, .secret]), example: "\"https://chat.example/hook\"",
                "A URL that notices are posted to, or where it is kept."),
            KeyDeclaration(
                "token", .secret, otherwise: "none", example: "\"env:CHAT_TOKEN\"",
                "What is sent as `Authorization: Bearer`; only beside `http`."),
            KeyDeclaration(
                "on",
                .list(
                    of: .word(NoticeMoment.allCases.map { WordDeclaration($0.rawValue, $0.summary) }), atLeast: 1,
                    isUnique: true),
                otherwise: "every moment", example: "[halt, end]", "When it is told; each moment once."),
            KeyDeclaration(
                "deadline",
                .span(
                    NotifyTarget.deadlines,
                    why: "shorter would tell nobody, longer would keep the command waiting at its end"),
                otherwise: "`5s`", example: "5s", "How long one notice may take."),
        ])

    package static let tlsSettings = KeyTable(
        "`tls`",
        [
            KeyDeclaration("mode", tlsMode, isRequired: true, example: "verify-full", "Libpq's `sslmode`."),
            KeyDeclaration(
                "root-certificate", .path, otherwise: "libpq's own", example: "ca.pem",
                "The certificate of the authority that is trusted."),
        ])

    static let port = ValueForm.count(1...65_535)
    private static let tlsMode = ValueForm.word(
        TLSSettings.Mode.allCases.map { WordDeclaration($0.rawValue, $0.summary) })

    private static func site(_ noun: String) -> KeyDeclaration {
        KeyDeclaration("site", .line, isRequired: true, example: "west", "Where the \(noun) is: one of `sites`.")
    }
    private static let host = KeyDeclaration(
        "host", .host, isRequired: true, example: "10.0.0.1",
        "Where it listens.")
    private static let password = KeyDeclaration(
        "password", .secret, otherwise: "none", example: "\"file:west.pw\"", "Where the password is kept.")
    private static let tls = KeyDeclaration(
        "tls", .either([tlsMode, .mapping(tlsSettings)]), otherwise: "`prefer`", example: "verify-full",
        "How the connection is protected: a word alone, or with a certificate.")
}
