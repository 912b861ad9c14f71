import Testing

/// The README and the other pages name only what is there.
@Suite("README")
struct ReadmeTests {
    /// Subcommands of `baton`, each with its own subcommands.
    private static func commands() throws -> [String: Set<String>] {
        var commands: [String: Set<String>] = [:]
        for path in try Repository.files(under: "Sources/BatonCommands", suffix: ".swift") {
            let text = try Repository.text(path)
            // Nested commands take their name from the type: `struct Up` is `up`.
            let nested = text.matches(of: #/\n    struct (\w+): AsyncParsableCommand/#).map {
                $0.output.1.lowercased()
            }
            for match in text.matches(of: #/commandName: "([a-z-]+)"/#) {
                commands[String(match.output.1)] = Set(nested)
            }
        }
        commands["baton"] = nil
        return commands
    }

    private static func pages() throws -> [String] { try Repository.trackedFiles().filter { $0.hasSuffix(".md") } }

    @Test("Every `make` target that a page names exists")
    func makeTargets() throws {
        let makefile = try Repository.text("Makefile")
        let targets = Set(makefile.matches(of: #/(?m)^([a-z][a-z-]*):/#).map { String($0.output.1) })
        var named = 0
        for path in try Self.pages() {
            for code in try Markdown(path).code {
                for match in code.matches(of: #/(?:^|[\s$&;])make ([a-z][a-z-]*)/#) {
                    named += 1
                    #expect(targets.contains(String(match.output.1)), "\(path): make \(match.output.1)")
                }
            }
        }
        #expect(named > 0)
    }

    @Test("Every `baton` subcommand that a page names exists")
    func subcommands() throws {
        let commands = try Self.commands()
        #expect(commands.count > 5)
        var named = 0
        for path in try Self.pages() {
            for code in try Markdown(path).code {
                for match in code.matches(of: #/(?:^|[\s/$])baton ([a-z]+)(?: ([a-z]+))?/#) {
                    named += 1
                    let name = String(match.output.1)
                    guard let nested = commands[name] else {
                        Issue.record("\(path): there is no `baton \(name)`")
                        continue
                    }
                    guard !nested.isEmpty, let second = match.output.2 else { continue }
                    #expect(nested.contains(String(second)), "\(path): there is no `baton \(name) \(second)`")
                }
            }
        }
        #expect(named > 5)
    }

    @Test("Every link to a file leads somewhere")
    func links() throws {
        let pages = try Self.pages()
        #expect(pages.contains("README.md"))
        for path in pages {
            for link in try Markdown(path).links { #expect(Repository.exists(link), "\(path) links to \(link)") }
        }
    }

    @Test("Every page of Documentation is in its index")
    func index() throws {
        // The reference is generated with an index of its own.
        let indexes = ["Documentation/Reference/README.md", "Documentation/README.md"]
        for path in try Self.pages() where path.hasPrefix("Documentation/") && path != indexes.last {
            let index = try #require(
                indexes.first { path != $0 && path.hasPrefix($0.dropLast("README.md".count)) })
            let isListed = try Markdown(index).links.contains(path)
            #expect(isListed, "\(path) is missing in \(index)")
        }
    }

    @Test("Every test and every declaration that Guarantees.md names in code exists")
    func guaranteesAreCurrent() throws {
        let text = try
            (Repository.files(under: "Sources", suffix: ".swift")
            + Repository.files(under: "Tests", suffix: ".swift")).map(Repository.text).joined(separator: "\n")
        let types = Set(
            text.matches(of: #/\b(?:struct|enum|class|actor|protocol|typealias) (\w+)/#).map { $0.output.1 })
        let members = Set(text.matches(of: #/\b(?:func|var|let|case) (\w+)/#).map { $0.output.1 })
        var checked = 0
        for code in try Markdown("Documentation/Guarantees.md").code {
            // Words without a small letter are SQL or signals, not types.
            guard let match = code.wholeMatch(of: #/([A-Z]\w+)(?:\.(\w+))?/#),
                match.output.1.contains(where: \.isLowercase)
            else { continue }
            checked += 1
            // Compared outside of the expectation, which would print every name there is.
            let isType = types.contains(match.output.1)
            let isMember = match.output.2.map(members.contains) ?? true
            #expect(isType && isMember, "there is no \(code)")
        }
        #expect(checked > 30)
    }

    @Test("Code and links are found in Markdown")
    func markdown() {
        let page = Markdown(
            path: "A/b.md", text: "Say `make x` or:\n```\nbaton lab up\n```\n[c](../C/d.md#e) [f](https://g.h) [i](#j)")
        #expect(page.code == ["make x", "baton lab up"])
        #expect(page.links == ["C/d.md"])
    }
}
