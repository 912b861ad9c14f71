package import BatonEngine
import Glibc

/// What `/proc` says of processes.
package enum ProcessTable {
    /// The numbers of all processes.
    package static func processes() throws(HostError) -> [Int32] {
        try names(in: "/proc").compactMap { Int32($0) }
    }

    /// The names in a directory, without `.` and `..`.
    static func names(in path: String) throws(HostError) -> [String] {
        guard let directory = opendir(path) else { throw .refused("cannot list \(path): \(errorText())") }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    /// The file name of the program that a process runs; nil when the process is gone, a zombie, or another user's.
    package static func programName(_ pid: Int32) -> String? {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let count = buffer.withUnsafeMutableBytes { bytes in
            guard let base = bytes.baseAddress else { return -1 }
            return readlink("/proc/\(pid)/exe", base.assumingMemoryBound(to: CChar.self), bytes.count)
        }
        guard count > 0 else { return nil }
        return String(decoding: buffer[0..<count], as: UTF8.self).split(separator: "/").last.map(String.init)
    }

    /// The argument array of a process, or its title where it has set one; nil when it is gone.
    package static func arguments(_ pid: Int32) -> [String]? {
        guard let bytes = try? DurableFile.read("/proc/\(pid)/cmdline"), !bytes.isEmpty else { return nil }
        return bytes.split(separator: 0, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The parent's number; nil when the process is gone.
    static func parent(of pid: Int32) -> Int32? {
        guard let fields = statusFields(pid), fields.count > 1 else { return nil }
        return Int32(fields[1])
    }

    /// Whether the process has ended and only waits for a parent that does not collect it.
    static func isZombie(_ pid: Int32) -> Bool { statusFields(pid)?.first == "Z" }

    /// Whether the process has let go of its program and is not yet a zombie.
    static func isLeaving(_ pid: Int32) -> Bool {
        guard let state = statusFields(pid)?.first else { return false }
        return state != "Z" && programName(pid) == nil
    }

    /// The fields of stat(5) from the third one, the state, on. The second, the name in parentheses, may hold anything.
    private static func statusFields(_ pid: Int32) -> [Substring]? {
        guard let text = try? DurableFile.readText("/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else {
            return nil
        }
        return text[text.index(after: end)...].split(separator: " ")
    }
}
