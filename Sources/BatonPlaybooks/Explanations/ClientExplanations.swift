extension ComplaintCode {
    /// What clients meet on the way of the plan.
    static let clientExplanations: [ComplaintCode: Explanation] = [
        .clientsCutOff: Explanation(
            meaning: "A server stops while its clients do not wait.",
            why: "Every client gets errors until it is led to the new primary, and without a freeze nothing "
                + "bounds how long that takes.",
            wrong: """
                freeze: []
                thaw: []
                """,
            right: """
                freeze:
                  - do: pgbouncer.pause
                    on: poolers
                    deadline: 5s
                thaw:
                  - do: pgbouncer.resume
                    on: poolers
                """,
            incident: "Patroni behind HAProxy as documented, 3450 client errors in 7 switchovers (measured); "
                + "patroni issue 1587 asks for the pause."),
        .togetherRaces: Explanation(
            meaning: "Two steps that must come one after the other begin at the same time.",
            why: "Which of them is first is chance: the rehearsal goes well, and the run interrupts transactions.",
            wrong: """
                freeze:
                  - together:
                      - do: pgbouncer.pause
                        on: poolers
                        deadline: 5s
                      - do: postgres.stop
                        on: old
                        deadline: 15s
                fence: []
                """,
            right: """
                freeze:
                  - do: pgbouncer.pause
                    on: poolers
                    deadline: 5s
                fence:
                  - do: postgres.stop
                    on: old
                    deadline: 15s
                """,
            incident: "Openark/orchestrator issues 1353 and 428: a hook in the wrong place of the order."),
        .freezeOutsideFreeze: Explanation(
            meaning: "Clients are made to wait in a phase other than `freeze`.",
            why: "The freeze budget, the undo reserve and the guard begin with the phase `freeze`; nobody "
                + "releases clients that wait before or behind it when Baton dies.",
            wrong: """
                prepare:
                  - do: postgres.slots
                    on: new
                  - do: postgres.checkpoint
                    on: [old, new]
                  - do: pgbouncer.pause
                    on: poolers
                    deadline: 5s
                freeze: []
                """,
            right: """
                prepare:
                  - do: postgres.slots
                    on: new
                  - do: postgres.checkpoint
                    on: [old, new]
                freeze:
                  - do: pgbouncer.pause
                    on: poolers
                    deadline: 5s
                """,
            incident: "Cloudnative-pg pull request 9873: the pause got a safety timeout of 120 s."),
        .frozenAtTheEnd: Explanation(
            meaning: "The run ends while clients wait.",
            why: "A completed run is over; nothing looks after its clients any more.",
            wrong: """
                finish:
                  - do: postgres.follow
                    on: others
                  - do: postgres.rejoin
                    on: old
                  - do: postgres.checkpoint
                    on: new
                  - do: pgbouncer.pause
                    on: poolers
                    deadline: 5s
                """,
            right: """
                finish:
                  - do: postgres.follow
                    on: others
                  - do: postgres.rejoin
                    on: old
                  - do: postgres.checkpoint
                    on: new
                """,
            incident: "Percona/orchestrator issue 43: the error path leaves the primary read-only, and nobody "
                + "notices."),
        .thawTowardsOld: Explanation(
            meaning: "Clients are let go towards a node that accepts no writes.",
            why: "The route is empty: each client gets errors, and the run looks as if it went on.",
            wrong: """
                repoint: []
                thaw:
                  - do: pgbouncer.release
                    on: poolers
                """,
            right: """
                repoint:
                  - do: pgbouncer.repoint
                    on: poolers
                thaw:
                  - do: pgbouncer.resume
                    on: poolers
                """,
            incident: "Cloudnative-pg issue 1254: the endpoint serves a node that takes no writes after the "
                + "promotion."),
        .routeLeftBehind: Explanation(
            meaning: "No step leads a pooler to new.",
            why: "Its clients stay with the demoted node; they may read, and see old data, and every write fails.",
            wrong: """
                freeze: []
                repoint: []
                thaw: []
                """,
            right: """
                freeze:
                  - do: pgbouncer.pause
                    on: poolers
                    deadline: 5s
                repoint:
                  - do: pgbouncer.repoint
                    on: poolers
                thaw:
                  - do: pgbouncer.resume
                    on: poolers
                """,
            incident: "Zalando/postgres-operator issue 2035, CrunchyData/postgres-operator issue 3322: applications"
                + " stay with the demoted node."),
    ]
}
