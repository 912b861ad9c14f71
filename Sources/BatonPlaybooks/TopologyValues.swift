import BatonCore

/// Reads the values that nodes, poolers and routes share.
struct TopologyValues {
    let complaints: Complaints
    let paths: FilePaths

    /// A host name, an address, or the absolute directory of a Unix socket, as libpq takes it.
    func host(_ value: YAMLValue, _ what: String) -> String? {
        guard let host = complaints.text(value, what) else { return nil }
        let scalars = host.unicodeScalars
        let isDirectory = host.hasPrefix("/") && !scalars.contains { $0 == " " || $0 == "," }
        let isName = scalars.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || ".-_:%".unicodeScalars.contains($0) }
        guard isDirectory || (isName && scalars.count <= 255 && !host.hasPrefix("-")) else {
            complaints.error(
                .badHost, at: value.position, "\(what), \(shown(host)), is neither a host name nor an address.",
                remedy: "Write one name or address, without scheme, port, spaces or commas.")
            return nil
        }
        return host
    }

    func path(_ value: YAMLValue, _ what: String) -> String? {
        guard let path = complaints.text(value, what) else { return nil }
        guard !path.hasPrefix("~"), !path.contains("$") else {
            complaints.error(
                .badPath, at: value.position, "\(what) contains `~` or `$`, and no shell expands them here.",
                remedy: "Write the path out, absolute or relative to this file.")
            return nil
        }
        return paths.absolute(path)
    }

    /// A reference to a secret. No complaint repeats the value: it may be the secret itself.
    func secret(_ value: YAMLValue, _ what: String) -> SecretReference? {
        let example = "\"file:west.pw\"`, `\"env:NAME\"` or `\"command:PROGRAM ARGUMENTS\""
        guard case .scalar(let text, _) = value.content, let kind = SecretLines.references.first(where: text.hasPrefix)
        else {
            complaints.error(
                .plainSecret, at: value.position,
                "\(what) must be a reference: a topology is copied into every run's directory and printed, and must not "
                    + "hold a secret.",
                remedy: "Put the secret in a file of its own and write `\(example)`.")
            return nil
        }
        func refuse(_ message: String) -> SecretReference? {
            complaints.hide(YAMLEntry(key: "", isQuoted: false, position: value.position, value: value))
            complaints.error(.badSecretReference, at: value.position, message, remedy: "Write `\(example)`.")
            return nil
        }
        let rest = text.dropFirst(kind.count)
        guard !text.unicodeScalars.contains(where: \.isForbidden) else {
            return refuse("\(what) contains a control character.")
        }
        switch kind {
        case "file:":
            guard !rest.isEmpty, rest.first != " ", rest.first != "~", rest.last != "/" else {
                return refuse("\(what) names no file behind `file:`.")
            }
            return .file(paths.absolute(String(rest)))
        case "env:":
            let isName =
                rest.unicodeScalars.first?.isASCIIDigit == false
                && rest.unicodeScalars.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || $0 == "_" }
            guard isName else { return refuse("\(what) names no environment variable behind `env:`.") }
            return .environment(String(rest))
        default:
            let words = rest.split { $0 == " " || $0 == "\t" }.map(String.init)
            guard !words.isEmpty else { return refuse("\(what) names no program behind `command:`.") }
            return .command(words)
        }
    }

    /// `require`, or `{ mode: verify-full, root-certificate: ca.pem }`. Libpq's default, `prefer`, when absent.
    func tls(_ value: YAMLValue?, _ subject: String) -> TLSSettings {
        guard let value else { return TLSSettings(mode: .prefer) }
        guard case .mapping = value.content else {
            let mode = complaints.word(value, "`tls` of \(subject)", TLSSettings.Mode.self)
            return TLSSettings(mode: mode ?? .prefer)
        }
        guard let fields = Fields(value, "`tls` of \(subject)", TopologyKeys.tlsSettings, complaints) else {
            return TLSSettings(mode: .prefer)
        }
        let mode = fields.word("mode", "`mode` of \(subject)'s `tls`", TLSSettings.Mode.self)
        return TLSSettings(
            mode: mode ?? .prefer,
            rootCertificate: fields["root-certificate"].flatMap { path($0, "`root-certificate` of \(subject)") })
    }

    /// The name of an entry of a pooler's `[databases]`.
    func database(_ value: YAMLValue, _ what: String) -> String? {
        guard let name = complaints.text(value, what) else { return nil }
        guard name != "*", name != "pgbouncer" else {
            complaints.error(
                .wildcardDatabase, at: value.position,
                name == "*"
                    ? "A `*` entry cannot be paused as a whole, so clients could slip through the freeze."
                    : "`pgbouncer` is the pooler's own console, which leads to no server.",
                remedy: "Name each entry of `[databases]` that leads to this cluster.")
            return nil
        }
        return name
    }

    /// A table's name, with or without its schema, that needs no quoting in SQL.
    func table(_ value: YAMLValue, _ what: String) -> String? {
        guard let text = complaints.text(value, what) else { return nil }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let isFine =
            parts.count <= 2
            && parts.allSatisfy { part in
                let scalars = part.unicodeScalars
                return (1...63).contains(scalars.count) && scalars.first?.isASCIIDigit == false
                    && scalars.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || $0 == "_" }
            }
        guard isFine else {
            complaints.error(
                .badIdentifier, at: value.position, "\(what), \(shown(text)), is not a plain table name.",
                remedy: "Write `table` or `schema.table` with letters, digits and underscores.")
            return nil
        }
        return text
    }
}
