import BatonCore

/// Reads one entry of a topology's `notify`.
struct NotifyForm {
    let complaints: Complaints
    let values: TopologyValues

    /// Nil, with a complaint, when it cannot be told how the target is reached.
    func read(_ name: String, _ subject: String, _ fields: Fields) -> NotifyTarget? {
        let way = readWay(subject, fields)
        let moments = fields["on"].map { readMoments($0, subject) } ?? NoticeMoment.allCases
        let deadline = fields.span("deadline") ?? NotifyTarget.defaultDeadline
        return way.map { NotifyTarget(name: name, way: $0, on: moments, deadline: deadline) }
    }

    private func readWay(_ subject: String, _ fields: Fields) -> NotifyTarget.Way? {
        let token = fields["token"].flatMap { values.secret($0, "`token` of \(subject)") }
        switch (fields["command"], fields["http"]) {
        case (nil, nil):
            guard !fields.mentions("command", "http") else { return nil }
            complaints.error(
                .noCommandOrHTTP, at: fields.position, "\(subject.atStart) has neither `command` nor `http`.",
                remedy: "Add `command: [/usr/local/bin/page]` or `http: \"https://chat.example/hook\"`.")
            return nil
        case (.some, let http?):
            complaints.error(
                .commandAndHTTP, at: http.position, "\(subject.atStart) has both `command` and `http`.",
                remedy: "Make two targets of it, each with a name of its own.")
            return nil
        case (let command?, nil):
            if let token = fields.entries["token"] {
                complaints.error(
                    .unknownKey, at: token.position, "\(subject.atStart) is a command, which takes no `token`.",
                    remedy: "Remove it; a program reads its secrets itself.")
            }
            return words(command, subject).map { .command($0) }
        case (nil, let http?):
            guard let address = address(http, subject) else { return nil }
            if token != nil, case .url(let url) = address, !url.lowercased().hasPrefix("https:") {
                complaints.warning(
                    .tokenWithoutTLS, at: http.position, "\(subject.atStart) gets its token in plain, over `http:`.",
                    remedy: "Write an `https:` URL.")
            }
            return .http(address, token: token)
        }
    }

    /// The program and its arguments. One with a slash is a path, relative to the file; another is looked up in PATH.
    private func words(_ value: YAMLValue, _ subject: String) -> [String]? {
        let what = "`command` of \(subject)"
        guard case .sequence(let list) = value.content, !list.isEmpty else {
            complaints.error(
                .wrongType, at: value.position,
                "\(what) is a list of the program and its arguments, which no shell reads; this is \(value.kind).",
                remedy: "Write `command: [/usr/local/bin/page, --service, orders]`.")
            return nil
        }
        let program =
            list[0].text?.contains("/") == true
            ? values.path(list[0], "The program of \(subject)") : complaints.text(list[0], "The program of \(subject)")
        let arguments = list.dropFirst().compactMap { complaints.text($0, "An argument of \(what)") }
        guard let program, arguments.count == list.count - 1 else { return nil }
        return [program] + arguments
    }

    /// No complaint repeats the value: a webhook's URL is often a secret.
    private func address(_ value: YAMLValue, _ subject: String) -> NotifyTarget.Address? {
        let what = "`http` of \(subject)"
        guard let text = value.text else {
            complaints.error(
                .wrongType, at: value.position, "\(what) is a URL; this is \(value.kind).",
                remedy: "Write `http: \"https://chat.example/hook\"`.")
            return nil
        }
        if SecretLines.references.contains(where: text.hasPrefix) {
            return values.secret(value, what).map { .secret($0) }
        }
        guard let fault = URLFault(of: text) else { return .url(text) }
        complaints.hide(YAMLEntry(key: "", isQuoted: false, position: value.position, value: value))
        complaints.error(
            .badURL, at: value.position, "\(what) \(fault.message).",
            remedy: "Write `\"https://HOST/PATH\"`, or a reference to it: `\"file:hook.url\"`.")
        return nil
    }

    private func readMoments(_ value: YAMLValue, _ subject: String) -> [NoticeMoment] {
        guard case .sequence(let list) = value.content, !list.isEmpty else {
            complaints.error(
                .wrongType, at: value.position,
                "`on` of \(subject) is a list of at least one moment; this is \(value.kind).",
                remedy: "Write `on: [halt, end]`, or remove it for every moment.")
            return []
        }
        var moments: [NoticeMoment] = []
        for value in list {
            guard let moment = complaints.word(value, "A moment of \(subject)", NoticeMoment.self) else { continue }
            if moments.contains(moment) {
                complaints.error(
                    .duplicateName, at: value.position, "The moment `\(moment.rawValue)` stands twice.",
                    remedy: "Keep one of them.")
            }
            moments.append(moment)
        }
        return moments
    }
}

/// What is wrong with a URL that Baton is to send requests to (RFC 3986, as far as it matters here).
enum URLFault {
    case notHTTP, noHost, user, badCharacter, badPort

    /// Nil when nothing is wrong.
    init?(of text: String) {
        let lowered = text.lowercased()
        guard let scheme = ["https://", "http://"].first(where: lowered.hasPrefix) else {
            self = .notHTTP
            return
        }
        guard
            text.unicodeScalars.allSatisfy({
                $0.value > 0x20 && $0.value < 0x7F && !"\"<>\\^`{|}".unicodeScalars.contains($0)
            })
        else {
            self = .badCharacter
            return
        }
        let authority = text.dropFirst(scheme.count).prefix { !"/?#".contains($0) }
        guard !authority.contains("@") else {
            self = .user
            return
        }
        // A colon inside of the brackets belongs to an IPv6 address.
        let hostEnd = authority.lastIndex(of: "]").map { authority.index(after: $0) } ?? authority.firstIndex(of: ":")
        let host = authority[..<(hostEnd ?? authority.endIndex)]
        guard !host.isEmpty else {
            self = .noHost
            return
        }
        let port = authority[host.endIndex...]
        guard port.isEmpty || Self.isPort(port.dropFirst()) else {
            self = .badPort
            return
        }
        return nil
    }

    private static func isPort(_ digits: Substring) -> Bool {
        digits.unicodeScalars.allSatisfy(\.isASCIIDigit) && UInt16(digits).map { $0 > 0 } == true
    }

    /// What follows the subject in a sentence.
    var message: String {
        switch self {
        case .notHTTP: "is no URL that begins with `https://` or `http://`"
        case .noHost: "names no host"
        case .user: "holds a user or a password, and a topology must not hold a secret"
        case .badCharacter: "contains a character that a URL must write as `%XX`"
        case .badPort: "has no port from 1 to 65535 behind its colon"
        }
    }
}

extension YAMLValue {
    /// A scalar's text, unless it is nothing.
    fileprivate var text: String? {
        guard case .scalar(let text, _) = content, !isNull else { return nil }
        return text
    }
}
