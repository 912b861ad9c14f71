import BatonCore
import Testing

@testable import BatonReports

/// The page, made from a toy plan: what stands on it, and what no text can do to it.
@Suite("Runbook") struct RunbookTests {
    private static func page(_ change: (inout Plan) -> Void = { _ in }) throws -> String {
        var plan = try ScriptedRun.plan()
        change(&plan)
        return Runbook(plan: plan, catalogue: Toy.catalogue).page()
    }

    @Test func `the short version comes first, the hashes above it, and every step follows in order`() throws {
        let page = try Self.page()
        let headings = page.split(separator: "\n").filter { $0.hasPrefix("#") }
        #expect(
            headings.prefix(8) == [
                "# Planned switchover: west to east", "## At 3 a.m.", "## When to use it, and when not",
                "## Who is who",
                "## Objectives and limits", "## How a run goes", "## Before you type", "## Every step",
            ])
        #expect(headings.filter { $0.hasPrefix("#### ") } == (1...8).map { "#### Step \($0)" })
        #expect(page.contains("| playbook | planned | `aa` |\n| topology | lab | `bb` |"))
        #expect(page.contains(Runbook.mark))
        // A checkbox for each step, and in the short version one for each that changes or awaits and one for all checks.
        #expect(page.split(separator: "\n").count { $0.hasPrefix("- [ ] ") } == 8 + 7)
    }

    @Test func `a step has its changes, commands, undo and reason, and the promotion is the point of no return`() throws
    {
        let page = try Self.page()
        #expect(page.contains("```sh do\npsql -c 'PAUSE app;'\n```\n\nYou should see: PAUSE."))
        #expect(page.contains("- **Changes** pool paused: no to yes"))
        #expect(page.contains("```sh undo\npsql -c 'RESUME app;'\n```"))
        #expect(page.contains("**This is the point of no return.** a promotion begins a new timeline"))
        #expect(page.contains("- **Only if** west-db writable is no: Two primaries must not be."))
        #expect(page.contains("- **Owed from now on:** pool's clients wait; they must be released"))
        #expect(
            page.contains(
                "Until here everything can be taken back: type the **Undo** of [step 4](#step-4), [step 3](#step-3)"))
    }

    @Test func `the same plan gives the same bytes`() throws {
        #expect(try Self.page() == Self.page())
    }

    /// Everything that Markdown, HTML, mermaid or a shell could take for its own.
    static let hostile = [
        "`` ` ``", "```\nrm -rf /\n```", "</td><script>alert(1)</script>", "| a | b |", "$(touch /tmp/owned) `id`",
        "'; \"quoted\" \\", "--> [*]: over", "# heading", "- [x] done", "[link](javascript:x) ![i](x)",
        "@everyone #1 &amp;",
        "<!-- hidden", "~~~sh do\nid\n~~~", "$x^2$", "\u{202E}\u{0}\u{1B}[31m", "[^1] **bold** __under__ {+ +}",
        "- item", "+ item", "1. item", "2) item", "    indented", "===", "---",
    ]

    @Test(arguments: hostile) func `text of a playbook is data on the page`(text: String) throws {
        let hostile = try Self.page { plan in
            plan.title = text
            plan.why = text
            for group in plan.groups.indices {
                for step in plan.groups[group].steps.indices {
                    plan.groups[group].steps[step].title = text
                    plan.groups[group].steps[step].why = text
                    plan.groups[group].steps[step].owner = text
                    plan.groups[group].steps[step].byHand = text
                }
            }
        }
        let (tame, wild) = (
            MarkdownShape(
                try Self.page { plan in
                    plan.title = "word"
                    for group in plan.groups.indices {
                        for step in plan.groups[group].steps.indices {
                            plan.groups[group].steps[step].title = "word"
                            plan.groups[group].steps[step].why = "word"
                            plan.groups[group].steps[step].owner = "word"
                            plan.groups[group].steps[step].byHand = "word"
                        }
                    }
                }), MarkdownShape(hostile)
        )
        // The same blocks of the same kinds, and no more commands; only the author's own words lie in a block of text.
        #expect(wild.fences == tame.fences)
        #expect(wild.commands == tame.commands)
        #expect(wild.items == tame.items)
        #expect(wild.headings == tame.headings && wild.tableRows == tame.tableRows && wild.tasks == tame.tasks)
        // What a backslash stands before is no markup.
        let markup = wild.markup.map { $0.replacing(#/\\[^A-Za-z0-9 ]/#, with: "") }
        #expect(markup.allSatisfy { !$0.contains("<script") && !$0.contains("](javascript") }, "\(markup)")
        // Comments are only those that keep a name from being called.
        #expect(wild.markup.allSatisfy { !$0.replacing("@<!-- -->", with: "").contains("<!--") })
        #expect(!hostile.unicodeScalars.contains { $0 != "\n" && DisplayText.isUnsafe($0) })
        #expect(wild.diagram == tame.diagram)
    }

    @Test(arguments: [
        ("plain words, with query_wait_timeout = 5; and 1.5 s", "plain words, with query_wait_timeout = 5; and 1.5 s"),
        ("_a_ *b* `c`", "\\_a\\_ \\*b\\* \\`c\\`"), ("<b> & $x$ | y", "&lt;b&gt; &amp; &#36;x&#36; \\| y"),
        ("[a](b) #1 ~l {+", "\\[a\\](b) \\#1 \\~l \\{+"), ("to @all\nnow", "to @<!-- -->all now"), ("a\\b", "a\\\\b"),
        ("\t a b \n", "a b"), (" ", ""),
    ]) func `text is escaped where it would be markup`(text: String, escaped: String) {
        #expect(MarkdownText.escaped(text) == escaped)
    }

    @Test(arguments: [("a", "`a`"), ("a`b", "``a`b``"), ("``", "``` `` ```"), ("", "`  `"), ("`a", "`` `a ``")])
    func `code stands between more backticks than it holds`(text: String, code: String) {
        #expect(MarkdownText.code(text) == code)
    }

    @Test func `a path of the topology's directory stands as its variable, the rest stays quoted`() {
        let renderer = ByHandRenderer(directory: .init(path: "/%t%", variable: "DIR"))
        let line: ShellLine = "cat \("/%t%/a b/c") > \("/srv/x") && echo \("in '/%t%/y' here")"
        #expect(renderer.line(line) == #"cat "$DIR"'/a b/c' > /srv/x && echo "in '""$DIR""/y' here""#)
        #expect(renderer.line("x \("/%t%/pg")") == "x \"$DIR\"/pg")
        #expect(ByHandRenderer().line("x \("/%t%/pg")") == "x /%t%/pg")
    }

    @Test func `a secret is read where it is kept, inside the command's own quotes`() {
        func line(_ reference: SecretReference) -> String { ByHandRenderer().line("P=\(secret: reference) psql") }
        #expect(line(.file("/a b/c.pw")) == "P=\"$(head -n 1 '/a b/c.pw')\" psql")
        #expect(line(.environment("WEST_PW")) == "P=\"$WEST_PW\" psql")
        #expect(line(.command(["vault", "read", "a;b"])) == "P=\"$(vault read 'a;b' | head -n 1)\" psql")
    }

    @Test func `the index lists every page with its hashes`() throws {
        let plan = try ScriptedRun.plan()
        let page = RunbookIndex.page([Runbook(plan: plan, catalogue: Toy.catalogue)])
        #expect(
            page.contains("| [Planned switchover: west to east](planned-to-east.md) | planned | `aa` | lab | `bb` |"))
    }
}

/// A page as CommonMark divides it, as far as these pages go: fences, headings, rows, tasks.
private struct MarkdownShape {
    var fences: [String] = []
    var commands: [String] = []
    var diagram: [String] = []
    var headings: [Int] = []
    var tableRows = 0
    var tasks = 0
    /// Lines that begin as only an item of a list, an indented block or a rule does.
    var items = 0
    /// Lines outside of every fence.
    var markup: [String] = []

    init(_ page: String) {
        var open: (fence: String, kind: String)?
        for line in page.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            if let current = open {
                // A closing fence: only backticks, at least as many.
                if line.hasPrefix(current.fence), line.allSatisfy({ $0 == "`" }) { open = nil; continue }
                if current.kind.hasPrefix("sh") { commands.append(line) }
                if current.kind == "mermaid" { diagram.append(line) }
            } else if line.hasPrefix("```") || line.hasPrefix("~~~") {
                let fence = String(line.prefix { $0 == line.first })
                open = (fence, String(line.dropFirst(fence.count)))
                fences.append(String(line.dropFirst(fence.count)))
            } else {
                markup.append(line)
                if line.hasPrefix("#") { headings.append(line.prefix { $0 == "#" }.count) }
                if line.hasPrefix("|") { tableRows += 1 }
                if line.hasPrefix("- [") { tasks += 1 }
                if line.firstMatch(of: #/^([-+*] |[0-9]+[.)] |    |===|---)/#) != nil { items += 1 }
            }
        }
    }
}
