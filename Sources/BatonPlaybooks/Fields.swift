import BatonCore

/// The entries of one mapping, read by the table of its keys. What it lacks and what it should not have is complained about
/// when it is made; each value when it is read.
struct Fields {
    /// "a step", "the node `west-db`": the subject of complaints, as inside a sentence.
    let subject: String
    let position: Position
    let entries: [String: YAMLEntry]
    let table: KeyTable
    let complaints: Complaints

    init?(_ value: YAMLValue, _ table: KeyTable, _ complaints: Complaints) {
        self.init(value, table.noun, table, complaints)
    }

    /// Nil, with a complaint, when the value is no mapping. `subject` stands for the table's noun where a thing has a name.
    init?(_ value: YAMLValue, _ subject: String, _ table: KeyTable, _ complaints: Complaints) {
        guard case .mapping(let entries) = value.content else {
            let keys = table.keys.isEmpty ? "it has none" : "the keys are \(alternatives(table.names, "and"))"
            complaints.error(
                .wrongType, at: value.position,
                "\(subject.atStart) is a mapping of keys to values; this is \(value.kind).",
                remedy: "Write `key: value` lines; \(keys).")
            return nil
        }
        self.init(entries, at: value.position, subject, table, complaints)
        for entry in entries where table[entry.key] == nil {
            if complaints.holdsSecrets { complaints.hide(entry) }
            let key = complaints.holdsSecrets ? SecretLines.shownKey(entry.key) : shown(entry.key)
            let meant = Fields.meant(entry.key, table)
            let others = table.keys.isEmpty ? "there are none" : "the keys are \(alternatives(table.names, "and"))"
            complaints.error(
                .unknownKey, at: entry.position, "\(subject.atStart) has no such key\(key.map { " as \($0)" } ?? "").",
                remedy: meant.map { "Did you mean `\($0)`?" } ?? "Remove it; \(others).")
        }
    }

    /// For a mapping whose unknown keys somebody else complains about.
    init(_ entries: [YAMLEntry], at position: Position, _ subject: String, _ table: KeyTable, _ complaints: Complaints)
    {
        self.subject = subject
        self.position = position
        self.entries = Dictionary(entries.map { ($0.key, $0) }) { first, _ in first }
        self.table = table
        self.complaints = complaints
        // A key that is there under another name is complained about by that name.
        let misspelt = Set(entries.compactMap { table[$0.key] == nil ? Fields.meant($0.key, table) : nil })
        for key in table.keys where key.isRequired && self.entries[key.name] == nil && !misspelt.contains(key.name) {
            complainOfMissing(key.name)
        }
    }

    /// The key of the table that an unknown one most likely stands for.
    private static func meant(_ key: String, _ table: KeyTable) -> String? {
        table.hints[key] ?? nearest(key, among: table.names)
    }

    /// Whether a key stands for one of these, or is one of them: then their absence has its own complaint.
    func mentions(_ keys: String...) -> Bool {
        entries.keys.contains { key in
            keys.contains(key) || (table[key] == nil && Fields.meant(key, table).map(keys.contains) == true)
        }
    }

    /// The value; nil when the key is absent.
    subscript(key: String) -> YAMLValue? {
        assert(table[key] != nil, "\(table.noun) declares no key \(key)")
        return entries[key]?.value
    }

    /// For a key that only some of these mappings must have.
    func complainOfMissing(_ key: String, example: String? = nil) {
        let example = example ?? table[key]?.example ?? "…"
        complaints.error(
            .missingKey, at: position, "\(subject.atStart) lacks the key `\(key)`.", remedy: "Add `\(key): \(example)`."
        )
    }

    // MARK: Values, each by its declaration. Nil where the key is absent, or after a complaint about `what`.

    func text(_ key: String, _ what: String? = nil) -> String? {
        guard let value = self[key], case .text(let lines)? = table[key]?.form else { return nil }
        return complaints.text(value, what ?? "`\(key)` of \(subject)", lines: lines)
    }

    func name(_ key: String, _ what: String) -> String? { self[key].flatMap { complaints.name($0, what) } }

    func word<Word: RawRepresentable<String> & CaseIterable>(
        _ key: String, _ what: String, code: ComplaintCode = .unknownWord, _ type: Word.Type = Word.self,
        among allowed: [Word] = Array(Word.allCases)
    ) -> Word? {
        self[key].flatMap { complaints.word($0, what, code: code, type, among: allowed) }
    }

    func span(_ key: String, _ what: String? = nil) -> TimeSpan? {
        guard let value = self[key], let declaration = table[key], case .span(let range, let why) = declaration.form
        else { return nil }
        return complaints.span(
            value, what ?? "`\(key)` of \(subject)", in: range, why: why, example: declaration.example)
    }

    func bytes(_ key: String, _ what: String) -> ByteCount? { self[key].flatMap { complaints.bytes($0, what) } }

    func flag(_ key: String, _ what: String) -> Bool? { self[key].flatMap { complaints.flag($0, what) } }

    func count(_ key: String, _ what: String? = nil) -> Int? {
        guard let value = self[key], case .count(let range)? = table[key]?.form else { return nil }
        return complaints.whole(value, what ?? "`\(key)` of \(subject)", in: range).map { Int($0) }
    }
}
