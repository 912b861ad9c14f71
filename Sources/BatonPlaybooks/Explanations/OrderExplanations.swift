extension ComplaintCode {
    /// Well-formed but unsafe: what the assumed run of a playbook found.
    static let orderExplanations: [ComplaintCode: Explanation] = [
        .promoteWithoutFence: Explanation(
            meaning: "New is promoted while old may still accept writes.",
            why: "Two servers that accept writes part for ever: each has committed what the other lacks, and no tool "
                + "can merge them. \"I cannot reach it\" is no evidence that old has stopped.",
            wrong: "fence: []",
            right: """
                fence:
                  - do: postgres.stop
                    on: old
                    deadline: 30s
                """,
            incident: "GitHub, October 2018: after 43 seconds of partition both coasts had taken writes; bringing them "
                + "together took more than a day."),
        .promoteWithoutProof: Explanation(
            meaning: "New is promoted without the proof that it has everything that old wrote.",
            why: "A small lag is not none. Only the shutdown checkpoint of old, replayed by new, proves that no "
                + "committed write is lost.",
            wrong: "catch-up: []",
            right: """
                catch-up:
                  - gate: postgres.replayed-shutdown-checkpoint
                    on: new
                    deadline: 10s
                """),
        .proofBeforeFence: Explanation(
            meaning: "The proof that new has everything stands where old can still write.",
            why: "What old writes after the proof is not covered by it.",
            wrong: """
                preflight:
                  - gate: postgres.replayed-shutdown-checkpoint
                    on: new
                """,
            right: """
                preflight:
                  - gate: postgres.streaming
                    on: new
                """),
        .freezeWithoutThaw: Explanation(
            meaning: "Clients are made to wait, and no step up to the end of `thaw` lets them go on.",
            why: "A successful run would leave the service down.",
            wrong: "thaw: []",
            right: """
                thaw:
                  - do: pgbouncer.resume
                    on: poolers
                """),
        .beforePromotion: Explanation(
            meaning: "The step needs new to be the primary, and comes before the promotion.",
            why: "Clients that are led to a standby cannot write, and what is undone later would leave them there.",
            wrong: """
                fence:
                  - do: pgbouncer.repoint
                    on: poolers
                  - do: postgres.stop
                    on: old
                """,
            right: """
                fence:
                  - do: postgres.stop
                    on: old
                """),
        .afterPromotion: Explanation(
            meaning: "The step needs what was true before the promotion only.",
            why: "Behind the point of no return there is no way back to that state, so the step could never begin.",
            wrong: """
                thaw:
                  - do: postgres.start
                    on: old
                  - do: pgbouncer.resume
                    on: poolers
                """,
            right: """
                thaw:
                  - do: pgbouncer.resume
                    on: poolers
                """),
        .irreversibleTooEarly: Explanation(
            meaning: "A step that cannot be undone stands in a phase whose steps are undone when something fails.",
            why: "A failure behind it could neither go back nor go on.",
            wrong: """
                prepare:
                  - do: postgres.promote
                    on: new
                """,
            right: """
                prepare:
                  - do: postgres.slots
                    on: new
                """),
        .nothingPromotes: Explanation(
            meaning: "No step in `promote` makes new accept writes.",
            why: "The run would end without a primary.",
            wrong: "promote: []",
            right: """
                promote:
                  - do: postgres.promote
                    on: new
                """),
        .nothingVerifies: Explanation(
            meaning: "No gate in `verify` checks that new serves its clients.",
            why: "The run would succeed whatever happened.",
            wrong: "verify: []",
            right: """
                verify:
                  - gate: postgres.single-writer
                    on: all
                    deadline: 10s
                  - gate: canary.write
                    on: routes
                    deadline: 10s
                """),
        .requirementNotMet: Explanation(
            meaning: "The step needs a fact that no step before it brings about.",
            why: "The run would stop there, in the middle, with clients waiting.",
            wrong: "repoint: []",
            right: """
                repoint:
                  - do: pgbouncer.repoint
                    on: poolers
                """),
        .openObligation: Explanation(
            meaning: "The playbook leaves something owed at its end.",
            why: "The run would end as `completed-with-obligations`, and what is owed, an unused replication slot say, "
                + "does harm in days, when nobody thinks of the run.",
            wrong: "finish: []",
            right: """
                finish:
                  - do: postgres.rejoin
                    on: old
                """),
        .gateRefusesHere: Explanation(
            meaning: "The gate would say no here although every step before it did its work.",
            why: "The run could never pass it.",
            wrong: """
                preflight:
                  - gate: postgres.single-writer
                    on: old
                """,
            right: """
                preflight:
                  - gate: postgres.streaming
                    on: new
                """),
    ]
}
