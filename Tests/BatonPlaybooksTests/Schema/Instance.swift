@testable import BatonPlaybooks

/// A value as an editor's YAML parser sees it: by the core schema of YAML 1.2, so `no` is a text and `012` a number.
indirect enum Instance: Hashable {
    case null
    case flag(Bool)
    case number(Double)
    case text(String)
    case list([Instance])
    case object([String: Instance])

    init(_ value: YAMLValue) {
        switch value.content {
        case .scalar(let text, let isQuoted): self = isQuoted ? .text(text) : Instance(plain: text)
        case .sequence(let values): self = .list(values.map(Instance.init))
        case .mapping(let entries):
            self = .object(Dictionary(entries.map { ($0.key, Instance($0.value)) }) { first, _ in first })
        }
    }

    /// YAML 1.2, section 10.3.2.
    init(plain text: String) {
        switch text {
        case "", "~", "null", "Null", "NULL": self = .null
        case "true", "True", "TRUE": self = .flag(true)
        case "false", "False", "FALSE": self = .flag(false)
        case _ where text.wholeMatch(of: #/0o[0-7]+/#) != nil:
            self = .number(Double(Int(text.dropFirst(2), radix: 8) ?? 0))
        case _ where text.wholeMatch(of: #/0x[0-9a-fA-F]+/#) != nil:
            self = .number(Double(Int(text.dropFirst(2), radix: 16) ?? 0))
        case _ where text.wholeMatch(of: #/[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?/#) != nil:
            self = .number(Double(text.hasSuffix(".") ? text + "0" : text) ?? 0)
        case _ where text.wholeMatch(of: #/[-+]?\.(inf|Inf|INF)/#) != nil: self = .number(.infinity)
        case ".nan", ".NaN", ".NAN": self = .number(.nan)
        default: self = .text(text)
        }
    }

    /// The words of JSON Schema's `type` that fit.
    var types: Set<String> {
        switch self {
        case .null: ["null"]
        case .flag: ["boolean"]
        // Draft 07 takes 1.0 for an integer.
        case .number(let number): number == number.rounded() && number.isFinite ? ["number", "integer"] : ["number"]
        case .text: ["string"]
        case .list: ["array"]
        case .object: ["object"]
        }
    }
}
