import BatonCore
import BatonEngine
import Testing

@testable import BatonPostgres

/// Where two logs part, and what `pg_waldump` of PostgreSQL 15 says of what comes after.
@Suite struct SplitBrainTests {
    private func lineage(_ timeline: TimelineID, _ history: String = "") throws -> SplitBrainLineage {
        try #require(SplitBrainLineage(timeline, history: history))
    }

    @Test func `old stayed on the timeline that new left`() throws {
        let new = try lineage(2, "1\t0/3000148\tno recovery target specified\n")
        let fork = try #require(try lineage(1).fork(from: new))
        #expect(fork.at.description == "0/3000148")
        #expect(fork.own == [.init(timeline: 1, end: nil)])
    }

    @Test func `both were promoted, old later: they have one number and another past`() throws {
        let new = try lineage(2, "1\t0/3000148\twhy\n")
        let fork = try #require(try lineage(2, "1\t0/4000000\twhy\n").fork(from: new))
        #expect(fork.at.description == "0/3000148")
        #expect(fork.own == [.init(timeline: 1, end: LSN("0/4000000")), .init(timeline: 2, end: nil)])
    }

    @Test func `both were promoted, old earlier: it has nothing more of the timeline that both had`() throws {
        let new = try lineage(2, "1\t0/4000000\twhy\n")
        let fork = try #require(try lineage(2, "1\t0/3000148\twhy\n").fork(from: new))
        #expect(fork.at.description == "0/3000148")
        #expect(fork.own == [.init(timeline: 2, end: nil)])
    }

    @Test func `the same point, and then timelines of other numbers`() throws {
        let new = try lineage(3, "1\t0/3000148\twhy\n2\t0/5000000\twhy\n")
        let fork = try #require(try lineage(4, "1\t0/3000148\twhy\n2\t0/5000000\twhy\n").fork(from: new))
        #expect(fork.at.description == "0/5000000")
        #expect(fork.own == [.init(timeline: 4, end: nil)])
    }

    @Test func `one timeline and one past do not part`() throws {
        #expect(try lineage(2, "1\t0/3000148\twhy\n").fork(from: try lineage(2, "1\t0/3000148\twhy\n")) == nil)
        #expect(SplitBrainLineage(2, history: "1\tnowhere\twhy\n") == nil)
    }

    /// As the server prints it, shortened by catalogue changes.
    private static let records = """
        first record is after 0/3000140, at 0/3000148, skipping over 8 bytes
        rmgr: Heap        len (rec/tot):     59/    59, tx:        745, lsn: 0/03000148, prev 0/03000110, desc: INSERT off 2 flags 0x08, blkref #0: rel 1663/16384/16390 blk 0
        rmgr: Heap        len (rec/tot):     69/    69, tx:        746, lsn: 0/03000188, prev 0/03000148, desc: HOT_UPDATE off 1 xmax 746 flags 0x60 ; new off 3 xmax 0, blkref #0: rel 1663/16384/16390 blk 0
        rmgr: Heap2       len (rec/tot):    130/   130, tx:        747, lsn: 0/030001D0, prev 0/03000188, desc: MULTI_INSERT+INIT 3 tuples flags 0x02, blkref #0: rel 1663/16384/16400 blk 0
        rmgr: Transaction len (rec/tot):     46/    46, tx:        745, lsn: 0/03000258, prev 0/030001D0, desc: COMMIT 2026-11-21 19:10:06.000001 UTC; subxacts: 746
        rmgr: Transaction len (rec/tot):     34/    34, tx:        747, lsn: 0/03000288, prev 0/03000258, desc: ABORT 2026-11-21 19:10:07.000001 UTC
        rmgr: Heap        len (rec/tot):     54/    54, tx:        748, lsn: 0/030002B0, prev 0/03000288, desc: DELETE off 2 flags 0x00 KEYS_UPDATED , blkref #0: rel 1663/16384/16390 blk 0

        """

    @Test func `rows of committed transactions are counted, with those of their subtransactions`() throws {
        var log = SplitBrainLog()
        log.add(
            LogListing(
                records: Self.records,
                complaint:
                    "pg_waldump: error: error in WAL record at 0/30002B0: invalid record length at 0/30002E8: wanted 24, got 0\n"
            ))
        #expect(log.commits == 1)
        let file = try #require(SplitBrainLog.File("1663/16384/16390"))
        #expect(log.rows == [file: 2])
        #expect(log.end?.description == "0/30002E8")
        #expect(log.records == 6)
    }

    @Test func `without a word about the end it is behind the last record`() {
        var log = SplitBrainLog()
        log.add(LogListing(records: Self.records, complaint: ""))
        #expect(log.end?.description == "0/30002E8")
    }

    @Test func `no record is no end`() {
        var log = SplitBrainLog()
        log.add(
            LogListing(
                records: "",
                complaint: "pg_waldump: error: could not find file \"000000010000000000000003\": No such file"))
        #expect(log.end == nil)
    }
}
