import BatonCore
import Testing

@testable import BatonJournal

/// Nobody can change a journal that ended and have it read as intact.
@Suite struct JournalAuditTests {
    private let bytes: [UInt8]
    private let original: [[UInt8]]

    init() throws {
        bytes = try Sample.journal(entries: 20).bytes
        original = lines(bytes)
    }

    private func verdict(_ lines: [[UInt8]]) -> AuditVerdict { JournalAudit.verify(bytes: joined(lines)) }

    @Test func `a journal as written is intact`() {
        let verdict = JournalAudit.verify(bytes: bytes)
        #expect(verdict.verdict == .intact)
        #expect(verdict.entries == 22)
        #expect(verdict.sealed == false)
        #expect(verdict.head == Digest.sha256(original[21]))
        #expect(verdict.detail.contains("completed"))
    }

    @Test(arguments: [1, 2, 0x20, 0x80, 0xFF] as [UInt8])
    func `no byte can be changed`(mask: UInt8) {
        var copy = bytes
        var intact: [Int] = []
        for index in copy.indices {
            copy[index] ^= mask
            if JournalAudit.verify(bytes: copy).verdict == .intact { intact.append(index) }
            copy[index] ^= mask
        }
        #expect(intact.isEmpty)
    }

    @Test(arguments: [UInt8(ascii: "\n"), UInt8(ascii: "\""), 0])
    func `no byte can be replaced or put in`(byte: UInt8) {
        var intact: [Int] = []
        for index in stride(from: 0, through: bytes.count, by: 7) {
            let inserted = Array(bytes[..<index]) + [byte] + bytes[index...]
            if JournalAudit.verify(bytes: inserted).verdict == .intact { intact.append(index) }
        }
        #expect(intact.isEmpty)
    }

    @Test func `a changed byte is named with its line`() {
        var copy = original
        copy[6][copy[6].count / 2] ^= 1
        let found = verdict(copy)
        #expect(found.verdict == .edited)
        #expect(found.detail.contains("Line 7"))
    }

    @Test func `a line that was changed and hashed anew is betrayed by the next one`() {
        var copy = original
        let text = String(decoding: copy[6], as: UTF8.self)
        copy[6] = rehashed(String(text.dropLast(75)).split(separator: "note 5").joined(separator: "note 6") + "}")
        #expect(JournalLine.isTrue(copy[6][...]))
        #expect(copy[6] != original[6])
        let found = verdict(copy)
        #expect(found.verdict == .edited)
        #expect(found.detail.contains("Line 7 was replaced"))
    }

    @Test func `no line can be taken out`() {
        for index in original.indices {
            var copy = original
            copy.remove(at: index)
            let found = verdict(copy)
            #expect(found.verdict == (index == original.count - 1 ? .unfinished : .missingEntry), "line \(index + 1)")
            if index < original.count - 1 { #expect(found.detail.contains("Entry \(index) is missing")) }
        }
    }

    @Test func `no line can be repeated or moved`() {
        for index in original.indices {
            var repeated = original
            repeated.insert(original[index], at: index)
            #expect(verdict(repeated).verdict == (index == original.count - 1 ? .extended : .edited))
            for other in original.indices where other > index {
                var swapped = original
                swapped.swapAt(index, other)
                #expect(verdict(swapped).verdict != .intact)
            }
        }
    }

    @Test func `nothing can follow the end`() {
        #expect(verdict(original + [original[3]]).verdict == .extended)
        #expect(verdict(original + [Array("{}".utf8)]).verdict == .extended)
        #expect(verdict(original + [[]]).verdict == .extended)
        #expect(JournalAudit.verify(bytes: bytes + Array("{".utf8)).verdict == .extended)
        let body =
            "{\"announced\":[],\"kind\":\"entry\",\"prev\":\"\(Digest.sha256(original[21]))\",\"seq\":22}"
        #expect(verdict(original + [rehashed(body)]).verdict == .extended)
    }

    @Test func `cut anywhere it is unfinished at a line's end and torn elsewhere`() {
        var ends: Set<Int> = []
        for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") { ends.insert(index + 1) }
        var wrong: [Int] = []
        // Each cut inside one line gives the same answer, so the long lines' middles are visited in steps.
        for count in bytes.indices
        where count < 900 || count > bytes.count - 900 || count % 5 == 0 || ends.contains(count) {
            let found = JournalAudit.verify(bytes: Array(bytes[..<count])).verdict
            let expected: AuditVerdict.Verdict = count == 0 ? .unreadable : ends.contains(count) ? .unfinished : .torn
            if found != expected { wrong.append(count) }
        }
        #expect(wrong.isEmpty)
    }

    @Test func `what is no journal is unreadable`() {
        #expect(JournalAudit.verify(bytes: []).verdict == .unreadable)
        #expect(JournalAudit.verify(bytes: Array("hello\nworld\n".utf8)).verdict == .unreadable)
        #expect(verdict([rehashed("{\"seq\":0}")]).verdict == .unreadable)
        let entryFirst =
            "{\"kind\":\"entry\",\"prev\":\"\(JournalLine.noPrevious)\",\"seq\":0}"
        #expect(verdict([rehashed(entryFirst)]).verdict == .unreadable)
    }

    @Test func `a closing that counts wrongly is an edit`() {
        let closing =
            "{\"at\":\"2026-11-21T02:03:04Z\",\"entries\":20,\"kind\":\"closing\",\"outcome\":\"completed\","
            + "\"prev\":\"\(Digest.sha256(original[20]))\",\"seq\":21}"
        let found = verdict(original.dropLast() + [rehashed(closing)])
        #expect(found.verdict == .edited)
        #expect(found.detail.contains("counts 20"))
    }

    @Test func `a file that is not there is an error, not a verdict`() {
        #expect(throws: StorageError.self) { try JournalAudit.verify("/nonexistent/journal.jsonl") }
    }
}
