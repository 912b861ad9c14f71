import BatonCore

/// Keeps a secret that somebody wrote in plain out of the complaints about it. A topology's lines are shown only once its
/// tree is known, and never those of a secret or of a key that Baton does not know: that may be a misspelt secret.
enum SecretLines {
    /// How a reference to a secret begins.
    static let references = ["file:", "env:", "command:"]

    private static let keys = Set(
        [TopologyKeys.node, TopologyKeys.pooler, TopologyKeys.route, TopologyKeys.notify]
            .flatMap(\.keys).filter { $0.form == .secret }.map(\.name))

    /// Hides the lines of every value that stands where a secret belongs and is not a reference.
    static func hide(in value: YAMLValue, _ complaints: Complaints) {
        switch value.content {
        case .scalar: return
        case .sequence(let values): for value in values { hide(in: value, complaints) }
        case .mapping(let entries):
            for entry in entries {
                hide(in: entry.value, complaints)
                guard keys.contains(entry.key) else { continue }
                if case .scalar(let text, _) = entry.value.content, references.contains(where: text.hasPrefix) {
                    continue
                }
                complaints.hide(entry)
            }
        }
    }

    /// A key inside a complaint. Where a colon or a space is missing, the secret has become part of the key; so only
    /// what looks like a misspelt key is repeated.
    static func shownKey(_ key: String) -> String? {
        let scalars = key.unicodeScalars
        let isWord = !scalars.isEmpty && scalars.allSatisfy { $0.isASCIILetter || $0 == "-" || $0 == "_" }
        let isNear = keys.contains { editDistance(key, $0) <= 2 }
        guard isWord, scalars.count <= 32, isNear || !key.lowercased().hasPrefix("pas") else { return nil }
        return shown(key)
    }
}
