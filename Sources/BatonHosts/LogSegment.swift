import BatonCore
import BatonEngine
import Glibc

/// The files of `pg_wal` by their names, for a `pg_waldump` that must be told where to begin and to end.
enum LogSegment {
    /// The file that holds a position and the last one of its timeline; none where the first is not there.
    static func files(
        from start: LSN, on timeline: TimelineID, in directory: String, deadline: Deadline
    ) async throws(HostError) -> [String] {
        let path = directory + "/pg_wal"
        return try await BlockingCall.run("listing \(path)", deadline: deadline) { () throws(HostError) in
            let segments = try ProcessTable.names(in: path).filter(isSegment)
            guard let size = segments.lazy.compactMap({ bytes(of: "\(path)/\($0)") }).first, size > 0 else { return [] }
            let first = name(of: start, on: timeline, segmentBytes: size)
            let last = segments.filter { $0.hasPrefix(first.prefix(8)) }.max()
            guard segments.contains(first), let last else { return [] }
            return [first, last]
        }
    }

    /// As PostgreSQL names it (`XLogFileName` in src/include/access/xlog_internal.h).
    static func name(of position: LSN, on timeline: TimelineID, segmentBytes: UInt64) -> String {
        let (number, each) = (position.rawValue / segmentBytes, (1 << 32) / segmentBytes)
        return digits(UInt64(timeline)) + digits(number / each) + digits(number % each)
    }

    /// Eight hexadecimal digits, as PostgreSQL writes a part of a file's name.
    static func digits(_ number: UInt64) -> String {
        let text = String(number, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 8 - text.count)) + text
    }

    private static func isSegment(_ name: String) -> Bool {
        name.utf8.count == 24 && name.allSatisfy { $0.isASCII && $0.isHexDigit }
    }

    /// A segment has its whole size from the beginning.
    private static func bytes(of path: String) -> UInt64? {
        var status = stat()
        return stat(path, &status) == 0 ? UInt64(status.st_size) : nil
    }
}
