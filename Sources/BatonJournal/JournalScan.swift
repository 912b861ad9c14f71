import BatonCore

/// One pass over a journal's bytes: what it holds and the first thing that is wrong with it.
struct JournalScan {
    struct Fault: Hashable {
        var verdict: AuditVerdict.Verdict
        var detail: String
    }

    private(set) var header: RunHeader?
    private(set) var entries: [JournalEntry] = []
    private(set) var closing: RunClosing?
    /// Lines that are whole and in their place.
    private(set) var records = 0
    /// SHA-256 of the last of them.
    private(set) var head = JournalLine.noPrevious
    private(set) var torn: TornTail?
    private(set) var fault: Fault?
    /// The format that the header names, when it is not this Baton's.
    private(set) var otherVersion: String?

    init(_ bytes: [UInt8]) {
        var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if let tail = lines.popLast(), !tail.isEmpty {
            torn = TornTail(line: lines.count + 1, offset: bytes.count - tail.count, bytes: tail.count)
        }
        guard !lines.isEmpty else {
            fault = Fault(
                verdict: torn == nil ? .unreadable : .torn,
                detail: torn == nil ? "The file is empty." : "Line 1 is incomplete; the file holds no whole record.")
            return
        }
        // The bytes are proved first: nothing of a line that was touched is believed.
        if let index = lines.firstIndex(where: { !JournalLine.isTrue($0) }) {
            fault = untrue(lines, at: index)
            return
        }
        for (index, line) in lines.enumerated() {
            if let fault = take(line, number: index + 1) {
                self.fault = fault
                return
            }
        }
        if closing != nil, let torn {
            fault = Fault(
                verdict: .extended,
                detail: "\(torn.bytes) bytes were added behind line \(records), which closes the run.")
        }
    }

    private func untrue(_ lines: [ArraySlice<UInt8>], at index: Int) -> Fault {
        if !lines.contains(where: JournalLine.hasHash) {
            return Fault(verdict: .unreadable, detail: "No line of the file is a record of a journal.")
        }
        if index > 0, let before = try? JournalLine.decode(JournalLine.Common.self, from: lines[index - 1]),
            before.kind == .closing
        {
            return Fault(
                verdict: .extended, detail: "Line \(index + 1) was added behind line \(index), which closes the run.")
        }
        return Fault(
            verdict: .edited, detail: "Line \(index + 1) was edited: what it says does not give the hash it ends in.")
    }

    /// Takes over one line whose hash is right; the fault when it is not the one that belongs here.
    private mutating func take(_ line: ArraySlice<UInt8>, number: Int) -> Fault? {
        let common: JournalLine.Common
        do { common = try JournalLine.decode(JournalLine.Common.self, from: line) } catch {
            return Fault(verdict: .unreadable, detail: "Line \(number) is not a record of a journal: \(error)")
        }
        if closing != nil {
            return Fault(
                verdict: .extended, detail: "Line \(number) was added behind line \(number - 1), which closes the run.")
        }
        if common.seq > records {
            let missing =
                common.seq - records == 1 ? "Entry \(records) is" : "Entries \(records) to \(common.seq - 1) are"
            return Fault(
                verdict: .missingEntry, detail: "\(missing) missing: line \(number) holds entry \(common.seq).")
        }
        if common.seq < records {
            return Fault(
                verdict: .edited,
                detail: "Line \(number) holds entry \(common.seq) again; entry \(records) belongs there.")
        }
        if common.prev != head {
            return Fault(
                verdict: .edited,
                detail: number == 1
                    ? "Line 1 names a line before it."
                    : "Line \(number - 1) was replaced: line \(number) names another line before it.")
        }
        if (common.kind == .header) != (number == 1) {
            return Fault(
                verdict: .unreadable,
                detail: "Line \(number) is a \(common.kind.rawValue); a journal begins with one header.")
        }
        do { try takeRecord(line, common.kind) } catch let version as JournalError {
            return Fault(verdict: .unreadable, detail: "Line \(number): \(version)")
        } catch {
            return Fault(verdict: .unreadable, detail: "Line \(number) cannot be understood: \(error)")
        }
        if let closing, closing.entries != records {
            return Fault(
                verdict: .edited,
                detail: "Line \(number) counts \(closing.entries) records before it; there are \(records).")
        }
        records += 1
        head = Digest.sha256(Array(line))
        return nil
    }

    private mutating func takeRecord(_ line: ArraySlice<UInt8>, _ kind: JournalLine.Kind) throws {
        switch kind {
        case .header:
            // Another version may have another shape, so its name is read first.
            let format = try JournalLine.decode(Format.self, from: line).format
            guard format == RunHeader.format else {
                otherVersion = format
                throw JournalError.otherVersion(format)
            }
            header = try JournalLine.decode(RunHeader.self, from: line)
        case .entry: entries.append(try JournalLine.decode(JournalEntry.self, from: line))
        case .closing: closing = try JournalLine.decode(RunClosing.self, from: line)
        }
    }

    private struct Format: Decodable { var format: String }
}
