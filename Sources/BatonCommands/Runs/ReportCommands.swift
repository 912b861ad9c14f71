import ArgumentParser
import BatonCore
import BatonJournal
import BatonReports

struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "What a run did, derived from its journal alone.",
        discussion: "Example: baton report latest --format json")

    @Argument(help: "The run: its name, a unique part of it, or `latest`.")
    var run: String = "latest"

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let store = RunStore(state: options.state)
        let record = try store.record(run)
        let back = try store.records(complain: { _ in }).last { $0.header.backOf == record.header.run }
        let runs = [record.header.run] + (back.map { [$0.header.run] } ?? [])
        switch options.format {
        case .json: Output.data(try ReportJSON.text(RunReport(record, back: back.map { RunReport($0) }, runs: runs)))
        case .text: Output.document(RunReportText(record, stateDirectory: options.stateOption).document())
        }
    }
}

struct RunsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "runs", abstract: "Every run, latest first.")

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let report = RunsReport(try RunStore(state: options.state).records())
        switch options.format {
        case .json: Output.data(try ReportJSON.text(report))
        case .text: Output.document(report.document())
        }
    }
}

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Unfinished runs and what to do next; with -t also who is primary now.",
        discussion: "Example: baton status -t topology.yaml")

    @Option(name: [.customShort("t"), .long], help: ArgumentHelp("Ask these servers, too.", valueName: "file"))
    var topology: String?

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let records = try RunStore(state: options.state).unfinished()
        let cluster = try await topology.asyncMap {
            try await LiveCluster.observe($0, next: WatchCommand.line(topology: $0, state: options.stateOption))
        }
        let owned = Set(
            records.map(\.header).filter {
                FileLease.isHeld(by: $0.run, state: options.state, topology: $0.topology.name)
            }.map(\.run))
        let state = options.stateOption == RunReportText.defaultState ? nil : options.stateOption
        let report = StatusReport(
            records, owned: owned, state: state, cluster: cluster,
            leftBehind: RunStore(state: options.state).leftBehind())
        switch options.format {
        case .json: Output.data(try ReportJSON.text(report))
        case .text: Output.document(report.document())
        }
    }
}

extension Optional {
    fileprivate func asyncMap<Result>(_ transform: (Wrapped) async throws -> Result) async rethrows -> Result? {
        guard let self else { return nil }
        return try await transform(self)
    }
}
