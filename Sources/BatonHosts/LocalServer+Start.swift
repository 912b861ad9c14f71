package import BatonCore
package import BatonEngine
import Glibc

extension LocalServer {
    private enum Event {
        case ready
        case ended(Program.Result)
        case failed(HostError)
    }

    /// Starts the server as the owner of its data directory and returns when it accepts connections; at once when it
    /// already does. The server gets a session of its own and none of Baton's pipes, so it outlives Baton.
    ///
    /// - Throws: `refused` with the end of the server's log when it did not come up.
    package func start(deadline: Deadline) async throws(HostError) {
        do throws(HostError) {
            try await startOnce(deadline: deadline)
        } catch {
            guard case .refused(let log) = error, try removeZombieLock(namedIn: log) else { throw error }
            try await startOnce(deadline: deadline)
        }
    }

    private func startOnce(deadline: Deadline) async throws(HostError) {
        let path = directory.path
        let plan = try await BlockingCall.run("preparing the start of \(path)", deadline: deadline) {
            () throws(HostError) in try self.preparation()
        }
        guard let plan else { return try await waitUntilReady(deadline: deadline) }
        let seconds = max(1, (deadline - SystemClock.now()).nanoseconds / 1_000_000_000 + 1)
        let arguments = ["start", "-w", "-t", "\(seconds)", "-s", "-D", path, "-l", plan.log] + plan.options
        let program = directory.binDirectory + "/pg_ctl"
        let failure = await withTaskGroup(of: Event.self) { group in
            group.addTask {
                do throws(HostError) {
                    // A clean environment: PGPORT and its kin would change the server.
                    return .ended(
                        try await Program.run(
                            program, arguments, as: plan.owner, environment: ["PATH": "/usr/bin:/bin", "LC_ALL": "C"],
                            deadline: deadline))
                } catch {
                    return .failed(error)
                }
            }
            group.addTask {
                // pg_ctl looks ten times a second; the status line is there to be read more often.
                do throws(HostError) {
                    try await self.waitUntilReady(deadline: deadline)
                    return .ready
                } catch {
                    return .failed(error)
                }
            }
            defer { group.cancelAll() }
            while let event = await group.next() {
                switch event {
                case .ready: return nil as HostError?
                case .ended(let result) where result.status == 0: continue
                case .ended(let result):
                    let log = tail(of: plan.log, from: plan.logSize)
                    return .refused("the server of \(path) did not start: \(log.isEmpty ? result.complaint : log)")
                case .failed(let error): return error
                }
            }
            return .unknown("the start of \(path) gave no result")
        }
        if let failure { throw failure }
    }

    /// Returns when `postmaster.pid` names a live postmaster that accepts connections.
    package func waitUntilReady(deadline: Deadline) async throws(HostError) {
        let processes = try DirectoryProcesses(directory.path)
        while true {
            let file = processes.pidFile()
            if let file, file.status == "ready", try processes.owns(file.pid) { return }
            guard SystemClock.now() < deadline else {
                let state = file.map { "its status is “\($0.status)”" } ?? "it has no postmaster.pid"
                throw .timedOut("the server of \(directory.path) does not accept connections yet: \(state)")
            }
            do {
                try await SystemClock.sleep(.milliseconds(2))
            } catch {
                throw .unknown("cancelled while the server of \(directory.path) started")
            }
        }
    }

    /// How long a killed process may take from losing its program to being a zombie, or gone.
    private static let lastBreath = TimeSpan.milliseconds(500)

    private struct Preparation: Sendable {
        var owner: Account
        var log: String
        var logSize: Int
        var options: [String]
    }

    /// What the start needs; nil when the server already runs.
    private func preparation() throws(HostError) -> Preparation? {
        let processes = try DirectoryProcesses(directory.path)
        switch try processes.server() {
        case .running: return nil
        case .orphans(let pids):
            throw .refused("\(directory.path) still has processes of an earlier server: \(pids)")
        case .none: try removeZombieLocks(processes)
        }
        guard let owner = Account.number(processes.owner) else {
            throw .refused("the owner of \(directory.path), user \(processes.owner), has no account")
        }
        try owner.requireUsable()
        guard access(directory.binDirectory + "/pg_ctl", X_OK) == 0 else {
            throw .refused("there is no pg_ctl in \(directory.binDirectory)")
        }
        let log = logFile ?? defaultLogFile(owner: owner)
        var status = stat()
        let size = stat(log, &status) == 0 ? Int(status.st_size) : 0
        return Preparation(owner: owner, log: log, logSize: size, options: try startOptions())
    }

    /// A killed postmaster is a zombie until its parent collects it: for ever in a container without an init process.
    /// It keeps its number, and PostgreSQL, which only asks whether the number exists, would refuse to start because of
    /// its two lock files. No process of the directory lives, and this one is dead, so they may go.
    private func removeZombieLocks(_ processes: DirectoryProcesses) throws(HostError) {
        guard let file = processes.pidFile() else { return }
        // On its way out it has no program any more and is no zombie yet, for some milliseconds.
        let end = SystemClock.deadline(in: Self.lastBreath)
        while ProcessTable.isLeaving(file.pid), SystemClock.now() < end { usleep(1_000) }
        guard ProcessTable.isZombie(file.pid) else { return }
        if let lock = file.socketLock, let text = try? DurableFile.readText(lock),
            text.prefix(while: \.isNumber) == "\(file.pid)"
        {
            try DurableFile.remove(lock)
        }
        try DurableFile.remove(directory.path + "/postmaster.pid")
    }

    /// Removes the socket's lock file over which a start failed, where a zombie holds it: a directory that was made anew has no
    /// `postmaster.pid` any more that would lead to it.
    private func removeZombieLock(namedIn log: String) throws(HostError) -> Bool {
        guard let match = log.firstMatch(of: #/lock file "([^"]+/\.s\.PGSQL\.[0-9]+\.lock)" already exists/#),
            let text = try? DurableFile.readText(String(match.output.1)),
            let holder = Int32(text.prefix { $0.isNumber }),
            ProcessTable.isZombie(holder)
        else { return false }
        try DurableFile.remove(String(match.output.1))
        return true
    }

    /// `<data directory>.log` beside the directory where its owner may write there, else inside it.
    private func defaultLogFile(owner: Account) -> String {
        var status = stat()
        let writable =
            stat(DurableFile.parent(of: directory.path), &status) == 0
            && (status.st_uid == owner.user && status.st_mode & 0o200 != 0
                || owner.groups.contains(status.st_gid) && status.st_mode & 0o020 != 0
                || status.st_mode & 0o002 != 0)
        return writable ? directory.path + ".log" : directory.path + "/baton-start.log"
    }

    /// A directory without `postgresql.conf` (Debian keeps it in /etc/postgresql) is started with the options of its last
    /// start, which the server itself left in `postmaster.opts`.
    private func startOptions() throws(HostError) -> [String] {
        guard access(directory.path + "/postgresql.conf", F_OK) != 0 else { return [] }
        guard let line = try? DurableFile.readText(directory.path + "/postmaster.opts"),
            let first = line.range(of: " \"")
        else {
            throw .refused("\(directory.path) has neither postgresql.conf nor postmaster.opts: it was never started")
        }
        return ["-o", String(line[first.lowerBound...].prefix { !$0.isNewline })]
    }

    /// The last lines of a log that were written since it had `size` bytes.
    private func tail(of log: String, from size: Int) -> String {
        guard let bytes = try? DurableFile.read(log), bytes.count >= size else { return "" }
        let text = String(decoding: bytes[size...].suffix(8_192), as: UTF8.self)
        return text.split(separator: "\n").suffix(10).joined(separator: "\n")
    }
}

extension String {
    /// The first occurrence of `text`.
    fileprivate func range(of text: String) -> Range<String.Index>? { self.ranges(of: text).first }
}
