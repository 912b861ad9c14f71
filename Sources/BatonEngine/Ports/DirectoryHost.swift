package import BatonCore

/// What stands where a node's data directory belongs, and beside it.
package struct DirectoryLayout: Hashable, Sendable {
    /// Whether a data directory is in its place.
    package var exists: Bool
    /// Whether a remaking is unfinished: a directory in the making stands beside it, or the one in its place is not settled.
    package var isInTheMaking: Bool
    /// Allocated bytes of the data directory; nil where there is none.
    package var bytes: Int64?
    /// Allocated bytes of the directory in the making; nil where there is none.
    package var madeBytes: Int64?
    /// Free bytes beside it.
    package var freeBytes: Int64?
    /// Why it cannot be exchanged for another directory, in words.
    package var obstacles: [String]
    /// Parts of its data that lie outside it: tablespaces, a `pg_wal` elsewhere.
    package var elsewhere: [String]
    /// The newest directory that was set aside, and what its note says; nil where none was.
    package var kept: KeptDirectory?

    package init(
        exists: Bool, isInTheMaking: Bool, bytes: Int64? = nil, madeBytes: Int64? = nil, freeBytes: Int64? = nil,
        obstacles: [String] = [], elsewhere: [String] = [], kept: KeptDirectory? = nil
    ) {
        self.exists = exists
        self.isInTheMaking = isInTheMaking
        self.bytes = bytes
        self.madeBytes = madeBytes
        self.freeBytes = freeBytes
        self.obstacles = obstacles
        self.elsewhere = elsewhere
        self.kept = kept
    }
}

/// A data directory that was set aside.
package struct KeptDirectory: Hashable, Sendable {
    package var path: String
    package var note: String

    package init(path: String, note: String) {
        self.path = path
        self.note = note
    }
}

/// The server that a data directory is remade from. The password goes through a file of the owner's, never a command line.
package struct DirectorySource: Sendable {
    package var host: String
    package var port: Int
    package var user: String
    package var database: String
    package var password: Secret?
    /// Further words of the connection string: TLS, the application's name.
    package var settings: [(name: String, value: String)]
    /// The slot that keeps the log while a copy is made.
    package var slot: String

    package init(
        host: String, port: Int, user: String, database: String, password: Secret?,
        settings: [(name: String, value: String)], slot: String
    ) {
        self.host = host
        self.port = port
        self.user = user
        self.database = database
        self.password = password
        self.settings = settings
        self.slot = slot
    }
}

/// Remakes the whole data directory of a node whose server is stopped. The new one is made beside the old one and takes its
/// place only when it is whole; whatever breaks off leaves nothing in its place that a server could be started from by mistake.
package protocol DirectoryHost: Sendable {
    /// - Parameter measured: whether sizes are wanted, which takes long for many files.
    func layout(measured: Bool, deadline: Deadline) async throws(HostError) -> DirectoryLayout
    /// The lines of `pg_controldata`, by what stands before the colon.
    func controlData(deadline: Deadline) async throws(HostError) -> [String: String]
    /// The first byte after the last whole record of a timeline, read from a record's beginning on.
    func endOfLog(from start: LSN, timeline: TimelineID, deadline: Deadline) async throws(HostError) -> LSN

    /// Ends what an earlier attempt left: its processes, a directory that is half made, a change of places that broke off.
    /// Where the data directory itself was being rewound, it stays out of its place.
    func settle(permit: Permit, deadline: Deadline) async throws(HostError)
    /// Makes a rewound directory: from a copy of the data directory, or from itself where it need not be kept.
    /// - Returns: false when `pg_rewind` found nothing to rewind; nothing is in the making then.
    func rewind(from source: DirectorySource, keeping: Bool, permit: Permit, deadline: Deadline)
        async throws(HostError) -> Bool
    /// Makes a new copy of the source, and has it verified.
    func copy(from source: DirectorySource, permit: Permit, deadline: Deadline) async throws(HostError)
    /// Puts the directory in the making into its place. The one that was there is kept with a note, or is removed (nil).
    func exchange(keeping note: String?, run: RunID, permit: Permit, deadline: Deadline) async throws(HostError)
}

extension DatabaseHost {
    /// Most kinds of access cannot remake a directory; a rejoin by following needs none of it.
    package var directories: (any DirectoryHost)? { nil }
}

/// A connection string of libpq from its words, in order.
package func connectionString(_ words: [(name: String, value: String)]) -> String {
    words.map { word in
        let escaped = word.value.flatMap { $0 == "'" || $0 == "\\" ? ["\\", $0] : [$0] }
        return "\(word.name)='\(String(escaped))'"
    }.joined(separator: " ")
}
