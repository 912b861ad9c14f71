/// A Markdown page in the making. What stands in a cell cannot leave it.
struct Markdown {
    private(set) var text: String

    init(_ title: String) { text = "# \(title)\n" }

    mutating func heading(_ title: String, level: Int = 2) {
        text += "\n\(String(repeating: "#", count: level)) \(title)\n"
    }

    mutating func paragraph(_ words: String) { text += "\n\(words)\n" }

    mutating func list(_ items: [String]) {
        guard !items.isEmpty else { return }
        text += "\n" + items.map { "- \($0)\n" }.joined()
    }

    mutating func numbered(_ items: [String]) {
        guard !items.isEmpty else { return }
        text += "\n" + items.enumerated().map { "\($0.offset + 1). \($0.element)\n" }.joined()
    }

    /// Columns that are empty in every row are left out.
    mutating func table(_ head: [String], _ rows: [[String]]) {
        let columns = head.indices.filter { column in rows.contains { !$0[column].isEmpty } }
        guard !columns.isEmpty else { return }
        func line(_ cells: [String]) -> String { "| " + columns.map { cells[$0] }.joined(separator: " | ") + " |\n" }
        text += "\n" + line(head) + "|" + String(repeating: "---|", count: columns.count) + "\n"
        for row in rows { text += line(row.map(Self.cell)) }
    }

    /// A block of code. Its fence is longer than any in the code.
    mutating func code(_ code: String, language: String = "") {
        var fence = "```"
        while code.contains(fence) { fence += "`" }
        text += "\n\(fence)\(language)\n\(code.hasSuffix("\n") ? code : code + "\n")\(fence)\n"
    }

    static func code(_ word: String) -> String { word.contains("`") ? "`` \(word) ``" : "`\(word)`" }

    static func link(_ path: String, _ name: String? = nil) -> String { "[\(name ?? path)](\(path))" }

    /// `a`, `a` or `b`, `a`, `b` or `c`.
    static func alternatives(_ words: [String], _ or: String = "or") -> String {
        let quoted = words.map { code($0) }
        guard let last = quoted.last, quoted.count > 1 else { return quoted.first ?? "" }
        return quoted.dropLast().joined(separator: ", ") + " \(or) " + last
    }

    /// A bar would end the cell, and a line break the row.
    private static func cell(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).joined(separator: " ").split(
            separator: "|", omittingEmptySubsequences: false
        )
        .joined(separator: "\\|")
    }
}
