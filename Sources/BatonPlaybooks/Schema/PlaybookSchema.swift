package import BatonCore

/// The schema of a playbook: its keys, and for each action and gate of the catalogue whom it may concern and what it takes.
package enum PlaybookSchema {
    package static func document(_ catalogue: Catalogue) -> JSONDocument {
        ["$schema": "http://json-schema.org/draft-07/schema#", "title": "A playbook of Baton: how a team fails over"]
            + PlaybookKeys.root.schema(catalogue) + ["definitions": definitions(catalogue)]
    }

    /// The list of a phase.
    static func steps(in phase: Phase) -> JSONDocument {
        [
            "type": ["array", "null"],
            "items": [
                "if": ["type": "object", "required": ["together"]],
                "then": [
                    "properties": ["together": ["type": "array", "minItems": 1, "items": reference(phase)]],
                    "additionalProperties": false,
                ],
                "else": reference(phase),
            ],
        ]
    }

    private static func reference(_ phase: Phase) -> JSONDocument {
        ["$ref": .text("#/definitions/" + definition(of: phase))]
    }

    /// Phases that take the same steps have one definition.
    private static func definition(of phase: Phase) -> String {
        switch (phase.mayAct, phase.awaitsGates) {
        case (true, false): phase.mayTry ? "step" : "firmStep"
        case (true, true): "awaitingStep"
        case (false, false): "question"
        case (false, true): "awaitedQuestion"
        }
    }

    private static func definitions(_ catalogue: Catalogue) -> JSONDocument {
        let step: JSONDocument = ["$ref": "#/definitions/step"]
        let awaited: JSONDocument = ["if": ["required": ["gate"]], "then": ["required": ["deadline"]]]
        let question: JSONDocument = ["properties": ["do": false]]
        let firm: JSONDocument = ["properties": ["best-effort": ["const": false]]]
        return [
            "step": PlaybookKeys.step.schema(catalogue, also: conditions(catalogue)),
            "firmStep": ["allOf": [step, firm]],
            "awaitingStep": ["allOf": [step, firm, awaited]],
            "question": ["allOf": [step, question]],
            "awaitedQuestion": ["allOf": [step, question, awaited]],
        ]
    }

    private static func conditions(_ catalogue: Catalogue) -> [JSONDocument] {
        let kinds: [JSONDocument] = [
            ["if": ["required": ["do"]], "then": ["properties": ["limit": false]]],
            [
                "if": ["required": ["gate"]],
                "then": ["properties": ["with": false, "retry": false, "best-effort": false]],
            ],
            [
                "if": ["properties": ["best-effort": ["const": true]], "required": ["best-effort"]],
                "then": ["required": ["deadline"]],
            ],
        ]
        return kinds
            + catalogue.actions.map {
                condition("do", $0.id.rawValue, $0.summary, $0.kind, "with", $0.declarations, catalogue)
            }
            + catalogue.gates.map {
                condition("gate", $0.id.rawValue, $0.summary, $0.kind, "limit", $0.declarations, catalogue)
            }
    }

    private static func condition(
        _ key: String, _ name: String, _ summary: String, _ kind: TargetKind, _ arguments: String,
        _ declarations: [ParameterDeclaration], _ catalogue: Catalogue
    ) -> JSONDocument {
        let roles = Role.allCases.filter { $0.kind == kind }.map { WordDeclaration($0.rawValue) }
        let parameters: JSONDocument = [
            "properties": .object(declarations.map { .init($0.name, $0.schema(catalogue)) }),
            "additionalProperties": false,
        ]
        return [
            "if": ["properties": .object([.init(key, ["const": .text(name)])]), "required": .texts([key])],
            "then": [
                "properties": .object([
                    .init(key, ["description": .text(summary)]),
                    .init("on", ValueForm.oneOrMore(of: .word(roles), atLeast: 1).schema(catalogue)),
                    .init(arguments, parameters),
                ])
            ],
        ]
    }
}

/// The schema of a topology.
package enum TopologySchema {
    package static func document(_ catalogue: Catalogue) -> JSONDocument {
        ["$schema": "http://json-schema.org/draft-07/schema#", "title": "A topology of Baton: what a team has"]
            + TopologyKeys.root.schema(catalogue)
    }
}
