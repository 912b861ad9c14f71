package import BatonCore
package import BatonEngine
import Glibc

/// Remakes the data directory of a node on this machine.
///
/// Beside `DIR` stand, while it works: `DIR.baton-new`, the directory in the making; `DIR.baton-settings`, a copy of the
/// server's own files, which belong to this node and not to the one that it is remade from; `DIR.baton-pgpass`. What stays is
/// `DIR.baton-kept-RUN`. A directory that is whole has the file `baton-ready` until it is in its place and settled.
package struct LocalDirectoryHost: DirectoryHost {
    let directory: Node.DataDirectory
    let path: String

    package init(_ directory: Node.DataDirectory) {
        self.directory = directory
        var path = directory.path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        self.path = path
    }

    var making: String { path + ".baton-new" }
    var settings: String { path + ".baton-settings" }
    var passwordFile: String { path + ".baton-pgpass" }
    var discarded: String { path + ".baton-discarded" }
    static let note = "baton-divergence.txt"
    static let ready = "baton-ready"

    // MARK: Looking

    package func layout(measured: Bool, deadline: Deadline) async throws(HostError) -> DirectoryLayout {
        var layout = try await BlockingCall.run("looking beside \(path)", deadline: deadline) {
            () throws(HostError) in try self.places()
        }
        guard measured else { return layout }
        if layout.exists { layout.bytes = try await size(of: path, deadline: deadline) }
        if Self.exists(making) { layout.madeBytes = try await size(of: making, deadline: deadline) }
        return layout
    }

    private func places() throws(HostError) -> DirectoryLayout {
        let parent = DurableFile.parent(of: path)
        var layout = DirectoryLayout(
            exists: hasData, isInTheMaking: Self.exists(making) || Self.exists("\(path)/\(Self.ready)"))
        var space = statvfs()
        if statvfs(parent, &space) == 0 { layout.freeBytes = Int64(space.f_bavail) * Int64(space.f_frsize) }
        var (own, above) = (stat(), stat())
        if lstat(path, &own) == 0, stat(parent, &above) == 0 {
            if own.st_mode & S_IFMT == S_IFLNK { layout.obstacles.append("\(path) is a symbolic link") }
            if own.st_dev != above.st_dev { layout.obstacles.append("\(path) is a mount point") }
        }
        if access(parent, W_OK) != 0 { layout.obstacles.append("\(parent) is not writable") }
        if layout.exists {
            for name in try ProcessTable.names(in: path + "/pg_tblspc") {
                layout.elsewhere.append("tablespace \(name)")
            }
            if lstat(path + "/pg_wal", &own) == 0, own.st_mode & S_IFMT == S_IFLNK { layout.elsewhere.append("pg_wal") }
        }
        let prefix = (path.split(separator: "/").last.map(String.init) ?? "") + ".baton-kept-"
        if let newest = try ProcessTable.names(in: parent).filter({ $0.hasPrefix(prefix) }).max() {
            let kept = parent + "/" + newest
            layout.kept = KeptDirectory(
                path: kept, note: (try? DurableFile.readText("\(kept)/\(Self.note)")) ?? "without a note")
        }
        return layout
    }

    package func controlData(deadline: Deadline) async throws(HostError) -> [String: String] {
        try await controlData(of: path, deadline: deadline)
    }

    func controlData(of path: String, deadline: Deadline) async throws(HostError) -> [String: String] {
        let result = try await program("pg_controldata", ["-D", path], deadline: deadline)
        guard result.status == 0 else { throw .refused("pg_controldata of \(path): \(result.complaint)") }
        var lines: [String: String] = [:]
        for line in result.output.split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            lines[String(line[..<colon])] = String(value)
        }
        return lines
    }

    package func endOfLog(
        from start: LSN, timeline: TimelineID, deadline: Deadline
    ) async throws(HostError) -> LSN {
        let (result, files) = try await dump(from: start, timeline: timeline, deadline: deadline)
        let control = try await controlData(of: path, deadline: deadline)
        guard let size = control["Bytes per WAL segment"].flatMap(UInt64.init),
            let end = LogDump.end(result.errors, segmentBytes: size)
        else {
            throw .refused("pg_waldump does not tell where the log of \(path) ends: \(result.complaint)")
        }
        guard let last = LogDump.lastRecord(result.errors), let page = control["WAL block size"].flatMap(UInt64.init)
        else {
            return end
        }
        let record = try await program(
            "pg_waldump", ["-n", "1", "-p", path + "/pg_wal", "-t", "\(timeline)", "-s", "\(last)"] + files,
            deadline: deadline)
        return LogDump.end(of: last, record.output, segmentBytes: size, pageBytes: page) ?? end
    }

    /// What `pg_waldump` says of the log from a position on, and the files that it had to be told. It takes the size of segments
    /// from whichever file the directory lists first, and gives up where that is one that was made for later and is still all
    /// zeroes (src/bin/pg_waldump/pg_waldump.c, `search_directory`), as `pg_rewind` copies them from a busy server.
    private func dump(
        from start: LSN, timeline: TimelineID, deadline: Deadline
    ) async throws(HostError) -> (Program.Result, files: [String]) {
        let line = ["--quiet", "-p", path + "/pg_wal", "-t", "\(timeline)", "-s", "\(start)"]
        let result = try await program("pg_waldump", line, deadline: deadline)
        guard result.errors.contains("WAL segment size must be") else { return (result, []) }
        let files = try await LogSegment.files(from: start, on: timeline, in: path, deadline: deadline)
        return (try await program("pg_waldump", line + files, deadline: deadline), files)
    }

    // MARK: Tools

    /// Whether a data directory is in its place. While it is rewound there is an empty one, which nobody can start.
    var hasData: Bool { Self.exists(path + "/PG_VERSION") }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// The user and group that the data belong to.
    func owner() throws(HostError) -> (user: uid_t, group: gid_t) {
        var status = stat()
        for place in [path, making, settings] where stat(place, &status) == 0 { return (status.st_uid, status.st_gid) }
        throw .refused("there is no data directory at \(path)")
    }

    /// Runs a program as the owner of the data directory.
    func run(_ program: String, _ arguments: [String], deadline: Deadline) async throws(HostError) -> Program.Result {
        guard let account = Account.number(try owner().user) else {
            throw .refused("the owner of \(path) has no account")
        }
        return try await Program.run(
            program, arguments, as: account, environment: ["PATH": "/usr/bin:/bin", "LC_ALL": "C"], limit: 16 << 20,
            deadline: deadline)
    }

    /// Runs one of PostgreSQL's own programs.
    func program(_ name: String, _ arguments: [String], deadline: Deadline) async throws(HostError) -> Program.Result {
        try await run("\(directory.binDirectory)/\(name)", arguments, deadline: deadline)
    }

    /// Runs a program that must succeed.
    func must(_ program: String, _ arguments: [String], deadline: Deadline) async throws(HostError) {
        let result = try await run(program, arguments, deadline: deadline)
        guard result.status == 0 else { throw .refused("\(program): \(result.complaint)") }
    }

    private func size(of path: String, deadline: Deadline) async throws(HostError) -> Int64? {
        // Files come and go under it, of which it complains.
        let result = try await run("/usr/bin/du", ["-sk", path], deadline: deadline)
        return result.output.split { $0 == "\t" || $0 == "\n" }.first.flatMap { Int64($0) }.map { $0 << 10 }
    }
}
