package import BatonCore

/// The schema of a scenario file: its keys, and for each fault what it acts on and what it takes.
package enum ScenarioSchema {
    package static func document(_ catalogue: Catalogue, faults: [FaultDeclaration]) -> JSONDocument {
        let scenario = ScenarioKeys.scenario.schema(
            catalogue, also: [endlessAt], items: ["given": ["$ref": "#/definitions/fault"]])
        return [
            "$schema": "http://json-schema.org/draft-07/schema#",
            "title": "Scenarios of Baton: a team's tests of its playbook",
        ]
            + ScenarioKeys.root.schema(catalogue, items: ["scenarios": ["$ref": "#/definitions/scenario"]])
            + [
                "definitions": [
                    "scenario": scenario,
                    "fault": ScenarioKeys.fault.schema(catalogue, also: conditions(faults, catalogue)),
                ]
            ]
    }

    /// A run that went through did not end at one of its steps.
    private static let endlessAt: JSONDocument = [
        "if": [
            "properties": [
                "expect": ["enum": .texts([Expectation.completed, .alreadyThere].map(\.rawValue))]
            ], "required": ["expect"],
        ], "then": ["properties": ["at": false]],
    ]

    private static func conditions(_ faults: [FaultDeclaration], _ catalogue: Catalogue) -> [JSONDocument] {
        let moments = ["in", "before", "after"]
        let names: JSONDocument = ["properties": ["fault": ["enum": .texts(faults.map(\.id.rawValue))]]]
        let oneMoment: JSONDocument = [
            "not": [
                "anyOf": .array(
                    moments.indices.map { index in
                        ["required": .texts(moments.enumerated().filter { $0.offset != index }.map(\.element))]
                    })
            ]
        ]
        return [names, oneMoment] + faults.map { condition($0, moments, catalogue) }
    }

    private static func condition(
        _ fault: FaultDeclaration, _ moments: [String], _ catalogue: Catalogue
    ) -> JSONDocument {
        var properties = [JSONDocument.Member("fault", ["description": .text(fault.summary)])]
        var required: [String] = []
        if fault.kind == .run {
            properties.append(.init("on", false))
        } else {
            // Names of the topology and of steps are anybody's; roles of another kind are not meant.
            let others = Role.allCases.filter { $0.kind != fault.kind.target }.map(\.rawValue)
            properties.append(.init("on", ["not": ["enum": .texts(others)]]))
            required.append("on")
        }
        properties.append(.init("with", fault.value?.kind.form.schema(catalogue) ?? false))
        if let value = fault.value, value.defaultValue == nil { required.append("with") }
        if fault.isInitial { properties += moments.map { .init($0, false) } }
        return [
            "if": ["properties": ["fault": ["const": .text(fault.id.rawValue)]], "required": ["fault"]],
            "then": ["properties": .object(properties)] + (required.isEmpty ? [:] : ["required": .texts(required)]),
        ]
    }
}
