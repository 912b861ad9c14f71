package import BatonCore
package import BatonEngine
import CLinux
import Glibc

extension LocalDirectoryHost {
    package func settle(permit: Permit, deadline: Deadline) async throws(HostError) {
        try await endLeftovers(deadline: deadline)
        unlink(passwordFile)
        if Self.exists(path + "/" + Self.ready) { return try await settleExchange(deadline: deadline) }
        if Self.exists(making + "/" + Self.ready) { return try await changePlaces(deadline: deadline) }
        // Without data in its place this is what pg_rewind had begun to change: only a copy may follow.
        if hasData { try await removeTree(making, deadline: deadline) }
    }

    package func exchange(
        keeping note: String?, run: RunID, permit: Permit, deadline: Deadline
    ) async throws(HostError) {
        let owner = try owner()
        // Its first line tells whoever goes on where the directory that was there is to go.
        let text = note.map { "keep \(path).baton-kept-\(run)\n\($0)\n" } ?? "discard \(discarded)\n"
        try DurableFile.replace(
            "\(making)/\(Self.ready)", with: Array(text.utf8), mode: 0o600, owner: owner.user, group: owner.group)
        try await changePlaces(deadline: deadline)
    }

    /// At once where the file system can; else there is no directory in its place for a moment.
    private func changePlaces(deadline: Deadline) async throws(HostError) {
        if !Self.exists(path) {
            try move(making, to: path)
        } else if CLinux_exchange(making, path) == 0 {
            try DurableFile.synchronizeDirectory(DurableFile.parent(of: path))
        } else {
            let place = try destination(in: making).place
            try move(path, to: place)
            try move(making, to: path)
        }
        try await settleExchange(deadline: deadline)
    }

    /// What the file in a directory that is whole says of the one before it.
    private func destination(in directory: String) throws(HostError) -> (place: String, note: String?) {
        let text = try DurableFile.readText("\(directory)/\(Self.ready)")
        let lines = text.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
        let words = lines[0].split(separator: " ", maxSplits: 1)
        guard words.count == 2 else { throw .refused("\(directory)/\(Self.ready) is not what Baton writes") }
        return (String(words[1]), words[0] == "keep" ? lines.count > 1 ? String(lines[1]) : "" : nil)
    }

    /// The new directory is in its place; the one before it goes where it belongs.
    private func settleExchange(deadline: Deadline) async throws(HostError) {
        let (place, note) = try destination(in: path)
        if Self.exists(making) { try move(making, to: place) }
        if let note {
            let owner = try owner()
            if Self.exists(place) {
                try DurableFile.replace(
                    "\(place)/\(Self.note)", with: Array(note.utf8), mode: 0o600, owner: owner.user,
                    group: owner.group)
            }
        } else {
            try await removeTree(place, deadline: deadline)
        }
        try await removeTree(settings, deadline: deadline)
        try DurableFile.remove("\(path)/\(Self.ready)")
    }

    /// Ends what still works on the directory in the making: programs outlive a Baton that was killed. They are found by their
    /// working directory, or by an argument that is exactly its path.
    private func endLeftovers(deadline: Deadline) async throws(HostError) {
        let making = making
        let owner = try owner()
        try await BlockingCall.run("ending what works on \(making)", deadline: deadline) { () throws(HostError) in
            @Sendable func works(_ pid: Int32) -> Bool {
                var status = stat()
                guard stat("/proc/\(pid)", &status) == 0, status.st_uid == owner.user else { return false }
                return ProcessTable.arguments(pid)?.contains(making) == true && !ProcessTable.isZombie(pid)
            }
            while true {
                var servers: [Int32] = []
                if Self.exists(making) { servers = try DirectoryProcesses(making).all() }
                let left = try ProcessTable.processes().filter(works) + servers
                guard let first = left.first else { return }
                for pid in left { try ProcessHandle(pid: pid) { works($0) || servers.contains($0) }?.send(SIGKILL) }
                guard let handle = ProcessHandle(pid: first, isStill: { works($0) || servers.contains($0) }) else {
                    continue
                }
                guard handle.waitUntilExit(deadline: deadline) else {
                    throw .timedOut("process \(first) still works on \(making)")
                }
            }
        }
    }
}
