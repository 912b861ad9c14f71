import Testing

@testable import BatonReports

@Suite("Findings as a compiler tells them")
struct FindingTests {
    private static func finding(
        isError: Bool = true, line: Int = 31, column: Int = 15, length: Int = 2,
        source: String? = "    deadline: 30  # soon"
    ) -> Finding {
        Finding(
            isError: isError, code: "BTN-missing-unit", file: "p.yaml", line: line, column: column, length: length,
            message: "The deadline has no unit.", remedy: "Write `30s`.", sourceLine: source)
    }

    @Test("The place, the line with what is meant underlined, the remedy, and how many there are")
    func plain() {
        let findings = [Self.finding(), Self.finding(isError: false, line: 1_234_567), Self.finding(source: nil)]
        #expect(
            TextDocument(findings: findings).rendered() == """
                p.yaml:31:15: error: The deadline has no unit. [BTN-missing-unit]
                   31 |     deadline: 30  # soon
                      |               ^~
                      = remedy: Write `30s`.
                p.yaml:1234567:15: warning: The deadline has no unit. [BTN-missing-unit]
                 1234567 |     deadline: 30  # soon
                         |               ^~
                         = remedy: Write `30s`.
                p.yaml:31:15: error: The deadline has no unit. [BTN-missing-unit]
                      = remedy: Write `30s`.
                2 errors, 1 warning; more about each: baton explain BTN-missing-unit

                """)
    }

    @Test("The way to the bad end is numbered, between the line and the remedy")
    func way() {
        var finding = Self.finding()
        finding.way = ["This happens.", "Then that."]
        #expect(
            TextDocument(findings: [finding]).rendered().contains(
                "^~\n      1. This happens.\n      2. Then that.\n      = remedy: Write"))
    }

    @Test("One error is one error, warnings alone are counted, and nothing is said of nothing")
    func counts() {
        func last(_ findings: [Finding]) -> Substring? {
            TextDocument(findings: findings).rendered().split(separator: "\n").last
        }
        #expect(last([Self.finding()])?.hasPrefix("1 error; ") == true)
        let warning = Self.finding(isError: false)
        #expect(last([warning, warning])?.hasPrefix("2 warnings; ") == true)
        #expect(TextDocument(findings: []).rendered().isEmpty)
    }

    @Test("Wide characters and tabs in front of the culprit, and in it, move and widen the line under it")
    func widths() {
        let wide = Self.finding(column: 7, length: 2, source: "a\t名前: 名b")
        let lines = TextDocument(findings: [wide]).rendered().split(separator: "\n")
        #expect(lines[1] == "   31 | a 名前: 名b")
        #expect(lines[2] == "      |         ^~~")
        let beyond = TextDocument(findings: [Self.finding(column: 99, length: 9)]).rendered()
        #expect(beyond.contains("^\n"), "a column behind the line does no harm")
    }

    @Test("Colours only in the ANSI style, and a file's own never")
    func colours() {
        let document = TextDocument(findings: [Self.finding(source: "    deadline: \u{1B}[31m30")])
        #expect(!document.rendered(.plain).contains("\u{1B}"))
        #expect(document.rendered(.ansi).contains("\u{1B}[31merror: \u{1B}[0m"))
        #expect(document.rendered(.ansi).contains("\u{1B}[31m^~\u{1B}[0m"))
        #expect(document.rendered(.ansi).contains("?[31m30"))
    }

    private static let explanation = CodeExplanation(
        code: "BTN-x", meaning: "It means this.", why: "Because of that.", wrong: "a:\n  b: 1", right: nil,
        incident: "Somewhere it did.")

    @Test("An explanation shows all that it has, and no head without text")
    func explanation() {
        #expect(
            Self.explanation.document().rendered() == """
                BTN-x

                  It means this.

                  Because of that.

                  Wrong:
                    a:
                      b: 1

                  It happened: Somewhere it did.

                """)
    }

    @Test("The list names each code with its meaning; JSON has null for what there is not")
    func list() throws {
        let list = CodeExplanation.list([Self.explanation]).rendered()
        #expect(list.hasPrefix("BTN-x  It means this.\n"))
        let json = try ReportJSON.text(ExplanationReport(codes: [Self.explanation]))
        #expect(json.contains(#""format":"explain/v1""#) && json.contains(#""right":null"#))
    }
}
