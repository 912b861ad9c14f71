package import BatonCore
import Glibc

/// Names of runs, and finding a run by a part of its name.
extension RunDirectory {
    /// A name for a run that begins now. Names sort by time, to the second; the random part keeps them apart.
    package static func newRunID(at time: WallTime, using generator: inout some RandomNumberGenerator) -> RunID {
        let digits = Array("0123456789abcdef")
        let random = (0..<6).map { _ in digits[Int.random(in: 0..<16, using: &generator)] }
        // With milliseconds, so that the two legs of a drill sort in their order.
        let stamp = time.description.prefix(23).filter { $0 != "-" && $0 != ":" && $0 != "." }
        return RunID("\(stamp)Z-\(String(random))")
    }

    package static func newRunID(at time: WallTime) -> RunID {
        var generator = SystemRandomNumberGenerator()
        return newRunID(at: time, using: &generator)
    }

    /// Every run of a state directory, oldest first. None when the directory does not exist.
    package static func list(state: String) throws(StorageError) -> [RunDirectory] {
        let path = runs(in: state)
        guard let stream = opendir(path) else {
            if errno == ENOENT { return [] }
            throw StorageError("read \(path)", code: errno)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if isRunID(name) { names.append(name) }
        }
        return names.sorted().map { RunDirectory(state: state, run: RunID($0)) }
    }

    /// The run that a person means: its name, a beginning or an end of it that fits no other, or `latest`.
    package static func resolve(_ text: String, state: String) throws(StorageError) -> RunDirectory {
        let all = try list(state: state)
        func failure(_ reason: String, _ remedy: String) -> StorageError {
            StorageError(operation: "find run \(text) in \(state)", reason: reason, remedy: remedy)
        }
        guard let last = all.last else {
            throw failure("there are no runs", "name the state directory of the run with --state")
        }
        if text == "latest" { return last }
        if let exact = all.first(where: { $0.run.rawValue == text }) { return exact }
        let matches = all.filter { $0.run.rawValue.hasPrefix(text) || $0.run.rawValue.hasSuffix(text) }
        guard !text.isEmpty, let match = matches.first else {
            throw failure("no run has that name", "`baton runs` lists them; the latest is \(last.run)")
        }
        guard matches.count == 1 else {
            let names = matches.map(\.run.rawValue).joined(separator: ", ")
            throw failure("it fits several runs: \(names)", "write more of the name")
        }
        return match
    }

    /// `20261121T020304005Z-0a1b2c`: day, time to the millisecond, six random digits.
    private static func isRunID(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        guard bytes.count == 26, bytes[8] == UInt8(ascii: "T"), bytes[18] == UInt8(ascii: "Z"),
            bytes[19] == UInt8(ascii: "-")
        else { return false }
        let isNumber = (bytes[..<8] + bytes[9..<18]).allSatisfy { (48...57).contains($0) }
        return isNumber && bytes[20...].allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }
}
