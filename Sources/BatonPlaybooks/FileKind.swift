/// What a file says it is, by its `baton:` key.
package enum FileKind: String, Hashable, Codable, Sendable, CaseIterable {
    case playbook, topology, scenarios, unknown

    /// The kinds that Baton reads.
    static let known = allCases.filter { $0 != .unknown }

    /// What people call a file of the kind, without article.
    var noun: String {
        switch self {
        case .playbook: "playbook"
        case .topology: "topology"
        case .scenarios: "scenario file"
        case .unknown: "file"
        }
    }

    /// Whether the form has places for secrets. What says nothing of itself may be a topology.
    var holdsSecrets: Bool {
        switch self {
        case .playbook, .scenarios: false
        case .topology, .unknown: true
        }
    }

    /// Looks for the key at the beginning of a line (or of a bracket) and does not parse: a broken file has a kind too.
    /// The version does not matter here; the loaders judge it.
    package static func detect(_ text: String) -> FileKind {
        let lines = text.split { $0.isNewline }
        for line in lines {
            var rest = line.drop { $0 == "\u{FEFF}" || $0 == "{" || $0 == " " }
            if rest.startIndex != line.startIndex, !(line.hasPrefix("{") || line.hasPrefix("\u{FEFF}")) { continue }
            for quote in ["baton", "\"baton\"", "'baton'"] where rest.hasPrefix(quote) {
                rest = rest.dropFirst(quote.count).drop { $0 == " " }
                guard rest.first == ":" else { continue }
                let value = rest.dropFirst().drop { " \t\"'".contains($0) }
                return known.first { value.hasPrefix($0.rawValue + "/") } ?? .unknown
            }
        }
        return .unknown
    }
}

/// The line that says what a file is and in which version of the form.
enum Header {
    /// The root's entries, once it is sure that the file is of the kind and version that this Baton reads: another
    /// version's keys may mean something else, so nothing else is judged then.
    static func root(of kind: FileKind, _ complaints: Complaints) throws -> YAMLValue {
        let root = try YAMLParsing.parse(complaints)
        let expected = "\(kind.rawValue)/v1"
        guard case .mapping(let entries) = root.content else {
            complaints.error(
                .wrongType, at: root.position,
                "A \(kind.noun) is a mapping of keys to values; this is \(root.kind).",
                remedy: "Begin the file with `baton: \(expected)`.")
            throw LoadFailure(complaints: complaints.sorted)
        }
        guard let header = entries.first(where: { $0.key == "baton" })?.value else { return root }
        let found = complaints.text(header, "The version of the form")
        if let found, found != expected {
            let foundKind = found.split(separator: "/").first.map(String.init) ?? found
            if foundKind == kind.rawValue {
                complaints.error(
                    .unknownVersion, at: header.position,
                    "This file is written in \(shown(found)), which this Baton does not read.",
                    remedy: "Write `baton: \(expected)`, or use the Baton that this file is for.")
            } else {
                let other = FileKind.known.first { $0.rawValue == foundKind }
                complaints.error(
                    .wrongKind, at: header.position,
                    other.map { "This file is a \($0.noun), and a \(kind.noun) is wanted here." }
                        ?? "\(shown(found)) is no kind of file that Baton knows.",
                    remedy: other == nil
                        ? "Write `baton: \(expected)`." : "Give the path of the \(kind.noun) here.")
            }
        }
        try complaints.throwErrors()
        return root
    }
}
