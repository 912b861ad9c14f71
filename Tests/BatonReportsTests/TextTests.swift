import BatonCore
import Testing

@testable import BatonReports

@Suite struct TextTests {
    @Test(arguments: [
        ("psql", "psql"), ("", "''"), ("a b", "'a b'"), ("it's", "\"it's\""), ("it's $5", "'it'\\''s $5'"),
        ("$(rm -rf /)", "'$(rm -rf /)'"),
        ("--host=db-1.example:5432", "--host=db-1.example:5432"), ("~/x", "'~/x'"), ("ä", "'ä'"),
        ("a\nb'\u{1B}", "\"$(printf -- 'a\\012b\\047\\033')\""), ("x\0y", "\"$(printf -- 'xy')\""),
        ("5%\u{202E}", "\"$(printf -- '5\\045\\342\\200\\256')\""), ("it's!", "'it'\\''s!'"),
        ("`id`;\\", "'`id`;\\'"),
    ]) func wordsAreQuoted(word: String, quoted: String) {
        #expect(ByHandRenderer.quoted(word) == quoted)
    }

    @Test func `an accent behind a quote makes one character of both, and still the quote is quoted`() {
        #expect(ByHandRenderer.quoted("'\u{301};id") == "\"'\u{301};id\"")
        #expect(ByHandRenderer.quoted("'\u{301}$(id)") == "''\\''\u{301}$(id)'")
        #expect(ByHandRenderer.quoted("it's \"\u{301}") == "'it'\\''s \"\u{301}'")
    }

    @Test func commandsOfSeveralPlacesSayWhere() {
        let first = ByHandCommand(at: "a", ["x", "1 2"], expect: "")
        #expect(ByHandRenderer.line([first, ByHandCommand(at: "a", ["y"], expect: "")]) == "x '1 2' && y")
        #expect(ByHandRenderer.line([first, ByHandCommand(at: "b", ["y"], expect: "")]) == "at a: x '1 2'; at b: y")
    }

    @Test func columnsAlignByWhatATerminalShows() {
        var table = TextTable([.left, .right, .left])
        table.add(Span("東京"), Span("1"), Span("a"))
        table.add(Span("e\u{301}te"), Span("22"), Span("b"))
        #expect(table.lines(indent: 0).map { $0.rendered(.plain) } == ["東京   1  a", "e\u{301}te   22  b"])
    }

    @Test func theLastColumnWraps() {
        var table = TextTable([.left, .left])
        table.add(Span("key"), Span("one two three four"))
        #expect(
            table.lines(indent: 0, width: 14).map { $0.rendered(.plain) } == [
                "key  one two", "     three", "     four",
            ])
    }

    @Test func longWordsAreCutAndNothingIsLost() {
        let lines = DisplayText.wrapped("a " + String(repeating: "x", count: 25) + " b", width: 10)
        #expect(lines.allSatisfy { DisplayText.width($0) <= 10 })
        #expect(lines.joined().filter { $0 == "x" }.count == 25)
        #expect(DisplayText.wrapped("", width: 10) == [""])
    }

    @Test func millisecondsAreRoundedToTheMicrosecond() {
        #expect(TimeSpan(nanoseconds: 1_234_567).reportedMilliseconds == 1.235)
        #expect(TimeSpan.seconds(2).reportedMilliseconds == 2_000)
        #expect(TimeSpan(reportedMilliseconds: 1.5) == .microseconds(1_500))
        #expect(TimeSpan(reportedMilliseconds: 1e300).nanoseconds == .max)
        #expect(ReportJSON.number(.nan) == nil)
        #expect(ReportJSON.number(0.1 + 0.2) == 0.3)
    }
}
