import BatonCore
import BatonJournal
import BatonPostgres
import Glibc
import Testing

@testable import BatonEngine
@testable import BatonHosts
@testable import BatonLab

/// The built binary while it runs, with the journal that it writes.
struct RunningBaton: Sendable {
    let pid: Int32
    fileprivate let state: String
    /// Runs that were there before.
    fileprivate let earlier: Set<RunID>
    fileprivate let files: String

    func send(_ signal: Int32) { kill(pid, signal) }

    /// The journal of the run that this process has begun; nil before.
    func journal() -> JournalContents? {
        guard let directories = try? RunDirectory.list(state: state),
            let mine = directories.last(where: { !earlier.contains($0.run) })
        else { return nil }
        return try? JournalReader.read(mine.journalPath)
    }

    /// Waits until the journal announces an action: its performer is at work then, or about to be.
    func announces(_ action: ActionID) async throws {
        try await until("\(action) is announced") {
            $0.entries.contains { $0.announced.contains { $0.action == action } }
        }
    }

    func moves(by rule: Rule) async throws {
        try await until("rule \(rule.rawValue)") { $0.entries.contains { $0.rule == rule.id } }
    }

    func until(_ what: String, _ holds: (JournalContents) -> Bool) async throws {
        let deadline = WorldFixture.soon()
        while true {
            if let journal = journal(), holds(journal) { return }
            try #require(kill(pid, 0) == 0 && SystemClock.now() < deadline, "never came: \(what)\n\(errors)")
            try await SystemClock.sleep(.milliseconds(1))
        }
    }

    fileprivate var errors: String { LabFiles.read(files + ".err") ?? "" }

    fileprivate func end() async throws -> WorldFixture.Answer {
        let deadline = SystemClock.deadline(in: .seconds(60))
        var status: Int32 = 0
        while waitpid(pid, &status, WNOHANG) == 0 {
            if SystemClock.now() >= deadline { kill(pid, SIGKILL) }
            try await SystemClock.sleep(.milliseconds(2))
        }
        let signal = status & 0x7f
        defer { for end in [".out", ".err"] { unlink(files + end) } }
        return WorldFixture.Answer(
            exit: signal == 0 ? status >> 8 & 0xff : 128 + signal, output: LabFiles.read(files + ".out") ?? "",
            errors: errors)
    }
}

extension WorldFixture {
    /// Where the binary's words go.
    enum Speech {
        case files, closedPipes
        /// A terminal of the binary's own, whose other end is this descriptor.
        case terminal(Int32)
    }

    /// Starts the binary, does something to the world meanwhile, and returns what the binary left behind.
    ///
    /// - Parameter launcher: a program that ends by executing the arguments after its own, such as `unshare`.
    func during(
        _ arguments: [String], state: String? = nil, launcher: [String] = [], speech: Speech = .files,
        _ meanwhile: (RunningBaton) async throws -> Void
    ) async throws -> Answer {
        let state = state ?? self.state
        let earlier = Set(((try? RunDirectory.list(state: state)) ?? []).map(\.run))
        let files = "\(self.state)/said-\(UInt32.random(in: 0 ... .max))"
        let line = launcher + [Self.binary] + arguments + ["--state", state]
        let running = RunningBaton(
            pid: try Self.spawn(line, files: files, speech: speech), state: state, earlier: earlier, files: files)
        do {
            try await meanwhile(running)
        } catch {
            running.send(SIGKILL)
            _ = try? await running.end()
            throw error
        }
        return try await running.end()
    }

    /// The same for a switchover drill from west to east.
    func duringDrill(
        _ playbook: String = Self.playbook, _ more: String..., meanwhile: (RunningBaton) async throws -> Void
    ) async throws -> Answer {
        try await during(["drill", playbook, "--to", "east", "-y"] + more, meanwhile)
    }

    private static func spawn(_ line: [String], files: String, speech: Speech) throws -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        var isLeader = false
        if case .terminal(let end) = speech {
            isLeader = true
            let name = try #require(Terminal.name(of: end))
            // The first terminal that a session's leader opens is its own.
            posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, name, O_RDWR, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        }
        var pipes: [Int32] = []
        for (descriptor, end) in [(STDOUT_FILENO, ".out"), (STDERR_FILENO, ".err")] {
            switch speech {
            case .terminal: posix_spawn_file_actions_adddup2(&actions, STDIN_FILENO, descriptor)
            case .files:
                posix_spawn_file_actions_addopen(
                    &actions, descriptor, files + end, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
            case .closedPipes:
                var ends: [Int32] = [0, 0]
                try #require(pipe(&ends) == 0)
                posix_spawn_file_actions_adddup2(&actions, ends[1], descriptor)
                posix_spawn_file_actions_addclose(&actions, ends[0])
                posix_spawn_file_actions_addclose(&actions, ends[1])
                pipes += ends
            }
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // POSIX_SPAWN_SETSID, which the module does not show (glibc's spawn.h).
        posix_spawnattr_setflags(&attributes, isLeader ? 0x80 : Int16(POSIX_SPAWN_SETPGROUP))
        var pid: pid_t = 0
        let arguments: [UnsafeMutablePointer<CChar>?] = line.map { strdup($0) } + [nil]
        let environment: [UnsafeMutablePointer<CChar>?] = [
            strdup("PATH=/usr/sbin:/usr/bin:/sbin:/bin"), strdup("LC_ALL=C"), nil,
        ]
        defer { for text in arguments + environment { free(text) } }
        let status = posix_spawnp(&pid, line[0], &actions, &attributes, arguments, environment)
        // Nobody reads: from now on every write of the child meets EPIPE.
        for descriptor in pipes { close(descriptor) }
        try #require(status == 0, "\(line[0]) did not start")
        return pid
    }

    // MARK: Clients

    /// A client of the application, through the pooler.
    func client() async throws -> PostgresConnection {
        let pooler = try #require(status.poolers.first)
        return try await PostgresConnection.connect(
            ConnectionParameters(
                host: "127.0.0.1", port: pooler.port, database: "app", user: "app", password: try secret("app"),
                tls: .disable, sendsCancel: false), deadline: Self.soon())
    }

    /// Lets four clients write through the pooler during `body`, and returns what they saw.
    func underLoad(primary: String = "west-db", _ body: () async throws -> Void) async throws -> LoadReport {
        let lab = lab
        let load = Task { try await lab.load(clients: 4, seconds: 60) { _ in } }
        do {
            try await wait(primary, until: "SELECT count(*) > 20 FROM \(LabNames.loadTable)")
            try await body()
        } catch {
            load.cancel()
            _ = try? await load.value
            throw error
        }
        load.cancel()
        return try await load.value
    }

    // MARK: Processes and files

    /// The server processes of a node whose title contains `text`; the postmaster when `text` is empty.
    func processes(of node: String, titled text: String = "") async throws -> [Int32] {
        let server = try #require(lab.servers(lab.existing()).first { $0.node.name == node })
        return try await server.local.processes(deadline: Self.soon()).filter { pid in
            guard let title = ProcessTable.arguments(pid)?.first else { return false }
            return text.isEmpty ? !title.hasPrefix("postgres: ") : title.contains(text)
        }
    }

    /// Stops processes, so that they hear nothing and hold everything, and returns them.
    func halt(_ node: String, titled text: String = "") async throws -> [Int32] {
        let pids = try await processes(of: node, titled: text)
        try #require(!pids.isEmpty, "\(node) has no process “\(text)”")
        for pid in pids { kill(pid, SIGSTOP) }
        return pids
    }

    /// A copy of the shipped playbook with some of its words replaced; each must be there.
    func playbook(of path: String = Self.playbook, _ changes: (from: String, to: String)...) throws -> String {
        var text = try #require(LabFiles.read(path))
        for change in changes {
            try #require(text.contains(change.from), "the playbook has no “\(change.from)”")
            text = text.split(separator: change.from, omittingEmptySubsequences: false).joined(separator: change.to)
        }
        let copy = "\(state)/playbook-\(UInt32.random(in: 0 ... .max)).yaml"
        let descriptor = open(copy, O_WRONLY | O_CREAT | O_EXCL, 0o600)
        defer { close(descriptor) }
        try #require(LabFiles.put(text, into: descriptor))
        return copy
    }

    // MARK: What must be true

    /// The run ended with 4 and said so in every place; the service is whole on old; nothing of the run is left.
    func expectRolledBack(_ answer: Answer, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        #expect(answer.exit == 4, "\(answer.text)", sourceLocation: sourceLocation)
        #expect(answer.text.contains("Rolled back: everything is as before"), sourceLocation: sourceLocation)
        let report = try await baton("report", "latest", "--format", "json")
        #expect(report.json["outcome"] == "rolled-back", sourceLocation: sourceLocation)
        for obligation in report.json["obligations"].list {
            #expect(obligation["open"] == false, "\(obligation)", sourceLocation: sourceLocation)
        }
        try await expectIntactJournal(sourceLocation: sourceLocation)
        try await expectNothingLeft(sourceLocation: sourceLocation)
        try await expectHealthy(sourceLocation: sourceLocation)
    }

    /// No marker on the primary, no lock, no session, no lease and no unfinished run.
    func expectNothingLeft(
        primary: String = "west-db", sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let marker = try node(primary).dataDirectory + "/standby.signal"
        #expect(!LabFiles.exists(marker), "standby.signal on \(primary)", sourceLocation: sourceLocation)
        for node in status.nodes {
            // A server notices the end of a session within milliseconds.
            try await wait(
                node.name,
                until: """
                    SELECT NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory') AND NOT EXISTS \
                    (SELECT FROM pg_stat_activity WHERE usename = 'baton' AND application_name LIKE 'baton/%')
                    """)
        }
        try expectFreeLease(sourceLocation: sourceLocation)
        let status = try await baton("status", "--format", "json")
        #expect(status.exit == 0, sourceLocation: sourceLocation)
        #expect(status.json["runs"].list.isEmpty, "\(status.output)", sourceLocation: sourceLocation)
    }

    func expectFreeLease(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let lease = try FileLease.acquire(
            state: state, topology: "lab",
            holder: LeaseHolder(
                run: "world", operatorName: "world", host: "world", processID: getpid(),
                since: SystemClock.wallNow(), command: "world"))
        lease.release()
    }
}
