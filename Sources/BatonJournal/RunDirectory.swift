package import BatonCore
import Glibc

/// The directory of one run, `STATE/runs/<run-id>`: its journal and the files that the run was made from. Only its owner
/// may enter it (0700) or read its files (0600).
package struct RunDirectory: Hashable, Sendable {
    /// The state directory.
    package let state: String
    package let run: RunID

    /// Names one run's directory; nothing is read or made.
    package init(state: String, run: RunID) {
        self.state = state
        self.run = run
    }

    package var path: String { "\(Self.runs(in: state))/\(run)" }
    package var journalPath: String { path(of: "journal.jsonl") }
    /// The path of a file beside the journal.
    package func path(of file: String) -> String { "\(path)/\(file)" }

    static func runs(in state: String) -> String { "\(state)/runs" }

    /// Makes the directory of a new run, and the state directory where it is missing. Throws before anything else has
    /// happened when one of them cannot be made or written.
    package static func create(state: String, run: RunID) throws(StorageError) -> RunDirectory {
        let directory = RunDirectory(state: state, run: run)
        try makeDirectories(runs(in: state))
        guard mkdir(directory.path, 0o700) == 0 else {
            throw StorageError("create \(directory.path)", code: errno)
        }
        try syncDirectory(runs(in: state))
        return directory
    }

    /// Writes a file beside the journal so that a crash leaves either all of it or none: into a temporary file, onto
    /// disk, and then under its name.
    package func write(_ bytes: [UInt8], to file: String) throws(StorageError) {
        let temporary = path(of: ".\(file).\(getpid()).partial")
        unlink(temporary)
        do throws(StorageError) {
            let open = try OpenFile(temporary, O_WRONLY | O_CREAT | O_EXCL)
            try open.writeAll(bytes)
            try open.sync()
            guard rename(temporary, path(of: file)) == 0 else {
                throw StorageError("rename \(temporary) to \(file)", code: errno)
            }
        } catch {
            unlink(temporary)
            throw error
        }
        try syncDirectory(path)
    }

    package func write(_ text: String, to file: String) throws(StorageError) {
        try write(Array(text.utf8), to: file)
    }

    /// The bytes of a file beside the journal.
    package func read(_ file: String) throws(StorageError) -> [UInt8] {
        try OpenFile(path(of: file), O_RDONLY).readAll()
    }
}
