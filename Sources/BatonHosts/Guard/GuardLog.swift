import BatonEngine
import Glibc

/// The file that the guard's stderr is appended to.
final class GuardLog: Sendable {
    let descriptor: Int32
    /// Where this guard's words begin.
    private let start: off_t

    /// - Throws: `refused` when the file cannot be opened.
    init(_ path: String) throws(HostError) {
        let opened = open(path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard opened >= 0 else { throw .refused("cannot write \(path): \(errorText())") }
        descriptor = aboveStandardStreams(opened)
        start = max(0, lseek(descriptor, 0, SEEK_END))
    }

    deinit { close(descriptor) }

    /// The last lines that this guard has written, as one line; nil when it wrote none.
    var lastWords: String? {
        let from = max(start, lseek(descriptor, 0, SEEK_END) - 2_048)
        var buffer = [UInt8](repeating: 0, count: 2_048)
        let count = pread(descriptor, &buffer, buffer.count, from)
        guard count > 0 else { return nil }
        let lines = String(decoding: buffer[..<count], as: UTF8.self).split { $0.isNewline }
        return lines.isEmpty ? nil : lines.suffix(4).joined(separator: "; ")
    }
}
