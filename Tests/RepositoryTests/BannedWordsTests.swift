import Testing

/// Words that do not stand in this repository, and where.
@Suite("Banned words")
struct BannedWordsTests {
    /// What is looked for, why it is banned, and an example that the pattern must find.
    struct Ban: CustomTestStringConvertible, Sendable {
        var name: String
        var pattern: String
        var example: String
        var countsInComments = false

        var testDescription: String { name }

        func finds(in line: some StringProtocol) -> Bool {
            let line = String(line)
            if !countsInComments, line.drop(while: { $0 == " " }).hasPrefix("//") { return false }
            guard let regex = try? Regex(pattern) else { return true }
            return line.firstMatch(of: regex) != nil
        }
    }

    static let inSources: [Ban] = [
        Ban(name: "try!", pattern: #"\btry!"#, example: "let x = try! y()"),
        Ban(name: "fatalError", pattern: #"\bfatalError\("#, example: "fatalError(\"no\")"),
        Ban(name: "print", pattern: #"(^|[^\w.])print\("#, example: "    print(x)"),
        Ban(name: "[String: Any]", pattern: #"\[String: (any )?Any\]"#, example: "let x: [String: Any] = [:]"),
        Ban(name: "to-do notes", pattern: #"\b(TODO|FIXME|XXX)\b"#, example: "// TODO: later", countsInComments: true),
        Ban(name: "String(format:)", pattern: #"String\(\s*format:"#, example: #"String(format: "%d", 1)"#),
        Ban(name: "DateFormatter", pattern: #"\bDateFormatter\b"#, example: "let f = DateFormatter()"),
        Ban(name: "NSRegularExpression", pattern: #"\bNSRegularExpression\b"#, example: "NSRegularExpression()"),
        Ban(
            name: "unchecked concurrency without a reason on its line",
            pattern: #"^(?!.*// ?\w).*(@unchecked Sendable|nonisolated\(unsafe\))"#,
            example: "final class A: @unchecked Sendable {"),
    ]

    @Test("Not in Sources", arguments: inSources)
    func sources(_ ban: Ban) throws {
        #expect(ban.finds(in: ban.example), "the pattern does not find its own example")
        let found = try Self.lines(of: Repository.files(under: "Sources", suffix: ".swift")) { ban.finds(in: $0) }
        #expect(found.isEmpty, "\(found)")
    }

    @Test("A reason on the line allows unchecked concurrency")
    func reasonAllows() throws {
        let ban = try #require(Self.inSources.last)
        #expect(!ban.finds(in: "final class A: @unchecked Sendable {  // written once, before it is shared"))
    }

    @Test("The machine's switches name every case")
    func noDefaultInMachine() throws {
        let found = try Self.lines(of: Repository.files(under: "Sources/BatonCore/Machine", suffix: ".swift")) {
            $0.firstMatch(of: #/^\s*(@unknown )?default\s*:/#) != nil
        }
        #expect(found.isEmpty, "\(found)")
    }

    @Test("Roles are called primary and standby")
    func roleWords() throws {
        // Written in parts, so that this file does not say them.
        let words = try Regex("(?i)\\b(mas" + "ter|sla" + "ve)s?\\b")
        #expect("the mas\("ter") node".firstMatch(of: words) != nil)
        #expect("postmas\("ter").pid".firstMatch(of: words) == nil)
        let found = try Self.lines(of: Repository.trackedFiles()) { $0.firstMatch(of: words) != nil }
        #expect(found.isEmpty, "\(found)")
    }

    @Test("No path of one person's machine")
    func noMachinePaths() throws {
        let paths = try Regex(#"(^|[^\w.~$}/-])/(wo"# + #"rk|ro"# + #"ot|ho"# + #"me|tmp/wt)(/|\b)"#)
        #expect("see /ho\("me")/someone/x".firstMatch(of: paths) != nil)
        #expect("https://example.org/ho\("me")".firstMatch(of: paths) == nil)
        let found = try Self.lines(of: Repository.trackedFiles()) { $0.firstMatch(of: paths) != nil }
        #expect(found.isEmpty, "\(found)")
    }

    private static func lines(of paths: [String], where matches: (Substring) -> Bool) throws -> [Place] {
        #expect(!paths.isEmpty)
        var found: [Place] = []
        for path in paths {
            for (index, line) in try Repository.lines(of: path).enumerated() where matches(line) {
                found.append(Place(path: path, line: index + 1, text: String(line)))
            }
        }
        return found
    }
}
