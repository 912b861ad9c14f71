import BatonReports
import FoundationEssentials

/// JSON as any reader sees it, without the report's own types.
enum JSONValue: Decodable, Hashable {
    case null, flag(Bool), number(Double), text(String), list([JSONValue]), object([String: JSONValue])

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
        } else if let value = try? container.decode([JSONValue].self) {
            self = .list(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    /// What a reader of the report's JSON gets.
    init(_ report: some Encodable) throws {
        self = try JSONDecoder().decode(JSONValue.self, from: Data(try ReportJSON.text(report).utf8))
    }

    subscript(key: String) -> JSONValue? {
        if case .object(let object) = self { return object[key] }
        return nil
    }

    subscript(index: Int) -> JSONValue? {
        if case .list(let list) = self, list.indices.contains(index) { return list[index] }
        return nil
    }

    var list: [JSONValue] {
        if case .list(let list) = self { return list }
        return []
    }

    var keys: Set<String> {
        if case .object(let object) = self { return Set(object.keys) }
        return []
    }
}
