import BatonCore
import BatonEngine

extension LocalServer {
    /// Room for what `pg_waldump` prints: a record is a line of some 200 bytes.
    private static let listingLimit = 64 << 20

    /// Lists the log of the data directory with the server's own `pg_waldump`, as the owner of the directory. It ends with
    /// status 1 where the log ends, so only what it prints counts.
    func logListing(
        _ timeline: TimelineID, from start: LSN, to end: LSN?, records: Int, deadline: Deadline
    ) async throws(HostError) -> LogListing {
        let path = directory.path
        let number = try await BlockingCall.run("looking at \(path)", deadline: deadline) { () throws(HostError) in
            try DirectoryProcesses(path).owner
        }
        guard let owner = Account.number(number) else {
            throw .refused("the owner of \(path), user \(number), has no account")
        }
        let result = try await Program.run(
            directory.binDirectory + "/pg_waldump",
            ["-p", path + "/pg_wal", "-t", "\(timeline)", "-s", "\(start)", "-n", "\(records)"]
                + (end.map { ["-e", "\($0)"] } ?? []),
            as: owner, environment: ["PATH": "/usr/bin:/bin", "LC_ALL": "C"], limit: Self.listingLimit,
            deadline: deadline)
        return LogListing(records: result.output, complaint: result.errors)
    }
}
