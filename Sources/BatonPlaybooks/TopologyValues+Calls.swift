import BatonCore

/// What a topology tells Baton to run or to ask: programs and URLs.
extension TopologyValues {
    /// The program and its arguments. One with a slash is a path, relative to the file; another is looked up in PATH.
    func program(_ value: YAMLValue, _ what: String, example: String) -> [String]? {
        guard case .sequence(let list) = value.content, !list.isEmpty else {
            complaints.error(
                .wrongType, at: value.position,
                "\(what) is a list of the program and its arguments, which no shell reads; this is \(value.kind).",
                remedy: "Write `\(example)`.")
            return nil
        }
        let program =
            list[0].text?.contains("/") == true
            ? path(list[0], "The program of \(what)") : complaints.text(list[0], "The program of \(what)")
        let arguments = list.dropFirst().compactMap { complaints.text($0, "An argument of \(what)") }
        guard let program, arguments.count == list.count - 1 else { return nil }
        return [program] + arguments
    }

    /// A URL, or where it is kept. No complaint repeats the value: a URL is often a secret.
    func address(_ value: YAMLValue, _ what: String, example: String) -> HTTPAddress? {
        guard let text = value.text else {
            complaints.error(
                .wrongType, at: value.position, "\(what) is a URL; this is \(value.kind).",
                remedy: "Write `\(example)`.")
            return nil
        }
        if SecretLines.references.contains(where: text.hasPrefix) { return secret(value, what).map { .secret($0) } }
        guard let fault = URLFault(of: text) else { return .url(text) }
        complaints.hide(YAMLEntry(key: "", isQuoted: false, position: value.position, value: value))
        complaints.error(
            .badURL, at: value.position, "\(what) \(fault.message).",
            remedy: "Write `\"https://HOST/PATH\"`, or a reference to it: `\"file:hook.url\"`.")
        return nil
    }
}

extension YAMLValue {
    /// A scalar's text, unless it is nothing.
    fileprivate var text: String? {
        guard case .scalar(let text, _) = content, !isNull else { return nil }
        return text
    }
}
