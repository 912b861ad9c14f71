/// A piece of a line of Markdown (CommonMark with GitHub's and GitLab's additions): what the source writes as a literal is
/// Markdown, what it interpolates is text that is shown as it is, whatever it holds.
struct MarkdownText: Hashable, Sendable, ExpressibleByStringInterpolation {
    var markdown: String

    init(stringLiteral value: String) { markdown = value }
    init(stringInterpolation: StringInterpolation) { markdown = stringInterpolation.markdown }

    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var markdown = ""

        init(literalCapacity: Int, interpolationCount: Int) {}

        mutating func appendLiteral(_ literal: String) { markdown += literal }
        mutating func appendInterpolation(_ text: String) { markdown += MarkdownText.escaped(text) }
        mutating func appendInterpolation(_ number: Int) { markdown += "\(number)" }
        mutating func appendInterpolation(_ text: MarkdownText) { markdown += text.markdown }
        mutating func appendInterpolation(code text: String) { markdown += MarkdownText.code(text) }
    }

    static func + (left: MarkdownText, right: MarkdownText) -> MarkdownText { "\(left)\(right)" }

    static func joined(_ texts: [MarkdownText], by separator: MarkdownText = ", ") -> MarkdownText {
        var result: MarkdownText = ""
        for (index, text) in texts.enumerated() {
            result.markdown += (index == 0 ? "" : separator.markdown) + text.markdown
        }
        return result
    }

    /// Text on one line that is neither markup nor HTML, neither a reference nor a formula, and calls nobody. Without blanks
    /// around it, which would keep the asterisks around it from being markup.
    static func escaped(_ text: String) -> String {
        var result = ""
        var before: Character?
        let blank = { (character: Character) in character.isWhitespace }
        let start = DisplayText.sanitized(text).drop(while: blank)
        let characters = start.reversed().drop(while: blank).reversed() as [Character]
        for (index, character) in characters.enumerated() {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            // A formula to both, and no backslash keeps it from being one.
            case "$": result += "&#36;"
            // A name behind it would be notified; the comment takes them apart.
            case "@": result += "@<!-- -->"
            case "_":
                let after = index + 1 < characters.count ? characters[index + 1] : nil
                let isInWord = isWord(before) && isWord(after)
                result += isInWord ? "_" : "\\_"
            case "\\", "`", "*", "[", "]", "{", "}", "|", "~", "#": result += "\\\(character)"
            default: result.append(character)
            }
            before = character
        }
        return result
    }

    private static func isWord(_ character: Character?) -> Bool {
        character.map { $0.isASCII && ($0.isLetter || $0.isNumber) } ?? false
    }

    /// A code span, between more backticks than stand in it. Not for the cells of a table.
    static func code(_ text: String) -> String {
        let text = DisplayText.sanitized(text)
        let fence = String(repeating: "`", count: longestRun(of: "`", in: text) + 1)
        let needsSpace = text.isEmpty || text.hasPrefix("`") || text.hasSuffix("`")
        return fence + (needsSpace ? " \(text) " : text) + fence
    }

    static func longestRun(of wanted: Character, in text: String) -> Int {
        var (longest, run) = (0, 0)
        for character in text {
            run = character == wanted ? run + 1 : 0
            longest = max(longest, run)
        }
        return longest
    }
}

/// A page of Markdown, block by block.
struct MarkdownPage {
    private var lines: [String] = []

    /// The page, with one line break at its end.
    var text: String { lines.joined(separator: "\n") + "\n" }

    mutating func heading(_ level: Int, _ text: MarkdownText) {
        block([String(repeating: "#", count: level) + " " + text.markdown])
    }

    mutating func paragraph(_ text: MarkdownText) { block([text.markdown]) }

    mutating func list(_ items: [MarkdownText]) {
        if !items.isEmpty { block(items.map { "- " + $0.markdown }) }
    }

    mutating func table(_ head: [MarkdownText], _ rows: [[MarkdownText]]) {
        let rule = "|" + head.map { _ in "---|" }.joined()
        block([row(head), rule] + rows.map(row))
    }

    private func row(_ cells: [MarkdownText]) -> String { "| " + cells.map(\.markdown).joined(separator: " | ") + " |" }

    /// Lines as they are, between fences that are longer than any run of backticks in them.
    ///
    /// - Parameter kind: the language, and behind a space whatever tells such blocks apart.
    mutating func fence(_ kind: String, _ content: [String]) {
        let content = content.map { DisplayText.sanitized($0) }
        let longest = content.map { MarkdownText.longestRun(of: "`", in: $0) }.max() ?? 0
        let fence = String(repeating: "`", count: max(3, longest + 1))
        block([fence + kind] + content + [fence])
    }

    private mutating func block(_ block: [String]) {
        if !lines.isEmpty { lines.append("") }
        lines += block
    }
}
