extension ComplaintCode {
    /// What clients wait for, and gates that cannot say no when it matters.
    static let workExplanations: [ComplaintCode: Explanation] = [
        .workInFreeze: Explanation(
            meaning: "Work that the handover does not need is done while clients wait.",
            why: "It uses up the freeze budget; when it is slow once, the run goes back and clients waited for"
                + " nothing.",
            wrong: """
                freeze:
                  - do: pgbouncer.pause
                    on: poolers
                    deadline: 5s
                  - do: postgres.checkpoint
                    on: new
                finish:
                  - do: postgres.follow
                    on: others
                  - do: postgres.rejoin
                    on: old
                """,
            right: """
                freeze:
                  - do: pgbouncer.pause
                    on: poolers
                    deadline: 5s
                finish:
                  - do: postgres.follow
                    on: others
                  - do: postgres.rejoin
                    on: old
                  - do: postgres.checkpoint
                    on: new
                """,
            incident: "Cloudnative-pg issue 11348: the demotion stalls on a checkpoint."),
        .thawWaitsForOld: Explanation(
            meaning: "Between the promotion and the thaw a step works on old.",
            why: "Clients wait for the very site that is being left, and no freeze budget bounds what comes "
                + "after the promotion.",
            wrong: """
                repoint:
                  - do: pgbouncer.repoint
                    on: poolers
                  - do: postgres.rejoin
                    on: old
                finish:
                  - do: postgres.follow
                    on: others
                  - do: postgres.checkpoint
                    on: new
                """,
            right: """
                repoint:
                  - do: pgbouncer.repoint
                    on: poolers
                finish:
                  - do: postgres.follow
                    on: others
                  - do: postgres.rejoin
                    on: old
                  - do: postgres.checkpoint
                    on: new
                """,
            incident: "Repmgr issues 414 and 367 (the old primary does not start after the rejoin), patroni issue "
                + "2378."),
        .thawWaits: Explanation(
            meaning: "Between the promotion and the thaw a step does what the thaw does not need.",
            why: "Clients wait for it, and no freeze budget bounds that any more.",
            wrong: """
                repoint:
                  - do: postgres.checkpoint
                    on: new
                  - do: pgbouncer.repoint
                    on: poolers
                finish:
                  - do: postgres.follow
                    on: others
                  - do: postgres.rejoin
                    on: old
                """,
            right: """
                repoint:
                  - do: pgbouncer.repoint
                    on: poolers
                finish:
                  - do: postgres.follow
                    on: others
                  - do: postgres.rejoin
                    on: old
                  - do: postgres.checkpoint
                    on: new
                """,
            incident: "Pg_auto_failover lifts read-only only after its CHECKPOINT (measured)."),
        .runsTwice: Explanation(
            meaning: "A step brings nothing about that an earlier one has not.",
            why: "It costs its time, and its undo is done twice, in a place where nobody thought of it.",
            wrong: """
                fence:
                  - do: postgres.stop
                    on: old
                    deadline: 15s
                  - do: postgres.stop
                    on: old
                    deadline: 10s
                """,
            right: """
                fence:
                  - do: postgres.stop
                    on: old
                    deadline: 15s
                """,
            incident: "Patroni issues 1776 and 2206: a callback runs twice, or not at all."),
        .unprepared: Explanation(
            meaning: "A step has all of its work to do while clients wait.",
            why: "A stop writes all that has gathered since the last checkpoint; a checkpoint before the "
                + "freeze makes the wait short.",
            wrong: """
                prepare:
                  - do: postgres.slots
                    on: new
                  - do: postgres.checkpoint
                    on: new
                """,
            right: """
                prepare:
                  - do: postgres.slots
                    on: new
                  - do: postgres.checkpoint
                    on: [old, new]
                """,
            incident: "Cloudnative-pg issue 11348: the demotion stalls on the checkpoint of the stop."),
        .canaryWhileFrozen: Explanation(
            meaning: "A gate goes the clients' way while clients are held.",
            why: "Its write waits with all the others, so it can only refuse.",
            wrong: """
                repoint:
                  - do: pgbouncer.repoint
                    on: poolers
                  - gate: canary.write
                    on: routes
                    deadline: 5s
                """,
            right: """
                repoint:
                  - do: pgbouncer.repoint
                    on: poolers
                """,
            incident: "Openark/orchestrator issues 1353 and 428: a hook in the wrong place of the order."),
        .gateHoldsClients: Explanation(
            meaning: "A gate stands between the promotion and the thaw and asks nothing about the run.",
            why: "There is no way back there. All that a refusal can do is to halt the run with clients waiting.",
            wrong: """
                repoint:
                  - do: pgbouncer.repoint
                    on: poolers
                  - gate: postgres.archiver
                    on: new
                """,
            right: """
                repoint:
                  - do: pgbouncer.repoint
                    on: poolers
                """,
            incident: "GitLab Geo issue 320809: a check that had no bearing blocked the promotion."),
        .askedTooLate: Explanation(
            meaning: "A gate is asked only when clients wait already.",
            why: "What it finds was there before the freeze: the run goes back, and clients waited for nothing.",
            wrong: """
                freeze:
                  - do: pgbouncer.pause
                    on: poolers
                    deadline: 5s
                  - gate: postgres.replay-lag
                    on: new
                    limit: { bytes: 64KiB, time: 100ms }
                """,
            right: """
                freeze:
                  - do: pgbouncer.pause
                    on: poolers
                    deadline: 5s
                """,
            incident: "GitLab issue 225173: the promotion found what the preflight had not asked."),
        .budgetBelowFreeze: Explanation(
            meaning: "The pooler's timeouts are compared with less than the freeze may last.",
            why: "A pooler that gives up in the middle of the freeze passes, and throws its clients out.",
            wrong: """
                preflight:
                  - gate: postgres.streaming
                    on: new
                  - gate: postgres.replay-lag
                    on: new
                    limit: { bytes: 16MiB, time: 5s }
                  - gate: pgbouncer.freeze-budget
                    on: poolers
                    limit: { budget: 5s }
                  - gate: pgbouncer.ready
                    on: poolers
                """,
            right: """
                preflight:
                  - gate: postgres.streaming
                    on: new
                  - gate: postgres.replay-lag
                    on: new
                    limit: { bytes: 16MiB, time: 5s }
                  - gate: pgbouncer.ready
                    on: poolers
                """,
            incident: "Cloudnative-pg issue 8299: clients of a paused pooler."),
        .limitOutlastsFreeze: Explanation(
            meaning: "A gate's time limit is longer than the freeze.",
            why: "What takes that long is let pass, and the freeze ends first: the run goes back for nothing.",
            wrong: """
                preflight:
                  - gate: postgres.streaming
                    on: new
                  - gate: postgres.replay-lag
                    on: new
                    limit: { bytes: 16MiB, time: 1h }
                  - gate: pgbouncer.ready
                    on: poolers
                """,
            right: """
                preflight:
                  - gate: postgres.streaming
                    on: new
                  - gate: postgres.replay-lag
                    on: new
                    limit: { bytes: 16MiB, time: 5s }
                  - gate: pgbouncer.ready
                    on: poolers
                """,
            incident: "Gitlab-com/gl-infra/infrastructure issue 7282: a limit for the lag that nobody questioned."),
        .limitSaysNothing: Explanation(
            meaning: "A gate's limit is so wide that it never refuses.",
            why: "A guard that cannot say no is worse than none: the report says that it passed.",
            wrong: """
                preflight:
                  - gate: postgres.streaming
                    on: new
                  - gate: postgres.replay-lag
                    on: new
                    limit: { bytes: 16MiB, time: 5s }
                  - gate: postgres.archiver
                    on: old
                    limit: { warn: 16, block: 1000000 }
                  - gate: pgbouncer.ready
                    on: poolers
                """,
            right: """
                preflight:
                  - gate: postgres.streaming
                    on: new
                  - gate: postgres.replay-lag
                    on: new
                    limit: { bytes: 16MiB, time: 5s }
                  - gate: pgbouncer.ready
                    on: poolers
                """,
            incident: "Cloudnative-pg issues 8846 and 3680: archiving blocks the switchover."),
        .lossAcceptedForEver: Explanation(
            meaning: "A gate's refusal is switched off in the playbook.",
            why: "The loss is accepted for every run to come, whatever there is to lose by then.",
            wrong: """
                preflight:
                  - gate: postgres.streaming
                    on: new
                  - gate: postgres.replay-lag
                    on: new
                    limit: { bytes: 16MiB, time: 5s }
                  - gate: postgres.logical-slots
                    on: old
                    limit: { accept-loss: true }
                  - gate: pgbouncer.ready
                    on: poolers
                """,
            right: """
                preflight:
                  - gate: postgres.streaming
                    on: new
                  - gate: postgres.replay-lag
                    on: new
                    limit: { bytes: 16MiB, time: 5s }
                  - gate: pgbouncer.ready
                    on: poolers
                """,
            incident: "Patroni issues 1056, 1749 and 3106: subscribers miss changes without a word."),
    ]
}
