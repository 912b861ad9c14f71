/// Gathers the complaints about one file while it is read, so that all come out at once.
final class Complaints {
    /// Enough for any file that a person will mend; a file of a million mistakes shall not fill the memory.
    private static let most = 200
    /// Longer lines are not shown.
    private static let longestLine = 240

    let source: SourceText
    /// Lines that may hold a secret written in plain; they are never shown.
    private var hiddenLines: Set<Int>
    private var list: [Complaint] = []
    private(set) var errorCount = 0

    init(_ source: SourceText) {
        self.source = source
        hiddenLines = SecretLines.suspected(in: source.lines)
    }

    func hide(_ lines: some Sequence<Int>) { hiddenLines.formUnion(lines) }

    func error(_ code: ComplaintCode, at position: Position, _ message: String, remedy: String) {
        errorCount += 1
        add(.error, code, position, message, remedy)
    }

    func warning(_ code: ComplaintCode, at position: Position, _ message: String, remedy: String) {
        add(.warning, code, position, message, remedy)
    }

    private func add(
        _ severity: Complaint.Severity, _ code: ComplaintCode, _ position: Position, _ message: String, _ remedy: String
    ) {
        guard list.count < Complaints.most else { return }
        list.append(
            Complaint(
                severity: severity, code: code.rawValue, file: source.path, line: position.line,
                column: position.column, message: message, remedy: remedy))
    }

    /// Every complaint, sorted, with the lines that may be shown.
    var sorted: [Complaint] {
        list.map { complaint in
            var complaint = complaint
            complaint.sourceLine = line(complaint.line)
            return complaint
        }.sorted()
    }

    /// Throws everything gathered so far if there is an error among it.
    func throwErrors() throws {
        if errorCount > 0 { throw LoadFailure(complaints: sorted) }
    }

    private func line(_ number: Int) -> String? {
        guard source.lines.indices.contains(number - 1), !hiddenLines.contains(number) else { return nil }
        let line = source.lines[number - 1]
        return line.unicodeScalars.count > Complaints.longestLine ? nil : printable(line)
    }
}

/// Which lines of a text may hold a secret in plain, found without understanding the text: it may be broken.
enum SecretLines {
    private static let words = ["passw", "pasw", "pass:", "psw", "pwd", "secret", "token", "credential"]
    static let references = ["file:", "env:", "command:"]

    static func suspected(in lines: [String]) -> Set<Int> {
        var hidden: Set<Int> = []
        /// The indentation of a line whose secret may go on in the lines after it.
        var openIndent: Int?
        for (index, line) in lines.enumerated() {
            let indent = line.unicodeScalars.prefix { $0 == " " || $0 == "\t" }.count
            if let open = openIndent {
                if indent > open || line.allSatisfy(\.isWhitespace) {
                    hidden.insert(index + 1)
                } else {
                    openIndent = nil
                }
            }
            if isSuspect(line.lowercased()) {
                hidden.insert(index + 1)
                openIndent = min(openIndent ?? indent, indent)
            }
        }
        return hidden
    }

    /// A name of a secret, and behind any of its occurrences something other than a reference.
    private static func isSuspect(_ line: String) -> Bool {
        words.contains { word in
            var rest = Substring(line)
            while let found = rest.firstRange(of: word) {
                rest = rest[found.upperBound...]
                guard let colon = rest.firstIndex(of: ":") ?? (word.last == ":" ? rest.startIndex : nil) else {
                    return true
                }
                let value = (rest[colon...].first == ":" ? rest[colon...].dropFirst() : rest[colon...])
                    .drop { $0 == " " || $0 == "\t" || $0 == "\"" || $0 == "'" }
                if !references.contains(where: { value.hasPrefix($0) }) { return true }
            }
            return false
        }
    }
}

extension Substring {
    /// Where `word` first stands; the standard library alone has no search for text.
    fileprivate func firstRange(of word: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(word) { return start..<index(start, offsetBy: word.count) }
            formIndex(after: &start)
        }
        return nil
    }
}
