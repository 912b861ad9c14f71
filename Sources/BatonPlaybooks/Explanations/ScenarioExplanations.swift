extension ComplaintCode {
    /// The scenarios.
    static let scenarioExplanations: [ComplaintCode: Explanation] = [
        .unknownFault: Explanation(
            meaning: "Baton's simulator knows no fault of this name.",
            why: "A scenario whose fault never comes would pass for nothing.",
            wrong: """
                scenarios:
                  - name: The standby lags
                    given:
                      - { fault: standby.lag, on: new, with: 40s }
                    expect: refused
                """,
            right: """
                scenarios:
                  - name: The standby lags
                    given:
                      - { fault: standby.lags, on: new, with: 40s }
                    expect: refused
                """),
        .unknownTarget: Explanation(
            meaning: "`on` is neither a role nor a thing of the topology, or nothing of the topology fills the role.",
            why: "The fault would hit nobody, and the scenario pass for nothing.",
            wrong: """
                scenarios:
                  - name: The standby lags
                    given:
                      - { fault: standby.lags, on: esat-db, with: 40s }
                    expect: refused
                """,
            right: """
                scenarios:
                  - name: The standby lags
                    given:
                      - { fault: standby.lags, on: east-db, with: 40s }
                    expect: refused
                """),
        .unknownStep: Explanation(
            meaning: "The playbook has no step of this id, and none that does or asks this.",
            why: "The fault would never come, or the end that is expected could never be reached.",
            wrong: """
                scenarios:
                  - name: The standby lags
                    given:
                      - { fault: standby.lags, on: new, with: 40s }
                    expect: refused
                    at: postgres.lag
                """,
            right: """
                scenarios:
                  - name: The standby lags
                    given:
                      - { fault: standby.lags, on: new, with: 40s }
                    expect: refused
                    at: postgres.replay-lag
                """),
        .severalMoments: Explanation(
            meaning: "A fault has more than one of `in`, `before` and `after`.",
            why: "It begins once.",
            wrong: """
                scenarios:
                  - name: The standby lags
                    given:
                      - { fault: node.dies, on: old, in: freeze, before: postgres.stop }
                    expect: refused
                """,
            right: """
                scenarios:
                  - name: The standby lags
                    given:
                      - { fault: node.dies, on: old, before: postgres.stop }
                    expect: refused
                """),
        .momentNeverComes: Explanation(
            meaning: "The playbook does nothing in the phase in which the fault would begin.",
            why: "The fault would never come, and the scenario pass for nothing."),
        .noPlan: Explanation(
            meaning: "The playbook and the topology make no plan for this site.",
            why: "A playbook that pauses poolers needs a topology that has some; nothing can be simulated, or run, "
                + "without a plan."),
    ]
}
