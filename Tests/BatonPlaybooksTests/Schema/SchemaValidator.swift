@testable import BatonPlaybooks

/// Validates by JSON Schema, draft 07, as far as Baton's schemas use it. A keyword that it does not know is an error: what
/// is skipped in silence would make every test of the schema pass.
struct SchemaValidator {
    struct UnknownKeyword: Error { var keyword: String }

    let root: JSONDocument

    func accepts(_ instance: Instance) throws -> Bool { try holds(root, instance) }

    private func holds(_ schema: JSONDocument, _ instance: Instance) throws -> Bool {
        if case .flag(let flag) = schema { return flag }
        guard case .object(let members) = schema else { throw UnknownKeyword(keyword: "no schema: \(schema)") }
        // Beside a reference nothing counts in this draft.
        if case .text(let reference)? = schema["$ref"] {
            guard let target = resolve(reference) else { throw UnknownKeyword(keyword: reference) }
            return try holds(target, instance)
        }
        for member in members where try !holds(member, of: schema, instance) { return false }
        return true
    }

    private func resolve(_ reference: String) -> JSONDocument? {
        reference.split(separator: "/").dropFirst().reduce(root) { $0?[String($1)] }
    }

    private func holds(_ member: JSONDocument.Member, of schema: JSONDocument, _ instance: Instance) throws -> Bool {
        switch (member.key, member.value) {
        case ("$schema", _), ("title", _), ("description", _), ("default", _), ("definitions", _), ("then", _),
            ("else", _):
            return true
        case ("type", .text(let type)): return instance.types.contains(type)
        case ("type", .array(let types)):
            return types.contains { if case .text(let type) = $0 { instance.types.contains(type) } else { false } }
        case ("const", let value): return instance == value.instance
        case ("enum", .array(let values)): return values.contains { $0.instance == instance }
        case ("allOf", .array(let schemas)): return try schemas.allSatisfy { try holds($0, instance) }
        case ("anyOf", .array(let schemas)): return try schemas.contains { try holds($0, instance) }
        case ("not", let schema): return try !holds(schema, instance)
        case ("oneOf", .array(let schemas)): return try schemas.count { try holds($0, instance) } == 1
        case ("if", let condition):
            let branch = try holds(condition, instance) ? "then" : "else"
            return try schema[branch].map { try holds($0, instance) } ?? true
        default:
            switch instance {
            case .text(let text): return try holds(member, text)
            case .number(let number): return try holds(member, number)
            case .list(let values): return try holds(member, of: schema, values)
            case .object(let entries): return try holds(member, of: schema, entries)
            case .null, .flag: return try isKnown(member)
            }
        }
    }

    private func holds(_ member: JSONDocument.Member, _ text: String) throws -> Bool {
        guard case ("pattern", .text(let pattern)) = (member.key, member.value) else { return try isKnown(member) }
        return try text.firstMatch(of: Regex(pattern).matchingSemantics(.unicodeScalar)) != nil
    }

    private func holds(_ member: JSONDocument.Member, _ number: Double) throws -> Bool {
        switch (member.key, member.value) {
        case ("minimum", .number(let least)): return number >= Double(least)
        case ("maximum", .number(let most)): return number <= Double(most)
        default: return try isKnown(member)
        }
    }

    private func holds(
        _ member: JSONDocument.Member, of schema: JSONDocument, _ values: [Instance]
    ) throws -> Bool {
        switch (member.key, member.value) {
        case ("items", .array(let schemas)): return try zip(schemas, values).allSatisfy { try holds($0, $1) }
        case ("additionalItems", let others):
            guard case .array(let schemas)? = schema["items"] else { return true }
            return try values.dropFirst(schemas.count).allSatisfy { try holds(others, $0) }
        case ("items", let schema): return try values.allSatisfy { try holds(schema, $0) }
        case ("minItems", .number(let least)): return values.count >= Int(least)
        case ("uniqueItems", .flag(let isUnique)): return !isUnique || Set(values).count == values.count
        default: return try isKnown(member)
        }
    }

    private func holds(
        _ member: JSONDocument.Member, of schema: JSONDocument, _ entries: [String: Instance]
    ) throws -> Bool {
        switch (member.key, member.value) {
        case ("properties", .object(let properties)):
            return try properties.allSatisfy { property in
                try entries[property.key].map { try holds(property.value, $0) } ?? true
            }
        case ("required", .array(let keys)):
            return keys.allSatisfy { if case .text(let key) = $0 { entries[key] != nil } else { false } }
        case ("additionalProperties", let others):
            return try entries.allSatisfy { try schema["properties"]?[$0.key] != nil || holds(others, $0.value) }
        case ("propertyNames", let names): return try entries.keys.allSatisfy { try holds(names, .text($0)) }
        case ("minProperties", .number(let least)): return entries.count >= Int(least)
        case ("dependencies", .object(let dependencies)):
            return dependencies.allSatisfy { dependency in
                guard entries[dependency.key] != nil, case .array(let keys) = dependency.value else { return true }
                return keys.allSatisfy { if case .text(let key) = $0 { entries[key] != nil } else { false } }
            }
        default: return try isKnown(member)
        }
    }

    private static let keywords: Set<String> = [
        "pattern", "minimum", "maximum", "items", "additionalItems", "minItems", "uniqueItems", "properties",
        "required",
        "additionalProperties", "propertyNames", "minProperties", "dependencies",
    ]

    /// A keyword that says nothing about values of this type.
    private func isKnown(_ member: JSONDocument.Member) throws -> Bool {
        guard Self.keywords.contains(member.key) else { throw UnknownKeyword(keyword: member.key) }
        return true
    }
}

extension JSONDocument {
    subscript(key: String) -> JSONDocument? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }

    var instance: Instance {
        switch self {
        case .object(let members):
            .object(Dictionary(members.map { ($0.key, $0.value.instance) }) { first, _ in first })
        case .array(let values): .list(values.map(\.instance))
        case .text(let text): .text(text)
        case .number(let number): .number(Double(number))
        case .flag(let flag): .flag(flag)
        }
    }
}
