import BatonCore
import Glibc
import Testing

@testable import BatonHosts

/// An exact place in the journal that a process writes, and what becomes of the process there.
struct KillPoint: Sendable, CustomStringConvertible {
    enum Moment: String, CaseIterable {
        /// The line's event has happened; nobody will ever read of it.
        case before
        /// Nothing of what the line announces has begun, and the line may be lost with the machine.
        case written
        /// The line is on disk.
        case synced
    }

    var moment = Moment.written
    /// Among the lines that contain `text`, from 1.
    var line = 1
    var text = ""
    var signal = SIGKILL
    /// How long the process goes on.
    var delay = TimeSpan.zero

    var description: String {
        let place = text.isEmpty ? "line \(line)" : "\(text)\(line > 1 ? " no. \(line)" : "")"
        let what = signal == SIGSTOP ? "stopped" : "killed"
        return "\(what) \(delay > .zero ? "\(delay) after" : moment.rawValue) \(place)"
    }

    /// Starts the arguments after it with the library preloaded.
    func launcher(_ library: String) -> [String] {
        let order = "\(moment.rawValue) \(line) \(signal) \(delay.nanoseconds / 1_000) \(text)"
        return ["env", "LD_PRELOAD=\(library)", "KILLPOINT=\(order)"]
    }

    /// Compiles the library into a directory and returns its path. The C compiler is the one that Swift links with.
    static func compile(into directory: String) async throws -> String {
        let source = #filePath.split(separator: "/").dropLast().reduce(into: "") { $0 += "/" + $1 } + "/killpoint.c"
        let library = directory + "/killpoint.so"
        let result = try await Program.run(
            "clang", ["-O1", "-Wall", "-Werror", "-shared", "-fPIC", "-o", library, source],
            deadline: WorldFixture.soon())
        try #require(result.status == 0, "\(result.complaint)")
        return library
    }
}
