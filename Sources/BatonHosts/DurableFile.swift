import BatonEngine
import Glibc

/// Whole-file reads and atomic, durable replacements. Everything here blocks; call it from a `BlockingCall`.
enum DurableFile {
    /// Reads all of a file, at most 64 MiB.
    static func read(_ path: String) throws(HostError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .refused("cannot read \(path): \(errorText())") }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .refused("cannot read \(path): \(errorText())") }
            if count == 0 { return bytes }
            bytes.append(contentsOf: chunk[0..<count])
            guard bytes.count <= 64 << 20 else { throw .refused("\(path) is larger than 64 MiB") }
        }
    }

    /// Reads a UTF-8 text file.
    static func readText(_ path: String) throws(HostError) -> String {
        guard let text = String(validating: try read(path), as: UTF8.self) else {
            throw .refused("\(path) is not UTF-8 text")
        }
        return text
    }

    /// Replaces a file: a temporary file in the same directory, fsync, rename, fsync of the directory. A crash leaves the
    /// old file or the new one.
    static func replace(
        _ path: String, with bytes: [UInt8], mode: mode_t, owner: uid_t, group: gid_t
    ) throws(HostError) {
        let directory = parent(of: path)
        let temporary = "\(directory)/.baton-\(String(UInt64.random(in: 0 ... .max), radix: 16)).tmp"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .refused("cannot write in \(directory): \(errorText())") }
        do throws(HostError) {
            defer { close(descriptor) }
            try write(bytes, to: descriptor, path: temporary)
            // An unprivileged owner may not chown, and need not: the file is already its own.
            if geteuid() == 0 || owner != geteuid() || group != getegid() {
                guard fchown(descriptor, owner, group) == 0 else {
                    throw .refused("cannot give \(path) to user \(owner): \(errorText())")
                }
            }
            guard fchmod(descriptor, mode) == 0, fsync(descriptor) == 0 else {
                throw .refused("cannot write \(temporary): \(errorText())")
            }
        } catch {
            unlink(temporary)
            throw error
        }
        guard rename(temporary, path) == 0 else {
            let code = errno
            unlink(temporary)
            throw .refused("cannot replace \(path): \(errorText(code))")
        }
        try synchronizeDirectory(directory)
    }

    /// Removes a file if it is there, durably.
    static func remove(_ path: String) throws(HostError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw .refused("cannot remove \(path): \(errorText())") }
        try synchronizeDirectory(parent(of: path))
    }

    /// The directory that holds `path`.
    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32, path: String) throws(HostError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw .refused("cannot write \(path): \(errorText())") }
            rest = rest.dropFirst(count)
        }
    }

    static func synchronizeDirectory(_ path: String) throws(HostError) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unknown("cannot open \(path) to make a change durable: \(errorText())") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .unknown("cannot make a change of \(path) durable: \(errorText())") }
    }
}
