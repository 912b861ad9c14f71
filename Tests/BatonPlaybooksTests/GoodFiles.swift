/// The forms that are the contract, and what the tables of bad files change in them.
enum GoodFiles {
    static let playbook = """
        # yaml-language-server: $schema=schema/playbook.json
        baton: playbook/v1
        name: planned-switchover
        title: Planned switchover to another site
        why: Move the primary role to another site without losing one committed write.
        mode: planned                      # planned | emergency
        objectives: { write-pause: 2s, recovery-time: 60s, recovery-point: 0B }
        limits: { freeze: 30s, undo-reserve: 10s }

        preflight:
          - gate: postgres.streaming
            on: new
          - gate: postgres.replay-lag
            on: new
            limit: { bytes: 16MiB, time: 5s }   # time: new replays what old had flushed when asked
          - gate: pgbouncer.ready
            on: poolers
        prepare:
          - do: postgres.slots
            on: new
          - do: postgres.checkpoint
            on: [old, new]
        freeze:
          - do: pgbouncer.pause
            on: poolers
            deadline: 5s
            why: Clients wait; none of them sees an error.
        fence:
          - do: postgres.stop
            on: old
            deadline: 30s
        catch-up:
          - gate: postgres.replayed-shutdown-checkpoint
            on: new
            deadline: 10s
        promote:
          - do: postgres.promote
            on: new
        repoint:
          - together:
              - do: pgbouncer.repoint
                on: poolers
        thaw:
          - do: pgbouncer.resume
            on: poolers
        verify:
          - gate: postgres.single-writer
            on: all
            deadline: 10s
          - gate: canary.write
            on: routes
            deadline: 10s
        finish:
          - do: postgres.rejoin
            on: old

        """

    static let topology = """
        baton: topology/v1
        name: lab
        sites: { west: {}, east: {} }
        nodes:
          west-db: { site: west, host: 127.0.0.1, port: 5501, database: app, user: baton, password: "file:west.pw",
                     control: { local: { data-directory: pg/west, bin-directory: /usr/lib/postgresql/15/bin } } }
          east-db: { site: east, host: 127.0.0.1, port: 5502, database: app, user: baton, password: "file:east.pw",
                     control: { local: { data-directory: pg/east, bin-directory: /usr/lib/postgresql/15/bin } } }
        poolers:
          pool: { site: east, host: 127.0.0.1, port: 6501, admin: baton_admin, password: "file:pool.pw", databases: [app],
                  config: pgbouncer/pgbouncer.ini, control: local }
        routes:
          app: { through: pool, database: app, user: app, password: "file:app.pw", canary: { table: baton_canary, every: 10ms } }

        """

    /// The form with one passage replaced. Nil when the passage is not there exactly once, so that no test passes by
    /// testing the good file.
    static func with(_ form: String, _ passage: String, _ replacement: String) -> String? {
        var matches: [String.Index] = []
        for index in form.indices where form[index...].hasPrefix(passage) { matches.append(index) }
        guard matches.count == 1, let start = matches.first else { return nil }
        return form[..<start] + replacement + form[form.index(start, offsetBy: passage.count)...]
    }
}

extension String {
    static func + (left: Substring, right: String) -> String { String(left) + right }
}
