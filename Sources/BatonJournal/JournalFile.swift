package import BatonCore
import CLinux
import Glibc
import Synchronization

/// The journal of a run that is under way, `journal.jsonl`. Each record is one line, written with one call; what must
/// survive a crash is on disk before `append` returns. Space is reserved beforehand, so that a disk that fills up during
/// the freeze cannot stop a repoint (R18).
package final class JournalFile: RunJournal {
    /// How much space is reserved at a time. A run writes about 400 bytes for each record and a few hundred records.
    static let reservation = 512 * 1_024
    /// When less of the reserved space than this is left, more is asked for.
    static let reserveAgain = 128 * 1_024

    private struct State {
        var seq: Int
        var previous: String
        var length: Int
        var reserved: Int
        /// Why nothing more is written.
        var closedBecause: String?
    }

    package let path: String
    private let descriptor: Int32
    private let startedInstant: Instant
    private let state: Mutex<State>

    /// Takes over an open descriptor that appends.
    init(descriptor: Int32, path: String, startedInstant: Instant, seq: Int, previous: String, length: Int) {
        self.descriptor = descriptor
        self.path = path
        self.startedInstant = startedInstant
        state = Mutex(State(seq: seq, previous: previous, length: length, reserved: length, closedBecause: nil))
    }

    deinit { Glibc.close(descriptor) }

    /// Begins the journal of a new run: reserves its space, writes the header and puts both on disk.
    package static func create(in directory: RunDirectory, header: RunHeader) throws -> JournalFile {
        let journal = JournalFile(
            descriptor: try openForAppend(directory.journalPath, O_CREAT | O_EXCL), path: directory.journalPath,
            startedInstant: header.startedInstant, seq: 0, previous: JournalLine.noPrevious, length: 0)
        do {
            try journal.reserve()
            try journal.write(header, .header, at: header.startedInstant, durably: true)
            try syncDirectory(directory.path)
        } catch {
            // A run that could not begin leaves no run behind; files that lie beside keep the directory.
            unlink(directory.journalPath)
            rmdir(directory.path)
            throw error
        }
        return journal
    }

    /// Goes on with the journal of a run that did not end. A torn last line announced nothing, for it never became
    /// durable; it is cut off. A journal that is damaged, closed or of another version is refused (I9).
    package static func reopen(in directory: RunDirectory) throws -> (journal: JournalFile, contents: JournalContents) {
        let path = directory.journalPath
        let contents = try JournalReader.read(path)
        guard contents.closing == nil else {
            throw StorageError(
                operation: "resume \(path)", reason: "the run has ended", remedy: "look at it with `baton report`")
        }
        let file = try OpenFile(path, O_RDWR)
        let length = contents.torn?.offset ?? Int(lseek(file.descriptor, 0, SEEK_END))
        if contents.torn != nil {
            try file.truncate(to: length)
            try file.sync()
        }
        let journal = JournalFile(
            descriptor: try openForAppend(path, 0), path: path, startedInstant: contents.header.startedInstant,
            seq: contents.entries.count + 1, previous: contents.head, length: length)
        // The disk may have filled up since; what the run's first process reserved is there still.
        if file.reserved - length < Self.reserveAgain { try journal.reserve() }
        return (journal, contents)
    }

    private static func openForAppend(_ path: String, _ flags: Int32) throws(StorageError) -> Int32 {
        let descriptor = retrying { open(path, O_WRONLY | O_APPEND | O_CLOEXEC | flags, 0o600) }
        guard descriptor >= 0 else { throw StorageError("open \(path)", code: errno) }
        return descriptor
    }

    package func append(_ entry: JournalEntry, durably: Bool) throws {
        try write(entry, .entry, at: entry.instant, durably: durably)
    }

    /// Ends the journal, on disk. The number of records is filled in here.
    package func close(_ closing: RunClosing) throws {
        try write(closing, .closing, at: nil, durably: true)
        // What was reserved behind the end is not needed any more. Best effort: the record is whole without it.
        let length = state.withLock { $0.length }
        _ = retrying { ftruncate(descriptor, off_t(length)) }
    }

    private func write(_ record: some Encodable, _ kind: JournalLine.Kind, at instant: Instant?, durably: Bool) throws {
        try state.withLock { state in
            if let why = state.closedBecause {
                throw StorageError(
                    operation: "append to \(path)", reason: why,
                    remedy: "nothing more is done by this process; `baton status` shows what is open")
            }
            let common = JournalLine.Common(
                seq: state.seq, kind: kind, prev: state.previous,
                offsetUs: instant.map { ($0 - startedInstant).nanoseconds / 1_000 })
            do {
                let line =
                    if var closing = record as? RunClosing {
                        try JournalLine.encode(counted(&closing, state.seq), common)
                    } else {
                        try JournalLine.encode(record, common)
                    }
                try put(line + [UInt8(ascii: "\n")], durably: durably)
                state.seq += 1
                state.previous = Digest.sha256(line)
                state.length += line.count + 1
            } catch {
                state.closedBecause = "an earlier record could not be written (\(error))"
                throw error
            }
            if kind == .closing { state.closedBecause = "the run has ended" }
            if state.reserved - state.length < Self.reserveAgain { extend(&state) }
        }
    }

    private func counted(_ closing: inout RunClosing, _ count: Int) -> RunClosing {
        closing.entries = count
        return closing
    }

    /// One call for a whole line; a part of one is a failure, and shows as a torn line.
    private func put(_ bytes: [UInt8], durably: Bool) throws(StorageError) {
        let written = bytes.withUnsafeBytes { buffer in
            retrying { Glibc.write(descriptor, buffer.baseAddress, buffer.count) }
        }
        guard written == bytes.count else {
            throw StorageError("append to \(path)", code: written < 0 ? errno : ENOSPC)
        }
        if durably, retrying({ fdatasync(descriptor) }) != 0 {
            throw StorageError("sync \(path)", code: errno)
        }
    }

    private func reserve() throws(StorageError) {
        let code = state.withLock { extend(&$0) }
        if let error = Self.reservationError(code, path: path) { throw error }
    }

    /// Reserves more space behind the end. Returns the system's error number, 0 when it was granted.
    @discardableResult
    private func extend(_ state: inout State) -> Int32 {
        let granted = retrying {
            CLinux_fallocate_keep_size(descriptor, Int64(state.length), Int64(Self.reservation))
        }
        // Whatever the answer, it is not asked again before this much has been written.
        state.reserved = state.length + Self.reservation
        return granted == 0 ? 0 : errno
    }

    /// A full disk is an error before the run begins. A file system that cannot reserve (EOPNOTSUPP) is not: then a disk
    /// that fills up stops the run at its next record.
    static func reservationError(_ code: Int32, path: String) -> StorageError? {
        switch code {
        case 0, EOPNOTSUPP, ENOSYS: nil
        default: StorageError("reserve \(reservation / 1_024) KiB for \(path)", code: code)
        }
    }
}
