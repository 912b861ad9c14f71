import BatonCore
import BatonJournal
import BatonReports
import FoundationEssentials

/// Reads runs back from their directories.
struct RunStore {
    let state: String

    /// Every run that can be read, oldest first; what is wrong with the others goes to `complain`.
    func records(complain: (String) -> Void = { Output.message("baton: \($0)") }) throws -> [RunRecord] {
        try list().compactMap { directory in
            do {
                return try record(directory)
            } catch {
                complain("run \(directory.run): \(error)")
                return nil
            }
        }
    }

    func record(_ text: String) throws -> RunRecord { try record(directory(text)) }

    func directory(_ text: String) throws -> RunDirectory {
        do throws(StorageError) {
            return try RunDirectory.resolve(text, state: state)
        } catch {
            throw CommandProblem(.error, error.description)
        }
    }

    private func list() throws -> [RunDirectory] {
        do throws(StorageError) {
            return try RunDirectory.list(state: state)
        } catch {
            throw CommandProblem(.error, error.description)
        }
    }

    private func record(_ directory: RunDirectory) throws -> RunRecord {
        do {
            let contents = try JournalReader.read(directory.journalPath)
            let bytes = try directory.read("plan.json")
            guard Digest.sha256(bytes) == contents.header.planSHA256 else {
                throw CommandProblem(.error, "plan.json of run \(directory.run) is not the plan that the journal names")
            }
            let plan = try JSONDecoder().decode(Plan.self, from: Data(bytes))
            let machine = RunLoop.replay(contents.entries, plan: plan, catalogue: .standard)
            return RunRecord(
                header: contents.header, machine: machine, entries: contents.entries, closing: contents.closing)
        } catch let problem as CommandProblem {
            throw problem
        } catch {
            throw CommandProblem(.error, "run \(directory.run) cannot be read: \(error)")
        }
    }
}
