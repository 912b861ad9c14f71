import BatonCore
import BatonJournal
import BatonReports
import FoundationEssentials

/// Reads runs back from their directories.
struct RunStore {
    let state: String

    /// Every run that can be read, oldest first; what is wrong with the others goes to `complain`.
    func records(complain: (String) -> Void = { Output.message("baton: \($0)") }) throws -> [RunRecord] {
        records(of: try list(), complain)
    }

    private func records(of directories: [RunDirectory], _ complain: (String) -> Void) -> [RunRecord] {
        directories.compactMap { directory in
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

    /// The plan beside a journal, when it is the one that the journal names.
    static func plan(of directory: RunDirectory, _ header: RunHeader) throws -> Plan {
        let bytes = try directory.read("plan.json")
        guard Digest.sha256(bytes) == header.planSHA256 else {
            throw CommandProblem(.error, "plan.json of run \(directory.run) is not the plan that the journal names")
        }
        return try JSONDecoder().decode(Plan.self, from: Data(bytes))
    }

    /// Runs that have not ended, oldest first. Of the others only the last line is read.
    func unfinished() throws -> [RunRecord] {
        records(of: try list().filter { !JournalReader.isClosed($0.journalPath) }) { Output.message("baton: \($0)") }
    }

    /// What the newest promotion of each topology has left behind, among the latest runs, but for what a later run has seen
    /// as a standby.
    func leftBehind() -> [(record: RunRecord, nodes: [String])] {
        var found: [(record: RunRecord, nodes: [String])] = []
        var promoted: Set<String> = []
        var standbys: [String: Set<String>] = [:]
        for directory in ((try? list()) ?? []).suffix(Self.remembered).reversed() {
            guard let record = try? record(directory), !promoted.contains(record.header.topology.name) else { continue }
            let topology = record.header.topology.name
            if record.isPromoted {
                promoted.insert(topology)
                found.append((record, record.nodesToRejoin.filter { standbys[topology]?.contains($0) != true }))
            } else {
                standbys[topology, default: []].formUnion(record.standbys)
            }
        }
        return found
    }

    /// How many runs tell what to expect of the next one.
    private static let remembered = 50

    /// The latest runs of a plan's playbook on its topology. What cannot be read tells nothing, and says nothing here.
    func history(of plan: Plan) -> RunHistory {
        let directories = ((try? list()) ?? []).suffix(Self.remembered)
        return RunHistory(
            directories.compactMap { try? record($0) }.filter {
                $0.header.playbook.name == plan.playbook.name && $0.header.topology.name == plan.topologyFile.name
            })
    }

    /// Refuses to begin beside a run that changed something and did not come to its end: what it left behind would be
    /// taken for the state of the service.
    ///
    /// - Parameter continued: the run whose standing order is carried out.
    func requireNothingUnfinished(on topology: String, except continued: RunID?) throws(CommandProblem) {
        for directory in (try? list()) ?? []
        where directory.run != continued && !JournalReader.isClosed(directory.journalPath) {
            // A standing order that was cut off holds no client, and whoever carries it out again does the same.
            guard let record = try? record(directory), record.header.topology.name == topology,
                record.isLeftBehind, record.machine.plan.continues == nil
            else { continue }
            throw CommandProblem(
                .refused, "run \(directory.run) changed something and has not ended: \(record.standing)",
                remedy: "baton resume \(directory.run) --state \(state), or baton abort, or look with baton status")
        }
    }

    /// The newest run on a topology that announced a promotion, when it saw it done: it tells who is right. Nil also where
    /// nobody knows what became of it, for then no earlier record tells any more.
    func lastPromotion(on topology: String) -> RunRecord? {
        for directory in ((try? list()) ?? []).reversed() {
            guard let record = try? record(directory), record.header.topology.name == topology else { continue }
            if record.promotion != nil { return record }
            if record.mayHavePromoted { return nil }
        }
        return nil
    }

    /// Tells two states of the directory apart: a run more, or one that has ended since.
    func stamp() -> [String] {
        ((try? list()) ?? []).suffix(Self.remembered).map { "\($0.run) \(JournalReader.isClosed($0.journalPath))" }
    }

    private func record(_ directory: RunDirectory) throws -> RunRecord {
        do {
            let contents = try JournalReader.read(directory.journalPath)
            let plan = try Self.plan(of: directory, contents.header)
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
