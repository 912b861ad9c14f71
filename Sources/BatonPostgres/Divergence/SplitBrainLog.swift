import BatonCore
import BatonEngine

/// What `pg_waldump` of PostgreSQL 15 prints, counted: the end of the log, its commits, and the rows that they changed.
struct SplitBrainLog: Hashable, Sendable {
    /// A relation as the log names it: tablespace, database, file.
    struct File: Hashable, Sendable, CustomStringConvertible {
        var tablespace: UInt32
        var database: UInt32
        var number: UInt32

        /// `1663/16384/16390`.
        init?(_ text: some StringProtocol) {
            let numbers = text.split(separator: "/").map { UInt32($0) }
            guard numbers.count == 3, let tablespace = numbers[0], let database = numbers[1], let number = numbers[2]
            else { return nil }
            (self.tablespace, self.database, self.number) = (tablespace, database, number)
        }

        var description: String { "\(tablespace)/\(database)/\(number)" }
    }

    private(set) var commits: Int64 = 0
    /// Rows that committed transactions changed.
    private(set) var rows: [File: Int64] = [:]
    /// Lines that are records.
    private(set) var records = 0
    /// Whether the log was there and held no record from the position on.
    private(set) var isEmpty = false
    /// Where the log ends; nil where nobody can tell.
    private(set) var end: LSN?
    /// Rows of transactions whose end has not come.
    private var open: [UInt32: [File: Int64]] = [:]

    mutating func add(_ listing: LogListing) {
        for line in listing.records.split(whereSeparator: \.isNewline) where line.hasPrefix("rmgr:") {
            add(record: line)
        }
        if listing.complaint.contains("could not find a valid record after") { isEmpty = true }
        // “error in WAL record at 0/3000148: invalid record length at 0/3000180: wanted 24, got 0”: the second is the end.
        if let position = listing.complaint.split(separator: " at ").last.flatMap(Self.position),
            position > (end ?? position)
                || end == nil
        {
            end = position
        }
    }

    private static func position(_ text: Substring) -> LSN? {
        LSN(text.prefix { $0.isHexDigit || $0 == "/" })
    }

    /// `rmgr: Heap        len (rec/tot):     54/   150, tx:        745, lsn: 0/03000148, prev 0/03000110, desc: INSERT off 2
    /// flags 0x08, blkref #0: rel 1663/16384/16390 blk 0`
    private mutating func add(record line: Substring) {
        guard let lsn = Self.field("lsn: ", in: line).flatMap({ LSN($0) }) else { return }
        records += 1
        let total = Self.field("len (rec/tot):", in: line, until: ",")?.split(separator: "/").last
            .flatMap { UInt64($0.trimming()) }
        if let total { end = LSN(rawValue: (lsn.rawValue + total + 7) & ~7) }
        guard let transaction = Self.field("tx:", in: line, until: ",").flatMap({ UInt32($0.trimming()) }),
            let description = Self.rest(after: "desc: ", in: line)
        else { return }
        let manager = line.dropFirst("rmgr:".count).drop { $0 == " " }.prefix { $0 != " " }
        let operation = description.prefix { $0 != " " }
        switch manager {
        case "Transaction":
            switch operation {
            case "COMMIT": commit([transaction] + Self.subtransactions(description))
            case "COMMIT_PREPARED":
                let number = UInt32(description.dropFirst("COMMIT_PREPARED ".count).prefix(while: \.isNumber))
                commit((number.map { [$0] } ?? []) + Self.subtransactions(description))
            default: break
            }
        case "Heap", "Heap2":
            let changed: Int64 =
                switch operation.prefix(while: { $0 != "+" }) {
                case "INSERT", "UPDATE", "HOT_UPDATE", "DELETE": 1
                case "MULTI_INSERT":
                    Int64(description.dropFirst(operation.count).trimming().prefix(while: \.isNumber)) ?? 0
                default: 0
                }
            guard changed > 0, let file = Self.field("rel ", in: description, until: " ").flatMap({ File($0) }) else {
                return
            }
            open[transaction, default: [:]][file, default: 0] += changed
        default: break
        }
    }

    private mutating func commit(_ transactions: [UInt32]) {
        commits += 1
        for transaction in transactions {
            rows.merge(open.removeValue(forKey: transaction) ?? [:], uniquingKeysWith: +)
        }
    }

    /// `…; subxacts: 746 747; …`
    private static func subtransactions(_ description: Substring) -> [UInt32] {
        guard let list = rest(after: "subxacts:", in: description)?.prefix(while: { $0 != ";" }) else { return [] }
        return list.split(separator: " ").compactMap { UInt32($0) }
    }

    private static func rest(after name: String, in line: Substring) -> Substring? {
        line.ranges(of: name).first.map { line[$0.upperBound...] }
    }

    private static func field(_ name: String, in line: Substring, until end: Character = ",") -> Substring? {
        rest(after: name, in: line)?.prefix { $0 != end }
    }
}

extension Substring {
    fileprivate func trimming() -> Substring { drop { $0 == " " } }
}
