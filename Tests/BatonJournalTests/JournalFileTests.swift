import BatonCore
import Glibc
import Testing

@testable import BatonJournal

@Suite struct JournalFileTests {
    @Test func `what was written is read back`() throws {
        let (bytes, _) = try Sample.journal(entries: 24)
        let contents = try JournalReader.read(bytes: bytes)
        #expect(contents.header == Sample.header())
        #expect(contents.entries == (0..<24).map(Sample.entry))
        #expect(contents.closing?.entries == 25)
        #expect(contents.closing?.outcome == "completed")
        #expect(contents.torn == nil)
    }

    @Test func `each line is one object whose last member is its hash, chained to the line before`() throws {
        let (bytes, _) = try Sample.journal(entries: 3)
        var previous = String(repeating: "0", count: 64)
        for (number, line) in lines(bytes).enumerated() {
            let text = String(decoding: line, as: UTF8.self)
            #expect(text.contains("\"seq\":\(number)"))
            #expect(text.contains("\"prev\":\"\(previous)\""))
            let body = String(text.dropLast(75)) + "}"
            #expect(text.hasSuffix(",\"hash\":\"\(Digest.sha256(Array(body.utf8)))\"}"))
            previous = Digest.sha256(line)
        }
        let second = String(decoding: lines(bytes)[2], as: UTF8.self)
        #expect(second.hasPrefix("{\"announced\":[],\"at\":\"2026-"))
        #expect(second.contains("\"offsetUs\":1500,"))
        #expect(try JournalReader.read(bytes: bytes).head == previous)
    }

    @Test func `a number that is no number is recorded, not refused`() throws {
        let state = try TemporaryState()
        let directory = try RunDirectory.create(state: state.path, run: Sample.run)
        let journal = try JournalFile.create(in: directory, header: Sample.header())
        var entry = Sample.entry(0)
        let quantity = Quantity(value: .infinity, unit: "count", text: "∞")
        entry.event = .judged(ItemID("a", on: .node("b")), attempt: 1, .pass("p", observed: quantity))
        try journal.append(entry, durably: true)
        #expect(try JournalReader.read(directory.journalPath).entries == [entry])
    }

    @Test func `space is reserved beyond the end, and the file is not longer for it`() throws {
        let state = try TemporaryState()
        let directory = try RunDirectory.create(state: state.path, run: Sample.run)
        let journal = try JournalFile.create(in: directory, header: Sample.header())
        try journal.append(Sample.entry(0), durably: true)
        var status = stat()
        #expect(stat(directory.journalPath, &status) == 0)
        #expect(Int(status.st_size) == (try directory.read("journal.jsonl").count))
        #expect(Int(status.st_blocks) * 512 >= JournalFile.reservation)
        #expect(status.st_mode & 0o777 == 0o600)
    }

    @Test func `a full disk is refused beforehand, a file system that cannot reserve is not`() {
        #expect(JournalFile.reservationError(ENOSPC, path: "j")?.isOutOfSpace == true)
        #expect(JournalFile.reservationError(EDQUOT, path: "j")?.remedy.contains("free some space") == true)
        #expect(JournalFile.reservationError(EOPNOTSUPP, path: "j") == nil)
        #expect(JournalFile.reservationError(0, path: "j") == nil)
    }

    @Test func `after a failed record nothing more is written`() throws {
        let full = open("/dev/full", O_WRONLY | O_CLOEXEC)
        let journal = JournalFile(
            descriptor: full, path: "/dev/full", startedInstant: Instant(nanoseconds: 0), seq: 1,
            previous: JournalLine.noPrevious, length: 0)
        let first = #expect(throws: StorageError.self) { try journal.append(Sample.entry(0), durably: false) }
        #expect(first?.code == ENOSPC)
        let null = open("/dev/null", O_WRONLY | O_CLOEXEC)
        #expect(dup2(null, full) == full)
        close(null)
        let second = #expect(throws: StorageError.self) { try journal.append(Sample.entry(1), durably: false) }
        #expect(second?.reason.contains("an earlier record") == true)
        #expect(throws: StorageError.self) { try journal.close(Sample.closing) }
    }

    @Test func `what was reserved is given back when the run has ended`() throws {
        let state = try TemporaryState()
        let directory = try RunDirectory.create(state: state.path, run: Sample.run)
        let journal = try JournalFile.create(in: directory, header: Sample.header())
        try journal.append(Sample.entry(0), durably: true)
        try journal.close(Sample.closing)
        #expect(try OpenFile(directory.journalPath, O_RDONLY).reserved < JournalFile.reservation / 4)
    }

    @Test func `nothing follows the closing`() throws {
        let state = try TemporaryState()
        let directory = try RunDirectory.create(state: state.path, run: Sample.run)
        let journal = try JournalFile.create(in: directory, header: Sample.header())
        try journal.close(Sample.closing)
        let error = #expect(throws: StorageError.self) { try journal.append(Sample.entry(0), durably: false) }
        #expect(error?.reason == "the run has ended")
        #expect(JournalAudit.verify(bytes: try directory.read("journal.jsonl")).verdict == .intact)
    }

    @Test func `a journal is begun once`() throws {
        let state = try TemporaryState()
        let directory = try RunDirectory.create(state: state.path, run: Sample.run)
        _ = try JournalFile.create(in: directory, header: Sample.header())
        #expect(throws: StorageError.self) { try JournalFile.create(in: directory, header: Sample.header()) }
    }

    @Test func `an unfinished journal goes on, without its torn end`() throws {
        let state = try TemporaryState()
        let directory = try RunDirectory.create(state: state.path, run: Sample.run)
        do {
            let journal = try JournalFile.create(in: directory, header: Sample.header())
            try journal.append(Sample.entry(0), durably: true)
            let tail = try OpenFile(directory.journalPath, O_WRONLY | O_APPEND)
            try tail.writeAll(Array("{\"announced\":[".utf8))
        }
        #expect(try JournalAudit.verify(directory.journalPath).verdict == .torn)
        let (journal, contents) = try JournalFile.reopen(in: directory)
        #expect(contents.entries == [Sample.entry(0)])
        #expect(contents.torn?.line == 3)
        try journal.append(Sample.entry(1), durably: true)
        try journal.close(Sample.closing)
        #expect(try JournalReader.read(directory.journalPath).entries == [Sample.entry(0), Sample.entry(1)])
        #expect(try JournalAudit.verify(directory.journalPath).verdict == .intact)
        #expect(throws: StorageError.self) { try JournalFile.reopen(in: directory) }
    }

    @Test func `another version and a damaged journal are refused`() throws {
        let (bytes, _) = try Sample.journal(entries: 4)
        let text = String(decoding: lines(bytes)[0], as: UTF8.self)
        let body = String(text.dropLast(75)) + "}"
        let other = body.split(separator: "journal/v1", omittingEmptySubsequences: false).joined(
            separator: "journal/v2")
        #expect(throws: JournalError.otherVersion("journal/v2")) {
            try JournalReader.read(bytes: joined([rehashed(other)]))
        }
        #expect(JournalAudit.verify(bytes: joined([rehashed(other)])).verdict == .unreadable)
        var edited = bytes
        edited[bytes.count / 2] ^= 1
        #expect(throws: JournalError.self) { try JournalReader.read(bytes: edited) }
    }
}
