import BatonCore
import BatonEngine
import Glibc

/// A data directory as the kernel knows it, and the server processes that work in it.
///
/// The postmaster changes into its data directory and every child inherits that, so a process belongs to the directory
/// when its working directory is that inode, its user owns the directory (PostgreSQL insists on both) and its program is
/// `postgres`. An administrator's shell that stands in the directory is not a server process.
struct DirectoryProcesses: Sendable {
    let path: String
    let device: dev_t
    let inode: ino_t
    let owner: uid_t
    let group: gid_t

    init(_ path: String) throws(HostError) {
        var status = stat()
        guard stat(path, &status) == 0 else { throw .refused("no data directory at \(path): \(errorText())") }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw .refused("\(path) is not a directory") }
        self.path = path
        self.device = status.st_dev
        self.inode = status.st_ino
        self.owner = status.st_uid
        self.group = status.st_gid
    }

    /// Every live server process of the directory, in no particular order.
    func all() throws(HostError) -> [Int32] {
        var found: [Int32] = []
        for pid in try ProcessTable.processes() where try owns(pid) { found.append(pid) }
        return found
    }

    /// Whether `pid` is a live server process of the directory.
    func owns(_ pid: Int32) throws(HostError) -> Bool {
        var status = stat()
        // PostgreSQL refuses to run as root, so a directory of root's has no server.
        guard owner != 0, stat("/proc/\(pid)", &status) == 0, status.st_uid == owner else { return false }
        guard stat("/proc/\(pid)/cwd", &status) == 0 else {
            guard errno == EACCES || errno == EPERM else { return false }
            throw .refused("cannot see what process \(pid) of user \(owner) works on: run as root or as that user")
        }
        guard status.st_dev == device, status.st_ino == inode else { return false }
        return ProcessTable.programName(pid)?.contains("postgres") ?? false
    }

    /// What runs now. The postmaster is the process that `postmaster.pid` names; while that file is missing (early in a
    /// start, late in a stop) it is the one whose title is not yet, or no longer, a child's (`postgres: …`).
    func server() throws(HostError) -> ServerProcess {
        let pids = try all()
        if pids.isEmpty { return .none }
        if let pid = pidFile()?.pid, pids.contains(pid) { return .running(pid) }
        let postmaster = pids.first { pid in
            guard let parent = ProcessTable.parent(of: pid), !pids.contains(parent),
                let title = ProcessTable.arguments(pid)?.first
            else { return false }
            return !title.hasPrefix("postgres: ")
        }
        return postmaster.map { .running($0) } ?? .orphans(pids.sorted())
    }

    /// What `postmaster.pid` says (src/include/utils/pidfile.h): process number, shared memory id, and readiness.
    struct PidFile {
        var pid: Int32
        /// The lock file of the first Unix socket; nil when there is none.
        var socketLock: String?
        var sharedMemoryID: Int32?
        /// `starting`, `stopping`, `ready` or `standby`; empty while not yet written.
        var status: String
    }

    func pidFile() -> PidFile? {
        guard let text = try? DurableFile.readText(path + "/postmaster.pid") else { return nil }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        // A single-user server writes its number negated.
        guard let first = lines.first, let number = Int32(first) else { return nil }
        let memory = lines.count > 6 ? lines[6].split(separator: " ").last : nil
        let socket = lines.count > 4 && !lines[4].isEmpty ? "\(lines[4])/.s.PGSQL.\(lines[3]).lock" : nil
        return PidFile(
            pid: abs(number), socketLock: socket, sharedMemoryID: memory.flatMap { Int32($0) },
            status: lines.count > 7 ? String(lines[7].prefix { $0 != " " }) : "")
    }
}
