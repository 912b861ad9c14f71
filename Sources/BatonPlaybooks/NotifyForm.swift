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
            let what = "`command` of \(subject)"
            return values.program(command, what, example: "command: [/usr/local/bin/page, --service, orders]").map {
                .command($0)
            }
        case (nil, let http?):
            guard
                let address = values.address(http, "`http` of \(subject)", example: "\"https://chat.example/hook\"")
            else { return nil }
            if token != nil, case .url(let url) = address, !url.lowercased().hasPrefix("https:") {
                complaints.warning(
                    .tokenWithoutTLS, at: http.position, "\(subject.atStart) gets its token in plain, over `http:`.",
                    remedy: "Write an `https:` URL.")
            }
            return .http(address, token: token)
        }
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
