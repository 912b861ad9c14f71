extension ComplaintCode {
    /// The topology.
    static let topologyExplanations: [ComplaintCode: Explanation] = [
        .plainSecret: Explanation(
            meaning: "A secret stands in the file itself.",
            why: "The topology is copied into every run's directory, printed and shared. A secret is named, never "
                + "written: `file:`, `env:` or `command:` say where it is kept.",
            wrong: """
                routes:
                  app: { through: pool, database: app, user: app, password: hunter2 }
                """,
            right: """
                routes:
                  app: { through: pool, database: app, user: app, password: "file:app.pw" }
                """),
        .badSecretReference: Explanation(
            meaning: "A reference to a secret names nothing that could hold one.",
            why: "The run would learn so when it connects for the first time, with clients waiting.",
            wrong: """
                routes:
                  app: { through: pool, database: app, user: app, password: "file:" }
                """,
            right: """
                routes:
                  app: { through: pool, database: app, user: app, password: "file:app.pw" }
                """),
        .unknownSite: Explanation(
            meaning: "A node or pooler lies in a site that `sites` lacks.",
            why: "`--to` names a site; what lies in a misspelt one is never a candidate.",
            wrong: """
                poolers:
                  pool:
                    site: esat
                    host: 127.0.0.1
                    port: 6501
                    admin: baton_admin
                    databases: [app]
                    config: pgbouncer/pgbouncer.ini
                    control: local
                """,
            right: """
                poolers:
                  pool:
                    site: east
                    host: 127.0.0.1
                    port: 6501
                    admin: baton_admin
                    databases: [app]
                    config: pgbouncer/pgbouncer.ini
                    control: local
                """),
        .unknownPooler: Explanation(
            meaning: "A route leads through a pooler that is not there.",
            why: "Its clients would neither be paused nor led to new.",
            wrong: """
                routes:
                  app: { through: pol, database: app, user: app }
                """,
            right: """
                routes:
                  app: { through: pool, database: app, user: app }
                """),
        .unknownDatabase: Explanation(
            meaning: "A route uses a database that its pooler's `databases` lack.",
            why: "Only those entries are paused and led to new; these clients would write to old until it stops.",
            wrong: """
                routes:
                  app: { through: pool, database: orders, user: app }
                """,
            right: """
                routes:
                  app: { through: pool, database: app, user: app }
                """),
        .duplicateName: Explanation(
            meaning: "A name stands twice where reports give names alone.",
            why: "Where a report says that `pool` is paused, it must mean one thing.",
            wrong: """
                routes:
                  pool: { through: pool, database: app, user: app }
                """,
            right: """
                routes:
                  app: { through: pool, database: app, user: app }
                """),
        .duplicateSlot: Explanation(
            meaning: "Two nodes' names give the same replication slot name.",
            why: "Slot names have small letters, digits and underscores only, so names that differ in punctuation or "
                + "case alone would share a slot, and one would lose its log.",
            wrong: """
                nodes:
                  db-1:
                    { site: west, host: 127.0.0.1, port: 5501, database: app, user: baton,
                      control: { local: { data-directory: pg/west, bin-directory: /usr/lib/postgresql/15/bin } } }
                  DB_1:
                    { site: east, host: 127.0.0.1, port: 5502, database: app, user: baton,
                      control: { local: { data-directory: pg/east, bin-directory: /usr/lib/postgresql/15/bin } } }
                """,
            right: """
                nodes:
                  db-1:
                    { site: west, host: 127.0.0.1, port: 5501, database: app, user: baton,
                      control: { local: { data-directory: pg/west, bin-directory: /usr/lib/postgresql/15/bin } } }
                  db-2:
                    { site: east, host: 127.0.0.1, port: 5502, database: app, user: baton,
                      control: { local: { data-directory: pg/east, bin-directory: /usr/lib/postgresql/15/bin } } }
                """),
        .duplicateAddress: Explanation(
            meaning: "Two things have the same host and port.",
            why: "One server cannot be both; most likely a line was copied and not changed.",
            wrong: """
                poolers:
                  pool:
                    site: east
                    host: 127.0.0.1
                    port: 5502
                    admin: baton_admin
                    databases: [app]
                    config: pgbouncer/pgbouncer.ini
                    control: local
                """,
            right: """
                poolers:
                  pool:
                    site: east
                    host: 127.0.0.1
                    port: 6501
                    admin: baton_admin
                    databases: [app]
                    config: pgbouncer/pgbouncer.ini
                    control: local
                """),
        .duplicatePath: Explanation(
            meaning: "Two nodes have the same data directory, or two poolers the same configuration file.",
            why: "To stop one would be to stop the other, and to rejoin one would overwrite it.",
            wrong: """
                nodes:
                  west-db:
                    { site: west, host: 127.0.0.1, port: 5501, database: app, user: baton,
                      control: { local: { data-directory: pg/data, bin-directory: /usr/lib/postgresql/15/bin } } }
                  east-db:
                    { site: east, host: 127.0.0.1, port: 5502, database: app, user: baton,
                      control: { local: { data-directory: pg/data, bin-directory: /usr/lib/postgresql/15/bin } } }
                """,
            right: """
                nodes:
                  west-db:
                    { site: west, host: 127.0.0.1, port: 5501, database: app, user: baton,
                      control: { local: { data-directory: pg/west, bin-directory: /usr/lib/postgresql/15/bin } } }
                  east-db:
                    { site: east, host: 127.0.0.1, port: 5502, database: app, user: baton,
                      control: { local: { data-directory: pg/east, bin-directory: /usr/lib/postgresql/15/bin } } }
                """),
        .wildcardDatabase: Explanation(
            meaning: "`databases` names the entry `*`, or the pooler's own console.",
            why: "PgBouncer pauses named databases; clients of a `*` entry could slip through the freeze.",
            wrong: """
                poolers:
                  pool:
                    site: east
                    host: 127.0.0.1
                    port: 6501
                    admin: baton_admin
                    databases: ["*"]
                    config: pgbouncer/pgbouncer.ini
                    control: local
                """,
            right: """
                poolers:
                  pool:
                    site: east
                    host: 127.0.0.1
                    port: 6501
                    admin: baton_admin
                    databases: [app]
                    config: pgbouncer/pgbouncer.ini
                    control: local
                """),
        .badHost: Explanation(
            meaning: "The value is neither a host name, nor an address, nor the directory of a Unix socket.",
            why: "Libpq takes no URL here, and of a list of hosts it would choose one by itself.",
            wrong: """
                poolers:
                  pool:
                    site: east
                    host: "https://pool.example"
                    port: 6501
                    admin: baton_admin
                    databases: [app]
                    config: pgbouncer/pgbouncer.ini
                    control: local
                """,
            right: """
                poolers:
                  pool:
                    site: east
                    host: pool.example
                    port: 6501
                    admin: baton_admin
                    databases: [app]
                    config: pgbouncer/pgbouncer.ini
                    control: local
                """),
        .badPath: Explanation(
            meaning: "A path contains `~` or `$`.",
            why: "No shell reads the file, so nothing expands them: Baton would look for a directory of that very "
                + "name.",
            wrong: """
                poolers:
                  pool:
                    site: east
                    host: 127.0.0.1
                    port: 6501
                    admin: baton_admin
                    databases: [app]
                    config: "~/pgbouncer.ini"
                    control: local
                """,
            right: """
                poolers:
                  pool:
                    site: east
                    host: 127.0.0.1
                    port: 6501
                    admin: baton_admin
                    databases: [app]
                    config: /etc/pgbouncer/pgbouncer.ini
                    control: local
                """),
        .badIdentifier: Explanation(
            meaning: "The value is no plain table name.",
            why: "It becomes a part of statements, so nothing that needs quotes is taken.",
            wrong: """
                routes:
                  app: { through: pool, database: app, user: app, canary: { table: "my table", every: 10ms } }
                """,
            right: """
                routes:
                  app: { through: pool, database: app, user: app, canary: { table: baton_canary, every: 10ms } }
                """),
        .badControl: Explanation(
            meaning: "`control` says something else than how Baton reaches the host.",
            why: "Without it Baton could not stop old or lead the pooler to new.",
            wrong: """
                poolers:
                  pool:
                    site: east
                    host: 127.0.0.1
                    port: 6501
                    admin: baton_admin
                    databases: [app]
                    config: pgbouncer/pgbouncer.ini
                    control: ssh
                """,
            right: """
                poolers:
                  pool:
                    site: east
                    host: 127.0.0.1
                    port: 6501
                    admin: baton_admin
                    databases: [app]
                    config: pgbouncer/pgbouncer.ini
                    control: local
                """),
        .badFence: Explanation(
            meaning: "`fence` does not say one way to switch a node off.",
            why: "When the node is lost there is no time to choose between two, and none is no fence.",
            wrong: """
                nodes:
                  west-db:
                    { site: west, host: 127.0.0.1, port: 5501, database: app, user: baton,
                      fence: {} }
                  east-db: { site: east, host: 127.0.0.1, port: 5502, database: app, user: baton }
                """,
            right: """
                nodes:
                  west-db:
                    { site: west, host: 127.0.0.1, port: 5501, database: app, user: baton,
                      fence: { command:
                        { check: [power, check, west], do: [power, "off", west], verify: [power, is-off, west] } } }
                  east-db: { site: east, host: 127.0.0.1, port: 5502, database: app, user: baton }
                """),
        .fenceProvesNothing: Explanation(
            meaning: "The `verify` of a fence succeeds also while the node runs.",
            why:
                "It is the only evidence on which another node is promoted; with a `verify` that always says yes there "
                + "would be two primaries.",
            wrong: """
                nodes:
                  west-db:
                    { site: west, host: 127.0.0.1, port: 5501, database: app, user: baton,
                      fence: { command:
                        { check: [power, status, west], do: [power, "off", west], verify: [power, status, west] } } }
                  east-db: { site: east, host: 127.0.0.1, port: 5502, database: app, user: baton }
                """,
            right: """
                nodes:
                  west-db:
                    { site: west, host: 127.0.0.1, port: 5501, database: app, user: baton,
                      fence: { command:
                        { check: [power, status, west], do: [power, "off", west], verify: [power, is-off, west] } } }
                  east-db: { site: east, host: 127.0.0.1, port: 5502, database: app, user: baton }
                """),
        .noCommandOrHTTP: Explanation(
            meaning: "A notify target has neither `command` nor `http`.",
            why: "It would tell nobody, and somebody counts on it.",
            wrong: """
                notify:
                  chat: { on: [halt, end] }
                """,
            right: """
                notify:
                  chat: { command: [wall], on: [halt, end] }
                """),
        .commandAndHTTP: Explanation(
            meaning: "A notify target has both `command` and `http`.",
            why: "Each may fail alone, so each needs a name of its own in the record.",
            wrong: """
                notify:
                  chat: { command: [wall], http: "https://chat.example/hook" }
                """,
            right: """
                notify:
                  chat: { http: "https://chat.example/hook" }
                """),
        .badURL: Explanation(
            meaning: "The value is no URL that notices could be posted to, or it holds a user or a password.",
            why: "A topology must not hold a secret. A chat service's URL that is one belongs into a file: `http: "
                + "\"file:hook.url\"`.",
            wrong: """
                notify:
                  chat: { http: "https://me:secret@chat.example/hook" }
                """,
            right: """
                notify:
                  chat: { http: "https://chat.example/hook" }
                """),
        .tokenWithoutTLS: Explanation(
            meaning: "A token is sent over `http:`.",
            why: "Everybody on the way can read it.",
            wrong: """
                notify:
                  chat: { http: "http://chat.example/hook", token: "env:CHAT_TOKEN" }
                """,
            right: """
                notify:
                  chat: { http: "https://chat.example/hook", token: "env:CHAT_TOKEN" }
                """),
    ]
}
