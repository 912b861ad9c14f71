import BatonCore
import Testing

@testable import BatonPlaybooks

@Suite("YAML that Baton does not take")
struct YAMLTests {
    @Test("Unwanted YAML is refused before it can do harm", arguments: bad)
    func refused(_ file: BadFile) throws {
        try file.check(in: GoodFiles.playbook, load: loadPlaybook)
    }

    private static let name = "name: planned-switchover"

    static let bad: [BadFile] = [
        BadFile(name, "name: &x planned", .anchor, 3),
        BadFile(name, "name: *x", .alias, 3),
        BadFile(name, "? *x\n: y", .alias, 3),
        BadFile(name, "<<: { a: b }", .mergeKey, 3),
        BadFile(name, "name: !secret x", .tag, 3),
        BadFile(name, "name: !<tag:evil> x", .tag, 3),
        BadFile(name, "name: !!binary x", .tag, 3),
        BadFile(name, "name: a\nname: b", .duplicateKey, 4),
        BadFile(name, "name: a\n\"name\": b", .duplicateKey, 4),
        BadFile("{ freeze: 30s,", "{ freeze: 1s, freeze: 30s,", .duplicateKey, 8),
        BadFile(name, "name: a\n---\nname: b", .severalDocuments, 4),
        BadFile(name, "name: 'a", .syntax, 3),
        BadFile(name, "name: \"a\\q\"", .syntax, 3),
        BadFile(name, "name: a: b", .syntax, 3),
        BadFile(name, "\tname: a", .syntax, 3),
        BadFile(name, "name: @a", .syntax, 3),
        BadFile(name, "name: [a", .syntax, 3),
        BadFile(name, "name: a]\n  x\n y: [", .syntax, 5),
        BadFile(name, "[a]: b", .wrongType, 3),
        BadFile(name, "name: a\u{7}b", .controlCharacter, 3),
        BadFile(name, "name: a\u{0}b", .controlCharacter, 3),
        BadFile(name, "name: a\u{202E}b", .controlCharacter, 3),
        BadFile(name, "name: a\u{85}b", .controlCharacter, 3),
        BadFile(
            name, "name: " + String(repeating: "[", count: 40) + String(repeating: "]", count: 40), .nestedTooDeep, 3),
        BadFile(name, "name:\n " + String(repeating: "- ", count: 40) + "x", .nestedTooDeep, 4),
    ]

    @Test(
        "Nesting without end is refused before a parser recurses",
        arguments: ["[", "{", "- ", "? ", "{a: ", "[{", "!!seq ["])
    func deep(_ opening: String) throws {
        let failure = try #require(throws: LoadFailure.self) {
            try loadPlaybook(String(repeating: opening, count: 100_000))
        }
        #expect(failure.complaints.map(\.code) == [ComplaintCode.nestedTooDeep.rawValue])
        #expect(failure.description.utf8.count < 1_000)
    }

    @Test("Brackets, signs and hashes inside texts are nothing but text")
    func harmless() throws {
        let signs = String(repeating: "[{", count: 60)
        let why = """
            why: >-
              plain \(signs) &anchor *alias !tag
              - - - - # text
            """
        let old = "why: Move the primary role to another site without losing one committed write."
        let folded = try #require(GoodFiles.with(GoodFiles.playbook, old, why))
        #expect(try loadPlaybook(folded).isEmpty)
        for text in [
            "'\(signs) it''s *a &b'", "\"\(signs) \\\" *a\"", "a \(signs) *a &b\n  *c &d !e\n  [[[ x", "a#b &c",
        ] {
            let file = try #require(GoodFiles.with(GoodFiles.playbook, old, "why: \(text)"))
            #expect(try loadPlaybook(file).isEmpty, "\(text)")
        }
        let comment = try #require(GoodFiles.with(GoodFiles.playbook, "# planned | emergency", "# \(signs) &a *b"))
        #expect(try loadPlaybook(comment).isEmpty)
        #expect(try loadPlaybook("---\n" + GoodFiles.playbook + "...\n").isEmpty)
        #expect(try loadPlaybook("%YAML 1.2\n---\n" + GoodFiles.playbook).isEmpty)
    }

    @Test("Bytes that are no text are refused with their line")
    func bytes() throws {
        let failure = try #require(throws: LoadFailure.self) {
            try SourceText(bytes: Array("a: b\nc: é".utf8) + [0xFF, 0x0A], path: "x")
        }
        let complaint = try #require(failure.complaints.first)
        #expect(complaint.code == ComplaintCode.notUTF8.rawValue && complaint.line == 2 && complaint.column == 5)
        let large = try #require(throws: LoadFailure.self) {
            try SourceText(bytes: [UInt8](repeating: 0x20, count: (1 << 20) + 1), path: "x")
        }
        #expect(large.complaints.first?.code == ComplaintCode.fileTooLarge.rawValue)
    }

    @Test("A file that says nothing, is absent or is no file has its complaint too")
    func nothing() throws {
        for text in ["", "\n\n", "# only a comment\n", "---\n", "~", "null\n"] {
            let failure = try #require(throws: LoadFailure.self) { try loadPlaybook(text) }
            #expect(failure.complaints.map(\.code) == [ComplaintCode.emptyFile.rawValue], "\(text)")
        }
        for text in ["text", "[a]", "5"] {
            let failure = try #require(throws: LoadFailure.self) { try loadPlaybook(text) }
            #expect(failure.complaints.map(\.code) == [ComplaintCode.wrongType.rawValue], "\(text)")
        }
        for path in ["/nonexistent/x.yaml", "/tmp", "/dev/zero"] {
            let failure = try #require(throws: LoadFailure.self) { try TopologyLoader.load(path: path) }
            #expect(failure.complaints.map(\.code) == [ComplaintCode.unreadableFile.rawValue], "\(path)")
        }
    }

    @Test("A file's kind is told by its header, also when the rest is broken")
    func kinds() {
        #expect(FileKind.detect(GoodFiles.playbook) == .playbook)
        #expect(FileKind.detect(GoodFiles.topology) == .topology)
        #expect(FileKind.detect("name: [\n\"baton\" : 'topology/v7'\r\n") == .topology)
        #expect(FileKind.detect("{ baton: playbook/v1 }") == .playbook)
        #expect(FileKind.detect("# tests\nbaton: scenarios/v1") == .scenarios)
        #expect(FileKind.detect("baton: unknown/v1") == .unknown)
        #expect(FileKind.detect("x:\n  baton: playbook/v1") == .unknown)
        #expect(FileKind.detect("baton: other/v1\nbaton: playbook/v1") == .unknown)
        #expect(FileKind.detect("") == .unknown)
    }

    @Test("The nearest name is the one meant; nothing near is nothing")
    func nearestNames() {
        #expect(nearest("postgres.stpo", among: ["postgres.start", "postgres.stop"]) == "postgres.stop")
        #expect(nearest("deadlin", among: ["id", "deadline"]) == "deadline")
        #expect(nearest("xyz", among: ["deadline", "on"]) == nil)
        #expect(nearest("replay-lag", among: ["postgres.replay-lag", "postgres.version"]) == "postgres.replay-lag")
        #expect(nearest("Bin-dir", among: ["data-directory", "bin-directory"]) == "bin-directory")
        #expect(nearest("recovery", among: ["recovery-time", "recovery-point"]) == nil, "which of them is a guess")
        #expect(nearest("do", among: ["donate"]) == nil)
        #expect(editDistance("ab", "ba") == 1 && editDistance("", "abc") == 3)
    }

    @Test("Every code has its own stable name")
    func codes() {
        let codes = ComplaintCode.allCases.map(\.rawValue)
        #expect(Set(codes).count == codes.count)
        for code in codes {
            #expect(
                code.hasPrefix("BTN-") && code.dropFirst(4).allSatisfy { $0.isLowercase || $0.isNumber || $0 == "-" })
        }
    }
}
