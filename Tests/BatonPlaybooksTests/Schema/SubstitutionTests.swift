import BatonCore
import Testing

@testable import BatonPlaybooks

@Suite("Loader and schema on files that nobody thought of")
struct SubstitutionTests {
    /// What is put in the place of a value.
    private static let values = [
        "", "~", "no", "\"no\"", "5", "\"5\"", "0", "-1", "1.5", "5s", "\"5s\"", "0s", "16MiB", "5MB", "text",
        "two words",
        "\"\"", "{}", "[]", "[old]", "[old, new]", "[old, old]", "old", "poolers", "planned", "completed", "freeze",
        "postgres.stop", "postgres.streaming", "standby.lags", "{ bytes: 1B }", "{ time: 5 }", "\"file:x\"", "a/b",
        "$x",
        "none", "local", "true", "2024-01-01", "https://a/b", "[{ do: postgres.checkpoint, on: new }]",
        "[{ gate: postgres.streaming, on: new }]", "[{ gate: postgres.streaming, on: new, deadline: 1s }]", "{ a: {} }",
    ]
    /// What is put in the place of a key.
    private static let keys = [
        "do", "gate", "on", "with", "limit", "deadline", "retry", "together", "site", "at", "in", "x",
    ]

    private static let forms: [CorpusFile] = [
        CorpusFile(kind: .playbook, name: "playbook", text: GoodFiles.playbook),
        CorpusFile(kind: .playbook, name: "every key of a playbook", text: Corpus.everyPlaybookKey),
        CorpusFile(kind: .topology, name: "every key of a topology", text: TopologyTests.everyKey),
        CorpusFile(kind: .topology, name: "notify", text: NotifyTests.form),
        CorpusFile(kind: .scenarios, name: "scenarios", text: ScenarioTests.form),
    ]

    /// The text with one value replaced, one key renamed, or one line left out.
    private static func change(_ text: String, _ random: inout SeededGenerator) -> String {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let index = Int.random(in: 0..<lines.count, using: &random)
        let pairs = lines[index].matches(of: #/([a-z][a-z-]*): *(\[[^\]]*\]|\{[^{}]*\}|"[^"]*"|[^,}\]#]*[^,}\]# ])?/#)
        guard let pair = pairs.randomElement(using: &random) else { return text }
        switch Int.random(in: 0..<6, using: &random) {
        case 0: lines.remove(at: index)
        case 1:
            lines[index].replaceSubrange(
                pair.output.1.startIndex..<pair.output.1.endIndex, with: keys.randomElement(using: &random) ?? "")
        default:
            lines[index].replaceSubrange(
                pair.range, with: "\(pair.output.1): \(values.randomElement(using: &random) ?? "")")
        }
        return lines.joined(separator: "\n")
    }

    @Test("Both judge alike, whatever is replaced", arguments: forms)
    func substitution(_ form: CorpusFile) throws {
        var random = SeededGenerator(state: 5)
        var judged = (taken: 0, refused: 0)
        for _ in 0..<150 {
            var file = form
            file.text = Self.change(form.text, &random)
            guard let isAccepted = try file.isAcceptedBySchema() else { continue }
            let complaints: [Complaint]
            do {
                complaints = try file.load()
            } catch let failure as LoadFailure {
                complaints = failure.complaints
            }
            let within = try SchemaReach.within(complaints)
            #expect(isAccepted == within.isEmpty, "\(file.text)\n\(LoadFailure(complaints: complaints))")
            if isAccepted { judged.taken += 1 } else { judged.refused += 1 }
        }
        #expect(judged.taken > 10 && judged.refused > 25, "\(judged): changes that are all alike would test nothing")
    }
}
