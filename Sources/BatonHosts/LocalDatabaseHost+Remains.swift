package import BatonCore
package import BatonEngine

extension LocalDatabaseHost {
    package func remains(
        beyond received: LSN, replayed: LSN?, on timeline: TimelineID, deadline: Deadline
    ) async -> ServerRemains {
        async let tail = logTail(beyond: received, replayed: replayed, on: timeline, deadline: deadline)
        var remains = ServerRemains()
        remains.synchronousStandbyNames = await setting("synchronous_standby_names", deadline: deadline)
        remains.logicalSlots = await logicalSlots(deadline: deadline)
        if let tail = await tail {
            remains.logEnd = tail.end
            remains.commits = tail.commits
        }
        return remains
    }

    // MARK: The log

    private struct LogRange {
        var end: LSN
        var commits: Int64
    }

    /// The log from a record on: counted by `pg_waldump --stats`, whose output is short however long the log is. A position
    /// that was received may lie within a record, so that the count begins at one that was replayed, and what was received
    /// since is taken off again.
    private func logTail(
        beyond received: LSN, replayed: LSN?, on timeline: TimelineID, deadline: Deadline
    ) async -> (end: LSN, commits: Int64?)? {
        let start = min(replayed ?? received, received)
        async let counted = range(from: start, on: timeline, deadline: deadline)
        async let taken =
            start < received ? range(from: start, to: received, on: timeline, deadline: deadline) : nil
        let (found, known) = (await counted, await taken)
        guard let whole = found else { return nil }
        // Where no record is known to begin, one that was received in part would not be counted.
        guard replayed != nil else { return (whole.end, nil) }
        guard start < received, whole.end > received else {
            return (whole.end, whole.end > received ? whole.commits : 0)
        }
        return (whole.end, known.map { whole.commits - $0.commits })
    }

    private func range(
        from start: LSN, to end: LSN? = nil, on timeline: TimelineID, deadline: Deadline
    ) async -> LogRange? {
        let arguments =
            [
                "--path", directory.path + "/pg_wal", "--timeline", "\(timeline)", "--start", "\(start)",
                "--stats=record",
            ] + (end.map { ["--end", "\($0)"] } ?? [])
        let result: Program.Result
        do throws(HostError) {
            result = try await Program.run(
                directory.binDirectory + "/pg_waldump", arguments, as: try owner(),
                environment: ["PATH": "/usr/bin:/bin", "LC_ALL": "C"], deadline: deadline)
        } catch {
            return nil
        }
        if let found = Self.statistics(result.output) { return found }
        // Nothing but what comes after the end is there, in a segment that is.
        return result.errors.contains("could not find a valid record after") ? LogRange(end: start, commits: 0) : nil
    }

    /// Reads `WAL statistics between 0/1 and 0/2:` and the counts of the records that end a transaction well.
    private static func statistics(_ output: String) -> LogRange? {
        let lines = output.split(separator: "\n")
        guard let first = lines.first, first.hasPrefix("WAL statistics between "),
            let end = first.split(separator: " ").last.flatMap({ LSN($0.dropLast()) })
        else { return nil }
        let commits = lines.reduce(Int64(0)) { sum, line in
            let words = line.split(separator: " ")
            guard words.count > 1, words[0] == "Transaction/COMMIT" || words[0] == "Transaction/COMMIT_PREPARED",
                let count = Int64(words[1])
            else { return sum }
            return sum + count
        }
        return LogRange(end: end, commits: commits)
    }

    private func owner() throws(HostError) -> Account? { Account.number(try DirectoryProcesses(directory.path).owner) }

    // MARK: Other files

    /// What `ALTER SYSTEM` wrote goes before what stands in the server's own file.
    private func setting(_ name: String, deadline: Deadline) async -> String? {
        let path = directory.path
        do throws(HostError) {
            return try await BlockingCall.run("reading the settings of \(path)", deadline: deadline) {
                () throws(HostError) in
                let files = ["postgresql.auto.conf", "postgresql.conf"]
                var texts: [String] = []
                for file in files { texts.append(try DurableFile.readText(path + "/" + file)) }
                if let value = texts.lazy.compactMap({ ConfigurationText.value(of: name, in: $0) }).first {
                    return value
                }
                // A file that is brought in may set it.
                let includes = ["include", "include_if_exists", "include_dir"]
                return includes.contains { ConfigurationText.value(of: $0, in: texts[1]) != nil } ? nil : ""
            }
        } catch {
            return nil
        }
    }

    /// A slot's `state` file (src/backend/replication/slot.c, `ReplicationSlotOnDisk`): 16 bytes of frame, 64 of name, and the
    /// database, which physical slots have none of.
    private func logicalSlots(deadline: Deadline) async -> [String]? {
        let path = directory.path + "/pg_replslot"
        do throws(HostError) {
            return try await BlockingCall.run("listing \(path)", deadline: deadline) { () throws(HostError) in
                var names: [String] = []
                for name in try ProcessTable.names(in: path) {
                    let state = try DurableFile.read("\(path)/\(name)/state")
                    if state.count >= 84, state[80..<84].contains(where: { $0 != 0 }) { names.append(name) }
                }
                return names.sorted()
            }
        } catch {
            return nil
        }
    }
}
