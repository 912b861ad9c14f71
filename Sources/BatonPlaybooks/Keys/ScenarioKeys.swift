package import BatonCore

/// The keys of a scenario file. The loader, the schema and the reference pages have no other list.
package enum ScenarioKeys {
    package static let root = KeyTable(
        "the scenario file", hints: ["tests": "scenarios", "cases": "scenarios", "site": "to"],
        onlyBeside: ["to": "topology", "topology": "to"],
        [
            KeyDeclaration(
                "baton", .version("scenarios/v1"), isRequired: true, example: "scenarios/v1",
                "What the file is, and in which version of the form."),
            KeyDeclaration(
                "playbook", .path, isRequired: true, example: "planned-switchover.yaml", "The playbook under test."),
            KeyDeclaration(
                "topology", .path, otherwise: "the simulator's own pair of sites", example: "topology.yaml",
                "The topology that is simulated."),
            KeyDeclaration("to", .name, example: "east", "The site that the primary role goes to; with `topology`."),
            KeyDeclaration(
                "scenarios", .list(of: .mapping(scenario), atLeast: 1, isUnique: false), isRequired: true,
                example: "[{ name: All is well, expect: completed }]", "The tests."),
        ])

    package static let scenario = KeyTable(
        "a scenario",
        hints: [
            "title": "name", "scenario": "name", "faults": "given", "when": "given", "outcome": "expect",
            "then": "expect", "expected": "expect", "step": "at", "gate": "at", "where": "at", "old": "lost",
            "loss": "lost", "accept": "accept-loss", "unfenced": "accept-unfenced",
        ],
        [
            KeyDeclaration(
                "name", .line, isRequired: true, example: "A standby that lags too far is refused",
                "What is tested, as a sentence; unique in its file."),
            KeyDeclaration(
                "lost", .word(PrimaryLoss.allCases.map { WordDeclaration($0.rawValue, $0.summary) }),
                otherwise: "killed, in an emergency", example: "isolated",
                "How the primary is lost; only with an emergency playbook."),
            KeyDeclaration(
                "accept-loss",
                .either([.word([WordDeclaration("unknown", "Whatever it is: nobody knows.")]), .bytes]),
                otherwise: "none is accepted", example: "unknown",
                "The loss that the operator accepts; only with an emergency playbook."),
            KeyDeclaration(
                "accept-unfenced", .list(of: .name, atLeast: 1, isUnique: true), otherwise: "none is accepted",
                example: "[west-db]",
                "Nodes and poolers that the operator says are off; only with an emergency playbook."),
            KeyDeclaration(
                "given", .list(of: .mapping(fault), atLeast: 0, isUnique: false), otherwise: "nothing goes wrong",
                example: "[{ fault: standby.lags, on: new, with: 40s }]", "What goes wrong."),
            KeyDeclaration(
                "expect", .word(Expectation.allCases.map { WordDeclaration($0.rawValue, $0.summary) }),
                isRequired: true, example: "refused", "How the run must end by itself."),
            KeyDeclaration(
                "at", .name, otherwise: "any step", example: "postgres.replay-lag",
                "The step that it must have ended at: its id, or the name of its action or gate."),
        ])

    package static let fault = KeyTable(
        "a fault",
        hints: [
            "do": "fault", "inject": "fault", "target": "on", "node": "on", "role": "on", "value": "with",
            "for": "with", "by": "with", "phase": "in", "during": "in", "when": "in", "at": "in",
        ],
        [
            KeyDeclaration("fault", .line, isRequired: true, example: "standby.lags", "What goes wrong."),
            KeyDeclaration(
                "on", .name, example: "new",
                "A role or a name of the topology; for `step.…` a step's id, or the name of its action or gate."),
            KeyDeclaration("with", .faultValue, otherwise: "the fault's default", example: "40s", "How much of it."),
            KeyDeclaration(
                "in", .word(Phase.allCases.map { WordDeclaration($0.rawValue, $0.summary) }),
                otherwise: "from the beginning", example: "freeze", "It begins when the phase's first step begins."),
            KeyDeclaration(
                "before", .name, example: "postgres.promote",
                "It begins between the step's announcement and its being sent."),
            KeyDeclaration("after", .name, example: "postgres.stop", "It begins when the step is settled."),
        ])
}
