import BatonCore
import BatonReports

/// What a run's record means for whoever waits for the command, and how it is shown.
struct RunVerdict {
    let options: GlobalOptions
    /// Whether a missed objective is a verdict (5): a drill's, not a switchover's.
    let judgesObjectives: Bool

    func status(of record: RunRecord) -> ExitStatus {
        let status = ExitStatus(record.machine.state)
        if status == .rolledBack, record.owesMoreThanPreparations { return .operatorNeeded }
        guard status == .done, judgesObjectives else { return status }
        return RunReport(record).objectives.contains { $0.met == false } ? .objectiveMissed : .done
    }

    /// Shows one leg or two, and ends with the status unless it is 0.
    func report(_ there: RunRecord, back: RunRecord? = nil, _ status: ExitStatus) throws {
        let runs = [there.header.run] + (back.map { [$0.header.run] } ?? [])
        switch options.format {
        case .json: Output.data(try ReportJSON.text(RunReport(there, back: back.map { RunReport($0) }, runs: runs)))
        case .text:
            if let back {
                Output.document(RunReportText.roundTrip(there, back: back, stateDirectory: options.stateOption))
            } else {
                Output.document(RunReportText(there, stateDirectory: options.stateOption).document())
            }
        }
        if status != .done { throw status }
    }
}
