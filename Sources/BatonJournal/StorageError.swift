import Glibc

/// A file or directory of the state directory could not be used. Says what to do about it.
package struct StorageError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was tried, with the path: `create /var/lib/baton/runs`.
    package var operation: String
    /// Why not, in the system's words where it gave any.
    package var reason: String
    /// What the operator can do.
    package var remedy: String
    /// The system's error number; 0 where the system did not refuse.
    package var code: Int32

    package init(operation: String, reason: String, remedy: String, code: Int32 = 0) {
        self.operation = operation
        self.reason = reason
        self.remedy = remedy
        self.code = code
    }

    /// The system refused a call with this error number.
    init(_ operation: String, code: Int32) {
        self.init(
            operation: operation, reason: strerror(code).map { String(cString: $0) } ?? "error \(code)",
            remedy: Self.remedy(code), code: code)
    }

    package var description: String { "cannot \(operation): \(reason); \(remedy)" }

    /// Whether the disk or the quota is used up.
    package var isOutOfSpace: Bool { code == ENOSPC || code == EDQUOT }

    private static func remedy(_ code: Int32) -> String {
        switch code {
        case EACCES, EPERM: "make it writable for this user, or name another directory with --state"
        case EROFS: "the file system is read-only; name another directory with --state"
        case ENOSPC, EDQUOT: "free some space there, or name a directory on another disk with --state"
        case ENOTDIR, EEXIST: "something else is in the way; move it, or name another directory with --state"
        case ENOENT: "check the path"
        case EMFILE, ENFILE: "raise the limit of open files (ulimit -n)"
        default: "check the disk, or name another directory with --state"
        }
    }
}
