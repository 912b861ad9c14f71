import ArgumentParser
import BatonCore
import BatonJournal
import BatonReports

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Shows and verifies the journal of a run.",
        subcommands: [Verify.self, Show.self])

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Is the journal whole and unaltered? Reads the file alone, asks nobody.",
            discussion: "Exit status 2 when it is not intact.")

        @Argument(help: "The run, or the path of a journal.")
        var run: String = "latest"

        @OptionGroup var options: GlobalOptions

        func run() async throws {
            let path =
                run.contains("/") ? run : try RunStore(state: options.state).directory(run).journalPath
            let verdict: AuditVerdict
            do throws(StorageError) { verdict = try JournalAudit.verify(path) } catch {
                throw CommandProblem(.error, error.description)
            }
            switch options.format {
            case .json: Output.data(try ReportJSON.text(verdict))
            case .text:
                Output.data("\(verdict.verdict.rawValue): \(verdict.detail)")
                if let head = verdict.head { Output.data("\(verdict.entries) entries, head \(head)") }
            }
            if verdict.verdict != .intact { throw ExitStatus.refused }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Prints the journal, one line for each record.")

        @Argument(help: "The run: its name, a unique part of it, or `latest`.")
        var run: String = "latest"

        @OptionGroup var options: GlobalOptions

        func run() async throws {
            let directory = try RunStore(state: options.state).directory(run)
            switch options.format {
            case .json:
                do throws(StorageError) {
                    Output.data(String(decoding: try directory.read("journal.jsonl"), as: UTF8.self))
                } catch {
                    throw CommandProblem(.error, error.description)
                }
            case .text: try show(directory)
            }
        }

        private func show(_ directory: RunDirectory) throws {
            let contents: JournalContents
            do { contents = try JournalReader.read(directory.journalPath) } catch {
                throw CommandProblem(.error, "\(error)")
            }
            let header = contents.header
            Output.data(
                "run \(header.run): \(header.command) by \(header.operatorName) on \(header.host), \(header.startedAt)")
            for entry in contents.entries {
                let announced = entry.announced.map { " → \($0.action) on \($0.on)" }.joined()
                let note = entry.note.isEmpty ? "" : " · \(entry.note)"
                let line = StyledLine(
                    "\(entry.at) +\(entry.instant - header.startedInstant)  \(entry.state.rawValue)  \(entry.rule)"
                        + "\(entry.event.subject)\(announced)\(note)")
                Output.data(line.rendered(.plain))
            }
            if let closing = contents.closing { Output.data("closed \(closing.at): \(closing.outcome)") }
        }
    }
}

extension Event {
    /// The step that the event is about, for a line of the journal; empty where it is about the run.
    fileprivate var subject: String {
        switch self {
        case .judged(let item, _, _), .reported(let item, _, _), .observed(let item, _, _): " · \(item)"
        case .decided(let decision): " · \(decision.item)"
        case .interrupted(let by): " · \(by)"
        case .leaseLost(let node, _): " · \(node)"
        case .takenOver(let takeover): " · \(takeover.by)"
        case .released(let by): " · \(by)"
        case .divergenceMeasured(let node, _): " · \(node)"
        case .started, .surveyed, .measured, .guardArmed, .guardLost, .woken, .watched: ""
        }
    }
}
