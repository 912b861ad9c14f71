import BatonCore
import BatonEngine
import FoundationEssentials

/// A notice as it is sent: `notice/v1`.
struct NoticeMessage: Hashable, Sendable {
    static let format = "notice/v1"

    let notice: Notice
    /// When it was queued.
    let at: WallTime

    /// One object with sorted keys, and a newline.
    func json() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return [UInt8](try encoder.encode(self)) + [UInt8(ascii: "\n")]
    }

    /// The same for programs that read no JSON. `BATON_OUTCOME` is empty while the run goes on.
    var variables: [String: String] {
        [
            "BATON_RUN": notice.run.rawValue, "BATON_MOMENT": notice.moment.rawValue,
            "BATON_STATE": notice.state.rawValue, "BATON_OUTCOME": notice.outcome ?? "",
            "BATON_PLAYBOOK": notice.playbook, "BATON_TOPOLOGY": notice.topology, "BATON_TO": notice.toSite,
            "BATON_TEXT": notice.text, "BATON_AT": at.description,
                // A variable ends at its first zero byte, and what the words of a server hold is not Baton's to say.
        ].mapValues { $0.filter { $0 != "\0" } }
    }
}

extension NoticeMessage: Encodable {
    private enum CodingKeys: String, CodingKey {
        case format, run, moment, state, outcome, playbook, topology, to, text, at
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(Self.format, forKey: .format)
        try container.encode(notice.run, forKey: .run)
        try container.encode(notice.moment, forKey: .moment)
        try container.encode(notice.state, forKey: .state)
        // Null rather than absent, so that a template can name it.
        try container.encode(notice.outcome, forKey: .outcome)
        try container.encode(notice.playbook, forKey: .playbook)
        try container.encode(notice.topology, forKey: .topology)
        try container.encode(notice.toSite, forKey: .to)
        try container.encode(notice.text, forKey: .text)
        try container.encode(at, forKey: .at)
    }
}
