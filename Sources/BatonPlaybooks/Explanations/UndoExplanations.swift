extension ComplaintCode {
    /// The point of no return, and the way back from before it.
    static let undoExplanations: [ComplaintCode: Explanation] = [
        .promotionNotFinal: Explanation(
            meaning: "New becomes a primary by a step that has an undo.",
            why: "The run asks for no proof, sees no point of no return, and starts old again beside new when "
                + "a later step fails: two nodes accept writes.",
            wrong: """
                promote:
                  - do: postgres.start
                    on: new
                """,
            right: """
                promote:
                  - do: postgres.promote
                    on: new
                """,
            incident: "Patroni issue 2676 (an old leader takes the lead again), repmgr issue 821."),
        .promotesTwice: Explanation(
            meaning: "A node is promoted a second time.",
            why: "A primary makes no new timeline, so the second promotion cannot be seen to happen: the run "
                + "halts while clients wait.",
            wrong: """
                promote:
                  - do: postgres.promote
                    on: new
                  - do: postgres.promote
                    on: new
                """,
            right: """
                promote:
                  - do: postgres.promote
                    on: new
                """,
            incident: "Patroni issue 1776: what must happen once happened twice."),
        .retriesPromotion: Explanation(
            meaning: "The promotion has `retry`.",
            why: "A promotion that seemed to do nothing may be under way; asking again while it happens is how"
                + " one change becomes two.",
            wrong: """
                promote:
                  - do: postgres.promote
                    on: new
                    retry: 3
                """,
            right: """
                promote:
                  - do: postgres.promote
                    on: new
                """,
            incident: "Patroni issues 743 and 2376: \"switchover failed, status unknown\", while it goes on."),
        .undoReleasesTooSoon: Explanation(
            meaning: "When the run goes back, clients are let go before their server writes again.",
            why: "Undo runs in the reverse order. A step that stands too late is taken back too early.",
            wrong: """
                fence:
                  - do: postgres.stop
                    on: old
                    deadline: 15s
                  - do: pgbouncer.pause
                    on: poolers
                    deadline: 5s
                """,
            right: """
                fence:
                  - do: postgres.stop
                    on: old
                    deadline: 15s
                """,
            incident: "Repmgr issue 365: an unsuccessful switchover leaves the cluster in a bad state."),
        .undoCannotRun: Explanation(
            meaning: "From some point before the promotion the run cannot go back.",
            why: "An undo's own condition does not hold there: the run halts, with clients frozen, and only a "
                + "person can end it.",
            wrong: """
                catch-up:
                  - gate: postgres.replayed-shutdown-checkpoint
                    on: new
                    deadline: 10s
                  - do: postgres.start
                    on: new
                """,
            right: """
                catch-up:
                  - gate: postgres.replayed-shutdown-checkpoint
                    on: new
                    deadline: 10s
                """,
            incident: "Pg_auto_failover issues 683, 704 and 725: states without a way out."),
        .undoLeavesChange: Explanation(
            meaning: "A step before the promotion changes something for good.",
            why: "A rolled-back run says that everything is as before. What has no undo makes that a lie.",
            wrong: """
                prepare:
                  - do: postgres.slots
                    on: new
                  - do: postgres.drop-slots
                    on: old
                  - do: postgres.checkpoint
                    on: [old, new]
                """,
            right: """
                prepare:
                  - do: postgres.slots
                    on: new
                  - do: postgres.checkpoint
                    on: [old, new]
                """,
            incident: "Repmgr issue 503: the run fails, and what it did to the primary stays; pg_auto_failover "
                + "issue 1088: a standby without its log is built anew."),
    ]
}
