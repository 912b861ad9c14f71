import BatonCore
import BatonEngine
import Glibc

/// The file of `pg_wal` at which `pg_waldump` is to begin. Where none is named it takes the size of segments from whichever file
/// the directory lists first, and ends with an error where that is one that was made for later and is still all zeroes
/// (src/bin/pg_waldump/pg_waldump.c, `search_directory`).
enum LogSegment {
    /// The argument that names it; none where there is no such file, which `pg_waldump` then says.
    static func argument(
        of start: LSN, on timeline: TimelineID, in directory: String, deadline: Deadline
    ) async throws(HostError) -> [String] {
        let path = directory + "/pg_wal"
        return try await BlockingCall.run("listing \(path)", deadline: deadline) { () throws(HostError) in
            let segments = try ProcessTable.names(in: path).filter(isSegment)
            guard let size = segments.lazy.compactMap({ bytes(of: "\(path)/\($0)") }).first, size > 0 else { return [] }
            let name = name(of: start, on: timeline, segmentBytes: size)
            return segments.contains(name) ? [name] : []
        }
    }

    /// As PostgreSQL names it (`XLogFileName` in src/include/access/xlog_internal.h).
    static func name(of position: LSN, on timeline: TimelineID, segmentBytes: UInt64) -> String {
        let (number, each) = (position.rawValue / segmentBytes, (1 << 32) / segmentBytes)
        return digits(UInt64(timeline)) + digits(number / each) + digits(number % each)
    }

    private static func digits(_ number: UInt64) -> String {
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
