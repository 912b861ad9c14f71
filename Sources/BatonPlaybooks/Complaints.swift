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

    func isHidden(_ line: Int) -> Bool { hiddenLines.contains(line) }

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
