/// A JSON value whose objects keep the order in which they were written, so that a schema reads like its form.
package indirect enum JSONDocument: Hashable, Sendable {
    case object([Member])
    case array([JSONDocument])
    case text(String)
    case number(Int64)
    case flag(Bool)

    package struct Member: Hashable, Sendable {
        package var key: String
        package var value: JSONDocument

        init(_ key: String, _ value: JSONDocument) {
            self.key = key
            self.value = value
        }
    }

    /// The text, indented, with a line's end behind it.
    package var text: String { written(indent: "") + "\n" }

    private func written(indent: String) -> String {
        switch self {
        case .text(let text): return JSONDocument.quoted(text)
        case .number(let number): return "\(number)"
        case .flag(let flag): return flag ? "true" : "false"
        case .array(let values):
            let short = "[" + values.map { $0.written(indent: "") }.joined(separator: ", ") + "]"
            if !short.contains("\n"), short.utf8.count + indent.utf8.count <= 100 { return short }
            return "[\n"
                + values.map { indent + "  " + $0.written(indent: indent + "  ") }.joined(separator: ",\n")
                + "\n\(indent)]"
        case .object(let members):
            if members.isEmpty { return "{}" }
            return "{\n"
                + members.map {
                    "\(indent)  \(JSONDocument.quoted($0.key)): \($0.value.written(indent: indent + "  "))"
                }.joined(separator: ",\n") + "\n\(indent)}"
        }
    }

    /// RFC 8259, section 7.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

extension JSONDocument: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .text(value) }
    package init(integerLiteral value: Int64) { self = .number(value) }
    package init(booleanLiteral value: Bool) { self = .flag(value) }
    package init(arrayLiteral elements: JSONDocument...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSONDocument)...) {
        self = .object(elements.map { Member($0.0, $0.1) })
    }

    /// The members of both objects.
    static func + (left: JSONDocument, right: JSONDocument) -> JSONDocument {
        guard case .object(let first) = left, case .object(let second) = right else { return left }
        return .object(first + second)
    }

    static func texts(_ texts: some Sequence<String>) -> JSONDocument { .array(texts.map { .text($0) }) }
}
