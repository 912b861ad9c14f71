import FoundationEssentials

/// JSON as a script reads it from the command's output, without Baton's own types.
enum JSONAnswer: Decodable, Hashable, Sendable {
    case null, flag(Bool), number(Double), text(String), list([JSONAnswer]), object([String: JSONAnswer])

    /// Null when `text` is no JSON.
    init(text: String) {
        self = (try? JSONDecoder().decode(JSONAnswer.self, from: Data(text.utf8))) ?? .null
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .flag(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([JSONAnswer].self) {
            self = .list(value)
        } else {
            self = .object(try container.decode([String: JSONAnswer].self))
        }
    }

    /// Null when there is no such key.
    subscript(key: String) -> JSONAnswer {
        if case .object(let object) = self { return object[key] ?? .null }
        return .null
    }

    var list: [JSONAnswer] {
        if case .list(let list) = self { return list }
        return []
    }

    var keys: Set<String> {
        if case .object(let object) = self { return Set(object.keys) }
        return []
    }

    var string: String? {
        if case .text(let text) = self { return text }
        return nil
    }
}

extension JSONAnswer: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral {
    init(stringLiteral value: String) { self = .text(value) }
    init(booleanLiteral value: Bool) { self = .flag(value) }
}
