/// Gathers the complaints about one file while it is read, so that all come out at once.
final class Complaints {
    /// Enough for any file that a person will mend; a file of a million mistakes shall not fill the memory.
    private static let most = 200
    /// Longer lines are not shown.
    static let longestLine = 240

    let source: SourceText
    /// Whether complaints show the lines they are about; see `SecretLines`.
    var showsLines: Bool
    /// Whether the file has places for secrets: then the values of unknown keys are not shown either.
    let holdsSecrets: Bool
    private var hiddenLines: Set<Int> = []
    private var list: [Complaint] = []
    private(set) var errorCount = 0
    /// How long the keys and values of the file are on the lines on which they begin, in Unicode scalars.
    var extents: [Position: Int] = [:]

    init(_ source: SourceText) {
        self.source = source
        holdsSecrets = FileKind.detect(source.text).holdsSecrets
        showsLines = !holdsSecrets
    }

    /// Never shows the lines of an entry, nor those a text of several lines may go on over.
    func hide(_ entry: YAMLEntry) {
        var last = max(entry.position.line, entry.value.lastLine)
        let indent = Complaints.indent(source.lines[min(entry.position.line, source.lines.count) - 1])
        while last < source.lines.count, Complaints.indent(source.lines[last]) ?? .max > indent ?? 0 { last += 1 }
        hiddenLines.formUnion(entry.position.line...last)
    }

    /// Nil for a blank line.
    private static func indent(_ line: String) -> Int? {
        let indent = line.utf8.prefix { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }.count
        return indent == line.utf8.count ? nil : indent
    }

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
            // How long a secret is tells something about it.
            if let line = complaint.sourceLine {
                let rest = line.unicodeScalars.dropFirst(complaint.column - 1)
                let extent = extents[Position(line: complaint.line, column: complaint.column)] ?? 1
                complaint.length = max(1, min(extent, rest.count), Complaints.quoted(complaint.message, in: rest))
            }
            return complaint
        }.sorted()
    }

    /// How long the first thing is that the message quotes, where the line says it at this place: `do: postgres.stop` is
    /// more than the key at which the step begins.
    private static func quoted(_ message: String, in rest: String.UnicodeScalarView.SubSequence) -> Int {
        let parts = message.split(separator: "`", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, rest.starts(with: parts[1].unicodeScalars) else { return 0 }
        return parts[1].unicodeScalars.count
    }

    /// Throws everything gathered so far if there is an error among it.
    func throwErrors() throws {
        if errorCount > 0 { throw LoadFailure(complaints: sorted) }
    }

    private func line(_ number: Int) -> String? {
        guard showsLines, source.lines.indices.contains(number - 1), !hiddenLines.contains(number) else { return nil }
        var line = source.lines[number - 1]
        // A password that is commented out is one still.
        if holdsSecrets { line = String(line.prefix { $0 != "#" }) }
        return line.unicodeScalars.count > Complaints.longestLine ? nil : printable(line)
    }
}
