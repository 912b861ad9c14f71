package import BatonCore
import Glibc

/// What a journal holds.
package struct JournalContents: Hashable, Sendable {
    package var header: RunHeader
    package var entries: [JournalEntry]
    /// Nil while the run has not ended.
    package var closing: RunClosing?
    /// A last line that was not completed. It was never durable, so nothing was done because of it.
    package var torn: TornTail?
    /// SHA-256 of the last whole line.
    package var head: String
}

/// The incomplete last line of a journal whose writer was stopped in the middle of it.
package struct TornTail: Hashable, Codable, Sendable {
    /// Number of the line, from 1.
    package var line: Int
    /// Where it begins, in bytes from the start of the file.
    package var offset: Int
    package var bytes: Int
}

/// Why a journal is not acted on.
package enum JournalError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Written by a Baton with another format (I9).
    case otherVersion(String)
    /// Its hash chain is broken or it holds no record; the audit's verdict says where.
    case damaged(AuditVerdict)

    package var description: String {
        switch self {
        case .otherVersion(let found):
            "the journal has format \(found); this Baton reads \(RunHeader.format) alone"
        case .damaged(let verdict): "the journal is \(verdict.verdict.rawValue): \(verdict.detail)"
        }
    }
}

/// Reads journals for replay and reports. What was tampered with is refused, never acted on.
package enum JournalReader {
    package static func read(_ path: String) throws -> JournalContents {
        try read(bytes: try OpenFile(path, O_RDONLY).readAll())
    }

    /// Whether the last line closes the run, without reading the others. Says nothing of whether they are as written.
    package static func isClosed(_ path: String) -> Bool {
        guard let file = try? OpenFile(path, O_RDONLY) else { return false }
        let end = lseek(file.descriptor, 0, SEEK_END)
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let start = max(0, Int(end) - buffer.count)
        let count = buffer.withUnsafeMutableBytes { pread(file.descriptor, $0.baseAddress, $0.count, off_t(start)) }
        guard count > 0, let line = buffer[..<count].split(separator: UInt8(ascii: "\n")).last else { return false }
        return (try? JournalLine.decode(JournalLine.Common.self, from: line))?.kind == .closing
    }

    static func read(bytes: [UInt8]) throws -> JournalContents {
        let scan = JournalScan(bytes)
        if let version = scan.otherVersion { throw JournalError.otherVersion(version) }
        guard scan.fault == nil, let header = scan.header else {
            throw JournalError.damaged(JournalAudit.verdict(scan))
        }
        return JournalContents(
            header: header, entries: scan.entries, closing: scan.closing, torn: scan.torn, head: scan.head)
    }
}
