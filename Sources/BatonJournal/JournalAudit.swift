import BatonCore
import Glibc

/// What an offline check of a journal found.
package struct AuditVerdict: Hashable, Codable, Sendable {
    package enum Verdict: String, Hashable, Codable, Sendable, CaseIterable {
        /// Every record is there, unchanged, and the run has ended.
        case intact
        /// A line does not say what it said when it was written, or stands where another belongs.
        case edited
        /// One or more records were taken out.
        case missingEntry = "missing-entry"
        /// All is in order, but the run has not ended, or its last records were cut off.
        case unfinished
        /// The last line is incomplete: the writer was stopped in the middle of it, or the file was cut.
        case torn
        /// Something was added after the run had ended.
        case extended
        /// Not a journal, or one of another version.
        case unreadable
    }

    package var verdict: Verdict
    /// Records in order from the start, with the header and the closing; none where the bytes are not as written.
    package var entries: Int
    /// Whether a signature over the head was verified.
    package var sealed: Bool
    /// SHA-256 of the last of these records' lines; nil when there is none.
    package var head: String?
    /// One sentence that names the line at fault.
    package var detail: String
}

/// Checks a journal's hash chain, without a network and without the files beside it.
///
/// It detects every change of a byte, every record that was taken out, moved, repeated or added, as long as the rest of
/// the chain is as it was written. A hash chain without a signature cannot detect that somebody rewrote the whole file,
/// or everything from some line on, with new hashes; nor that the last records of a run were cut off at the end of a
/// line, which looks like a run that did not end (`unfinished`). Whoever must exclude that compares `head` with one that
/// was noted elsewhere when the run ended.
package enum JournalAudit {
    package static func verify(_ path: String) throws(StorageError) -> AuditVerdict {
        verify(bytes: try OpenFile(path, O_RDONLY).readAll())
    }

    static func verify(bytes: [UInt8]) -> AuditVerdict { verdict(JournalScan(bytes)) }

    static func verdict(_ scan: JournalScan) -> AuditVerdict {
        let (verdict, detail): (AuditVerdict.Verdict, String) =
            if let fault = scan.fault {
                (fault.verdict, fault.detail)
            } else if let torn = scan.torn {
                (
                    .torn,
                    "Line \(torn.line) is incomplete (\(torn.bytes) bytes); the \(scan.records) before it are as written."
                )
            } else if let closing = scan.closing {
                (
                    .intact,
                    "All \(scan.records) records are as written; the run ended \(closing.outcome) at \(closing.at)."
                )
            } else {
                (
                    .unfinished,
                    "All \(scan.records) records are as written, but line \(scan.records) does not close the run."
                )
            }
        return AuditVerdict(
            verdict: verdict, entries: scan.records, sealed: false, head: scan.records > 0 ? scan.head : nil,
            detail: detail)
    }
}
