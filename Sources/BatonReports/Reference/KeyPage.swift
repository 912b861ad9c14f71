import BatonCore

/// The page of one kind of file: a table for each of its mappings.
struct KeyPage {
    let file: ReferenceContent.File
    let content: ReferenceContent

    var text: String {
        var page = Markdown(file.name)
        page.paragraph(file.summary)
        for table in file.keys.withInner where !table.keys.isEmpty {
            page.heading(title(table))
            page.table(
                ["key", "value", "without it", "meaning"],
                table.keys.map { key in
                    ["`\(key.name)`", key.form.words, without(key, in: table), meaning(key)]
                })
        }
        if file.keys.withInner.contains(where: { $0.names.contains("fault") }), !content.faults.isEmpty {
            page.heading("Faults")
            page.table(["fault", "on", "with", "what goes wrong"], content.faults.map(fault))
        }
        return page.text
    }

    /// `objectives`, or "A step".
    private func title(_ table: KeyTable) -> String { table.noun.prefix(1).uppercased() + table.noun.dropFirst() }

    private func without(_ key: KeyDeclaration, in table: KeyTable) -> String {
        if key.isRequired { return "required" }
        if let choice = table.exactlyOneOf.first(where: { $0.contains(key.name) }) {
            return "exactly one of \(Markdown.alternatives(choice, "and")) is required"
        }
        return key.otherwise
    }

    private func meaning(_ key: KeyDeclaration) -> String {
        if case .notYet(let why) = key.form { return "\(key.summary) \(why)" }
        if case .version = key.form { return key.summary }
        if key.example.isEmpty { return key.summary }
        return "\(key.summary) Such as \(Markdown.code(key.example))."
    }

    private func fault(_ fault: FaultDeclaration) -> [String] {
        let value = fault.value.map { value in
            value.kind.form.words + (value.defaultValue.map { ", `\(Units.written($0))` without it" } ?? "")
        }
        return [
            "`\(fault.id)`", fault.kind.rawValue, value ?? "",
            fault.summary + (fault.isInitial ? " From the beginning or not at all." : ""),
        ]
    }
}

extension KeyTable {
    /// This table, and those of the mappings inside of it, each once and in their order.
    var withInner: [KeyTable] {
        var tables = [self]
        for table in keys.flatMap(\.form.inner).flatMap(\.withInner) where !tables.contains(table) {
            tables.append(table)
        }
        return tables
    }
}

extension ValueForm {
    fileprivate var inner: [KeyTable] {
        switch self {
        case .mapping(let table), .steps(_, let table): [table]
        case .names(let form, _, _), .list(let form, _, _), .oneOrMore(let form, _): form.inner
        case .either(let forms): forms.flatMap(\.inner)
        case .version, .text, .name, .word, .span, .bytes, .count, .flag, .path, .secret, .host, .sshHost, .account,
            .remotePath, .table, .database,
            .url, .program, .action, .gate, .parameters, .limits, .faultValue, .notYet:
            []
        }
    }

    /// What one writes, in words.
    var words: String {
        switch self {
        case .version(let version): Markdown.code(version)
        case .text(let lines): lines ? "text" : "one line of text"
        case .name: "a name"
        case .word(let words): Markdown.alternatives(words.map(\.name))
        case .span(let range, _): "a duration" + Self.bounds(range)
        case .bytes: "a size up to `\(Units.written(ValueForm.mostBytes))`"
        case .count(let range): "a whole number, `\(range.lowerBound)` to `\(range.upperBound)`"
        case .flag: "`true` or `false`"
        case .path: "a path, absolute or relative to the file"
        case .secret: "a reference: `file:PATH`, `env:NAME` or `command:PROGRAM ARGUMENTS`"
        case .host: "a host name, an address, or the directory of a Unix socket"
        case .sshHost: "a host name or an address"
        case .account: "the name of an account"
        case .remotePath: "an absolute path on the other machine"
        case .table: "`table` or `schema.table`"
        case .database: "an entry's name"
        case .url: "an `http` or `https` URL"
        case .program: "a list of texts"
        case .mapping(let table):
            table.keys.isEmpty ? "`{}`" : "a mapping: \(Markdown.alternatives(table.names, "and"))"
        case .names(let form, _, _): "a mapping of names, each to \(form.inner.first?.noun ?? form.words)"
        case .list(let form, let least, _):
            "a list\(least > 0 ? " of at least \(least)" : ""), each entry \(form.inner.first?.noun ?? form.words)"
        case .oneOrMore(let form, _): "\(form.words); one of them or a list"
        case .either(let forms): forms.map(\.words).joined(separator: ", or ")
        case .action: "an action's name"
        case .gate: "a gate's name"
        case .parameters: "a mapping: the action's parameters"
        case .limits: "a mapping: the gate's limits"
        case .faultValue: "what the fault takes"
        case .steps: "a list of steps; those of a `together:` run at the same time"
        case .notYet: "nothing yet"
        }
    }

    private static func bounds(_ range: ClosedRange<TimeSpan>) -> String {
        let most = Units.written(range.upperBound)
        return range.lowerBound > .zero
            ? ", `\(Units.written(range.lowerBound))` to `\(most)`" : " up to `\(most)`"
    }
}
