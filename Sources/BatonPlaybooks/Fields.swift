/// The entries of one mapping, read by key. Unknown keys are complained about when it is made, missing ones when asked for.
struct Fields {
    /// "a step", "the node `west-db`": the subject of complaints, as inside a sentence.
    let subject: String
    let position: Position
    let entries: [String: YAMLEntry]
    let complaints: Complaints

    /// Nil, with a complaint, when the value is no mapping. `hints` tells for frequent wrong keys which one is meant.
    init?(
        _ value: YAMLValue, _ subject: String, keys: [String], hints: [String: String] = [:], _ complaints: Complaints
    ) {
        guard case .mapping(let entries) = value.content else {
            complaints.error(
                .wrongType, at: value.position,
                "\(subject.atStart) is a mapping of keys to values; this is \(value.kind).",
                remedy: "Write `key: value` lines; the keys are \(alternatives(keys)).")
            return nil
        }
        self.init(entries, at: value.position, subject, complaints)
        for entry in entries where !keys.contains(entry.key) {
            if complaints.holdsSecrets { complaints.hide(entry) }
            let key = complaints.holdsSecrets ? SecretLines.shownKey(entry.key) : shown(entry.key)
            let meant = hints[entry.key] ?? nearest(entry.key, among: keys)
            complaints.error(
                .unknownKey, at: entry.position, "\(subject.atStart) has no such key\(key.map { " as \($0)" } ?? "").",
                remedy: meant.map { "Did you mean `\($0)`?" } ?? "Remove it; the keys are \(alternatives(keys)).")
        }
    }

    init(_ entries: [YAMLEntry], at position: Position, _ subject: String, _ complaints: Complaints) {
        self.subject = subject
        self.position = position
        self.entries = Dictionary(entries.map { ($0.key, $0) }) { first, _ in first }
        self.complaints = complaints
    }

    /// The value; nil without complaint when the key is absent.
    subscript(key: String) -> YAMLValue? { entries[key]?.value }

    /// The value; a complaint when the key is absent.
    func required(_ key: String, example: String) -> YAMLValue? {
        if let value = self[key] { return value }
        complaints.error(
            .missingKey, at: position, "\(subject.atStart) lacks the key `\(key)`.", remedy: "Add `\(key): \(example)`."
        )
        return nil
    }
}
