import BatonCore
import Testing

@testable import BatonReports

@Suite("The reference pages")
struct ReferenceTests {
    private static let inner = KeyTable(
        "a thing", exactlyOneOf: [["a", "b"]],
        [
            KeyDeclaration("a", .count(1...9), example: "3", "The first."),
            KeyDeclaration(
                "b", .span(.seconds(1)...(.seconds(90)), why: ""), otherwise: "`5s`", example: "5s", "The | second."),
            KeyDeclaration("c", .notYet("Not today."), example: "x", "The third."),
        ])
    private static let root = KeyTable(
        "the file",
        [
            KeyDeclaration("baton", .version("file/v1"), isRequired: true, example: "file/v1", "What it is."),
            KeyDeclaration(
                "things", .names(of: .mapping(inner), atLeast: 0, orNothing: true), otherwise: "none",
                example: "{}", "The things."),
        ])

    private static let content = ReferenceContent(
        catalogue: Toy.catalogue, files: [ReferenceContent.File("File", "A file of tests.", root)], faults: [],
        exits: [WordDeclaration("0", "Done.")],
        codes: [
            CodeExplanation(code: "BTN-x", meaning: "M.", why: "W.", wrong: "a: 1", right: "a: 1s", incident: nil)
        ])

    private func page(_ path: String) throws -> String {
        try #require(Self.content.pages().first { $0.path == path }, "\(path)").text
    }

    @Test("There is a page for each action and gate, and the index links to every page")
    func index() throws {
        let pages = Self.content.pages()
        #expect(Set(pages.map(\.path)).count == pages.count)
        #expect(pages.allSatisfy { $0.text.hasSuffix("\n\(ReferencePage.mark)\n") })
        let index = try page("README.md")
        for other in pages.dropFirst() { #expect(index.contains("](\(other.path))"), "\(other.path)") }
        for action in Toy.catalogue.actions { #expect(try page("Actions/\(action.id).md").contains(action.summary)) }
        for gate in Toy.catalogue.gates { #expect(try page("Gates/\(gate.id).md").contains(gate.source)) }
    }

    @Test("A page of keys has a table for each mapping, with ranges, and a bar does not break its row")
    func keys() throws {
        let text = try page("File.md")
        #expect(text.contains("## The file\n") && text.contains("## A thing\n"))
        #expect(text.contains("| `baton` | `file/v1` | required | What it is. |"))
        #expect(text.contains("| `things` | a mapping of names, each to a thing | none | The things. Such as `{}`. |"))
        #expect(text.contains("| `a` | a whole number, `1` to `9` | exactly one of `a` and `b` is required |"))
        #expect(text.contains("a duration, `1s` to `90s`") && text.contains("The \\| second."))
        #expect(text.contains("| `c` | nothing yet |") && text.contains("The third. Not today."))
    }

    @Test("An action is shown where it is at home, with its undo, what it owes and the commands to do it by hand")
    func actions() throws {
        #expect(try page("Actions/toy.stop.md").contains("Shown on `old`."))
        #expect(try page("Actions/toy.promote.md").contains("Shown on `new`."))
        #expect(try page("Actions/toy.promote.md").contains("| phases | `promote` only: it cannot be undone |"))
        #expect(try page("Actions/toy.start.md").contains("Shown on `old`."), "as the stop is, whose undo it is")
        let pause = try page("Actions/toy.pause.md")
        #expect(pause.contains("1. `pooler paused` becomes `yes`\n"))
        #expect(pause.contains("By [toy.resume](toy.resume.md), before the point of no return"))
        #expect(pause.contains("- pooler's clients wait; they must be released. Settled by `toy.resume` on `pooler`"))
        #expect(pause.contains("```sh\npsql -c 'PAUSE app;'\n```\n\nExpect: `PAUSE`\n"))
    }

    @Test("A gate has its limits, who implies it, what it proves, and its two answers")
    func gates() throws {
        let ready = try page("Gates/toy.ready.md")
        #expect(
            ready.contains(
                "| judged in preflight, listed or not, because of | [toy.stop](../Actions/toy.stop.md) on `old` |"))
        #expect(ready.contains("\n| pass | ") && ready.contains("\n| block | "))
    }

    @Test("Words and codes have their pages")
    func words() throws {
        let words = try page("Words.md")
        for unit in Units.spans + Units.sizes { #expect(words.contains("| `\(unit.name)` | \(unit.summary) |")) }
        for phase in Phase.allCases { #expect(words.contains("| `\(phase.rawValue)` |")) }
        #expect(words.contains("| 0 | Done. |"))
        #expect(try page("Codes.md").contains("## BTN-x\n\nM.\n\nW.\n\nWrong:\n\n```yaml\na: 1\n```\n"))
    }

    @Test("Every table of every page has rows as wide as its head")
    func tables() {
        for page in Self.content.pages() {
            var width: Int?
            for line in page.text.split(separator: "\n", omittingEmptySubsequences: false) {
                guard line.hasPrefix("|") else {
                    width = nil
                    continue
                }
                let bars = line.replacing("\\|", with: "").count { $0 == "|" }
                #expect(bars == width ?? bars, "\(page.path): \(line)")
                width = bars
            }
        }
    }

    @Test("A fence is longer than any in its code")
    func fences() {
        var page = Markdown("x")
        page.code("a\n```\nb")
        #expect(page.text.hasSuffix("\n````\na\n```\nb\n````\n"))
    }
}
