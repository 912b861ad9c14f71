/// One word of a closed list, and what it means.
package struct WordDeclaration: Hashable, Sendable {
    package var name: String
    package var summary: String

    package init(_ name: String, _ summary: String = "") {
        self.name = name
        self.summary = summary
    }
}

/// What a value in one of Baton's files must be. Declared once: the loader reads by it, the JSON Schema and the reference
/// pages are made from it.
package indirect enum ValueForm: Hashable, Sendable {
    /// Exactly this word: what the file is, and in which version of the form.
    case version(String)
    /// Text; plain scalars that YAML could take for something else must be quoted. `lines`: of several lines, too.
    case text(lines: Bool)
    /// ASCII letters, digits, `.`, `_` and `-`, beginning with a letter or digit, at most 63 characters.
    case name
    case word([WordDeclaration])
    /// A duration with its unit, within bounds; `why` says what goes wrong beyond them, as a part of a sentence.
    case span(ClosedRange<TimeSpan>, why: String)
    /// A size with its unit, from 0 to `mostBytes`.
    case bytes
    case count(ClosedRange<Int64>)
    case flag
    /// Absolute, or relative to the file; no shell expands it.
    case path
    /// `file:PATH`, `env:NAME` or `command:PROGRAM ARGUMENTS`.
    case secret
    /// A host name, an address, or the directory of a Unix socket.
    case host
    /// What one gives to ssh: a host name or an address.
    case sshHost
    /// The name of an account on another machine.
    case account
    /// A path on another machine: absolute, and no shell expands it.
    case remotePath
    /// `table` or `schema.table`.
    case table
    /// An entry of a pooler's `[databases]`.
    case database
    /// An `http` or `https` URL without user or password.
    case url
    /// A program and its arguments, each a text.
    case program
    case mapping(KeyTable)
    /// A mapping of names, each to such a value. `orNothing`: each, or the whole, may be left empty.
    case names(of: ValueForm, atLeast: Int, orNothing: Bool)
    case list(of: ValueForm, atLeast: Int, isUnique: Bool)
    /// One such value, or a list of at least `atLeast` different ones.
    case oneOrMore(of: ValueForm, atLeast: Int)
    case either([ValueForm])
    /// The name of an action, and of a gate, of the catalogue.
    case action, gate
    /// What the step's action takes (`with`), and what its gate does (`limit`).
    case parameters, limits
    /// What a scenario's fault takes.
    case faultValue
    /// A phase's list of steps, and of groups that run at the same time.
    case steps(Phase, KeyTable)
    /// Known, and not accepted by this Baton; why, as a sentence.
    case notYet(String)

    /// Longer than any run; also keeps sums with a clock far from overflow.
    package static let longestSpan = TimeSpan.seconds(7 * 86_400)
    /// 1,024 TiB.
    package static let mostBytes = ByteCount(1 << 50)

    /// A duration without bounds of its own.
    package static let anySpan = ValueForm.span(.zero...longestSpan, why: "")
    /// A text of one line.
    package static let line = ValueForm.text(lines: false)
}

/// One key of a mapping.
package struct KeyDeclaration: Hashable, Sendable {
    package var name: String
    package var form: ValueForm
    package var isRequired: Bool
    /// What holds where the key is absent, as a part of a sentence; empty where nothing does.
    package var otherwise: String
    /// A value as one may write it; empty where a line shows too little.
    package var example: String
    /// What the key says, as a sentence.
    package var summary: String

    package init(
        _ name: String, _ form: ValueForm, isRequired: Bool = false, otherwise: String = "", example: String = "",
        _ summary: String
    ) {
        self.name = name
        self.form = form
        self.isRequired = isRequired
        self.otherwise = otherwise
        self.example = example
        self.summary = summary
    }
}

/// The keys of one mapping of a file, in the order in which one writes them.
package struct KeyTable: Hashable, Sendable {
    /// What the mapping describes: "a step", "a node".
    package var noun: String
    package var keys: [KeyDeclaration]
    /// Keys of other tools, and what they are called here.
    package var hints: [String: String]
    /// Lists of keys of which a mapping has exactly one.
    package var exactlyOneOf: [[String]]
    /// Keys that stand only where another one does.
    package var onlyBeside: [String: String]

    package init(
        _ noun: String, hints: [String: String] = [:], exactlyOneOf: [[String]] = [],
        onlyBeside: [String: String] = [:], _ keys: [KeyDeclaration]
    ) {
        self.noun = noun
        self.keys = keys
        self.hints = hints
        self.exactlyOneOf = exactlyOneOf
        self.onlyBeside = onlyBeside
    }

    package var names: [String] { keys.map(\.name) }

    package subscript(name: String) -> KeyDeclaration? { keys.first { $0.name == name } }
}

extension ParameterKind {
    /// How a value of the kind is written.
    package var form: ValueForm {
        switch self {
        case .span: .anySpan
        case .bytes: .bytes
        // JSON readers keep whole numbers exact up to 2^53.
        case .count: .count(0...(1 << 53))
        case .flag: .flag
        case .text: .line
        }
    }

    /// A value as one may write it.
    package var example: String {
        switch self {
        case .span: "5s"
        case .bytes: "16MiB"
        case .count: "3"
        case .flag: "true"
        case .text: "…"
        }
    }
}
