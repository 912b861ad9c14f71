extension ComplaintCode {
    /// The playbook's form.
    static let stepExplanations: [ComplaintCode: Explanation] = [
        .unknownPhase: Explanation(
            meaning: "There is no phase of this name.",
            why: "The phases and their order are fixed, because what may be done, and what happens when it fails, "
                + "depends on them.",
            wrong: "finsh: []",
            right: "finish: []"),
        .phaseOrder: Explanation(
            meaning: "The phases do not stand in the order in which they run.",
            why: "A file that reads in another order than it runs misleads whoever follows it by hand.",
            wrong: """
                thaw:
                  - do: pgbouncer.resume
                    on: poolers
                repoint:
                  - do: pgbouncer.repoint
                    on: poolers
                """,
            right: """
                repoint:
                  - do: pgbouncer.repoint
                    on: poolers
                thaw:
                  - do: pgbouncer.resume
                    on: poolers
                """),
        .noDoOrGate: Explanation(
            meaning: "A step has neither `do` nor `gate`.",
            why: "It would do nothing and look done.",
            wrong: """
                fence:
                  - title: Stop the old primary
                    on: old
                """,
            right: """
                fence:
                  - title: Stop the old primary
                    do: postgres.stop
                    on: old
                """),
        .doAndGate: Explanation(
            meaning: "A step has both `do` and `gate`.",
            why: "Whether the gate is asked before or after the action decides what it means; two steps say which.",
            wrong: """
                catch-up:
                  - do: postgres.checkpoint
                    gate: postgres.replayed-shutdown-checkpoint
                    on: new
                    deadline: 10s
                """,
            right: """
                catch-up:
                  - gate: postgres.replayed-shutdown-checkpoint
                    on: new
                    deadline: 10s
                """),
        .unknownAction: Explanation(
            meaning: "Baton knows no action of this name.",
            why: "The reference lists what there is; nothing is run that is not known.",
            wrong: """
                fence:
                  - do: postgres.shutdown
                    on: old
                    deadline: 30s
                """,
            right: """
                fence:
                  - do: postgres.stop
                    on: old
                    deadline: 30s
                """),
        .unknownGate: Explanation(
            meaning: "Baton knows no gate of this name.",
            why: "A question that nobody asks must not stand in a playbook as if it were answered.",
            wrong: """
                preflight:
                  - gate: postgres.lag
                    on: new
                    limit: { bytes: 16MiB }
                """,
            right: """
                preflight:
                  - gate: postgres.replay-lag
                    on: new
                    limit: { bytes: 16MiB }
                """),
        .gateAsAction: Explanation(
            meaning: "The name behind `do:` is a gate's.",
            why: "A gate asks and changes nothing; the word in front of it shall say so.",
            wrong: """
                preflight:
                  - do: postgres.streaming
                    on: new
                """,
            right: """
                preflight:
                  - gate: postgres.streaming
                    on: new
                """),
        .actionAsGate: Explanation(
            meaning: "The name behind `gate:` is an action's.",
            why: "An action changes something; the word in front of it shall say so.",
            wrong: """
                fence:
                  - gate: postgres.stop
                    on: old
                    deadline: 30s
                """,
            right: """
                fence:
                  - do: postgres.stop
                    on: old
                    deadline: 30s
                """),
        .unknownRole: Explanation(
            meaning: "`on` names no role.",
            why: "A playbook serves both directions, so it names roles, never servers. `primary` and `standby` change "
                + "their meaning in the middle of a run; `old` and `new` do not.",
            wrong: """
                fence:
                  - do: postgres.stop
                    on: primary
                    deadline: 30s
                """,
            right: """
                fence:
                  - do: postgres.stop
                    on: old
                    deadline: 30s
                """),
        .wrongRole: Explanation(
            meaning: "The action or gate concerns another kind of thing than the role stands for.",
            why: "A pooler cannot be stopped like a server, nor a server paused like a pooler.",
            wrong: """
                freeze:
                  - do: pgbouncer.pause
                    on: old
                """,
            right: """
                freeze:
                  - do: pgbouncer.pause
                    on: poolers
                """),
        .duplicateRole: Explanation(
            meaning: "A role, or a mode, stands twice in one list.",
            why: "It means nothing twice; most likely another one was meant.",
            wrong: """
                prepare:
                  - do: postgres.slots
                    on: new
                  - do: postgres.checkpoint
                    on: [old, old]
                """,
            right: """
                prepare:
                  - do: postgres.slots
                    on: new
                  - do: postgres.checkpoint
                    on: [old, new]
                """),
        .unknownParameter: Explanation(
            meaning: "The action has no such parameter, or the gate no such limit.",
            why: "A limit that is skipped in silence leaves the default in force, and the author believes in another.",
            wrong: """
                preflight:
                  - gate: postgres.replay-lag
                    on: new
                    limit: { byte: 16MiB }
                """,
            right: """
                preflight:
                  - gate: postgres.replay-lag
                    on: new
                    limit: { bytes: 16MiB }
                """),
        .wrongParameterKey: Explanation(
            meaning: "A gate has `with`, or an action `limit`.",
            why: "What a gate allows and what an action takes are two things, and the key says which.",
            wrong: """
                preflight:
                  - gate: postgres.replay-lag
                    on: new
                    with: { bytes: 16MiB }
                """,
            right: """
                preflight:
                  - gate: postgres.replay-lag
                    on: new
                    limit: { bytes: 16MiB }
                """),
        .duplicateStep: Explanation(
            meaning: "Two steps have the same id.",
            why: "Reports, decisions and scenarios name a step by its id alone.",
            wrong: """
                prepare:
                  - id: ready
                    do: postgres.slots
                    on: new
                  - id: ready
                    do: postgres.checkpoint
                    on: [old, new]
                """,
            right: """
                prepare:
                  - id: reserve
                    do: postgres.slots
                    on: new
                  - id: flush
                    do: postgres.checkpoint
                    on: [old, new]
                """),
        .nestedTogether: Explanation(
            meaning: "A `together` stands inside another one.",
            why: "Its steps would run at the same time anyway; a second level only hides that.",
            wrong: """
                prepare:
                  - together:
                      - together:
                          - do: postgres.slots
                            on: new
                      - do: postgres.checkpoint
                        on: [old, new]
                """,
            right: """
                prepare:
                  - together:
                      - do: postgres.slots
                        on: new
                      - do: postgres.checkpoint
                        on: [old, new]
                """),
        .gateWithoutDeadline: Explanation(
            meaning: "A gate in `catch-up` or `verify` has no deadline.",
            why: "There it is judged again and again until it passes, and without a deadline clients could wait for "
                + "ever.",
            wrong: """
                catch-up:
                  - gate: postgres.replayed-shutdown-checkpoint
                    on: new
                """,
            right: """
                catch-up:
                  - gate: postgres.replayed-shutdown-checkpoint
                    on: new
                    deadline: 10s
                """),
        .bestEffortNotHere: Explanation(
            meaning: "`best-effort` stands at a gate, or in a phase whose steps the run rests on.",
            why: "A fence, a proof, a promotion or a routing that failed and was passed over is how two primaries, or "
                + "clients at the wrong one, come about.",
            wrong: """
                fence:
                  - do: postgres.stop
                    on: old
                    deadline: 5s
                    best-effort: true
                """,
            right: """
                fence:
                  - do: postgres.stop
                    on: old
                    deadline: 5s
                """),
        .bestEffortDeadline: Explanation(
            meaning: "A step is a best effort, and its deadline is missing or long.",
            why: "It is tried on what may be lost, where silence lasts until the deadline, and everything behind it "
                + "waits.",
            wrong: """
                finish:
                  - do: postgres.rejoin
                    on: old
                    best-effort: true
                """,
            right: """
                finish:
                  - do: postgres.rejoin
                    on: old
                    deadline: 5s
                    best-effort: true
                """),
        .retryOnGate: Explanation(
            meaning: "A gate has `retry`.",
            why: "In `catch-up` and `verify` it is judged again until its deadline anyway; elsewhere a second answer "
                + "would hide that the first was no.",
            wrong: """
                catch-up:
                  - gate: postgres.replayed-shutdown-checkpoint
                    on: new
                    deadline: 10s
                    retry: 3
                """,
            right: """
                catch-up:
                  - gate: postgres.replayed-shutdown-checkpoint
                    on: new
                    deadline: 10s
                """),
        .actionNotHere: Explanation(
            meaning: "An action stands in `preflight` or `verify`.",
            why: "These phases change nothing: a preflight must be safe to run at any time, and a check that repairs "
                + "what it checks proves nothing.",
            wrong: """
                verify:
                  - do: postgres.checkpoint
                    on: new
                  - gate: postgres.single-writer
                    on: all
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
                """),
        .reserveTooLong: Explanation(
            meaning: "The undo's reserve is as long as the freeze budget, or longer.",
            why: "The reserve is the part of the budget that is kept for going back; nothing would be left for the "
                + "switchover itself.",
            wrong: "limits: { freeze: 10s, undo-reserve: 10s }",
            right: "limits: { freeze: 30s, undo-reserve: 10s }"),
        .notSupportedYet: Explanation(
            meaning: "The file asks for something that this Baton knows and cannot do yet.",
            why: "To skip it in silence would be to run without the consent, or the safety, that the author asked for.",
            wrong: """
                promote:
                  - do: postgres.promote
                    on: new
                    needs: approval
                """,
            right: """
                promote:
                  - do: postgres.promote
                    on: new
                """),
        .stepNeverRuns: Explanation(
            meaning: "The step's `modes` lack the playbook's mode, so it never takes part.",
            why: "Whoever reads the playbook believes that it does.",
            wrong: """
                prepare:
                  - do: postgres.slots
                    on: new
                  - do: postgres.checkpoint
                    on: [old, new]
                    modes: emergency
                """,
            right: """
                prepare:
                  - do: postgres.slots
                    on: new
                  - do: postgres.checkpoint
                    on: [old, new]
                    modes: planned
                """),
    ]
}
