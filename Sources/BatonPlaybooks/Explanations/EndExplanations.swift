extension ComplaintCode {
    /// What is proved at the end and left behind, and what a topology lacks for a playbook.
    static let endExplanations: [ComplaintCode: Explanation] = [
        .writesUnproved: Explanation(
            meaning: "Nothing in `verify` goes the clients' way.",
            why: "A new primary whose commits hang, or a pooler that cannot log in there, counts as success.",
            wrong: """
                verify:
                  - gate: postgres.single-writer
                    on: all
                    deadline: 10s
                """,
            right: """
                verify:
                  - gate: postgres.single-writer
                    on: all
                    deadline: 10s
                  - gate: canary.write
                    on: routes
                    deadline: 10s
                """,
            incident: "Repmgr issue 276 (commits hang after the promotion), GitLab Geo issue 273194 (SUCCESS that "
                + "was none)."),
        .secondWriterUnseen: Explanation(
            meaning: "Nothing in `verify` asks another node whether it writes.",
            why: "A server that somebody, or a service manager, starts as a primary in the middle of the run "
                + "is not seen, and the run says that it is complete.",
            wrong: """
                verify:
                  - gate: postgres.single-writer
                    on: new
                    deadline: 10s
                  - gate: canary.write
                    on: routes
                    deadline: 10s
                """,
            right: """
                verify:
                  - gate: postgres.single-writer
                    on: all
                    deadline: 10s
                  - gate: canary.write
                    on: routes
                    deadline: 10s
                """,
            incident: "Repmgr issue 520: the old primary returns in the middle."),
        .followsWithoutSlot: Explanation(
            meaning: "A node is made to follow new, and new keeps no log for it.",
            why: "It is told to stream from the slot that bears its name; without the slot it never streams, "
                + "and new drops the log it needs.",
            wrong: """
                prepare:
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
            incident: "A fresh Patroni standby whose slot did not exist yet: every acknowledged write lost "
                + "(measured, 3 of 3)."),
        .noStandbyLeft: Explanation(
            meaning: "At the end no node follows new.",
            why: "The role has moved to a server that stands alone: its loss loses everything since.",
            wrong: """
                prepare:
                  - do: postgres.checkpoint
                    on: [old, new]
                finish:
                  - do: postgres.checkpoint
                    on: new
                """,
            right: """
                prepare:
                  - do: postgres.slots
                    on: new
                  - do: postgres.checkpoint
                    on: [old, new]
                finish:
                  - do: postgres.follow
                    on: others
                  - do: postgres.rejoin
                    on: old
                  - do: postgres.checkpoint
                    on: new
                """,
            incident: "Cloudflare, 26 March 2024: the same site was lost again, five months after the first time."),
        .standbyLeftBehind: Explanation(
            meaning: "A standby goes on following a node that is no primary any more.",
            why: "It falls behind without a word, and counts as a standby in everybody's head.",
            incident: "Repmgr issue 699: another standby goes its own way during the rejoin."),
        .settledTooEarly: Explanation(
            meaning: "A step leaves something owed, and the only one that could see to it is over by then.",
            why: "Every run ends with work left; a replication slot that nobody drops keeps log until the disk"
                + " is full.",
            incident: "Found by `baton prove`: work is left at the end of every run; a slot that nobody uses keeps "
                + "log until the disk is full (rule R14)."),
        .emptyRole: Explanation(
            meaning: "A step is on a role that the topology leaves empty.",
            why: "A gate, a freeze or a fence that passes by doing nothing proves nothing.",
            incident: "GitLab Geo issue 298725: a check over nothing had a verdict."),
        .hostNotControlled: Explanation(
            meaning: "A step works on a host that Baton does not control.",
            why: "It cannot be done in the run; whether it goes back or halts, clients waited for nothing.",
            incident: "Repmgr issue 708: the dry run was fine, and the run had no right to stop the server."),
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
            why: "A halted run waits for a person, perhaps with its clients; whoever is told of the beginning "
                + "and the end alone learns of it from them.",
            incident: "A practitioner's recovery of six hours, of which almost none was technical: the people could"
                + " not be reached."),
    ]
}
