import BatonCore
import Testing

@testable import BatonPlaybooks

@Suite("What of a line a complaint is about")
struct CulpritTests {
    /// A change of the good playbook, and the part of the line that is to be underlined.
    struct Case: Sendable, CustomTestStringConvertible {
        var passage: String
        var replacement: String
        var code: ComplaintCode
        var culprit: String

        init(_ passage: String, _ replacement: String, _ code: ComplaintCode, _ culprit: String) {
            self.passage = passage
            self.replacement = replacement
            self.code = code
            self.culprit = culprit
        }

        var testDescription: String { "\(code.rawValue): \(culprit)" }
    }

    static let cases = [
        Case("deadline: 30s", "deadline: 5", .missingUnit, "5"),
        Case("deadline: 30s", "deadline: 30 s   # soon", .unknownUnit, "30 s"),
        Case("deadline: 30s", "timeout: 30s", .unknownKey, "timeout"),
        Case("deadline: 30s", "\"time out\"  : 30s", .unknownKey, "\"time out\""),
        Case("write-pause: 2s", "write-pause: 1.5s", .notWhole, "1.5s"),
        Case("write-pause: 2s", "write-pause: 'so''on'", .wrongType, "'so''on'"),
        Case("write-pause: 2s", "write-pause: \"a\\\"b\"", .wrongType, "\"a\\\"b\""),
        Case("do: postgres.stop", "do: postgres.stpo", .unknownAction, "postgres.stpo"),
        Case("do: postgres.stop", "do: [postgres.stop, [x]]", .wrongType, "[postgres.stop, [x]]"),
        Case("on: [old, new]", "on: [old, primary ]", .unknownRole, "primary"),
        Case("on: [old, new]", "on: [\n      old,\n      old ]", .duplicateRole, "old"),
        Case(
            "limits: { freeze: 30s, undo-reserve: 10s }", "limits: [ freeze,   # not so\n  x ]", .wrongType,
            "[ freeze,   # not so"),
        Case("title: Planned switchover to another site", "title: no", .ambiguousScalar, "no"),
        Case("mode: planned ", "mode: plän ned 😀 ", .unknownWord, "plän ned 😀"),
        Case("preflight:", "pre-flight:", .unknownPhase, "pre-flight"),
        Case("deadline: 30s", "deadline: &soon 5s", .anchor, "&soon"),
        Case("deadline: 30s", "deadline: *soon", .alias, "*soon"),
        Case("deadline: 30s", "deadline: !soon 5s", .tag, "!soon"),
        Case("name: planned-switchover", "name: one\nname: two", .duplicateKey, "name"),
    ]

    @Test("The culprit is as long as it is written", arguments: cases)
    func culprit(_ change: Case) throws {
        let text = try #require(GoodFiles.with(GoodFiles.playbook, change.passage, change.replacement))
        let failure = try #require(throws: LoadFailure.self) { try loadPlaybook(text) }
        let complaint = try #require(failure.complaints.first { $0.code == change.code.rawValue }, "\(failure)")
        #expect(complaint.culprit == change.culprit)
        expectSound(failure.complaints)
    }

    @Test("A step that is unsafe is underlined with its name, not with the key that it begins with")
    func unsafeStep() throws {
        let fence = "fence:\n  - do: postgres.stop\n    on: old\n    deadline: 30s\n"
        let text = try #require(GoodFiles.with(GoodFiles.playbook, fence, ""))
        let failure = try #require(throws: LoadFailure.self) { try loadPlaybook(text) }
        #expect(failure.complaints.map(\.culprit) == ["do: postgres.promote"], "\(failure)")
    }

    @Test("How long a secret in plain is stays unsaid")
    func secret() throws {
        let text = try #require(GoodFiles.with(GoodFiles.topology, "\"file:west.pw\"", "hunter2"))
        let failure = try #require(throws: LoadFailure.self) { try loadTopology(text) }
        let complaint = try #require(failure.complaints.first)
        #expect(complaint.code == ComplaintCode.plainSecret.rawValue)
        #expect(complaint.length == 1 && complaint.sourceLine == nil)
    }
}

extension Complaint {
    /// The part of the line that is underlined.
    var culprit: String {
        let line = sourceLine?.unicodeScalars ?? String.UnicodeScalarView()
        return String(String.UnicodeScalarView(line.dropFirst(column - 1).prefix(length)))
    }
}

@Suite("One mistake, one complaint")
struct SingleComplaintTests {
    @Test(
        "A key under another name is not missing, too",
        arguments: [
            ("title: Planned switchover to another site", "titel: Planned switchover to another site"),
            ("mode: planned ", "mod: planned "), ("do: postgres.stop\n    on: old", "do: postgres.stop\n    role: old"),
            ("do: postgres.stop\n    on: old", "action: postgres.stop\n    on: old"),
        ])
    func playbook(_ change: (String, String)) throws {
        let text = try #require(GoodFiles.with(GoodFiles.playbook, change.0, change.1))
        let failure = try #require(throws: LoadFailure.self) { try loadPlaybook(text) }
        #expect(failure.complaints.map(\.code) == [ComplaintCode.unknownKey.rawValue], "\(failure)")
    }

    @Test(
        "Neither in a topology",
        arguments: [
            ("data-directory: pg/west", "data-dir: pg/west"), ("nodes:", "servers:"),
            ("through: pool", "trough: pool"),
        ])
    func topology(_ change: (String, String)) throws {
        let text = try #require(GoodFiles.with(GoodFiles.topology, change.0, change.1))
        let failure = try #require(throws: LoadFailure.self) { try loadTopology(text) }
        #expect(failure.complaints.map(\.code) == [ComplaintCode.unknownKey.rawValue], "\(failure)")
        #expect(failure.complaints.first?.remedy.hasPrefix("Did you mean") == true)
    }

    @Test("All complaints come at once, in the order of the file")
    func allAtOnce() throws {
        let text = """
            baton: playbook/v1
            name: two words
            why: no
            mode: sudden
            limits: { freeze: 30 }
            fence:
              - do: postgres.stpo
                on: primary
                timeout: 5s
            promot: []

            """
        let failure = try #require(throws: LoadFailure.self) { try loadPlaybook(text) }
        #expect(
            failure.complaints.map { "\($0.line) \($0.code)" } == [
                "1 BTN-missing-key", "2 BTN-bad-name", "3 BTN-ambiguous-scalar", "4 BTN-unknown-word",
                "5 BTN-missing-unit", "7 BTN-unknown-action", "8 BTN-unknown-role", "9 BTN-unknown-key",
                "10 BTN-unknown-phase",
            ], "\(failure)")
    }
}
