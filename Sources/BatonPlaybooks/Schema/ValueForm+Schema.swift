import BatonCore

extension ValueForm {
    /// The form as a JSON Schema (draft 07), as far as one can say it.
    func schema(_ catalogue: Catalogue) -> JSONDocument {
        switch self {
        case .version(let version): ["const": .text(version)]
        case .text(let lines):
            ["type": "string", "pattern": .text(lines ? ScalarPatterns.lines : ScalarPatterns.line)]
        case .name: ["type": "string", "pattern": .text(ScalarPatterns.name)]
        case .word(let words): ["type": "string", "enum": .texts(words.map(\.name))]
        case .span: ["type": "string", "pattern": .text(ScalarPatterns.quantity(Units.spans))]
        case .bytes: ["type": "string", "pattern": .text(ScalarPatterns.quantity(Units.sizes))]
        case .count(let range):
            ["type": "integer", "minimum": .number(range.lowerBound), "maximum": .number(range.upperBound)]
        case .flag: ["type": "boolean"]
        case .path: ["type": "string", "pattern": .text(ScalarPatterns.path)]
        case .secret: ["type": "string", "pattern": .text(ScalarPatterns.secret)]
        case .host: ["type": "string", "pattern": .text(ScalarPatterns.host)]
        case .sshHost: ["type": "string", "pattern": .text(ScalarPatterns.sshHost)]
        case .account: ["type": "string", "pattern": .text(ScalarPatterns.account)]
        case .remotePath: ["type": "string", "pattern": .text(ScalarPatterns.remotePath)]
        case .table: ["type": "string", "pattern": .text(ScalarPatterns.table)]
        case .database: ["type": "string", "pattern": .text(ScalarPatterns.database)]
        case .url: ["type": "string", "pattern": .text(ScalarPatterns.url)]
        case .program:
            [
                "type": "array", "items": [["type": "string", "pattern": .text(ScalarPatterns.program)]],
                "additionalItems": ValueForm.line.schema(catalogue), "minItems": 1,
            ]
        case .mapping(let table): table.schema(catalogue)
        case .names(let form, let least, let orNothing):
            names(of: form.schema(catalogue), least, orNothing)
        case .list(let form, let least, let isUnique):
            ["type": "array", "items": form.schema(catalogue), "minItems": .number(Int64(least))]
                + (isUnique ? ["uniqueItems": true] : [:])
        case .oneOrMore(let form, let least):
            [
                "anyOf": [
                    form.schema(catalogue),
                    ValueForm.list(of: form, atLeast: least, isUnique: true).schema(catalogue),
                ]
            ]
        case .either(let forms): ["anyOf": .array(forms.map { $0.schema(catalogue) })]
        case .action: ["type": "string", "enum": .texts(catalogue.actions.map(\.id.rawValue))]
        case .gate: ["type": "string", "enum": .texts(catalogue.gates.map(\.id.rawValue))]
        // The step's conditions say which, by its action or gate; so do the fault's.
        case .parameters, .limits: ["type": "object"]
        case .faultValue: [:]
        case .steps(let phase, _): PlaybookSchema.steps(in: phase)
        case .notYet: false
        }
    }

    private func names(of value: JSONDocument, _ least: Int, _ orNothing: Bool) -> JSONDocument {
        // A site may be left empty; so may the whole of what nobody must have.
        let entry: JSONDocument = orNothing && least > 0 ? ["anyOf": [value, ["type": "null"]]] : value
        return [
            "type": orNothing && least == 0 ? ["object", "null"] : "object",
            "propertyNames": ["pattern": .text(ScalarPatterns.name)], "additionalProperties": entry,
            "minProperties": .number(Int64(least)),
        ]
    }
}

extension KeyTable {
    /// The mapping as a JSON Schema; `also` is what must hold besides, and `items` are schemas that stand for the entries of
    /// the lists of these keys.
    func schema(
        _ catalogue: Catalogue, also conditions: [JSONDocument] = [], items: [String: JSONDocument] = [:]
    ) -> JSONDocument {
        var members: [JSONDocument.Member] = [
            .init("type", "object"),
            .init(
                "properties",
                .object(keys.map { JSONDocument.Member($0.name, $0.schema(catalogue, items: items[$0.name])) })),
        ]
        let required = keys.filter(\.isRequired).map(\.name)
        if !required.isEmpty { members.append(.init("required", .texts(required))) }
        members.append(.init("additionalProperties", false))
        if !onlyBeside.isEmpty {
            let pairs = onlyBeside.sorted { $0.key < $1.key }
            members.append(.init("dependencies", .object(pairs.map { .init($0.key, .texts([$0.value])) })))
        }
        let choices: [JSONDocument] = exactlyOneOf.map { keys in
            ["oneOf": .array(keys.map { ["required": .texts([$0])] })]
        }
        let all = choices + conditions
        if !all.isEmpty { members.append(.init("allOf", .array(all))) }
        return .object(members)
    }
}

extension KeyDeclaration {
    func schema(_ catalogue: Catalogue, items: JSONDocument?) -> JSONDocument {
        // What is accepted nowhere needs no description: no editor shows one.
        if case .notYet = form { return false }
        var description = summary
        if !otherwise.isEmpty { description += " Without it: \(otherwise)." }
        if !example.isEmpty { description += " Example: `\(example)`." }
        let described: JSONDocument = ["description": .text(description)]
        if let items, case .list(_, let least, _) = form {
            return described + ["type": "array", "items": items, "minItems": .number(Int64(least))]
        }
        return described + form.schema(catalogue)
    }
}

extension ParameterDeclaration {
    func schema(_ catalogue: Catalogue) -> JSONDocument {
        let written: JSONDocument =
            switch defaultValue {
            case .count(let count): .number(count)
            case .flag(let flag): .flag(flag)
            case .span, .bytes, .text: .text(Units.written(defaultValue))
            }
        return ["description": .text(summary), "default": written] + kind.form.schema(catalogue)
    }
}
