extension Explanation {
    /// Budgets and deadlines, what is proved and left at the end, and what a topology lacks.
    static let safetyOfEnds: [ComplaintCode: Explanation] = [
        .freezeTooShort: Explanation(
            meaning: "The freeze leaves less time than its steps take when all is well.",
            why: "Every run freezes its clients, spends the budget and goes back.",
            incident: "pg_auto_failover issue 620: the command gave up although the work went well."),
        .freezeTooLong: Explanation(
            meaning: "The freeze may last longer than the whole recovery shall take.",
            why: "A run that hangs holds its clients long after the objective is missed, before it goes back.",
            incident: "pgbouncer issue 369: PAUSE hangs; cloudnative-pg pull request 9873 bounds it by 120 s."),
        .undoReserveTooShort: Explanation(
            meaning: "The undo reserve is shorter than the way back.",
            why: "A step may use all but the reserve; the way back then ends after the budget, and clients "
                + "wait for longer than was promised.",
            incident: "percona/orchestrator issue 43 (the error path leaves the old primary read-only), "
                + "repmgr issue 503."),
        .judgedOnce: Explanation(
            meaning: "An awaited gate has time for one look.",
            why: "What needs a moment longer counts as a refusal: the run goes back, or halts behind a "
                + "promotion that went well.",
            incident: "gitlab-com/migration issue 151: a lag gate that saw 4, 11, 18, 8 and 15 s was a matter"
                + " of luck."),
        .promotionUnseen: Explanation(
            meaning: "The promotion's deadline is shorter than a promotion.",
            why: "Its end is not seen, and there is no way back: the run halts while clients wait, whether or"
                + " not new is the primary.",
            incident: "patroni issues 743 and 2376 (\"status unknown\" while it goes on); the promote stall "
                + "of PostgreSQL (measured: 8 of about 110)."),
        .thawNotRetried: Explanation(
            meaning: "A step that leads or releases clients has no time for a second try.",
            why: "Behind the promotion there is only forward. One lost answer halts the run while clients wait.",
            incident: "pgbouncer issue 715: RESUME right after PAUSE."),
        .neverInTime: Explanation(
            meaning: "A step's deadline is shorter than the step.",
            why: "Every run is cut off in the middle of it and goes back.",
            incident: "repmgr issues 365 and 873: the shutdown is never confirmed."),
        .deadlineBeyondFreeze: Explanation(
            meaning: "A deadline within the freeze is longer than the freeze.",
            why: "The budget ends it earlier; whoever plans with the number that is written expects another run.",
            incident: "patroni issue 2378: \"demote in progress\" for ever."),
        .recoveryOutlasted: Explanation(
            meaning: "A step behind the promotion may hold clients for longer than the recovery shall take.",
            why: "No freeze budget bounds it, and nobody is told before its deadline.",
            incident: "cloudnative-pg pull request 10845: the propagation of a route was unbounded."),
        .objectiveSaysNothing: Explanation(
            meaning: "The write pause may be as long as the recovery time.",
            why: "The pause is a part of the recovery: no run can miss this objective without the other, so "
                + "it is never judged.",
            incident: "Facebook, 4 October 2021: an audit that could not say no let the command pass."),
        .objectiveOutOfReach: Explanation(
            meaning: "The write pause is shorter than any handover.",
            why: "Every drill misses it, and people stop looking.",
            incident: "GitLab Geo issue 298725: 0 of 0 counted as 0 %, and the check failed for ever."),
        .writesUnproved: Explanation(
            meaning: "Nothing in `verify` goes the clients' way.",
            why: "A new primary whose commits hang, or a pooler that cannot log in there, counts as success.",
            incident: "repmgr issue 276 (commits hang after the promotion), GitLab Geo issue 273194 (SUCCESS "
                + "that was none)."),
        .secondWriterUnseen: Explanation(
            meaning: "Nothing in `verify` asks another node whether it writes.",
            why: "A server that somebody, or a service manager, starts as a primary in the middle of the run "
                + "is not seen, and the run says that it is complete.",
            incident: "repmgr issue 520: the old primary returns in the middle."),
        .followsWithoutSlot: Explanation(
            meaning: "A node is made to follow new, and new keeps no log for it.",
            why: "It is told to stream from the slot that bears its name; without the slot it never streams, "
                + "and new drops the log it needs.",
            incident: "A fresh Patroni standby whose slot did not exist yet: every acknowledged write lost "
                + "(measured, 3 of 3)."),
        .noStandbyLeft: Explanation(
            meaning: "At the end no node follows new.",
            why: "The role has moved to a server that stands alone: its loss loses everything since.",
            incident: "Cloudflare, 26 March 2024: the same site was lost again, five months after the first time."),
        .standbyLeftBehind: Explanation(
            meaning: "A standby goes on following a node that is no primary any more.",
            why: "It falls behind without a word, and counts as a standby in everybody's head.",
            incident: "repmgr issue 699: another standby goes its own way during the rejoin."),
        .emptyRole: Explanation(
            meaning: "A step is on a role that the topology leaves empty.",
            why: "A gate, a freeze or a fence that passes by doing nothing proves nothing.",
            incident: "GitLab Geo issue 298725: a check over nothing had a verdict."),
        .hostNotControlled: Explanation(
            meaning: "A step works on a host that Baton does not control.",
            why: "It cannot be done in the run; whether it goes back or halts, clients waited for nothing.",
            incident: "repmgr issue 708: the dry run was fine, and the run had no right to stop the server."),
        .routeUnmeasured: Explanation(
            meaning: "A gate waits for a write along a route that has no canary.",
            why: "Nobody writes there: the run halts behind a promotion that went well.",
            incident: "GitLab Geo issue 320809: a check that had nothing to look at blocked the promotion."),
        .sitesShareHost: Explanation(
            meaning: "Two sites stand on one machine.",
            why: "What takes one site takes both; a failover between them is none.",
            incident: "OVH Strasbourg, March 2021: the copies burned with the originals."),
        .haltUntold: Explanation(
            meaning: "`notify` tells people of everything but a halt.",
            why: "A halted run waits for a person, perhaps with its clients; whoever is told of the beginning"
                + " and the end alone learns of it from them.",
            incident: "A practitioner's recovery of six hours, of which almost none was technical: the people"
                + " could not be reached."),
        .needsLostNode: Explanation(
            meaning: "A step or a gate needs a server of the site that is lost.",
            why: "It gets no answer: an emergency that rests on the lost site is none (I7).",
            incident: "cloudnative-pg issue 11348: a demotion that waits for a server which does not answer."),
        .needsLostPooler: Explanation(
            meaning: "A step or a gate needs a pooler of the site that is lost.",
            why: "It gets no answer, and a pooler that is not reached may lead clients to old still.",
            incident: "Cloudflare, 2 November 2023: dependencies that nobody had tested by taking the site away."),
        .needsLostRoute: Explanation(
            meaning: "A step or a gate goes a clients' way that leads through the lost site.",
            why: "It cannot pass, however well the promotion went.",
            incident: "GitLab Geo: the preflight command refuses to run while the site it speaks of is not as"
                + " it expects."),
        .routeThroughLostSite: Explanation(
            meaning: "Clients have one way, and it leads through the lost site.",
            why: "New accepts writes, and nobody finds it.",
            incident: "AWS us-east-1, October 2025: the record that led clients was empty, and nothing could "
                + "repair it."),
        .batonAtLostSite: Explanation(
            meaning: "Baton runs on a machine of the site that is lost.",
            why: "It is lost with its journal, and nobody can run the playbook.",
            incident: "Facebook, 4 October 2021: the tools of the repair needed what was lost."),
        .needsResolver: Explanation(
            meaning: "A server that survives is reached by name.",
            why: "Who answers for the name may be lost with the site.",
            incident: "Facebook, 4 October 2021: names could not be resolved, and every tool needed them."),
        .secretElsewhere: Explanation(
            meaning: "The password of a server that survives is handed out by a program.",
            why: "The store that it asks may be lost with the site; then Baton cannot log in.",
            incident: "A practitioner's recovery of six hours: the hours went to credentials."),
        .noticeAtLostSite: Explanation(
            meaning: "People are told by way of the lost site.",
            why: "The run halts or ends, and nobody knows.",
            incident: "Roblox, October 2021: 73 hours, because monitoring depended on what had failed."),
        .nothingSurvives: Explanation(
            meaning: "Every copy of the data stands at one site.",
            why: "When it is lost, there is nothing to promote.",
            incident: "OVH Strasbourg, March 2021: backups in the site that burned."),
    ]
}
