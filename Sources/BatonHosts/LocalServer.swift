package import BatonCore
package import BatonEngine
import Glibc

/// The server of one data directory on this machine: finds, signals and awaits its processes.
///
/// It asks for no permit, so a run never uses it directly: runs go through `LocalDatabaseHost`. The lab, which owns its
/// servers, uses it as it is.
package struct LocalServer: Sendable {
    package let directory: Node.DataDirectory
    /// Where a started server writes; nil chooses a place beside the data directory.
    let logFile: String?

    package init(_ directory: Node.DataDirectory, logFile: String? = nil) {
        self.directory = directory
        self.logFile = logFile
    }

    /// What runs in the data directory now.
    package func process(deadline: Deadline) async throws(HostError) -> ServerProcess {
        let path = directory.path
        return try await BlockingCall.run("looking for the server of \(path)", deadline: deadline) {
            () throws(HostError) in try DirectoryProcesses(path).server()
        }
    }

    /// Every server process of the data directory.
    package func processes(deadline: Deadline) async throws(HostError) -> [Int32] {
        let path = directory.path
        return try await BlockingCall.run("looking for the server of \(path)", deadline: deadline) {
            () throws(HostError) in try DirectoryProcesses(path).all()
        }
    }

    /// Asks the postmaster to stop and returns at once. Where the postmaster is gone, its orphaned children are asked one
    /// by one (R10). Nothing runs: nothing to do. `kill` goes to every process of the directory.
    package func requestStop(_ mode: StopMode, deadline: Deadline) async throws(HostError) {
        if mode == .kill { return try await signalAll(SIGKILL, deadline: deadline) }
        let path = directory.path
        try await BlockingCall.run("stopping the server of \(path)", deadline: deadline, finishes: true) {
            () throws(HostError) in
            let processes = try DirectoryProcesses(path)
            // postmaster.pid first: it saves the walk through /proc, and this happens while clients wait.
            if let pid = processes.pidFile()?.pid, let handle = processes.handle(pid) {
                return try handle.send(mode == .fast ? SIGINT : SIGQUIT)
            }
            switch try processes.server() {
            case .none: return
            case .running(let pid): try processes.handle(pid)?.send(mode == .fast ? SIGINT : SIGQUIT)
            case .orphans(let pids):
                for pid in pids { try processes.handle(pid)?.send(mode == .fast ? SIGTERM : SIGQUIT) }
            }
        }
    }

    /// Returns when no process of the data directory is left.
    ///
    /// A clean stop also removes `postmaster.pid`; after a crash the file stays and names nobody. What the stop was worth
    /// is for `ControlFile.state` to say.
    package func waitUntilStopped(deadline: Deadline) async throws(HostError) {
        let path = directory.path
        try await BlockingCall.run("waiting for the stop of \(path)", deadline: deadline) { () throws(HostError) in
            let processes = try DirectoryProcesses(path)
            while true {
                // The postmaster leaves last, so it is the one to wait for; then look again for whoever is left.
                let awaited: Int32?
                if let pid = processes.pidFile()?.pid, try processes.owns(pid) {
                    awaited = pid
                } else {
                    awaited = try processes.all().first
                }
                guard let awaited else { return }
                if let handle = processes.handle(awaited), !handle.waitUntilExit(deadline: deadline) {
                    let left = try processes.all().map { "\($0)" }.joined(separator: ", ")
                    throw .timedOut("processes of \(path) are still there: \(left)")
                }
            }
        }
    }

    /// Sends a signal to every process of the data directory, the postmaster first so that it starts no new ones.
    package func signalAll(_ signal: Int32, deadline: Deadline) async throws(HostError) {
        let path = directory.path
        try await BlockingCall.run("signalling the server of \(path)", deadline: deadline, finishes: true) {
            () throws(HostError) in
            let processes = try DirectoryProcesses(path)
            if case .running(let pid) = try processes.server() { try processes.handle(pid)?.send(signal) }
            for pid in try processes.all() { try processes.handle(pid)?.send(signal) }
        }
    }

    /// Removes the System V shared memory that a killed server could not remove itself. Only for a directory that no
    /// process uses and that is about to be deleted: a start would clean up by itself.
    package func removeSharedMemory(deadline: Deadline) async throws(HostError) {
        let path = directory.path
        try await BlockingCall.run("removing the shared memory of \(path)", deadline: deadline) {
            () throws(HostError) in
            let processes = try DirectoryProcesses(path)
            guard let id = processes.pidFile()?.sharedMemoryID, try processes.all().isEmpty else { return }
            var status = shmid_ds()
            guard shmctl(id, IPC_STAT, &status) == 0, status.shm_nattch == 0, status.shm_perm.uid == processes.owner
            else { return }
            shmctl(id, IPC_RMID, nil)
        }
    }
}

extension DirectoryProcesses {
    /// A handle to a process of the directory; nil when it is gone.
    fileprivate func handle(_ pid: Int32) -> ProcessHandle? {
        ProcessHandle(pid: pid) { pid in (try? owns(pid)) ?? false }
    }
}
