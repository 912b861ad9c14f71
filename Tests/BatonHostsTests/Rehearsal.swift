import BatonCore
import BatonEngine
import Glibc
import Testing

@testable import BatonHosts

/// An owner and its guard as real processes, and the files that they write in a directory of their own.
struct Rehearsal {
    /// What the owner's standard streams are.
    enum Streams {
        case null, closed
        /// The path of a terminal, which becomes the owner's own.
        case terminal(String)
    }

    let owner: Int32
    private let directory: String

    /// The executable that was built beside these tests.
    private static let executable: String = {
        var buffer = [CChar](repeating: 0, count: 4_096)
        let count = max(0, readlink("/proc/self/exe", &buffer, buffer.count - 1))
        let path = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return DurableFile.parent(of: path) + "/GuardRehearsal"
    }()

    /// Starts an owner that does one act after the other.
    init(_ manner: String, _ acts: [String], streams: Streams) throws {
        var template = Array("/tmp/bg.XXXXXX".utf8CString)
        directory = try #require(mkdtemp(&template).map { String(cString: $0) })
        owner = try Self.spawn([Self.executable, "owner", directory, manner] + acts, streams)
    }

    /// Ends what is left of the two, and removes their files; the signal that ended the owner.
    @discardableResult
    func end() -> Int32 {
        kill(owner, SIGKILL)
        var status: Int32 = 0
        waitpid(owner, &status, 0)
        if let text = try? lines("guard").first, let pid = Int32(text),
            ProcessTable.programName(pid) == "GuardRehearsal"
        {
            kill(pid, SIGKILL)
        }
        for name in ["owner", "guard", "open", "lock", "log", "verdict"] { unlink("\(directory)/\(name)") }
        #expect(rmdir(directory) == 0)
        return status & 0x7f
    }

    /// The guard's number.
    func guardian() async throws -> Int32 { try #require(Int32(try await line(1, of: "guard"))) }

    /// What the guard found out, when its watch has ended.
    func verdict() async throws -> String { try await line(1, of: "verdict") }

    /// What came of the owner's act that begins so, when it is done.
    func done(_ act: String) async throws -> String {
        try await wait("owner: \(act)") { try lines("owner").first { $0.hasPrefix(act) } }
    }

    func lines(_ name: String) throws -> [String] {
        guard access("\(directory)/\(name)", F_OK) == 0 else { return [] }
        // A line that is not at its end is still being written.
        return try DurableFile.readText("\(directory)/\(name)").split(separator: "\n", omittingEmptySubsequences: false)
            .dropLast().map(String.init)
    }

    func mode(of name: String) -> mode_t {
        var status = stat()
        return stat("\(directory)/\(name)", &status) == 0 ? status.st_mode & 0o7777 : 0
    }

    func ownerIsStopped() async throws { try await wait("the owner stops") { Self.state(owner) == "T" ? true : nil } }

    func halt(_ pid: Int32) async throws {
        kill(pid, SIGSTOP)
        try await wait("\(pid) stops") { Self.state(pid) == "T" ? true : nil }
    }

    /// The letter of proc(5); nil when the process is gone and collected.
    static func state(_ pid: Int32) -> Character? {
        guard let text = try? DurableFile.readText("/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else {
            return nil
        }
        return text[text.index(after: end)...].first { $0 != " " }
    }

    private func line(_ number: Int, of name: String) async throws -> String {
        try await wait("a line of \(name)") {
            let lines = try lines(name)
            return lines.count >= number ? lines[number - 1] : nil
        }
    }

    @discardableResult
    func wait<Value>(_ what: String, _ find: () throws -> Value?) async throws -> Value {
        let deadline = soon(30)
        while true {
            if let value = try find() { return value }
            let said = try lines("owner") + lines("log")
            try #require(SystemClock.now() < deadline, "never came: \(what); \(said)")
            try await SystemClock.sleep(.milliseconds(2))
        }
    }

    private static func spawn(_ line: [String], _ streams: Streams) throws -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for descriptor in STDIN_FILENO...STDERR_FILENO {
            switch streams {
            case .null: posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
            case .closed: posix_spawn_file_actions_addclose(&actions, descriptor)
            // The first terminal that a session's first process opens becomes the session's (tty(4)).
            case .terminal(let path): posix_spawn_file_actions_addopen(&actions, descriptor, path, O_RDWR, 0)
            }
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // The owner's every thread blocks SIGTERM: its guard must not.
        var blocked = sigset_t()
        sigemptyset(&blocked)
        sigaddset(&blocked, SIGTERM)
        posix_spawnattr_setsigmask(&attributes, &blocked)
        // POSIX_SPAWN_SETSID, which Swift's Glibc module does not show.
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK) | 0x80)
        var words: [UnsafeMutablePointer<CChar>?] = line.map { strdup($0) }
        words.append(nil)
        defer { for word in words { free(word) } }
        var environment: [UnsafeMutablePointer<CChar>?] = [nil]
        var pid: pid_t = 0
        let code = posix_spawn(&pid, line[0], &actions, &attributes, words, &environment)
        try #require(code == 0, "\(line[0]): \(errorText(code))")
        return pid
    }
}

/// Gives an owner and its guard to `body`, and leaves neither process nor file behind. Returns the signal that ended the
/// owner.
@discardableResult
func rehearse(
    _ manner: String = "watches", _ acts: String..., streams: Rehearsal.Streams = .null,
    _ body: (Rehearsal) async throws -> Void
) async throws -> Int32 {
    let rehearsal = try Rehearsal(manner, acts, streams: streams)
    do {
        try await body(rehearsal)
    } catch {
        rehearsal.end()
        throw error
    }
    return rehearsal.end()
}
