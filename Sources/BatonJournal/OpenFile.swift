import Glibc

/// A file descriptor that is closed when its owner ends. Every call retries when a signal interrupts it.
struct OpenFile: ~Copyable {
    let descriptor: Int32
    let path: String

    /// Opens a file; every descriptor is closed in programs that Baton starts.
    init(_ path: String, _ flags: Int32, mode: mode_t = 0o600) throws(StorageError) {
        let opened = retrying { open(path, flags | O_CLOEXEC, mode) }
        guard opened >= 0 else {
            throw StorageError(flags & O_CREAT != 0 ? "create \(path)" : "open \(path)", code: errno)
        }
        descriptor = opened
        self.path = path
    }

    deinit { close(descriptor) }

    /// Writes all bytes, in as many calls as it takes.
    func writeAll(_ bytes: [UInt8]) throws(StorageError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { buffer in
                retrying { write(descriptor, buffer.baseAddress, buffer.count) }
            }
            guard written > 0 else { throw StorageError("write \(path)", code: written == 0 ? EIO : errno) }
            rest = rest.dropFirst(written)
        }
    }

    /// Everything from the start of the file.
    func readAll() throws(StorageError) -> [UInt8] {
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let offset = off_t(content.count)
            let count = buffer.withUnsafeMutableBytes { bytes in
                retrying { pread(descriptor, bytes.baseAddress, bytes.count, offset) }
            }
            guard count >= 0 else { throw StorageError("read \(path)", code: errno) }
            guard count > 0 else { return content }
            content += buffer[..<count]
        }
    }

    /// Bytes that the file system has set aside for the file, those behind its end included.
    var reserved: Int {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? Int(status.st_blocks) * 512 : 0
    }

    /// Returns once the file's content and metadata are on disk; for a directory, its names.
    func sync() throws(StorageError) {
        guard retrying({ fsync(descriptor) }) == 0 else { throw StorageError("sync \(path)", code: errno) }
    }

    func truncate(to length: Int) throws(StorageError) {
        guard retrying({ ftruncate(descriptor, off_t(length)) }) == 0 else {
            throw StorageError("shorten \(path)", code: errno)
        }
    }
}

/// Calls again as long as a signal interrupts the call.
func retrying<Result: SignedInteger>(_ call: () -> Result) -> Result {
    while true {
        let result = call()
        if result != -1 || errno != EINTR { return result }
    }
}

/// Puts the names of a directory on disk, so that a file just made there is found after a crash.
func syncDirectory(_ path: String) throws(StorageError) {
    try OpenFile(path, O_RDONLY | O_DIRECTORY).sync()
}

/// Makes a directory and those above it that are missing, for this user alone (0700).
func makeDirectories(_ path: String) throws(StorageError) {
    if isDirectory(path) { return }
    let parent = parentDirectory(of: path)
    if parent != path { try makeDirectories(parent) }
    guard mkdir(path, 0o700) == 0 || errno == EEXIST && isDirectory(path) else {
        throw StorageError("create \(path)", code: errno)
    }
    try syncDirectory(parent)
}

func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
}

/// `/a/b` → `/a`, `/a` → `/`, `a` → `.`
private func parentDirectory(of path: String) -> String {
    let trimmed = String(path.reversed().drop { $0 == "/" }.reversed())
    guard let slash = trimmed.lastIndex(of: "/") else { return trimmed.isEmpty ? "/" : "." }
    return slash == trimmed.startIndex ? "/" : String(trimmed[..<slash])
}
