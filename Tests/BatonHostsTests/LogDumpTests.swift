import BatonCore
import Testing

@testable import BatonHosts

@Suite("Where pg_waldump finds the end of a log")
struct LogDumpTests {
    private static let said: [(String, String?)] = [
        (
            "error in WAL record at 0/1768E98: invalid record length at 0/1769030: wanted 24, got 0", "0/1769030"
        ),
        ("error in WAL record at 0/1768E98: record with incorrect prev-link 0/1 at 0/1769030", "0/1769030"),
        (
            "error in WAL record at 0/5FFFFC8: unexpected pageaddr 0/3000000 in log segment 000000010000000000000006, offset 0",
            "0/6000000"
        ),
        (
            "error in WAL record at 0/6001FC8: invalid magic number 0000 in log segment 000000010000000100000006, offset 8192",
            "1/6002000"
        ),
        ("error: could not find file \"000000020000000000000007\": No such file or directory", "0/7000000"),
        ("could not open directory", nil),
    ]

    @Test("In each way in which a log ends", arguments: said)
    func ends(line: String, end: String?) {
        let found = LogDump.end("pg_waldump: error: \(line)\n", segmentBytes: 16 << 20)
        #expect(found == end.flatMap { LSN($0) }, "\(line)")
    }

    @Test("Where a record ends: behind the headers of the pages that it goes on in, at a multiple of 8")
    func records() throws {
        func end(_ at: String, _ total: Int) -> String? {
            LSN(at).flatMap {
                LogDump.end(
                    of: $0, "rmgr: XLOG        len (rec/tot):     49/  \(total), tx:          0, lsn: \(at)",
                    segmentBytes: 16 << 20, pageBytes: 8_192)
            }?.description
        }
        // Measured with PostgreSQL 15: each end is the next record's beginning.
        #expect(end("0/1B72A98", 8_189) == "0/1B74AB0")
        #expect(end("0/1B74AB0", 465) == "0/1B74C88")
        #expect(end("0/1FFFFF8", 24) == "0/2000038")
        #expect(LogDump.lastRecord("pg_waldump: error: error in WAL record at 0/1768E98: invalid") == LSN("0/1768E98"))
    }

    @Test(
        "a segment's name is PostgreSQL's",
        arguments: [
            (0x1D08410, 2, 16 << 20, "000000020000000000000001"),
            (0x1_FF00_0000, 26, 16 << 20, "0000001A00000001000000FF"),
            (0x1_0000_0000, 1, 64 << 20, "000000010000000100000000"),
        ] as [(UInt64, TimelineID, UInt64, String)])
    func segment(position: UInt64, timeline: TimelineID, bytes: UInt64, name: String) {
        #expect(LogSegment.name(of: LSN(rawValue: position), on: timeline, segmentBytes: bytes) == name)
    }
}
