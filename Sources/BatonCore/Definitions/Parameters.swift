/// A parameter's value, typed by its declaration.
package enum ArgumentValue: Hashable, Codable, Sendable, CustomStringConvertible {
    case span(TimeSpan)
    case bytes(ByteCount)
    case count(Int64)
    case flag(Bool)
    case text(String)

    package var description: String {
        switch self {
        case .span(let span): span.description
        case .bytes(let bytes): bytes.description
        case .count(let count): "\(count)"
        case .flag(let flag): flag ? "true" : "false"
        case .text(let text): text
        }
    }
}

/// What a parameter accepts.
package enum ParameterKind: String, Hashable, Codable, Sendable {
    /// A duration with its unit: `250ms`, `5s`, `2min`, `1h`.
    case span
    /// A size with its unit: `0B`, `16MiB`.
    case bytes
    /// A whole number, zero or more.
    case count
    case flag, text
}

/// One parameter of an action or one limit of a gate: what the loader checks and the reference page prints.
package struct ParameterDeclaration: Hashable, Sendable {
    package var name: String
    package var kind: ParameterKind
    package var defaultValue: ArgumentValue
    package var summary: String

    package init(_ name: String, _ kind: ParameterKind, default defaultValue: ArgumentValue, _ summary: String) {
        self.name = name
        self.kind = kind
        self.defaultValue = defaultValue
        self.summary = summary
    }
}

/// The values of a step's parameters, by name.
package struct Arguments: Hashable, Codable, Sendable {
    private var values: [String: ArgumentValue]

    package init(_ values: [String: ArgumentValue] = [:]) { self.values = values }

    package subscript(name: String) -> ArgumentValue? {
        get { values[name] }
        set { values[name] = newValue }
    }

    /// Names and values in alphabetical order.
    package var sorted: [(name: String, value: ArgumentValue)] {
        values.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
    }

    /// The same arguments with each declaration's default where a value is absent.
    package func completed(by declarations: [ParameterDeclaration]) -> Arguments {
        var completed = self
        for declaration in declarations where completed[declaration.name] == nil {
            completed[declaration.name] = declaration.defaultValue
        }
        return completed
    }

    package func span(_ name: String) -> TimeSpan {
        if case .span(let span)? = values[name] { return span }
        return .zero
    }

    package func bytes(_ name: String) -> ByteCount {
        if case .bytes(let bytes)? = values[name] { return bytes }
        return ByteCount(0)
    }

    package func flag(_ name: String) -> Bool {
        if case .flag(let flag)? = values[name] { return flag }
        return false
    }

    package func count(_ name: String) -> Int64 {
        if case .count(let count)? = values[name] { return count }
        return 0
    }
}

/// The typed parameters of an action or the typed limit of a gate.
package protocol ParameterSet: Sendable {
    static var declarations: [ParameterDeclaration] { get }
    /// Reads arguments that `completed(by:)` has filled and the loader has checked.
    init(_ arguments: Arguments)
}

/// For actions and gates that take no parameters.
package struct NoParameters: ParameterSet {
    package static var declarations: [ParameterDeclaration] { [] }
    package init(_ arguments: Arguments) {}
}
