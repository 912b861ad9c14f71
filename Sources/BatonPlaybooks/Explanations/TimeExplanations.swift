extension ComplaintCode {
    /// Budgets and deadlines that cannot be kept, or that bound nothing.
    static let timeExplanations: [ComplaintCode: Explanation] = [
        .freezeTooShort: Explanation(
            meaning: "The freeze leaves less time than its steps take when all is well.",
            why: "Every run freezes its clients, spends the budget and goes back.",
            wrong: "limits: { freeze: 3s, undo-reserve: 2500ms }",
            right: "limits: { freeze: 30s, undo-reserve: 10s }",
            incident: "Pg_auto_failover issue 620: the command gave up although the work went well."),
        .freezeTooLong: Explanation(
            meaning: "The freeze may last longer than the whole recovery shall take.",
            why: "A run that hangs holds its clients long after the objective is missed, before it goes back.",
            wrong: "limits: { freeze: 1h, undo-reserve: 10s }",
            right: "limits: { freeze: 30s, undo-reserve: 10s }",
            incident: "Pgbouncer issue 369: PAUSE hangs; cloudnative-pg pull request 9873 bounds it by 120 s."),
        .undoReserveTooShort: Explanation(
            meaning: "The undo reserve is shorter than the way back.",
            why: "A step may use all but the reserve; the way back then ends after the budget, and clients "
                + "wait for longer than was promised.",
            wrong: "limits: { freeze: 30s, undo-reserve: 1ms }",
            right: "limits: { freeze: 30s, undo-reserve: 10s }",
            incident: "Percona/orchestrator issue 43 (the error path leaves the old primary read-only), repmgr "
                + "issue 503."),
        .judgedOnce: Explanation(
            meaning: "An awaited gate has time for one look.",
            why: "What needs a moment longer counts as a refusal: the run goes back, or halts behind a "
                + "promotion that went well.",
            wrong: """
                catch-up:
                  - gate: postgres.replayed-shutdown-checkpoint
                    on: new
                    deadline: 20ms
                """,
            right: """
                catch-up:
                  - gate: postgres.replayed-shutdown-checkpoint
                    on: new
                    deadline: 10s
                """,
            incident: "Gitlab-com/migration issue 151: a lag gate that saw 4, 11, 18, 8 and 15 s was a matter of "
                + "luck."),
        .promotionUnseen: Explanation(
            meaning: "The promotion's deadline is shorter than a promotion.",
            why: "Its end is not seen, and there is no way back: the run halts while clients wait, whether or "
                + "not new is the primary.",
            wrong: """
                promote:
                  - do: postgres.promote
                    on: new
                    deadline: 50ms
                """,
            right: """
                promote:
                  - do: postgres.promote
                    on: new
                """,
            incident: "Patroni issues 743 and 2376 (\"status unknown\" while it goes on); the promote stall of "
                + "PostgreSQL (measured: 8 of about 110)."),
        .thawNotRetried: Explanation(
            meaning: "A step that leads or releases clients has no time for a second try.",
            why: "Behind the promotion there is only forward. One lost answer halts the run while clients wait.",
            wrong: """
                thaw:
                  - do: pgbouncer.resume
                    on: poolers
                    deadline: 1ms
                """,
            right: """
                thaw:
                  - do: pgbouncer.resume
                    on: poolers
                """,
            incident: "Pgbouncer issue 715: RESUME right after PAUSE."),
        .neverInTime: Explanation(
            meaning: "A step's deadline is shorter than the step.",
            why: "Every run is cut off in the middle of it and goes back.",
            wrong: """
                fence:
                  - do: postgres.stop
                    on: old
                    deadline: 10ms
                """,
            right: """
                fence:
                  - do: postgres.stop
                    on: old
                    deadline: 15s
                """,
            incident: "Repmgr issues 365 and 873: the shutdown is never confirmed."),
        .deadlineBeyondFreeze: Explanation(
            meaning: "A deadline within the freeze is longer than the freeze.",
            why: "The budget ends it earlier; whoever plans with the number that is written expects another run.",
            wrong: """
                fence:
                  - do: postgres.stop
                    on: old
                    deadline: 1h
                """,
            right: """
                fence:
                  - do: postgres.stop
                    on: old
                    deadline: 15s
                """,
            incident: "Patroni issue 2378: \"demote in progress\" for ever."),
        .recoveryOutlasted: Explanation(
            meaning: "A step behind the promotion may hold clients for longer than the recovery shall take.",
            why: "No freeze budget bounds it, and nobody is told before its deadline.",
            wrong: """
                repoint:
                  - do: pgbouncer.repoint
                    on: poolers
                    deadline: 1h
                """,
            right: """
                repoint:
                  - do: pgbouncer.repoint
                    on: poolers
                """,
            incident: "Cloudnative-pg pull request 10845: the propagation of a route was unbounded."),
        .objectiveSaysNothing: Explanation(
            meaning: "The write pause may be as long as the recovery time.",
            why: "The pause is a part of the recovery: no run can miss this objective without the other, so it"
                + " is never judged.",
            wrong: "objectives: { write-pause: 5min, recovery-time: 60s, recovery-point: 0B }",
            right: "objectives: { write-pause: 2s, recovery-time: 60s, recovery-point: 0B }",
            incident: "Facebook, 4 October 2021: an audit that could not say no let the command pass."),
        .objectiveOutOfReach: Explanation(
            meaning: "The write pause is shorter than any handover.",
            why: "Every drill misses it, and people stop looking.",
            wrong: "objectives: { write-pause: 1ms, recovery-time: 60s, recovery-point: 0B }",
            right: "objectives: { write-pause: 2s, recovery-time: 60s, recovery-point: 0B }",
            incident: "GitLab Geo issue 298725: 0 of 0 counted as 0 %, and the check failed for ever."),
    ]
}
