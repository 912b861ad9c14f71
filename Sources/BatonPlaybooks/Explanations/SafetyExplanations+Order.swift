extension Explanation {
    /// What the order of the steps, their undo and their gates can do to data and clients.
    static let safetyOfOrder: [ComplaintCode: Explanation] = [
        .clientsCutOff: Explanation(
            meaning: "A server stops while its clients do not wait.",
            why: "Every client gets errors until it is led to the new primary, and without a freeze nothing "
                + "bounds how long that takes.",
            incident: "Patroni behind HAProxy as documented, 3450 client errors in 7 switchovers (measured); "
                + "patroni issue 1587 asks for the pause."),
        .togetherRaces: Explanation(
            meaning: "Two steps that must come one after the other begin at the same time.",
            why: "Which of them is first is chance: the rehearsal goes well, and the run interrupts transactions.",
            incident: "openark/orchestrator issues 1353 and 428: a hook in the wrong place of the order."),
        .freezeOutsideFreeze: Explanation(
            meaning: "Clients are made to wait in a phase other than `freeze`.",
            why: "The freeze budget, the undo reserve and the guard begin with the phase `freeze`; nobody "
                + "releases clients that wait before or behind it when Baton dies.",
            incident: "cloudnative-pg pull request 9873: the pause got a safety timeout of 120 s."),
        .frozenAtTheEnd: Explanation(
            meaning: "The run ends while clients wait.",
            why: "A completed run is over; nothing looks after its clients any more.",
            incident: "percona/orchestrator issue 43: the error path leaves the primary read-only, and nobody"
                + " notices."),
        .thawTowardsOld: Explanation(
            meaning: "Clients are let go towards a node that accepts no writes.",
            why: "The route is empty: each client gets errors, and the run looks as if it went on.",
            incident: "cloudnative-pg issue 1254: the endpoint serves a node that takes no writes after the "
                + "promotion."),
        .routeLeftBehind: Explanation(
            meaning: "No step leads a pooler to new.",
            why: "Its clients stay with the demoted node; they may read, and see old data, and every write fails.",
            incident: "zalando/postgres-operator issue 2035, CrunchyData/postgres-operator issue 3322: "
                + "applications stay with the demoted node."),
        .promotionNotFinal: Explanation(
            meaning: "New becomes a primary by a step that has an undo.",
            why: "The run asks for no proof, sees no point of no return, and starts old again beside new when"
                + " a later step fails: two nodes accept writes.",
            incident: "patroni issue 2676 (an old leader takes the lead again), repmgr issue 821."),
        .promotesTwice: Explanation(
            meaning: "A node is promoted a second time.",
            why: "A primary makes no new timeline, so the second promotion cannot be seen to happen: the run "
                + "halts while clients wait.",
            incident: "patroni issue 1776: what must happen once happened twice."),
        .retriesPromotion: Explanation(
            meaning: "The promotion has `retry`.",
            why: "A promotion that seemed to do nothing may be under way; asking again while it happens is "
                + "how one change becomes two.",
            incident: "patroni issues 743 and 2376: \"switchover failed, status unknown\", while it goes on."),
        .undoReleasesTooSoon: Explanation(
            meaning: "When the run goes back, clients are let go before their server writes again.",
            why: "Undo runs in the reverse order. A step that stands too late is taken back too early.",
            incident: "repmgr issue 365: an unsuccessful switchover leaves the cluster in a bad state."),
        .undoCannotRun: Explanation(
            meaning: "From some point before the promotion the run cannot go back.",
            why: "An undo's own condition does not hold there: the run halts, with clients frozen, and only a"
                + " person can end it.",
            incident: "pg_auto_failover issues 683, 704 and 725: states without a way out."),
        .undoLeavesChange: Explanation(
            meaning: "A step before the promotion changes something for good.",
            why: "A rolled-back run says that everything is as before. What has no undo makes that a lie.",
            incident: "repmgr issue 503: the run fails, and what it did to the primary stays; "
                + "pg_auto_failover issue 1088: a standby without its log is built anew."),
        .workInFreeze: Explanation(
            meaning: "Work that the handover does not need is done while clients wait.",
            why: "It uses up the freeze budget; when it is slow once, the run goes back and clients waited "
                + "for nothing.",
            incident: "cloudnative-pg issue 11348: the demotion stalls on a checkpoint."),
        .thawWaitsForOld: Explanation(
            meaning: "Between the promotion and the thaw a step works on old.",
            why: "Clients wait for the very site that is being left, and no freeze budget bounds what comes "
                + "after the promotion.",
            incident: "repmgr issues 414 and 367 (the old primary does not start after the rejoin), patroni "
                + "issue 2378."),
        .thawWaits: Explanation(
            meaning: "Between the promotion and the thaw a step does what the thaw does not need.",
            why: "Clients wait for it, and no freeze budget bounds that any more.",
            incident: "pg_auto_failover lifts read-only only after its CHECKPOINT (measured)."),
        .runsTwice: Explanation(
            meaning: "A step brings nothing about that an earlier one has not.",
            why: "It costs its time, and its undo is done twice, in a place where nobody thought of it.",
            incident: "patroni issues 1776 and 2206: a callback runs twice, or not at all."),
        .unprepared: Explanation(
            meaning: "A step has all of its work to do while clients wait.",
            why: "A stop writes all that has gathered since the last checkpoint; a checkpoint before the "
                + "freeze makes the wait short.",
            incident: "cloudnative-pg issue 11348: the demotion stalls on the checkpoint of the stop."),
        .canaryWhileFrozen: Explanation(
            meaning: "A gate goes the clients' way while clients are held.",
            why: "Its write waits with all the others, so it can only refuse.",
            incident: "openark/orchestrator issues 1353 and 428: a hook in the wrong place of the order."),
        .gateHoldsClients: Explanation(
            meaning: "A gate stands between the promotion and the thaw and asks nothing about the run.",
            why: "There is no way back there. All that a refusal can do is to halt the run with clients waiting.",
            incident: "GitLab Geo issue 320809: a check that had no bearing blocked the promotion."),
        .askedTooLate: Explanation(
            meaning: "A gate is asked only when clients wait already.",
            why: "What it finds was there before the freeze: the run goes back, and clients waited for nothing.",
            incident: "GitLab issue 225173: the promotion found what the preflight had not asked."),
        .budgetBelowFreeze: Explanation(
            meaning: "The pooler's timeouts are compared with less than the freeze may last.",
            why: "A pooler that gives up in the middle of the freeze passes, and throws its clients out.",
            incident: "cloudnative-pg issue 8299: clients of a paused pooler."),
        .limitOutlastsFreeze: Explanation(
            meaning: "A gate's time limit is longer than the freeze.",
            why: "What takes that long is let pass, and the freeze ends first: the run goes back for nothing.",
            incident: "gitlab-com/gl-infra/infrastructure issue 7282: a limit for the lag that nobody questioned."),
        .limitSaysNothing: Explanation(
            meaning: "A gate's limit is so wide that it never refuses.",
            why: "A guard that cannot say no is worse than none: the report says that it passed.",
            incident: "cloudnative-pg issues 8846 and 3680: archiving blocks the switchover."),
        .lossAcceptedForEver: Explanation(
            meaning: "A gate's refusal is switched off in the playbook.",
            why: "The loss is accepted for every run to come, whatever there is to lose by then.",
            incident: "patroni issues 1056, 1749 and 3106: subscribers miss changes without a word."),
    ]
}
