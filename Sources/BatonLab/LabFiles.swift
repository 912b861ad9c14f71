import BatonCore
import BatonEngine
import BatonHosts
import Glibc

/// Small files and directories of the lab. They are worth nothing after a crash of the machine, so nothing is synced.
enum LabFiles {
    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    static func makeDirectory(_ path: String, mode: mode_t, owner: Account?) throws {
        // chmod, because a strict umask must not keep the servers' user out.
        guard mkdir(path, mode) == 0, chmod(path, mode) == 0 else {
            throw LabError("cannot make the directory \(path): \(reason())")
        }
        if let owner, owner.user != geteuid() || geteuid() == 0 {
            guard chown(path, owner.user, owner.group) == 0 else {
                throw LabError("cannot give \(path) to \(owner.name): \(reason())")
            }
        }
    }

    /// Writes a file that only its owner may read, replacing an older one as a whole.
    static func write(_ text: String, to path: String, owner: Account) throws {
        let temporary = path + ".new"
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw LabError("cannot write \(path): \(reason())") }
        defer { close(descriptor) }
        if geteuid() == 0 { fchown(descriptor, owner.user, owner.group) }
        guard put(text, into: descriptor), rename(temporary, path) == 0 else {
            throw LabError("cannot write \(path): \(reason())")
        }
    }

    static func read(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count <= 0 { return count == 0 ? String(decoding: bytes, as: UTF8.self) : nil }
            bytes.append(contentsOf: chunk[0..<count])
        }
    }

    /// The last lines of a log, for an error message.
    static func tail(_ path: String) -> String {
        (read(path) ?? "").split(separator: "\n").suffix(8).joined(separator: "\n")
    }

    /// The names in a directory; none when it is not there.
    static func names(in path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Removes a tree. A process that was just ended may still have been writing, so a second try follows a failed one.
    static func removeTree(_ path: String, deadline: Deadline) async throws {
        while exists(path) {
            let result = try await Program.run("rm", ["-rf", "--", path], deadline: deadline)
            if result.status == 0 { return }
            guard SystemClock.now() < deadline else {
                throw LabError("cannot remove \(path): \(result.complaint)")
            }
            try await SystemClock.sleep(.milliseconds(20))
        }
    }

    /// Writes all of `text`; false when the kernel refuses.
    static func put(_ text: String, into descriptor: Int32) -> Bool {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    private static func reason() -> String { String(cString: strerror(errno)) }
}
